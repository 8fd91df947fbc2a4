import type { Clock } from '../clock.ts';
import type { StreamPeer } from '../stream/index.ts';
import { Random } from './random.ts';
import { RecordedStream } from './recorded-stream.ts';
import { RecordedKind, RecordingWriter } from './recording-format.ts';

/** Options of a `Recorder`. */
export interface RecorderOptions {
  /** The clock of the server. */
  readonly clock: Clock;
  /** Gets the bytes of the recording, in chunks that it may keep. Called often: collect them before a file is written. */
  readonly write: (chunk: Uint8Array<ArrayBuffer>) => void;
  /** The seed of `random`. Default: 1. */
  readonly seed?: number;
  /** When the recording begins, in milliseconds since 1970; for those who read it. Default: 0. */
  readonly startedAt?: number;
}

/**
 * Records what a server gets: its connections, the bytes that arrive, and when its loop runs; also what it sends, so that a
 * replay can be compared. `replay` runs a server with it again (docs/testing.md#recording-and-replaying).
 *
 * ```ts
 * const recorder = new Recorder({ clock, write: (chunk) => chunks.push(chunk) });
 * server.acceptStream(recorder.record(stream, address)); // instead of server.acceptStream(stream)
 * // in the loop, before the server is polled:
 * recorder.tick();
 * ```
 */
export class Recorder {
  /** For the program, instead of `Math.random`: a replay has the same numbers. */
  readonly random: Random;
  readonly #clock: Clock;
  readonly #start: number;
  readonly #writer: RecordingWriter;
  #connections = 0;

  constructor({ clock, write, seed = 1, startedAt = 0 }: RecorderOptions) {
    this.random = new Random(seed);
    this.#clock = clock;
    this.#start = clock.now();
    this.#writer = new RecordingWriter({ seed, startedAt }, write);
  }

  /** Returns the stream for the server in place of `stream`, which must be open. `address`: of the other side, for the recording. */
  record(stream: StreamPeer, address = ''): StreamPeer {
    const connection = ++this.#connections;
    this.#writer.event(RecordedKind.OPENED, this.#now(), connection, address);
    return new RecordedStream(
      stream,
      {
        note: (kind, number, data) => this.#writer.event(kind, this.#now(), number, data),
        noteUnsent: (number, calls, unsent) => this.#writer.unsent(this.#now(), number, calls, unsent),
      },
      connection,
    );
  }

  /** The loop of the server runs now. */
  tick(): void {
    this.#writer.event(RecordedKind.TICK, this.#now(), 0);
  }

  #now(): number {
    return this.#clock.now() - this.#start;
  }
}
