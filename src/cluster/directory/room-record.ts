import type { RoomMetadata } from '../../rooms/index.ts';

/** What is known of a room everywhere. */
export interface RoomSummary {
  /** Empty while there is no room with the code. */
  readonly kind: string;
  readonly capacity: number;
  /** Places that are taken. */
  readonly taken: number;
  readonly isLocked: boolean;
  readonly isListed: boolean;
  readonly metadata: RoomMetadata;
}

/**
 * `pooled`: a code for the next new room of its owner. `reserved`: a room will be opened with this code. `closing`: the room has closed, and may still be
 * saved.
 */
export type RoomState = (typeof STATES)[number];

const STATES = ['pooled', 'reserved', 'open', 'closing'] as const;

/** The record of a room, under `room.<CODE>`: it is the ownership and the entry in the list at once. */
export interface RoomRecord extends RoomSummary {
  /** The id of the node. */
  readonly owner: string;
  readonly state: RoomState;
  /** The request by which it was made; empty for none. */
  readonly request: string;
}

export const NO_ROOM: RoomSummary = { kind: '', capacity: 0, taken: 0, isLocked: false, isListed: false, metadata: {} };

const PREFIX = 'room.';

export function roomKey(code: string): string {
  return PREFIX + code;
}

/** The code in the key of a room's record; null for another key. */
export function codeOfKey(key: string): string | null {
  return key.startsWith(PREFIX) ? key.slice(PREFIX.length) : null;
}

/** A text that is no record of a room counts as a code that is reserved: for the owner that it names, or for nobody. */
export function readRoom(text: string): RoomRecord {
  let record: unknown = null;
  try {
    record = JSON.parse(text);
  } catch {
    // Nobody's.
  }
  const { owner, capacity } = Object(record) as { owner?: unknown; capacity?: unknown };
  const room = capacity === null ? { ...Object(record), capacity: Number.POSITIVE_INFINITY } : record; // as JSON has it
  if (isRoom(room)) return room;
  return { ...NO_ROOM, owner: typeof owner === 'string' ? owner : '', state: 'reserved', request: '' };
}

/** Whether a client that asks for any room of its kind may get into this one. */
export function isOpenToAll({ state, taken, capacity, isListed, isLocked }: RoomRecord): boolean {
  return state === 'open' && taken < capacity && isListed && !isLocked;
}

function isRoom(value: unknown): value is RoomRecord {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Partial<Record<keyof RoomRecord, unknown>>; // checked below
  return (
    [record.owner, record.kind, record.request].every((text) => typeof text === 'string') &&
    [record.capacity, record.taken].every((number) => typeof number === 'number') &&
    [record.isLocked, record.isListed].every((flag) => typeof flag === 'boolean') &&
    STATES.some((state) => state === record.state) &&
    typeof record.metadata === 'object' &&
    record.metadata !== null
  );
}
