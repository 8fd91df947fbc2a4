import type { Failure } from '../../failure.ts';
import type { QueueLimits } from './inbox.ts';
import { type Letter, MOST_IN_A_BATCH } from './mail-text.ts';

/** Bytes of messages that are sent together. */
const MOST_BATCH_BYTES = 262_144;

interface Waiting {
  readonly letter: Letter;
  readonly bytes: number;
  resolve(result: Failure | null): void;
}

/** How messages to one room are sent: resolves with a result for each. Never rejects. */
export type SendBatch = (code: string, letters: readonly Letter[]) => Promise<readonly (Failure | null)[]>;

/**
 * Messages that wait to be sent, by the code of the room that they are for. There is one batch under way for each room, so that the messages to it arrive in
 * order; those that are added meanwhile are sent together.
 */
export class Outbox {
  readonly #send: SendBatch;
  readonly #limits: QueueLimits;
  readonly #mostBytes: number;
  readonly #queues = new Map<string, { readonly waiting: Waiting[]; bytes: number }>();
  #bytes = 0;

  /** `limits`: for each room, including what is under way. `mostBytes`: for all rooms together. */
  constructor(send: SendBatch, limits: QueueLimits, mostBytes: number) {
    this.#send = send;
    this.#limits = limits;
    this.#mostBytes = mostBytes;
  }

  /** Whether messages to a room have not been sent, or not been answered. */
  has(code: string): boolean {
    return this.#queues.has(code);
  }

  /** Null when there is no room for the message. */
  add(code: string, letter: Letter): Promise<Failure | null> | null {
    const bytes = Buffer.byteLength(letter.text);
    const queue = this.#queues.get(code) ?? { waiting: [], bytes: 0 };
    const isFull = queue.waiting.length >= this.#limits.messages || queue.bytes + bytes > this.#limits.bytes;
    if (isFull || this.#bytes + bytes > this.#mostBytes) return null;
    queue.bytes += bytes;
    this.#bytes += bytes;
    return new Promise((resolve) => {
      queue.waiting.push({ letter, bytes, resolve });
      if (this.#queues.has(code)) return;
      this.#queues.set(code, queue);
      void this.#run(code, queue.waiting);
    });
  }

  async #run(code: string, waiting: Waiting[]): Promise<void> {
    await null; // what is sent in the same turn is sent together
    while (waiting.length > 0) {
      const batch = waiting.slice(0, countOf(waiting));
      const results = await this.#send(
        code,
        batch.map(({ letter }) => letter),
      );
      for (const [index, { bytes, resolve }] of batch.entries()) {
        this.#bytes -= bytes;
        const queue = this.#queues.get(code);
        if (queue !== undefined) queue.bytes -= bytes;
        resolve(results[index] ?? null);
      }
      waiting.splice(0, batch.length);
    }
    this.#queues.delete(code);
  }
}

/** How many of those that wait are sent together: at least one. */
function countOf(waiting: readonly Waiting[]): number {
  let count = 0;
  let total = 0;
  for (const { bytes } of waiting) {
    total += bytes;
    if (count > 0 && (total > MOST_BATCH_BYTES || count >= MOST_IN_A_BATCH)) break;
    count++;
  }
  return count;
}
