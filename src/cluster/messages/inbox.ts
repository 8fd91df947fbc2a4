import type { Letter } from './mail-text.ts';

/** Nodes whose last numbers are kept. */
const MOST_NODES = 1024;

/** How much may wait. */
export interface QueueLimits {
  readonly messages: number;
  /** Of JSON in UTF-8. */
  readonly bytes: number;
}

/** Messages that wait for the next `deliver`, of one room. */
export class Inbox {
  readonly #limits: QueueLimits;
  #letters: Letter[] = [];
  #bytes = 0;
  /** The number of the last batch of each node. */
  readonly #sequences = new Map<string, number>();

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** Whether there is room for a message, which is taken then. */
  push(letter: Letter): boolean {
    const bytes = this.#bytes + Buffer.byteLength(letter.text);
    if (this.#letters.length >= this.#limits.messages || bytes > this.#limits.bytes) return false;
    this.#letters.push(letter);
    this.#bytes = bytes;
    return true;
  }

  /** What has arrived since the last call. */
  take(): readonly Letter[] {
    const letters = this.#letters;
    this.#letters = [];
    this.#bytes = 0;
    return letters;
  }

  /** Whether a batch was sent after all others of its node that have arrived here: one that was overtaken is not taken. */
  isInOrder(node: string, sequence: number): boolean {
    if (sequence <= (this.#sequences.get(node) ?? Number.NEGATIVE_INFINITY)) return false;
    this.#sequences.delete(node);
    this.#sequences.set(node, sequence);
    for (const oldest of this.#sequences.keys()) {
      if (this.#sequences.size <= MOST_NODES) break;
      this.#sequences.delete(oldest);
    }
    return true;
  }
}
