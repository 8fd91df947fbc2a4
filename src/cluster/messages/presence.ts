import type { Clock } from '../../clock.ts';
import { Signal } from '../../multiplayer/index.ts';
import { checkPlainData } from '../../rooms/index.ts';
import { systemClock } from '../../stream/index.ts';
import type { Bucket, Change } from '../broker/broker.ts';
import { WantedRecords } from './wanted-records.ts';

const PREFIX = 'user.';
/** Bytes of a name in UTF-8. */
const MOST_NAME_BYTES = 128;
/** Bytes of a user's data as JSON in UTF-8. */
const MOST_DATA_BYTES = 1024;

/** Where a user is. */
export interface Place {
  /** The id of the process. */
  readonly node: string;
  /** What it has set: plain data. */
  readonly data: unknown;
}

/** A user who is in one process at least. */
export interface PresentUser {
  readonly user: string;
  readonly places: readonly Place[];
}

/** What a `Presence` needs. */
export interface PresenceParts {
  /** The bucket of the directory. */
  readonly bucket: Bucket;
  /** Whether a node has a record that tells that it runs. Users of others are not shown. */
  isAlive(node: string): boolean;
  readonly clock?: Clock;
}

/** A user at a node; a list, because most users are at one. */
interface Spot {
  readonly node: string;
  readonly text: string;
  /** Of its record; 0 for what this process has set. */
  readonly revision: number;
  readonly next: Spot | null;
}

/**
 * Which users are in which processes: `Cluster.presence`. Each process says which users it has, and knows those of all, so that finding one takes no
 * time; it takes about 264 bytes of memory.
 */
// A record `user.<the name in base64url>.<node>` for each user of a node. Input: `join`, `leave`, `onChange`, `onNode`. Commands: `set`, `remove`, `removeAll`. Output:
// `poll`, which emits `changed`. All others only look.
export class Presence {
  /** The places of a user have changed. Emitted by `Cluster.poll`, once for all changes since the last one. */
  readonly changed: Signal<[user: string]> = new Signal();
  readonly #isAlive: (node: string) => boolean;
  readonly #records: WantedRecords;
  /** What this process has set, whether it is a node at present or not. */
  readonly #own = new Map<string, string>();
  /** The records of this node, as the bucket has told them. */
  readonly #told = new Map<string, { readonly text: string; readonly revision: number }>();
  readonly #users = new Map<string, Spot>();
  readonly #byNode = new Map<string, Set<string>>();
  #node: string | null = null;
  #changed = new Set<string>();

  /** @internal */
  constructor({ bucket, isAlive, clock = systemClock }: PresenceParts) {
    this.#isAlive = isAlive;
    this.#records = new WantedRecords(bucket, clock);
  }

  // ---------------------------------------------------------------- the users of this process

