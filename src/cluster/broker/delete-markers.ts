import type { Nats } from './nats.ts';
import { StreamConsumer } from './stream-consumer.ts';

/** Markers that are removed at a time. */
const AT_ONCE = 100;

/**
 * Removes the markers of deleted entries when they have been in the bucket for `markerAge`: those of this process, and those that were
 * there when it opened the bucket, of processes that have ended. A marker is removed by its revision, so that an entry that was created
 * in its place is not. (The `purgeDeletes` of `@nats-io/kv` would remove it.)
 */
export class DeleteMarkers {
  readonly #nats: Nats;
  readonly #name: string;
  #waiting: { readonly revision: number; readonly due: number }[] = [];
  #timer: unknown = null;

  constructor(nats: Nats, name: string) {
    this.#nats = nats;
    this.#name = name;
    nats.state.watch(
      () => {},
      () => nats.clock.clearTimeout(this.#timer),
    );
  }

  add(revision: number): void {
    this.#waiting.push({ revision, due: this.#nats.clock.now() + this.#nats.markerAge });
    this.#timer ??= this.#schedule();
  }

  /** Adds the markers of the bucket, in the background. Without effect if the connection is lost meanwhile: the next process does it. */
  collect(): void {
    const consumer = new StreamConsumer(this.#nats, this.#name, {
      onMessage: ({ text, revision }) => {
        if (text === null) this.add(revision);
      },
      onCaughtUp: () => consumer.stop(),
      onBroken: () => {},
    });
    consumer.start({ revision: 0, isEmpty: false }, true).catch(() => {});
  }

  #schedule(): unknown {
    const [first] = this.#waiting;
    if (first === undefined || this.#nats.state.isClosed) return null;
    return this.#nats.clock.setTimeout(() => void this.#remove(), Math.max(first.due - this.#nats.clock.now(), 0));
  }

  async #remove(): Promise<void> {
    const { clock, manager } = this.#nats;
    const now = clock.now();
    let count = 0;
    while (count < AT_ONCE && (this.#waiting[count]?.due ?? Number.POSITIVE_INFINITY) <= now) count++;
    const removed = this.#waiting.splice(0, count);
    await Promise.all(
      removed.map(async ({ revision }) => {
        try {
          await manager.streams.deleteMessage(`KV_${this.#name}`, revision, false);
        } catch (error) {
          // Anything but an answer: it may still be there.
          if (!(error instanceof Error) || error.name !== 'JetStreamApiError') this.add(revision);
        }
      }),
    );
    this.#timer = this.#schedule();
  }
}
