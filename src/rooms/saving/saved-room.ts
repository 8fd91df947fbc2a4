import { readCapacity } from '../limits/rooms-limits.ts';
import type { RoomMetadata } from '../room/room.ts';

/** The form of the text. */
const FORM = 1;
/** Levels of nested objects and arrays. */
const DEEPEST = 100;

/** A room as it is stored. */
export interface SavedRoom {
  readonly kind: string;
  readonly metadata: RoomMetadata;
  /** `Infinity` for none. */
  readonly capacity: number;
  readonly isLocked: boolean;
  readonly isListed: boolean;
  /** What the `save` of its logic has returned. */
  readonly data: unknown;
}

/** Throws `TypeError` for what would not be the same after JSON. */
export function writeSavedRoom({ capacity, ...room }: SavedRoom): string {
  checkPlain(room.metadata, 'metadata', 0);
  checkPlain(room.data, 'save()', 0);
  return JSON.stringify({ form: FORM, ...room, capacity: Number.isFinite(capacity) ? capacity : null });
}

/** Throws for a text that is no saved room. */
export function readSavedRoom(text: string): SavedRoom {
  const read: unknown = JSON.parse(text);
  if (!isObject(read) || read.form !== FORM) throw new TypeError('this is no saved room');
  const { kind, metadata, isLocked, isListed, data } = read;
  const capacity = readCapacity(read.capacity);
  if (typeof kind !== 'string' || !isObject(metadata) || capacity === null)
    throw new TypeError('this is no saved room');
  if (typeof isLocked !== 'boolean' || typeof isListed !== 'boolean') throw new TypeError('this is no saved room');
  return { kind, metadata, capacity, isLocked, isListed, data };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Throws for everything but null, booleans, finite numbers, strings, and arrays and plain objects of these. */
function checkPlain(value: unknown, place: string, depth: number): void {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (depth >= DEEPEST) throw new TypeError(`${place} is nested more than ${DEEPEST} levels deep`);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) checkPlain(item, `${place}[${index}]`, depth + 1);
    return;
  }
  if (!isPlainObject(value)) throw new TypeError(`${place} is no plain data: ${nameOf(value)}`);
  for (const [name, item] of Object.entries(value)) {
    // JSON leaves the property out, which reads the same.
    if (item !== undefined) checkPlain(item, `${place}.${name}`, depth + 1);
  }
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function nameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value === 'number' ? `${value}` : typeof value;
  return `an object of the class ${value.constructor?.name}`;
}
