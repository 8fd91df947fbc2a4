import type { Readable } from 'node:stream';
import { usageError } from '../command/command-error.ts';
import type { Outgoing } from './conversation.ts';

/** How stdin becomes messages: each line as text, each line as the text form of a binary message, or all of it as one. */
export type InputForm = 'lines' | 'hex' | 'base64' | 'raw';

/** The longest line, in bytes. */
export const LONGEST_INPUT: number = 64 * 1024 * 1024;

/** The messages in `stdin`, until it ends. Throws a usage error for a line that is no hex or base64, or is too long. */
export async function* messagesOf(stdin: Readable, form: InputForm): AsyncGenerator<Outgoing, void, undefined> {
  if (form === 'raw') {
    const bytes = await wholeOf(stdin);
    if (bytes.length > 0) yield { bytes, isText: false };
    return;
  }
  let number = 0;
  for await (const line of linesOf(stdin)) {
    number++;
    if (form === 'lines') yield { bytes: line, isText: true };
    else if (line.length > 0) yield { bytes: binaryOf(line.toString('latin1'), form, `line ${number}`), isText: false };
  }
}

/** Bytes as hex, with or without spaces, or as base64. Throws a usage error for anything else. */
export function binaryOf(text: string, form: 'hex' | 'base64', where: string): Uint8Array {
  const digits = text.replace(/\s+/g, '');
  if (form === 'hex' && /^([0-9a-f]{2})*$/i.test(digits)) return Buffer.from(digits, 'hex');
  if (form === 'base64' && /^[A-Za-z0-9+/_-]*={0,2}$/.test(digits) && digits.replace(/=+$/, '').length % 4 !== 1) {
    return Buffer.from(digits, 'base64');
  }
  const example = form === 'hex' ? '01ff, or 01 ff' : 'Af8=';
  throw usageError(`${where} is not ${form}.`, `For example: ${example}`);
}

/** Lines without their ends. What follows the last line break is a line unless it is empty. */
async function* linesOf(stdin: Readable): AsyncGenerator<Buffer, void, undefined> {
  let begun: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    let rest: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      yield withoutReturn(Buffer.concat([...begun, rest.subarray(0, end)]));
      begun = [];
      size = 0;
      rest = rest.subarray(end + 1);
    }
    size += rest.length;
    if (size > LONGEST_INPUT) throw tooLong();
    if (rest.length > 0) begun.push(rest);
  }
  if (size > 0) yield withoutReturn(Buffer.concat(begun));
}

async function wholeOf(stdin: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    chunks.push(bytes);
    size += bytes.length;
    if (size > LONGEST_INPUT) throw tooLong();
  }
  return Buffer.concat(chunks);
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === 13 ? line.subarray(0, -1) : line;
}

function tooLong(): Error {
  return usageError(`A message is longer than ${LONGEST_INPUT} bytes.`, 'Send it in parts.');
}
