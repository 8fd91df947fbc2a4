import { ErrorCode } from '../../error-code.ts';
import { Opcode, SharedMessage } from '../../protocol/index.ts';
import type { WebSocketPeer } from '../peer/websocket-peer.ts';
import { nodePlatform } from '../platform/node-platform.ts';
import { WriteMode } from '../state.ts';

/**
 * Sends one message to many peers, framed once. Returns the peers that refused it. Throws a `TypeError` for text that is not
 * UTF-8.
 */
export function broadcast(
  peers: Iterable<WebSocketPeer>,
  message: Uint8Array | string,
  writeMode: WriteMode,
  compress: boolean,
): WebSocketPeer[] {
  const isString = typeof message === 'string';
  const payload = isString ? nodePlatform.encodeUtf8(message) : message;
  const isText = isString || writeMode === WriteMode.WRITE_MODE_TEXT;
  if (isText && !isString && !nodePlatform.isUtf8(payload)) throw new TypeError('a text message must be UTF-8');
  const shared = new SharedMessage(payload, isText ? Opcode.TEXT : Opcode.BINARY, compress);
  shared.shareMemory();
  const refused: WebSocketPeer[] = [];
  try {
    for (const peer of peers) if (peer.sendShared(shared) !== ErrorCode.OK) refused.push(peer);
  } finally {
    // The iterable is the caller's, and may throw.
    shared.endSharing();
  }
  return refused;
}
