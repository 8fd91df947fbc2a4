import type { Bucket } from './broker/broker.ts';
import type { Directory } from './directory/directory.ts';
import { roomKey } from './directory/room-record.ts';

/** Records that are being removed at once. */
const MOST_WRITES = 64;

/** The records of users: a part of `Presence`. */
export interface UserRecords {
  /** The nodes that have records. */
  readonly nodes: readonly string[];
  /** The records of a node that is gone. */
  recordsOf(node: string): Iterable<readonly [key: string, revision: number]>;
}

/**
 * Ends the leases that have run out, and removes what is left of nodes that are gone: the records of their rooms, so that no list has them. Rooms that
 * others have taken over meanwhile have another revision, and stay. Every node ends leases; one of them cleans up.
 */
export class Sweeper {
  readonly #bucket: Bucket;
  readonly #directory: Directory;
  readonly #users: UserRecords;
  readonly #removing = new Set<string>();

  constructor(bucket: Bucket, directory: Directory, users: UserRecords) {
    this.#bucket = bucket;
    this.#directory = directory;
    this.#users = users;
  }

  /** `self`: the id of this node. */
  sweep(self: string, now: number): void {
    const { leases, owners } = this.#directory;
    leases.endOverdue(this.#bucket, self, now);
    if (leases.records.some(({ id }) => id < self)) return;
    const ended = leases.ended.map(({ id }) => id);
    const gone = [...owners, ...this.#users.nodes].filter((owner) => !leases.isAlive(owner));
    for (const node of new Set([...ended, ...gone])) {
      if (!this.#clean(node)) leases.remove(this.#bucket, node);
    }
  }

  /** Returns whether anything is left. */
  #clean(node: string): boolean {
    let isLeft = false;
    for (const code of this.#directory.codesOf(node)) {
      isLeft = true;
      const entry = this.#directory.get(code);
      if (entry !== null) this.#remove(roomKey(code), entry.revision);
    }
    for (const [key, revision] of this.#users.recordsOf(node)) {
      isLeft = true;
      this.#remove(key, revision);
    }
    return isLeft;
  }

  #remove(key: string, revision: number): void {
    if (this.#removing.has(key) || this.#removing.size >= MOST_WRITES) return;
    this.#removing.add(key);
    const end = (): void => void this.#removing.delete(key);
    // Whatever the outcome: what is left is removed next time.
    this.#bucket.delete(key, revision).then(end, end);
  }
}
