import type { InflateFault } from '../../protocol/index.ts';
import { TAIL } from './message-end.ts';
import { WindowHistory } from './window-history.ts';

/**
 * Inflates `data` and returns how much of it was taken: less than all of it when it has a final block. `begins`: `data` follows a
 * final block. `window` returns the plain data that `data` may refer to; undefined for none.
 */
export type Run = (
  data: Uint8Array,
  maxOutputLength: number,
  begins: boolean,
  window: () => Uint8Array | undefined,
) => { output: Uint8Array; taken: number };

/** The limit of final blocks in one message. A sender needs no more than one. */
const MAX_FINAL_BLOCKS = 6;
/**
 * How often, on one connection, data that follows a final block may refer to data before it. That costs as much as inflating many
 * messages, and no sender needs it. (By the public API: the number of final blocks after the first of a message.) Each KiB of compressed
 * data gives one back.
 */
const FINAL_BLOCK_BUDGET = 64;
const BYTES_PER_FINAL_BLOCK = 1024;

/** What a connection has left of `FINAL_BLOCK_BUDGET`. */
export class FinalBlockBudget {
  #left = FINAL_BLOCK_BUDGET;

  earn(bytes: number): void {
    this.#left = Math.min(FINAL_BLOCK_BUDGET, this.#left + bytes / BYTES_PER_FINAL_BLOCK);
  }

  /** Throws when there is none left. */
  spend(): void {
    if (this.#left < 1) throw new Error('too many final blocks');
    this.#left--;
  }
}

/** What follows the final block of a sender that ends its message with one (RFC 7692 7.2.3.4): an empty block, with the tail. */
const EMPTY_STORED_BLOCK = Uint8Array.of(0x00, 0x00, 0x00, 0xff, 0xff);

/** Inflates one message, with `run` for each part of it that a final block ends. */
export function inflateBy(
  run: Run,
  payload: Uint8Array,
  limit: number,
  windowBits: number,
  history: WindowHistory | null,
  budget: FinalBlockBudget | null,
): Uint8Array<ArrayBuffer> | InflateFault {
  // Even an empty message has one byte (RFC 7692 7.2.3.6). Without it the decompressor would stop inside a block's header.
  if (payload.length === 0) return 'broken';
  const data = new Uint8Array(payload.length + TAIL.length);
  data.set(payload);
  data.set(TAIL, payload.length);
  try {
    budget?.earn(payload.length);
    const message = runThrough(run, data, Math.max(1, limit), windowBits, history);
    if (message.length > limit) return 'too big';
    history?.append(message);
    return message;
  } catch (error) {
    return isTooBig(error) ? 'too big' : 'broken';
  }
}

/** Not `instanceof RangeError`: a test runner may have globals of its own, and Node's class is another one then. */
export function isTooBig(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === 'ERR_BUFFER_TOO_LARGE';
}

/** A block with BFINAL set ends zlib's stream, but neither the message nor its window (RFC 7692 7.2.1, 7.2.3.4). */
function runThrough(
  run: Run,
  data: Uint8Array,
  limit: number,
  windowBits: number,
  history: WindowHistory | null,
): Uint8Array<ArrayBuffer> {
  const { output, taken } = run(data, limit, false, () => history?.bytes);
  let at = taken;
  const isThrough = at === data.length || (history === null && isEmptyStoredBlock(data.subarray(at)));
  if (isThrough) return new Uint8Array(output);
  const parts = [new Uint8Array(output)];
  const window = (): Uint8Array | undefined => windowBehind(history, parts, windowBits);
  let left = limit - output.length;
  for (let blocks = 0; at < data.length; blocks++) {
    if (blocks === MAX_FINAL_BLOCKS) throw new Error('too many final blocks');
    const next = run(data.subarray(at), Math.max(1, left), true, window);
    parts.push(new Uint8Array(next.output));
    left -= next.output.length;
    at += next.taken;
    if (left < 0) break;
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** The window before the rest of a message, of which `parts` are inflated so far. */
function windowBehind(
  history: WindowHistory | null,
  parts: readonly Uint8Array[],
  windowBits: number,
): Uint8Array | undefined {
  const window = new WindowHistory(windowBits);
  if (history?.bytes !== undefined) window.append(history.bytes);
  for (const part of parts) window.append(part);
  return window.bytes;
}

function isEmptyStoredBlock(data: Uint8Array): boolean {
  return data.length === EMPTY_STORED_BLOCK.length && data.every((byte, at) => byte === EMPTY_STORED_BLOCK[at]);
}
