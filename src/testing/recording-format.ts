import type { Failure } from '../failure.ts';

// docs/testing.md, "The format of a recording".

const MAGIC = 'TPRC';
const VERSION = 1;
const HEADER_SIZE = 6;
/** Times are multiples of 1/1024 ms, as those of a `VirtualClock`. */
const STEPS_PER_MILLISECOND = 1024;
/** What a writer never exceeds. */
const LARGEST_PART = 64 * 1024 * 1024;

/** What happened, in a recording. The numbers are those of the file. */
export enum RecordedKind {
  /** A connection has opened; its data are the address of the other side. */
  OPENED = 1,
  /** Bytes that have arrived. */
  RECEIVED = 2,
  /** Bytes that the server has written. */
  SENT = 3,
  /** The other side has ended its direction. */
  ENDED = 4,
  /** The connection has broken; its data are the code and the message of the failure. */
  FAILED = 5,
  /** The server has ended its direction. */
  CLOSED = 6,
  /** The server has dropped the connection. */
  DROPPED = 7,
  /** The server's loop has run once. */
  TICK = 8,
  /** Bytes that waited to be sent have left. */
  DRAINED = 9,
  /** What `getUnsentBytes` has returned, where it is another number than before. */
  UNSENT = 10,
}

/** An event of a recording. */
export interface RecordedEvent {
  readonly kind: RecordedKind;
  /** Milliseconds since the recording began. */
  readonly time: number;
  /** Counts the connections from 1; 0 for a tick. */
  readonly connection: number;
  /** Empty where the kind has none. */
  readonly data: Uint8Array;
  /** Of UNSENT: how many calls returned the number before, and the number. */
  readonly calls: number;
  readonly unsent: number;
}

/** What a recording says about itself. */
export interface RecordingHeader {
  /** The seed of the program's `Random`. */
  readonly seed: number;
  /** When it began, in milliseconds since 1970; 0 in a virtual run. */
  readonly startedAt: number;
}

const NO_DATA = new Uint8Array(0);
const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

const HAS_DATA: readonly RecordedKind[] = [
  RecordedKind.OPENED,
  RecordedKind.RECEIVED,
  RecordedKind.SENT,
  RecordedKind.FAILED,
];

/** Writes a recording, in chunks. */
export class RecordingWriter {
  readonly #write: (chunk: Uint8Array<ArrayBuffer>) => void;
  #steps = 0;

  /** `write` gets the bytes of the file, one chunk for each event. */
  constructor(header: RecordingHeader, write: (chunk: Uint8Array<ArrayBuffer>) => void) {
    this.#write = write;
    const text = utf8.encode(JSON.stringify({ seed: header.seed, startedAt: header.startedAt }));
    write(Uint8Array.from([...utf8.encode(MAGIC), VERSION, 0, ...varint(text.length), ...text]));
  }

  /** `time`: milliseconds since the recording began; never before that of the last event. `data` is copied. */
  event(kind: RecordedKind, time: number, connection: number, data: Uint8Array | string = NO_DATA): void {
    const bytes = typeof data === 'string' ? utf8.encode(data) : data;
    const head = this.#head(kind, time, connection);
    if (HAS_DATA.includes(kind)) head.push(...varint(bytes.length));
    const chunk = new Uint8Array(head.length + bytes.length);
    chunk.set(head);
    chunk.set(bytes, head.length);
    this.#write(chunk);
  }

  unsent(time: number, connection: number, calls: number, unsent: number): void {
    this.#write(
      Uint8Array.from([...this.#head(RecordedKind.UNSENT, time, connection), ...varint(calls), ...varint(unsent)]),
    );
  }

  #head(kind: RecordedKind, time: number, connection: number): number[] {
    const steps = Math.max(this.#steps, Math.round(time * STEPS_PER_MILLISECOND));
    const passed = steps - this.#steps;
    this.#steps = steps;
    return [kind, ...varint(passed), ...(kind === RecordedKind.TICK ? [] : varint(connection))];
  }
}

/** Reads a recording from its beginning. `take` returns the next bytes of the file; null when fewer are left. */
export class RecordingReader {
  readonly #take: (count: number) => Uint8Array | null;
  #at = 0;
  #steps = 0;

  constructor(take: (count: number) => Uint8Array | null) {
    this.#take = take;
  }

  /** The header; call it first, once. */
  header(): RecordingHeader | Failure {
    const head = this.#next(HEADER_SIZE);
    if (head === null || fromUtf8.decode(head.subarray(0, 4)) !== MAGIC) return invalid('it is no recording');
    if (head[4] !== VERSION) return invalid(`its version is ${head[4]}, and ${VERSION} is known`);
    const text = this.#data();
    const header = text === null ? null : parseHeader(fromUtf8.decode(text));
    return header ?? invalid('its header is damaged');
  }

  /** The next event; null at the end of the file. */
  next(): RecordedEvent | Failure | null {
    const start = this.#at;
    const first = this.#next(1);
    if (first === null) return null;
    const kind = first[0]!;
    if (!(kind >= RecordedKind.OPENED && kind <= RecordedKind.UNSENT))
      return invalid(`the event at byte ${start} has the kind ${kind}, which is unknown`);
    const passed = this.#varint();
    const connection = kind === RecordedKind.TICK ? 0 : this.#varint();
    const data = HAS_DATA.includes(kind) ? this.#data() : NO_DATA;
    const calls = kind === RecordedKind.UNSENT ? this.#varint() : 0;
    const unsent = kind === RecordedKind.UNSENT ? this.#varint() : 0;
    if (passed === null || connection === null || data === null || calls === null || unsent === null)
      return invalid(`the event at byte ${start} is cut off or damaged`);
    this.#steps += passed;
    return { kind, time: this.#steps / STEPS_PER_MILLISECOND, connection, data, calls, unsent };
  }

  #data(): Uint8Array | null {
    const size = this.#varint();
    return size === null || size > LARGEST_PART ? null : this.#next(size);
  }

  #varint(): number | null {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 49; factor *= 128) {
      const byte = this.#next(1);
      if (byte === null) return null;
      value += (byte[0]! & 0x7f) * factor;
      if (byte[0]! < 0x80) return Number.isSafeInteger(value) ? value : null;
    }
    return null;
  }

  #next(count: number): Uint8Array | null {
    const bytes = this.#take(count);
    if (bytes !== null) this.#at += count;
    return bytes;
  }
}

/** A reader of bytes in memory. */
export function readerOf(recording: Uint8Array): RecordingReader {
  let at = 0;
  return new RecordingReader((count) => {
    if (at + count > recording.length) return null;
    at += count;
    return recording.subarray(at - count, at);
  });
}

/** Seven bits a byte, the lowest first; the highest bit says that more follow. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}

function parseHeader(text: string): RecordingHeader | null {
  try {
    const { seed, startedAt }: Partial<RecordingHeader> = JSON.parse(text);
    return Number.isSafeInteger(seed) && Number.isFinite(startedAt) ? { seed: seed!, startedAt: startedAt! } : null;
  } catch {
    return null; // not JSON, or null
  }
}

function invalid(message: string): Failure {
  return { code: 'TICKPEER_INVALID_RECORDING', message };
}
