import { readCapacity } from '../limits/rooms-limits.ts';
import type { RoomMetadata } from '../room/room.ts';
import { checkPlainData } from './plain-data.ts';

/** The form of the text. */
const FORM = 1;

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
  checkPlainData(room.metadata, 'metadata');
  checkPlainData(room.data, 'save()');
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
