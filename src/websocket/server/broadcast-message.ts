import { Opcode, SharedMessage } from '../../protocol/index.ts';
import { nodePlatform } from '../platform/node-platform.ts';
import { WriteMode } from '../state.ts';

/** A message for many peers, framed once. Throws a `TypeError` for text that is not UTF-8. The caller ends with `endSharing`. */
export function broadcastMessage(message: Uint8Array | string, writeMode: WriteMode, compress: boolean): SharedMessage {
  const isString = typeof message === 'string';
  const payload = isString ? nodePlatform.encodeUtf8(message) : message;
  const isText = isString || writeMode === WriteMode.WRITE_MODE_TEXT;
  if (isText && !isString && !nodePlatform.isUtf8(payload)) throw new TypeError('a text message must be UTF-8');
  const shared = new SharedMessage(payload, isText ? Opcode.TEXT : Opcode.BINARY, compress);
  shared.shareMemory(nodePlatform);
  return shared;
}
