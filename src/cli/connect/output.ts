import type { Writable } from 'node:stream';

/** Lines for stdout, with its flow control: while it is full, nothing more is taken from the connection. */
export class Output {
  readonly #stream: Writable;
  #isFull = false;
  /** Called when there is room again. */
  onRoom: () => void = () => {};

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  /** Whether a line would wait in memory. One more is taken nevertheless. */
  get isFull(): boolean {
    return this.#isFull;
  }

  line(text: string): void {
    if (this.#stream.write(`${text}\n`) || this.#isFull) return;
    this.#isFull = true;
    this.#stream.once('drain', () => {
      this.#isFull = false;
      this.onRoom();
    });
  }
}
