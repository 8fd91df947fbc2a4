import { type Bucket, RevisionMismatch } from '../broker/broker.ts';
import type { Directory, RoomEntry } from './directory.ts';
import { NO_ROOM, type RoomRecord, type RoomState, type RoomSummary, roomKey } from './room-record.ts';

/** Writes that are under way at once. */
const MOST_WRITES = 64;
/** Milliseconds until a write is tried again whose outcome is not known. */
const RETRY = 500;
/** Milliseconds until a write is tried again that was refused: by then it is told what the record is. */
const REFUSED_RETRY = 50;
/** Milliseconds after which a code is given back for which nobody has opened a room. */
const CLAIM_TIME = 10_000;
/** So often a claim is tried against others who claim the same code. */
const MOST_TRIES = 8;

/** Whose a code is, after a claim: of this node, of another one, or it could not be found out. */
export type ClaimResult = 'here' | 'elsewhere' | 'unknown';

/** A record of this node. */
interface Own {
  /** The revision with which the room became this node's. A later owner has a greater one. */
  token: number;
  revision: number;
  record: RoomRecord;
  /** What the record is to be; null: removed. */
  wanted: string | null;
  /** What it is, as far as is known. */
  written: string;
  isWriting: boolean;
  notBefore: number;
  since: number;
}

export interface OwnRoomsContext {
  readonly bucket: Bucket;
  readonly directory: Directory;
  /** The id of this node. */
  readonly self: string;
  now(): number;
  /** Whether this node holds its lease. */
  isHeld(): boolean;
  /** The record of an open room was taken away, although the lease is held: the broker has lost it, or somebody has deleted it. */
  onLost(code: string): void;
}

/**
 * The codes that this node owns: what their records are to be, and the writes that make them so. A code is owned once the write is known to be stored;
 * from then on nobody else can have it before the lease of this node was ended.
 */
export class OwnRooms {
  readonly #context: OwnRoomsContext;
  readonly #codes = new Map<string, Own>();
  readonly #claims = new Map<string, Promise<ClaimResult>>();
  /** Those whose records have to be written. */
  readonly #dirty = new Set<string>();
  readonly #pool: string[] = [];
  #writes = 0;
  readonly #abort = new AbortController();

  constructor(context: OwnRoomsContext) {
    this.#context = context;
  }

  /** How many codes are reserved for new rooms. */
  get pooled(): number {
    return this.#pool.length;
  }

  /** The codes whose records are this node's, or about to be removed. */
  has(code: string): boolean {
    return this.#codes.has(code);
  }

  /** Whether a room may be opened with a code that was claimed. */
  mayOpen(code: string): boolean {
    const own = this.#codes.get(code);
    return own !== undefined && own.wanted !== null && own.record.state === 'reserved' && this.#isHeld;
  }

