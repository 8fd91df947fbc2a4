import type { BucketWatcher, Entry } from './broker.ts';
import type { Nats } from './nats.ts';
import { StreamConsumer, type StreamMessage } from './stream-consumer.ts';

/** What a watch asks of its bucket. */
export interface Watched {
  lastRevision(): Promise<{ readonly revision: number; readonly isEmpty: boolean }>;
  get(key: string): Promise<Entry | null>;
}

/** Milliseconds until a consumer is tried again that could not be made. */
const RETRY = 500;

/**
 * Follows a bucket. After each interruption it reads the bucket anew and tells only what is new to the watcher. Entries that are gone
 * were deleted in the meantime, also when their markers are gone.
 */
export class BucketWatch {
  readonly #nats: Nats;
  readonly #name: string;
  readonly #watcher: BucketWatcher;
  readonly #bucket: Watched;
  /** The revisions of the entries that were told. */
  readonly #known = new Map<string, number>();
  readonly #unwatch: () => void;
  /** Keys that the present consumer has read. Null when it has caught up. */
  #read: Set<string> | null = new Set();
  /** All changes up to this revision were told. */
  #told = 0;
  #consumer: StreamConsumer | null = null;
  #retry: unknown = null;
  #isReady = false;
  #isStopped = false;

  constructor(nats: Nats, name: string, watcher: BucketWatcher, bucket: Watched) {
    this.#nats = nats;
    this.#name = name;
    this.#watcher = watcher;
    this.#bucket = bucket;
    this.#unwatch = nats.state.watch(
      () => void this.#restart(),
      () => this.stop(),
    );
  }

  async start(): Promise<void> {
    try {
      await this.#consume();
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#unwatch();
    this.#end();
  }

  async #restart(): Promise<void> {
    try {
      await this.#consume();
    } catch {
      // Without a connection: goes on when there is one again.
      if (this.#isStopped || !this.#nats.state.isConnected) return;
      this.#retry = this.#nats.clock.setTimeout(() => void this.#restart(), RETRY);
    }
  }

  #end(): void {
    this.#nats.clock.clearTimeout(this.#retry);
    this.#consumer?.stop();
    this.#consumer = null;
  }

  async #consume(): Promise<void> {
    this.#end();
    let last = 0;
    const consumer = new StreamConsumer(this.#nats, this.#name, {
      onMessage: (message) => this.#take(message),
      onCaughtUp: () => this.#catchUp(last),
      onBroken: () => void this.#restart(),
    });
    this.#consumer = consumer;
    const state = await this.#bucket.lastRevision();
    if (this.#consumer !== consumer) return;
    last = state.revision;
    // The broker has lost the bucket: its revisions begin again.
    if (last < this.#told) this.#told = 0;
    this.#read = new Set();
    await consumer.start(state);
  }

  #take({ key, text, revision }: StreamMessage): void {
    if (text !== null) this.#read?.add(key);
    if (revision <= this.#told) return;
    this.#told = revision;
    const wasKnown = text === null ? this.#known.delete(key) : this.#known.has(key);
    if (text !== null) this.#known.set(key, revision);
    // A marker whose entry was never told is left out while the bucket is read.
    if (text !== null || wasKnown || this.#read === null) this.#tell(key, text, revision);
  }

  #catchUp(last: number): void {
    const read = this.#read ?? new Set();
    this.#read = null;
    for (const [key, revision] of this.#known) {
      if (!read.has(key)) void this.#checkDeletion(key, revision, last);
    }
    if (this.#isReady) return;
    this.#isReady = true;
    this.#guard(() => this.#watcher.onReady());
  }

  /** An entry was not among those that were read: it was deleted, or has changed since and comes later. */
  async #checkDeletion(key: string, revision: number, last: number): Promise<void> {
    try {
      if ((await this.#bucket.get(key)) !== null) return;
    } catch {
      // The next consumer will find it again.
      if (!this.#isStopped) void this.#restart();
      return;
    }
    if (this.#isStopped || this.#known.get(key) !== revision) return;
    this.#known.delete(key);
    this.#told = Math.max(this.#told, last);
    this.#tell(key, null, this.#told);
  }

  #tell(key: string, text: string | null, revision: number): void {
    this.#guard(() => this.#watcher.onChange({ key, text, revision }));
  }

  /** The client would end the connection when a watcher throws. */
  #guard(call: () => void): void {
    if (this.#isStopped) return;
    try {
      call();
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
