import { isUtf8 } from 'node:buffer';
import { escapedForJson } from '../terminal/json-escape.ts';
import { jsonLine, type Message, type View, variantLine } from './message-view.ts';

/** A message as one line of JSON: `--json`. What is longer than `longest` bytes is cut, and `cut` is true. */
export function messageRecord(message: Message, view: View, longest: number, time: Date): string {
  const { bytes, isText } = message;
  const part = bytes.length > longest ? bytes.subarray(0, longest) : bytes;
  const fields: Record<string, unknown> = {
    event: 'message',
    time: time.toISOString(),
    kind: isText ? 'text' : 'binary',
    size: bytes.length,
    ...(part === bytes ? {} : { cut: true }),
  };
  if (view === 'hex') fields['hex'] = buffer(part).toString('hex');
  else if (isText || (view === 'text' && isUtf8(bytes))) fields['text'] = buffer(part).toString('utf8');
  else fields['base64'] = buffer(part).toString('base64');
  const variant = part === bytes && (view === 'variant' || (view === 'auto' && !isText)) ? variantLine(bytes) : null;
  if (variant !== null) fields['variant'] = variant;
  const json = part === bytes && view === 'json' ? jsonLine(bytes) : null;
  // As it came: numbers that JavaScript cannot represent stay as they are.
  const last = json === null ? '' : `,"json":${json}`;
  return `${escapedForJson(JSON.stringify(fields)).slice(0, -1)}${last}}`;
}

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