  /**
   * The user is here. `data`: plain data of up to 1 KiB as JSON, which replaces what was set before. `user`: from 1 to 128 bytes of UTF-8. Throws
   * `TypeError` and `RangeError` for others.
   */
  set(user: string, data: unknown = null): void {
    checkName(user);
    checkPlainData(data, 'data');
    const text = JSON.stringify(data);
    const size = Buffer.byteLength(text);
    if (size > MOST_DATA_BYTES)
      throw new RangeError(`the data of "${user}" has ${size} bytes as JSON; at most ${MOST_DATA_BYTES}`);
    if (this.#own.get(user) === text) return;
    this.#own.set(user, text);
    this.#publish(user, text);
  }

  /** The user is not here any more. */
  remove(user: string): void {
    if (this.#own.delete(user)) this.#publish(user, null);
  }

  /** Whether the records of this process are as they are to be, as far as is known. @internal */
  get isSettled(): boolean {
    return this.#records.isSettled;
  }

  // ---------------------------------------------------------------- who is where

  /** Where a user is: several processes, for example with two tabs; none when it is nowhere. */
  find(user: string): readonly Place[] {
    const places: Place[] = [];
    for (let spot = this.#users.get(user) ?? null; spot !== null; spot = spot.next) {
      const { node, text } = spot;
      if (this.#shows(node)) places.push({ node, data: JSON.parse(text) });
    }
    return places;
  }

  /** All users. */
  list(): PresentUser[] {
    return [...this.#users.keys()]
      .map((user) => ({ user, places: this.find(user) }))
      .filter(({ places }) => places.length > 0);
  }

  /** How many users there are. */
  get size(): number {
    const hidden = [...this.#byNode.keys()].filter((node) => !this.#shows(node));
    if (hidden.length === 0) return this.#users.size;
    const seen = new Set<string>();
    for (const [node, users] of this.#byNode) {
      if (this.#shows(node)) for (const user of users) seen.add(user);
    }
    return seen.size;
  }

  /** The nodes that have records. @internal */
  get nodes(): readonly string[] {
    return [...this.#byNode.keys()];
  }

  /** The records of another node, for those who remove them when its lease was ended. @internal */
  *recordsOf(node: string): IterableIterator<readonly [key: string, revision: number]> {
    if (node === this.#node) return;
    for (const user of this.#byNode.get(node) ?? []) {
      yield [keyOf(user, node), this.#spotOf(user, node)?.revision ?? 0];
    }
  }

  // ---------------------------------------------------------------- for the cluster

  /** This process is the node `id`, which was never used before: its users are shown, and their records written. @internal */
  join(id: string): void {
    this.leave();
    this.#node = id;
    for (const [user, text] of this.#own) this.#publish(user, text);
  }

  /** It is no node any more. Its records are left to those who remove them (`recordsOf`); what was set is kept for the next `join`. @internal */
  leave(): void {
    const node = this.#node;
    if (node === null) return;
    for (const user of this.#own.keys()) this.#setSpot(user, node, null, 0);
    for (const [user, { text, revision }] of this.#told) this.#setSpot(user, node, text, revision);
    this.#told.clear();
    this.#records.clear();
    this.#node = null;
  }

  /** Removes all records of this process, before it leaves. `isSettled` is true when they are gone. @internal */
  removeAll(): void {
    for (const user of [...this.#own.keys()]) this.remove(user);
  }

  /** A change of the bucket. Returns whether it is one of a user; all others are ignored. @internal */
  onChange(change: Change): boolean {
    const { key, text, revision } = change;
    if (!key.startsWith(PREFIX)) return false;
    const { user, node } = readKey(key);
    if (node === '' || !isName(user) || keyOf(user, node) !== key) return true;
    const data = text !== null && isData(text) ? text : null;
    if (node === this.#node) this.#onOwnChange(user, change);
    else this.#setSpot(user, node, data, revision);
    return true;
  }

  /** The lease of a node has begun or ended. @internal */
  onNode(node: string): void {
    for (const user of this.#byNode.get(node) ?? []) this.#changed.add(user);
  }

  /** Emits `changed` once for each user whose places have changed since the last call. Throws the first error of a handler when all were emitted. @internal */
  poll(): void {
    if (this.#changed.size === 0) return;
    const users = this.#changed;
    this.#changed = new Set();
    if (!this.changed.hasConnections()) return;
    const errors: unknown[] = [];
    for (const user of users) {
      try {
        this.changed.emit(user);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  /** What is shown is what was set here. */
  #onOwnChange(user: string, change: Change): void {
    const { text, revision } = change;
    if (text === null) this.#told.delete(user);
    else this.#told.set(user, { text, revision });
    // A record that is not kept: for example by a write whose answer was lost, done after the record was removed.
    if (!this.#records.onChange(change) && text !== null) this.#records.remove(change);
  }

  #shows(node: string): boolean {
    return node === this.#node || this.#isAlive(node);
  }

  #publish(user: string, text: string | null): void {
    if (this.#node === null) return;
    this.#setSpot(user, this.#node, text, 0);
    this.#records.want(keyOf(user, this.#node), text);
  }

  #spotOf(user: string, node: string): Spot | null {
    let spot = this.#users.get(user) ?? null;
    while (spot !== null && spot.node !== node) spot = spot.next;
    return spot;
  }

  /** `text`: null when the user is not there. */
  #setSpot(user: string, node: string, text: string | null, revision: number): void {
    const before = this.#spotOf(user, node);
    if (before === null && text === null) return;
    if (before?.text !== text) this.#changed.add(user);
    let spots: Spot | null = text === null ? null : { node, text, revision, next: null };
    for (let spot = this.#users.get(user) ?? null; spot !== null; spot = spot.next) {
      if (spot.node !== node) spots = { ...spot, next: spots };
    }
    if (spots === null) this.#users.delete(user);
    else this.#users.set(user, spots);
    const users = this.#byNode.get(node) ?? new Set();
    if (text === null) users.delete(user);
    else users.add(user);
    if (users.size === 0) this.#byNode.delete(node);
    else this.#byNode.set(node, users);
  }
}

function keyOf(user: string, node: string): string {
  return `${PREFIX}${Buffer.from(user).toString('base64url')}.${node}`;
}

function readKey(key: string): { readonly user: string; readonly node: string } {
  const end = key.indexOf('.', PREFIX.length);
  const name = key.slice(PREFIX.length, end < 0 ? undefined : end);
  return { user: Buffer.from(name, 'base64url').toString(), node: end < 0 ? '' : key.slice(end + 1) };
}

function checkName(user: string): void {
  if (typeof user !== 'string') throw new TypeError('user is a string');
  if (Buffer.from(user).toString() !== user) throw new TypeError('user has half of a surrogate pair');
  if (isName(user)) return;
  const size = Buffer.byteLength(user);
  throw new RangeError(`user has from 1 to ${MOST_NAME_BYTES} bytes of UTF-8, not ${size}`);
}

function isName(user: string): boolean {
  const size = Buffer.byteLength(user);
  return size > 0 && size <= MOST_NAME_BYTES;
}

function isData(text: string): boolean {
  if (Buffer.byteLength(text) > MOST_DATA_BYTES) return false;
  try {
    checkPlainData(JSON.parse(text), 'data');
    return true;
  } catch {
    return false;
  }
}
