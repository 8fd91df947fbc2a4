import { isUtf8 } from 'node:buffer';
import { isFailure } from '../../failure.ts';
import { decodeVariant, variantText } from '../../variant/index.ts';
import { escapedForJson } from '../terminal/json-escape.ts';
import { printable } from '../terminal/printable.ts';

/** How messages are shown. */
export type View = 'auto' | 'text' | 'hex' | 'json' | 'variant';

export const VIEWS: readonly View[] = ['auto', 'text', 'hex', 'json', 'variant'];

/** One message that has arrived. */
export interface Message {
  readonly bytes: Uint8Array;
  /** Whether it came as text. */
  readonly isText: boolean;
}

/** A message in one line. */
export interface Shown {
  /** What the line is: `bytes` for a binary message as text with escapes. */
  readonly form: 'text' | 'hex' | 'json' | 'variant' | 'bytes';
  readonly line: string;
  /** Whether the view that was asked for does not fit. */
  readonly isOther: boolean;
}

/**
 * A message by `view`, in one line whose control characters are escaped. A text that is not JSON, and bytes that are no Variant, are
 * shown by the view `auto`.
 */
export function shown(message: Message, view: View, longest: number = Number.POSITIVE_INFINITY): Shown {
  switch (view) {
    case 'hex':
      return { form: 'hex', line: hex(message.bytes, longest), isOther: false };
    case 'text':
      return { ...asText(message, longest), isOther: false };
    case 'json': {
      const line = jsonLine(message.bytes);
      if (line !== null) return { form: 'json', line: cut(line, longest), isOther: false };
      return { ...automatic(message, longest), isOther: true };
    }
    case 'variant': {
      const line = variantLine(message.bytes);
      if (line !== null) return { form: 'variant', line: cut(line, longest), isOther: false };
      return { ...automatic(message, longest), isOther: true };
    }
    case 'auto':
      return { ...automatic(message, longest), isOther: false };
  }
}

/** JSON in one line, with its numbers as they came; null for anything else. */
export function jsonLine(bytes: Uint8Array): string | null {
  if (!isUtf8(bytes)) return null;
  const text = decode(bytes);
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  // Line breaks and tabs stand only between the parts of JSON, never in its strings.
  return escapedForJson(text.trim().replace(/\s*[\r\n\t]+\s*/g, ' '));
}

/** The Variant that the bytes are, from the first to the last, as text; null for anything else. */
export function variantLine(bytes: Uint8Array): string | null {
  const decoded = decodeVariant(bytes);
  return isFailure(decoded) || decoded.size !== bytes.length
    ? null
    : variantText(decoded.value, Number.POSITIVE_INFINITY);
}

/** As `printable`, in full unless `longest` is given. */
export function oneLine(text: string, longest: number = Number.POSITIVE_INFINITY): string {
  return printable(text, longest);
}

function automatic(message: Message, longest: number): Omit<Shown, 'isOther'> {
  const { bytes, isText } = message;
  if (isText) return asText(message, longest);
  const variant = variantLine(bytes);
  if (variant !== null) return { form: 'variant', line: cut(variant, longest) };
  if (bytes.length > 0 && isReadable(bytes)) return asText(message, longest);
  return { form: 'hex', line: hex(bytes, longest) };
}

function asText({ bytes, isText }: Message, longest: number): Omit<Shown, 'isOther'> {
  if (isUtf8(bytes)) return { form: isText ? 'text' : 'bytes', line: oneLine(decode(bytes), longest) };
  const part = bytes.subarray(0, longest);
  const text = Array.from(part, (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('');
  return { form: 'bytes', line: `${text}${rest(bytes.length - part.length, 'bytes')}` };
}

/** UTF-8 without control characters. */
function isReadable(bytes: Uint8Array): boolean {
  return isUtf8(bytes) && !/[\p{Cc}\p{Cf}\p{Co}\p{Cn}]/u.test(decode(bytes).replace(/[\t\r\n]/g, ''));
}

function hex(bytes: Uint8Array, longest: number): string {
  const part = bytes.subarray(0, Math.ceil(longest / 2));
  return `${Buffer.from(part.buffer, part.byteOffset, part.length).toString('hex')}${rest(bytes.length - part.length, 'bytes')}`;
}

function cut(line: string, longest: number): string {
  return line.length > longest ? `${line.slice(0, longest)}${rest(line.length - longest, 'characters')}` : line;
}

function rest(size: number, unit: string): string {
  return size > 0 ? `… (${size} more ${unit})` : '';
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}
