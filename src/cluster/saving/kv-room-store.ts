import type { Clock } from '../../clock.ts';
import type { RoomStore } from '../../rooms/index.ts';
import { systemClock } from '../../stream/index.ts';
import { type Bucket, type Entry, RevisionMismatch } from '../broker/broker.ts';

/** How long a call is tried again while its outcome is unknown. Milliseconds. */
const PATIENCE = 10_000;
/** Before the second try; each further pause is twice as long. Milliseconds. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 1000;
/** From so many codes on, those of rooms that are gone are looked for. */
const PRUNED_FROM = 64;

/** What a `KvRoomStore` needs. */
export interface KvRoomStoreParts {
  readonly bucket: Bucket;
  /** The fencing token of a room that this node has; null when it does not have it. Each owner of a room has a greater token than the one before. */
  tokenOf(code: string): number | null;
  readonly clock?: Clock;
}

/** What this node has read or written last under a code. */
interface Known {
  /** The node's token at that time. */
  readonly token: number;
  /** Null for no entry. */
  readonly revision: number | null;
}

/** A value of the bucket: the token of the node that has written it, and the text. */
interface Stored {
  readonly token: number;
  readonly saved: string;
}

/** An outcome that another try does not change. */
class Refusal extends Error {}

/**
 * Saved rooms in a bucket, fenced: what a former owner of a room writes late never replaces what the present one has read or written.
 *
 * Each value has the token of its writer. `get` writes what it has read again, with the reader's token, before it returns it: that gives the entry
 * a new revision, and a write of the former owner, which names the old one, is refused from then on. A write that meets a greater token
 * is refused for good; one that meets a smaller token replaces it. A write whose outcome is unknown is followed by a read.
 */
export class KvRoomStore implements RoomStore {
  readonly #bucket: Bucket;
  readonly #tokenOf: (code: string) => number | null;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();
  #pruneAt = PRUNED_FROM;

  constructor({ bucket, tokenOf, clock = systemClock }: KvRoomStoreParts) {
    this.#bucket = bucket;
    this.#tokenOf = tokenOf;
    this.#clock = clock;
  }

  /** Rejects when this node does not have the room, for a text that is too large for the broker, and when that cannot be reached for 10 seconds. */
  async put(code: string, saved: string): Promise<void> {
    const token = this.#claimed(code);
    const text = textOf({ token, saved });
    const wasStored = typeof this.#knownOf(code, token)?.revision === 'number';
    await this.#retry(code, token, async () => {
      const known = this.#knownOf(code, token);
      if (known !== null) return this.#write(code, token, text, known.revision);
      const entry = await this.#read(code, token);
      if (entry === null && wasStored) throw new Refusal(`another process has closed the room ${code} for ever`);
      if (entry?.text === text) this.#remember(code, { token, revision: entry.revision });
      else await this.#write(code, token, text, entry?.revision ?? null);
    });
  }

  /** Null for nothing. Rejects when this node does not have the room: claim it first. */
  async get(code: string): Promise<string | null> {
    const token = this.#claimed(code);
    return this.#retry(code, token, async () => {
      const entry = await this.#read(code, token);
      if (entry === null) {
        this.#remember(code, { token, revision: null });
        return null;
      }
      const stored = readStored(entry);
      if (stored.token === token) this.#remember(code, { token, revision: entry.revision });
      else await this.#write(code, token, textOf({ token, saved: stored.saved }), entry.revision);
      this.#check(code, token); // the lease may have ended meanwhile
      return stored.saved;
    });
  }

  /** Rejects when this node does not have the room. */
  async delete(code: string): Promise<void> {
    const token = this.#claimed(code);
    await this.#retry(code, token, async () => {
      const known = this.#knownOf(code, token) ?? (await this.#read(code, token));
      if (known !== null && known.revision !== null) await this.#bucket.delete(keyOf(code), known.revision);
      this.#known.delete(code);
    });
  }

  /**
   * Nothing: a node may not open rooms that it has not claimed, and which of the nodes is to have a room is decided when a client asks for it. So
   * `Rooms.restoreAll` opens no rooms in a cluster.
   */
  list(): readonly string[] {
    return [];
  }

  /** Whether anything is stored under a code, without claiming it. */
  async has(code: string): Promise<boolean> {
    return (await this.#bucket.get(keyOf(code))) !== null;
  }

  /** The token of a room that this node has. Throws when it does not have it. */
  #claimed(code: string): number {
    const token = this.#tokenOf(code);
    if (token !== null) return token;
    this.#known.delete(code);
    throw new Refusal(`this process does not have the room ${code}: its lease has ended, or the room was not claimed`);
  }

  #check(code: string, token: number): void {
    if (this.#claimed(code) === token) return;
    throw new Refusal(`this process has lost the room ${code} and claimed it again since the call`);
  }

  #knownOf(code: string, token: number): Known | null {
    const known = this.#known.get(code);
    return known?.token === token ? known : null;
  }

  /** The entry of a code. Throws `Refusal` when a later owner has written it. */
  async #read(code: string, token: number): Promise<Entry | null> {
    const entry = await this.#bucket.get(keyOf(code));
    if (entry === null || readStored(entry).token <= token) return entry;
    throw new Refusal(`another process has taken over the room ${code}: its state is newer`);
  }

  /** `revision`: null for no entry. */
  async #write(code: string, token: number, text: string, revision: number | null): Promise<void> {
    const key = keyOf(code);
    const written =
      revision === null ? await this.#bucket.create(key, text) : await this.#bucket.update(key, text, revision);
    this.#remember(code, { token, revision: written });
  }

  /** Tries again, beginning with a read, while the outcome is open and the room is that of `token`. */
  async #retry<Result>(code: string, token: number, attempt: () => Promise<Result>): Promise<Result> {
    const deadline = this.#clock.now() + PATIENCE;
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      try {
        return await attempt();
      } catch (error) {
        this.#known.delete(code);
        if (error instanceof Refusal || error instanceof RangeError) throw error;
        if (!(error instanceof RevisionMismatch)) {
          if (this.#clock.now() >= deadline) throw error;
          await new Promise<void>((resolve) => void this.#clock.setTimeout(resolve, pause));
        }
      }
      this.#check(code, token);
    }
  }

  #remember(code: string, known: Known): void {
    this.#known.set(code, known);
    if (this.#known.size < this.#pruneAt) return;
    for (const other of this.#known.keys()) if (this.#tokenOf(other) === null) this.#known.delete(other);
    this.#pruneAt = Math.max(PRUNED_FROM, this.#known.size * 2);
  }
}

function keyOf(code: string): string {
  return `save.${code}`;
}

function textOf({ token, saved }: Stored): string {
  return `${token}\n${saved}`;
}

function readStored({ key, text }: Entry): Stored {
  const end = text.indexOf('\n');
  const token = Number(text.slice(0, Math.max(0, end)));
  if (end <= 0 || !Number.isSafeInteger(token)) throw new Refusal(`${key} in the bucket is no saved room`);
  return { token, saved: text.slice(end + 1) };
}
