/** The most of everything that clients can make a server keep. Every limit has a default; `Infinity` is none. */
export interface RoomsLimits {
  /** Rooms in all. Default: 10,000. */
  readonly rooms?: number;
  /** Rooms that clients of one address have created and that are not closed (`CreateOptions.by`, codes of their own). Default: 8. */
  readonly roomsPerAddress?: number;
  /** Clients in all rooms. Default: 10,000. */
  readonly players?: number;
  /** Clients of one address. Default: 64. */
  readonly playersPerAddress?: number;
  /** Clients that wait in the queue for a match. Default: 10,000. */
  readonly waitingPlayers?: number;
  /** Codes without a room that one address may ask for in a minute; the same number at once. Default: 20. */
  readonly wrongCodesPerMinute?: number;
}

const DEFAULTS: Required<RoomsLimits> = {
  rooms: 10_000,
  roomsPerAddress: 8,
  players: 10_000,
  playersPerAddress: 64,
  waitingPlayers: 10_000,
  wrongCodesPerMinute: 20,
};

/** Throws `RangeError` for a limit that is no integer of 1 or more. */
export function checkRoomsLimits(limits: RoomsLimits): Required<RoomsLimits> {
  const checked = { ...DEFAULTS, ...limits };
  for (const [name, value] of Object.entries(checked)) checkCount(`limits.${name}`, value);
  return checked;
}

/** Throws `RangeError` unless `value` is an integer of 1 or more, or `Infinity`. */
export function checkCount(name: string, value: number): number {
  if (!(value >= 1) || (!Number.isInteger(value) && value !== Number.POSITIVE_INFINITY)) {
    throw new RangeError(`${name} is an integer, 1 or more, not ${value}`);
  }
  return value;
}

/** Throws `RangeError` unless `value` is above 0, or 0 where that is allowed. */
export function checkSeconds(name: string, value: number, isZeroAllowed: boolean = false): number {
  if (value > 0 || (isZeroAllowed && value === 0)) return value;
  throw new RangeError(`${name} is a number of seconds, ${isZeroAllowed ? '0 or more' : 'above 0'}, not ${value}`);
}

/** The capacity in a stored room, in which null stands for `Infinity`; null for what is none. */
export function readCapacity(value: unknown): number | null {
  if (value === null) return Number.POSITIVE_INFINITY;
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 ? value : null;
}
