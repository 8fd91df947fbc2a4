import type { Bucket, Change } from '../broker/broker.ts';
import { OtherLeases } from '../lease/other-leases.ts';
import { OpenRooms } from './open-rooms.ts';
import { codeOfKey, type RoomRecord, readRoom } from './room-record.ts';

/** The record of a room, and its revision. */
export interface RoomEntry {
  readonly record: RoomRecord;
  readonly revision: number;
}

/** What a directory is told. */
export interface DirectoryEvents {
  /** The record of a room has changed. */
  onRoom(code: string, entry: RoomEntry | null, revision: number): void;
  /** The record of a node has changed. */
  onNode(id: string): void;
  /** A record that is neither of a room nor of a node. */
  onOther(change: Change): void;
}

/**
 * What the bucket has, as it is told to this node, in the order in which it was written: the nodes, and which of them has which room. It may be late. That does
 * no harm, because whoever writes names the revision that it has seen here.
 *
 * The records of nodes and rooms are in one bucket, so that a record of a room is never told before that of the node that owns it: an owner without a
 * record here has left, or its lease was ended.
 */
export class Directory {
  readonly leases: OtherLeases = new OtherLeases();
  readonly #rooms = new Map<string, RoomEntry>();
  readonly #open = new OpenRooms();
  readonly #byOwner = new Map<string, Set<string>>();
  readonly #waiting = new Set<() => void>();
  #watching: { stop(): void } | null = null;
  readonly #now: () => number;
  readonly #events: DirectoryEvents;

  constructor(now: () => number, events: DirectoryEvents) {
    this.#now = now;
    this.#events = events;
  }

  /** Follows the bucket, until `stop`. Resolves once everything that it has was told. */
  async follow(bucket: Bucket): Promise<void> {
    let onReady = (): void => undefined;
    const ready = new Promise<void>((resolve) => {
      onReady = resolve;
    });
    this.#watching = await bucket.watch({ onChange: (change) => this.#onChange(change), onReady });
    await ready;
  }

  stop(): void {
    this.#watching?.stop();
  }

  /** The record of a room; null for none. */
  get(code: string): RoomEntry | null {
    return this.#rooms.get(code) ?? null;
  }

  /** All records, by code. */
  get entries(): IterableIterator<[string, RoomEntry]> {
    return this.#rooms.entries();
  }

  get size(): number {
    return this.#rooms.size;
  }

  /** The rooms of a kind that are open to all and whose owners are alive, the fullest first. */
  *fullestFirst(kind: string): IterableIterator<readonly [code: string, record: RoomRecord]> {
    for (const code of this.#open.fullestFirst(kind)) {
      const record = this.#rooms.get(code)?.record;
      if (record !== undefined && this.leases.isAlive(record.owner)) yield [code, record];
    }
  }

  /** The node that has a room; null when there is none, or when its lease was ended. */
  ownerOf(code: string): string | null {
    const owner = this.#rooms.get(code)?.record.owner;
    return owner !== undefined && this.leases.isAlive(owner) ? owner : null;
  }

  /** The codes whose records name `owner`. */
  codesOf(owner: string): readonly string[] {
    return [...(this.#byOwner.get(owner) ?? [])];
  }

  /** The owners that records of rooms name. */
  get owners(): readonly string[] {
    return [...this.#byOwner.keys()];
  }

  /** Resolves when a change has made `condition` true, or when `signal` is aborted. */
  until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!signal.aborted && !condition()) return;
        this.#waiting.delete(look);
        signal.removeEventListener('abort', look);
        resolve();
      };
      this.#waiting.add(look);
      signal.addEventListener('abort', look);
      look();
    });
  }

  #onChange(change: Change): void {
    const code = codeOfKey(change.key);
    const node = code === null ? this.leases.onChange(change, this.#now()) : null;
    if (code !== null) this.#setRoom(code, change);
    else if (node !== null) this.#events.onNode(node);
    else this.#events.onOther(change);
    for (const look of [...this.#waiting]) look();
  }

  #setRoom(code: string, { text, revision }: Change): void {
    const record = text === null ? null : readRoom(text);
    const replaced = this.#rooms.get(code)?.record ?? null;
    const before = replaced?.owner;
    this.#open.change(code, replaced, record);
    if (before !== undefined && before !== record?.owner) {
      const codes = this.#byOwner.get(before);
      codes?.delete(code);
      if (codes?.size === 0) this.#byOwner.delete(before);
    }
    if (record === null) {
      this.#rooms.delete(code);
    } else {
      this.#rooms.set(code, { record, revision });
      const codes = this.#byOwner.get(record.owner) ?? new Set();
      this.#byOwner.set(record.owner, codes.add(code));
    }
    this.#events.onRoom(code, this.get(code), revision);
  }
}