  /** The fencing token of a room; null for one that this node does not have. */
  tokenOf(code: string): number | null {
    const own = this.#codes.get(code);
    if (own === undefined || own.wanted === null || own.record.state === 'pooled' || !this.#isHeld) return null;
    return own.token;
  }

  /** The record of a code as it is to be; null for one that is not this node's. */
  recordOf(code: string): RoomRecord | null {
    const own = this.#codes.get(code);
    return own === undefined || own.wanted === null ? null : own.record;
  }

  /** A code for a new room; null when none is reserved. */
  take(now: number): string | null {
    if (!this.#isHeld) return null;
    const code = this.#pool.shift();
    const own = code === undefined ? undefined : this.#codes.get(code);
    if (code === undefined || own === undefined) return null;
    // It is written once the room is open.
    own.record = { ...own.record, state: 'reserved' };
    own.since = now;
    return code;
  }

  /** Reserves `code` for a new room, unless anything is stored under it. Never rejects. */
  async reserve(code: string, isSaved: (code: string) => Promise<boolean>): Promise<ClaimResult> {
    const result = this.#codes.has(code) ? 'elsewhere' : await this.#run(code, '', 'pooled');
    if (result !== 'here') return result;
    const isFree = await isSaved(code).then(
      (found) => !found,
      () => null,
    );
    const own = this.#codes.get(code);
    if (own?.record.state === 'pooled') {
      if (isFree === true) this.#pool.push(code);
      else this.release(code);
    }
    return isFree === null ? 'unknown' : 'here';
  }

  /** Makes a code this node's, unless another one has it. `request`: for a room that is made once for each request. Never rejects. */
  claim(code: string, request: string = ''): Promise<ClaimResult> {
    return this.#claims.get(code) ?? this.#run(code, request, 'reserved');
  }

  /** The request for which a code was claimed. */
  setRequest(code: string, request: string): void {
    const own = this.#codes.get(code);
    if (own !== undefined) own.record = { ...own.record, request };
  }

  /** The room with a code has opened, or has changed. */
  set(code: string, state: RoomState, summary: RoomSummary): void {
    const own = this.#codes.get(code);
    if (own === undefined || own.wanted === null) return;
    own.record = { ...own.record, ...summary, state };
    this.#want(code, own, JSON.stringify(own.record));
  }

  /** The code is free for others: the room has closed, and nothing of it is on the way to the store. An open room keeps its record. */
  release(code: string): void {
    const own = this.#codes.get(code);
    if (own !== undefined && own.record.state !== 'open') this.#want(code, own, null);
  }

  /** Gives back the codes that are reserved for new rooms. */
  releasePool(): void {
    for (const code of this.#pool.splice(0)) this.release(code);
  }

  /** The lease has ended: nothing is this node's any more. */
  end(): void {
    this.#abort.abort();
    this.#codes.clear();
    this.#dirty.clear();
    this.#pool.length = 0;
  }

  /** How many records are this node's. */
  get size(): number {
    return this.#codes.size;
  }

  /** The directory was told of a record. */
  onRoom(code: string, entry: RoomEntry | null, revision: number): void {
    const own = this.#codes.get(code);
    if (own === undefined) {
      this.#adopt(code, entry);
    } else if (revision > own.revision) {
      if (entry?.record.owner === this.#context.self) {
        own.revision = revision;
        own.written = JSON.stringify(entry.record);
      } else {
        this.#codes.delete(code);
        this.#dirty.delete(code);
        const at = this.#pool.indexOf(code);
        if (at >= 0) this.#pool.splice(at, 1);
        if (own.wanted !== null && own.record.state === 'open') this.#context.onLost(code);
      }
    }
  }

  /** Writes what has to be written. */
  poll(now: number): void {
    if (!this.#isHeld) return;
    for (const code of this.#dirty) {
      if (this.#writes >= MOST_WRITES) break;
      const own = this.#codes.get(code);
      if (own === undefined) this.#dirty.delete(code);
      else if (!own.isWriting && now >= own.notBefore) void this.#write(code, own);
    }
  }

  /** Gives back the codes that were claimed for a room that nobody has opened. */
  releaseUnused(now: number): void {
    const pool = new Set(this.#pool);
    for (const [code, { record, since, wanted }] of this.#codes) {
      if (wanted === null || now - since < CLAIM_TIME) continue;
      if (record.state === 'reserved' || (record.state === 'pooled' && !pool.has(code))) this.release(code);
    }
  }

  get #isHeld(): boolean {
    return !this.#abort.signal.aborted && this.#context.isHeld();
  }

  #run(code: string, request: string, state: RoomState): Promise<ClaimResult> {
    const claim = this.#claim(code, request, state).finally(() => {
      this.#claims.delete(code);
      this.#adopt(code, this.#context.directory.get(code));
    });
    this.#claims.set(code, claim);
    return claim;
  }

  async #claim(code: string, request: string, state: RoomState): Promise<ClaimResult> {
    const { bucket, directory, self } = this.#context;
    for (let tries = 0; tries < MOST_TRIES && this.#isHeld; tries++) {
      const own = this.#codes.get(code);
      if (own !== undefined && own.wanted !== null) return own.record.state === 'pooled' ? 'elsewhere' : 'here';
      const entry = directory.get(code);
      const owner = directory.ownerOf(code);
      if (owner !== null && owner !== self) return 'elsewhere';
      if (own !== undefined || owner === self) {
        // It is on the way to be removed.
        await directory.until(() => !this.#codes.has(code) && directory.ownerOf(code) !== self, this.#abort.signal);
        continue;
      }
      const record: RoomRecord = { ...NO_ROOM, owner: self, state, request };
      const text = JSON.stringify(record);
      try {
        const write =
          entry === null ? bucket.create(roomKey(code), text) : bucket.update(roomKey(code), text, entry.revision);
        const revision = await write;
        if (!this.#isHeld) return 'unknown';
        this.#add(code, record, revision);
        return 'here';
      } catch (error) {
        if (!(error instanceof RevisionMismatch)) return 'unknown';
        // Somebody was faster, and this node will be told who, if it was not told already. A record that is gone again is not told of.
        if (entry === null && (await this.#isGone(code))) continue;
        await directory.until(() => directory.get(code)?.revision !== entry?.revision, this.#abort.signal);
      }
    }
    return 'unknown';
  }

  async #isGone(code: string): Promise<boolean> {
    try {
      return (await this.#context.bucket.get(roomKey(code))) === null;
    } catch {
      return false;
    }
  }

  /** A record is this node's although it does not know it: the answer to a claim was lost. */
  #adopt(code: string, entry: RoomEntry | null): void {
    if (entry?.record.owner !== this.#context.self || this.#codes.has(code) || this.#claims.has(code)) return;
    if (this.#isHeld) this.#add(code, entry.record, entry.revision);
  }

  #add(code: string, record: RoomRecord, revision: number): void {
    this.#codes.set(code, {
      token: revision,
      revision,
      record,
      wanted: JSON.stringify(record),
      written: JSON.stringify(record),
      isWriting: false,
      notBefore: 0,
      since: this.#context.now(),
    });
  }

  #want(code: string, own: Own, text: string | null): void {
    own.wanted = text;
    if (text === null || text !== own.written) this.#dirty.add(code);
  }

  async #write(code: string, own: Own): Promise<void> {
    const { bucket, directory, self, now } = this.#context;
    const { wanted } = own;
    own.isWriting = true;
    this.#writes++;
    try {
      if (wanted === null) {
        await bucket.delete(roomKey(code), own.revision);
        // It stays here until the directory is told of it, so that it is not taken for a record of which this node does not know.
        own.notBefore = Number.POSITIVE_INFINITY;
        // The directory is not told of what came and went during an interruption.
        if (directory.get(code)?.record.owner !== self) this.#codes.delete(code);
      } else {
        own.revision = Math.max(own.revision, await bucket.update(roomKey(code), wanted, own.revision));
        own.written = wanted;
      }
      if (own.wanted === wanted && this.#codes.get(code) === own) this.#dirty.delete(code);
    } catch (error) {
      own.notBefore = now() + (error instanceof RevisionMismatch ? REFUSED_RETRY : RETRY);
    } finally {
      own.isWriting = false;
      this.#writes--;
    }
  }
}
