/** Where rooms are saved: files, a database, Redis. Each method may return a promise. What they throw is reported by `Rooms.savingFailed`. */
export interface RoomStore {
  /** Stores `saved`, a text in JSON, under the code of a room, and replaces what was there. Calls for one code never overlap. */
  put(code: string, saved: string): void | PromiseLike<void>;
  /** What is stored under a code; null or undefined for nothing. */
  get(code: string): string | null | undefined | PromiseLike<string | null | undefined>;
  /** Removes what is stored under a code, if anything is. */
  delete(code: string): void | PromiseLike<void>;
  /** All codes under which something is stored. */
  list(): Iterable<string> | PromiseLike<Iterable<string>>;
}

/** How rooms are saved whose logic has a method `save`. */
export interface SavingOptions {
  readonly store: RoomStore;
  /** Seconds between two saves of a room with players; `Infinity` for none. Default: 60. */
  readonly interval?: number;
}

/** What has failed: the room's `save`, one of the methods of the store, or restoring a room from what `get` has returned. */
export type SavingStep = 'save' | 'put' | 'get' | 'delete' | 'list' | 'restore';

/** A failure to save or to restore. */
export interface SavingFailure {
  /** The code of the room; empty for `list`. */
  readonly code: string;
  readonly step: SavingStep;
  /** What was thrown, or why it is not possible. */
  readonly error: unknown;
}
