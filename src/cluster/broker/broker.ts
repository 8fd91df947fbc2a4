/** An entry of a bucket. */
export interface Entry {
  readonly key: string;
  readonly text: string;
  /** The number of the write that made it. All writes to a bucket are numbered together, so that a later one has a greater number. */
  readonly revision: number;
}

/** A change of a bucket. */
export interface Change {
  readonly key: string;
  /** Null: the entry was deleted. */
  readonly text: string | null;
  readonly revision: number;
}

/** Follows a bucket. */
export interface BucketWatcher {
  /** An entry as it was at the beginning, or a change, in the order of their revisions. Nothing is left out but what was overwritten meanwhile. */
  onChange(change: Change): void;
  /** All entries of the beginning were told. */
  onReady(): void;
}

/**
 * The entry is not at the expected revision: the write was not done. Any other rejection of a write leaves open whether it was done: the
 * answer may have been lost.
 */
export class RevisionMismatch extends Error {
  override readonly name = 'RevisionMismatch';
}

/**
 * Texts by key, kept by the broker. A write names the revision that it replaces, and is refused with `RevisionMismatch` when the entry has another one. Keys have
 * letters, digits, `-`, `_` and `.`. A text that is too large for the broker is refused with `RangeError`.
 */
export interface Bucket {
  /** Resolves with the entry's revision. Refused when there is an entry. */
  create(key: string, text: string): Promise<number>;
  /** Resolves with the new revision. Refused when the entry is not at `revision`. */
  update(key: string, text: string, revision: number): Promise<number>;
  /** Refused when the entry is not at `revision`. */
  delete(key: string, revision: number): Promise<void>;
  /** Null for no entry. */
  get(key: string): Promise<Entry | null>;
  /** Resolves when it has begun. Goes on over interruptions of the connection, until `stop`. */
  watch(watcher: BucketWatcher): Promise<{ stop(): void }>;
}

/** Answers a request: its text, or a promise of it. */
export type Responder = (text: string) => string | Promise<string>;

/** What the cluster needs of a messaging system with a key-value store. */
export interface Broker {
  /** Whether there is a connection at present. */
  readonly isConnected: boolean;
  /** Whether the connection has ended for good. */
  readonly isClosed: boolean;
  /** The bucket with a name, which is made if there is none. `history`: 1; entries are kept on disk. */
  openBucket(name: string): Promise<Bucket>;
  /** Sends to all who listen. May be lost while there is no connection. */
  publish(subject: string, text: string): void;
  /** Calls `onMessage` with each text that is published under `subject`. Returns what ends it. */
  subscribe(subject: string, onMessage: (text: string) => void): () => void;
  /** Asks the one who answers requests for `subject`. Rejects when nobody does, or not within `milliseconds`. */
  request(subject: string, text: string, milliseconds: number): Promise<string>;
  /** Answers requests for `subject`. A rejection of `responder` is not answered. Returns what ends it. */
  respond(subject: string, responder: Responder): () => void;
}
