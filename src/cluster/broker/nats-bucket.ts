import type { JetStreamApiError } from '@nats-io/jetstream';
import type { MsgHdrs } from '@nats-io/transport-node';
import { type Bucket, type BucketWatcher, type Entry, RevisionMismatch } from './broker.ts';
import { BucketWatch } from './bucket-watch.ts';
import { DeleteMarkers } from './delete-markers.ts';
import { type Nats, OPERATION } from './nats.ts';

const WRONG_LAST_SEQUENCE = [10071, 10164];
/** Bytes of a write's headers, at most. */
const HEADERS = 128;
/** How often `create` is tried while others create and delete the same entry. */
const ATTEMPTS = 10;

/**
 * A bucket of NATS: a stream with one message for each entry, in the format of its key-value store. A deleted entry is a message without
 * text, a marker, so that watchers learn of it. `DeleteMarkers` removes the markers later.
 */
export class NatsBucket implements Bucket {
  readonly #nats: Nats;
  readonly #name: string;
  readonly #markers: DeleteMarkers;

  /** The bucket with a name, which is made if there is none. */
  static async open(nats: Nats, name: string): Promise<NatsBucket> {
    const bucket = new NatsBucket(nats, name);
    await bucket.#lastRevision();
    bucket.#markers.collect();
    return bucket;
  }

  private constructor(nats: Nats, name: string) {
    this.#nats = nats;
    this.#name = name;
    this.#markers = new DeleteMarkers(nats, name);
  }

  async create(key: string, text: string): Promise<number> {
    // An entry that was deleted is at its marker's revision until the marker is removed.
    let revision = 0;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#write(key, text, revision);
      } catch (error) {
        if (!(error instanceof RevisionMismatch) || attempt === ATTEMPTS) throw error;
        const last = await this.#last(key);
        if (last !== null && last.text !== null) throw error;
        revision = last?.revision ?? 0;
      }
    }
  }

  async update(key: string, text: string, revision: number): Promise<number> {
    return this.#write(key, text, existing(revision));
  }

  async delete(key: string, revision: number): Promise<void> {
    const headers = this.#nats.headers();
    headers.set(OPERATION, 'DEL');
    this.#markers.add(await this.#write(key, '', existing(revision), headers));
  }

  async get(key: string): Promise<Entry | null> {
    const last = await this.#last(key);
    return last === null || last.text === null ? null : { key, text: last.text, revision: last.revision };
  }

  async watch(watcher: BucketWatcher): Promise<{ stop(): void }> {
    const watch = new BucketWatch(this.#nats, this.#name, watcher, {
      lastRevision: () => this.#lastRevision(),
      get: (key) => this.get(key),
    });
    await watch.start();
    return watch;
  }

  async #write(key: string, text: string, revision: number, headers?: MsgHdrs): Promise<number> {
    const { connection, client } = this.#nats;
    this.#assertConnected();
    const most = (connection.info?.max_payload ?? Number.POSITIVE_INFINITY) - HEADERS;
    const size = Buffer.byteLength(text);
    if (size > most)
      throw new RangeError(`${this.#name}/${key} has ${size} bytes; the broker's max_payload allows ${most}`);
    const expect = { lastSubjectSequence: revision };
    try {
      const subject = `$KV.${this.#name}.${checked(key)}`;
      return (await client.publish(subject, text, headers === undefined ? { expect } : { expect, headers })).seq;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      throw new RevisionMismatch(`${this.#name}/${key} is not at revision ${revision}`, { cause: error });
    }
  }

  /** An entry or its marker. The stream's leader answers, not the next replica (`allow_direct`), which may be behind. */
  async #last(key: string): Promise<{ readonly text: string | null; readonly revision: number } | null> {
    this.#assertConnected();
    const query = { last_by_subj: `$KV.${this.#name}.${checked(key)}` };
    const message = await this.#nats.manager.streams.getMessage(`KV_${this.#name}`, query);
    if (message === null) return null;
    const isDeleted = message.header?.has(OPERATION) === true;
    return { text: isDeleted ? null : message.string(), revision: message.seq };
  }

  /** The revision of the last write. Makes the bucket if it is not there. */
  async #lastRevision(): Promise<{ readonly revision: number; readonly isEmpty: boolean }> {
    const { buckets, replicas } = this.#nats;
    this.#assertConnected();
    // An existing bucket is taken as it is.
    const bucket = await buckets.create(this.#name, { history: 1, replicas, allow_direct: false });
    const { state } = (await bucket.status()).streamInfo;
    return { revision: state.last_seq, isEmpty: state.messages === 0 };
  }

  #assertConnected(): void {
    // The client would keep what is written now, and send it when the connection has come back.
    const { isConnected, isClosed } = this.#nats.state;
    if (isClosed)
      throw new Error('the connection to the broker is closed: nothing was sent; a new connection needs a new broker');
    if (!isConnected) throw new Error('no connection to the broker: nothing was sent');
  }
}

function existing(revision: number): number {
  if (!Number.isSafeInteger(revision) || revision < 1)
    throw new TypeError(`${revision} is not the revision of an entry`);
  return revision;
}

function checked(key: string): string {
  if (!/^[-\w]+(\.[-\w]+)*$/.test(key)) throw new TypeError(`invalid key: ${key}`);
  return key;
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof Error &&
    error.name === 'JetStreamApiError' &&
    WRONG_LAST_SEQUENCE.includes((error as JetStreamApiError).code)
  );
}
