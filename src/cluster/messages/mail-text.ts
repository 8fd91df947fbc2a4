import { checkPlainData, readCode } from '../../rooms/index.ts';
import { jsonObject } from '../broker/json-object.ts';

/** The form of the texts. */
const FORM = 1;
/** Bytes of a message as JSON in UTF-8. */
export const MOST_MESSAGE_BYTES = 65_536;
/** Messages that one text may have. */
export const MOST_IN_A_BATCH = 256;

/** A message as it is sent: the code of the room that sends it, or empty, and its JSON. */
export interface Letter {
  readonly from: string;
  readonly text: string;
}

/** Messages to one room. */
export interface Batch {
  /** The node that sends them. */
  readonly node: string;
  /** A later one of the same node has a greater number. */
  readonly sequence: number;
  readonly code: string;
  readonly letters: readonly Letter[];
}

/** A message to all rooms, or to those of a kind. */
export interface Broadcast {
  readonly node: string;
  /** Null for all. */
  readonly kind: string | null;
  readonly letter: Letter;
}

/** The JSON of a message. Throws `TypeError` for what is no plain data, and `RangeError` for what is too large. */
export function textOfMessage(message: unknown): string {
  checkPlainData(message, 'message');
  const text = JSON.stringify(message);
  const size = Buffer.byteLength(text);
  if (size > MOST_MESSAGE_BYTES) {
    throw new RangeError(`the message has ${size} bytes as JSON; at most ${MOST_MESSAGE_BYTES} are possible`);
  }
  return text;
}

export function writeBatch(batch: Batch): string {
  return JSON.stringify({ form: FORM, ...batch });
}

/** Null for a text that is none. */
export function readBatch(text: string): Batch | null {
  const read = readObject(text);
  if (read === null) return null;
  const { node, sequence, code, letters } = read;
  if (typeof node !== 'string' || typeof sequence !== 'number' || !Number.isSafeInteger(sequence)) return null;
  if (!isCode(code) || !Array.isArray(letters) || letters.length === 0 || letters.length > MOST_IN_A_BATCH) return null;
  return letters.every(isLetter) ? { node, sequence, code, letters } : null;
}

export function writeBroadcast(broadcast: Broadcast): string {
  return JSON.stringify({ form: FORM, ...broadcast });
}

/** Null for a text that is none. */
export function readBroadcast(text: string): Broadcast | null {
  const read = readObject(text);
  if (read === null) return null;
  const { node, kind, letter } = read;
  if (typeof node !== 'string' || (kind !== null && typeof kind !== 'string')) return null;
  return isLetter(letter) ? { node, kind, letter } : null;
}

function readObject(text: string): Record<string, unknown> | null {
  const read = jsonObject(text);
  return isObject(read) && read.form === FORM ? read : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCode(value: unknown): value is string {
  return typeof value === 'string' && readCode(value) === value;
}

function isLetter(value: unknown): value is Letter {
  if (!isObject(value)) return false;
  const { from, text } = value;
  if (from !== '' && !isCode(from)) return false;
  if (typeof text !== 'string' || Buffer.byteLength(text) > MOST_MESSAGE_BYTES) return false;
  try {
    checkPlainData(JSON.parse(text), 'message');
    return true;
  } catch {
    return false;
  }
}
