import type { Failure } from '../../src/failure.ts';
import type { StreamSink } from '../../src/stream/peer/stream-sink.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import type { LinkOptions } from '../../src/testing/virtual-link.ts';
import { VirtualNetwork } from '../../src/testing/virtual-network.ts';
import type { VirtualStream } from '../../src/testing/virtual-stream.ts';

/** Records what a stream reports, and when. */
export class TimedRecorder implements StreamSink {
  readonly events: string[] = [];
  readonly bytes: number[] = [];
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  onStreamOpen(): void {
    this.#note('open');
  }
  onStreamData(chunk: Uint8Array): void {
    this.bytes.push(...chunk);
    this.#note(`data ${chunk.length}`);
  }
  onStreamDrain(): void {
    this.#note('drain');
  }
  onStreamEnd(): void {
    this.#note('end');
  }
  onStreamFailure(failure: Failure): void {
    this.#note(failure.code);
  }

  #note(what: string): void {
    this.events.push(`${this.#clock.now()} ${what}`);
  }
}

export interface VirtualPair {
  readonly clock: VirtualClock;
  readonly one: VirtualStream;
  readonly two: VirtualStream;
  /** What the ends reported. */
  readonly first: TimedRecorder;
  readonly second: TimedRecorder;
}

/** Two connected streams on a virtual network. */
export function connect(options: LinkOptions = {}, seed = 1): VirtualPair {
  const clock = new VirtualClock();
  const [one, two] = new VirtualNetwork({ clock, seed }).connect(options).ends;
  const first = new TimedRecorder(clock);
  const second = new TimedRecorder(clock);
  one.setSink(first);
  two.setSink(second);
  return { clock, one, two, first, second };
}

/** The bytes 0, 1, 2 and so on. */
export function count(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => index & 0xff);
}
