import { NO_BYTES } from '../../bytes.ts';
import { Utf8Validator } from '../frames/utf8-validator.ts';
import type { Platform } from '../platform.ts';

/** Reserved for a frame that announces more. Memory for the rest is allocated when the bytes arrive. */
const FIRST_RESERVE = 1_048_576;

/** A message that arrives in several frames, or in a frame that several chunks carry. */
export class MessageAssembly {
  bytes: Uint8Array<ArrayBuffer> = NO_BYTES;
  size = 0;
  fragments = 1;
  readonly isText: boolean;
  /** Whether an extension encoded it. */
  readonly isEncoded: boolean;
  /** For text: checks every piece when it arrives, so that a bad byte is found at once (RFC 6455 8.1). */
  readonly #validator: Utf8Validator | null;
  readonly #platform: Platform;

  constructor(isText: boolean, isEncoded: boolean, platform: Platform) {
    this.#platform = platform;
    this.isText = isText;
    this.isEncoded = isEncoded;
    this.#validator = isText && !isEncoded ? new Utf8Validator() : null;
  }

  /**
   * Copies `chunk[at, at + count)` to the end. `frameLeft` counts the bytes that the frame still has, these included;
   * `isLast` says that the message ends with this frame. False when text is not UTF-8.
   */
  append(chunk: Uint8Array, at: number, count: number, frameLeft: number, isLast: boolean, maxSize: number): boolean {
    const start = this.size;
    const needed = start + count;
    if (needed > this.bytes.length) {
      const expected = start + frameLeft;
      const generous = Math.max(2 * this.bytes.length, FIRST_RESERVE);
      const growth = isLast
        ? Math.min(expected, generous)
        : Math.max(Math.min(expected, generous), 2 * this.bytes.length);
      const capacity = Math.max(needed, Math.min(growth, maxSize));
      const grown = this.#platform.allocate?.(capacity) ?? new Uint8Array(capacity);
      grown.set(this.bytes.subarray(0, start));
      this.bytes = grown;
    }
    this.bytes.set(at === 0 && count === chunk.length ? chunk : chunk.subarray(at, at + count), start);
    this.size = needed;
    return this.#validator?.push(this.bytes, start, needed) !== false;
  }

  /** Whether the text so far ends inside a character. */
  get endsInCharacter(): boolean {
    return this.#validator?.isComplete === false;
  }

  /** The finished message, in memory of exactly its size. */
  take(): Uint8Array<ArrayBuffer> {
    return this.size === this.bytes.length ? this.bytes : this.bytes.slice(0, this.size);
  }
}
