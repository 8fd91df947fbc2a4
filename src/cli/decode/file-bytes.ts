import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const BLOCK_SIZE = 256 * 1024;

/** A file that ends before it should, or is damaged. */
export class BrokenCapture extends Error {
  readonly nextStep: string;

  constructor(message: string, nextStep: string = 'What is before that place is shown.') {
    super(message);
    this.nextStep = nextStep;
  }
}

/** Reads a file from its beginning, with one block of it in memory. */
export class FileBytes {
  readonly #file: number;
  /** Bytes; 0 for what has none, such as a pipe. */
  readonly #size: number;
  #block: Buffer = Buffer.alloc(0);
  #blockAt = 0;
  /** How many bytes were taken. */
  at = 0;

  /** Throws Node's error when the file cannot be opened. */
  constructor(path: string) {
    this.#file = openSync(path, 'r');
    this.#size = fstatSync(this.#file).size;
  }

  /** How much was read, from 0 to 1. */
  get share(): number {
    return this.#size === 0 ? 0 : Math.min(1, this.at / this.#size);
  }

  /** The next `count` bytes, in memory of their own; null when fewer are left. */
  take(count: number): Buffer | null {
    const taken = this.peek(count);
    if (taken === null) return null;
    this.#blockAt += count;
    this.at += count;
    return Buffer.from(taken);
  }

  /** As `take`, but the bytes are not taken, and their memory is reused. */
  peek(count: number): Buffer | null {
    while (this.#block.length - this.#blockAt < count) {
      const left = this.#block.subarray(this.#blockAt);
      const block = Buffer.allocUnsafe(Math.max(BLOCK_SIZE, count));
      left.copy(block);
      const added = readSync(this.#file, block, left.length, block.length - left.length, null);
      if (added === 0) return null;
      this.#block = block.subarray(0, left.length + added);
      this.#blockAt = 0;
    }
    return this.#block.subarray(this.#blockAt, this.#blockAt + count);
  }

  get isAtEnd(): boolean {
    return this.peek(1) === null;
  }

  close(): void {
    closeSync(this.#file);
  }
}
