import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../error-code.ts';
import type { Failure } from '../failure.ts';
import type { StreamSink } from '../stream/index.ts';
import { VirtualClock } from './virtual-clock.ts';
import type { LinkOptions } from './virtual-link.ts';
import { VirtualNetwork } from './virtual-network.ts';
import type { VirtualStream } from './virtual-stream.ts';

/** Writes down what a stream says, and when. */
class Recorder implements StreamSink {
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

interface Link {
  readonly clock: VirtualClock;
  readonly one: VirtualStream;
  readonly two: VirtualStream;
  /** What the ends heard. */
  readonly first: Recorder;
  readonly second: Recorder;
}

function connect(options: LinkOptions = {}, seed = 1): Link {
  const clock = new VirtualClock();
  const [one, two] = new VirtualNetwork({ clock, seed }).connect(options).ends;
  const first = new Recorder(clock);
  const second = new Recorder(clock);
  one.setSink(first);
  two.setSink(second);
  return { clock, one, two, first, second };
}

function count(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => index & 0xff);
}

describe('a link', () => {
  test('delivers in the event loop, after its latency, each direction separately', () => {
    const { clock, one, two, first, second } = connect({ latency: 40, back: { latency: 5 } });
    const bytes = count(3);
    one.write(bytes);
    bytes.fill(0xff); // The stream has copied them.
    two.write(count(2));
    expect([one.poll(), two.poll()]).toEqual([ErrorCode.OK, ErrorCode.OK]);
    expect(second.events).toEqual(['0 open']);
    clock.advance(100);
    expect(first.events).toEqual(['0 open', '5 data 2']);
    expect(second.events).toEqual(['0 open', '40 data 3']);
    expect(second.bytes).toEqual([0, 1, 2]);
  });

  test('opens after its latency', () => {
    const { clock, one, first } = connect({ connectTime: 30 });
    one.write(count(1));
    expect(one.putData(count(1))).toBe(ErrorCode.FAILED);
    clock.advance(100);
    expect(first.events).toEqual(['30 open']);
    const never = connect({ connectTime: Number.POSITIVE_INFINITY });
    never.clock.advance(1e9);
    expect(never.first.events).toEqual([]);
    expect(never.clock.timerCount).toBe(0);
  });

  test('keeps the order with any jitter and loss', () => {
    const { clock, one, second } = connect({ latency: 10, jitter: 50, loss: 0.3 });
    for (let index = 0; index < 100; index++) {
      one.write(Uint8Array.of(index));
      clock.advance(1);
    }
    clock.advance(5000);
    expect(second.bytes).toEqual(Array.from(count(100)));
    const times = second.events.slice(1).map((event) => Number.parseFloat(event));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(10);
    // What was lost came 200 ms later.
    expect(times.at(-1)).toBeGreaterThan(200);
  });

  test('has no more than its bandwidth', () => {
    const { clock, one, second } = connect({ bandwidth: 10_000, latency: 20, capacity: 1e6 });
    one.write(new Uint8Array(5000));
    clock.advance(20 + 250);
    expect(second.bytes.length).toBeGreaterThan(2000);
    expect(second.bytes.length).toBeLessThanOrEqual(2500);
    clock.advance(251);
    expect(second.bytes.length).toBe(5000);
  });

  test('cuts chunks as its options say', () => {
    const whole = connect({ chunkSize: 10 });
    whole.one.write(count(25));
    whole.clock.advance(0);
    expect(whole.second.events).toEqual(['0 open', '0 data 10', '0 data 10', '0 data 5']);

    const random = connect({ chunkSize: [1, 5] });
    random.one.write(count(200));
    random.clock.advance(0);
    expect(random.second.bytes).toEqual(Array.from(count(200)));
    const sizes = new Set(random.second.events.slice(1, -1).map((event) => event.slice(2)));
    expect([...sizes].sort()).toEqual(['data 1', 'data 2', 'data 3', 'data 4', 'data 5']);
  });

  test('stops the writer when the reader does not read, and reports when it has room', () => {
    const { clock, one, two, first, second } = connect({ capacity: 100, latency: 10 });
    two.pauseReading();
    one.write(count(250));
    expect(one.getUnsentBytes()).toBe(150);
    clock.advance(1000);
    expect(one.getUnsentBytes()).toBe(150);
    expect(second.events).toEqual(['0 open']);
    two.resumeReading();
    expect(second.events).toEqual(['0 open']);
    clock.advance(100);
    expect(second.bytes).toEqual(Array.from(count(250)));
    expect(one.getUnsentBytes()).toBe(0);
    expect(first.events).toEqual(['0 open', '1010 drain']);
  });

  test('delivers everything after a stall', () => {
    const { clock, one, two, first, second } = connect({ latency: 10 });
    one.write(count(1));
    one.stall(500);
    two.write(count(2));
    clock.advance(499);
    one.write(count(3));
    expect(first.events).toEqual(['0 open', '10 data 2']);
    expect(second.events).toEqual(['0 open']);
    clock.advance(100);
    expect(second.bytes).toEqual([0, 0, 1, 2]);
    expect(second.events[1]).toBe('500 data 1');
    one.link.stall(Number.POSITIVE_INFINITY);
    one.write(count(1));
    clock.advance(1e6);
    expect(second.bytes).toHaveLength(4);
  });

  test('can change its options while bytes are in transit', () => {
    const { clock, one, two, first, second } = connect({ latency: 10 });
    one.write(count(1));
    one.change({ latency: 300 });
    one.write(count(1));
    two.link.change({ latency: 50 });
    two.write(count(1));
    clock.advance(1000);
    // In order: the last does not overtake.
    expect(second.events).toEqual(['0 open', '10 data 1', '300 data 1']);
    expect(first.events).toEqual(['0 open', '50 data 1']);
  });
});

describe('the end of a link', () => {
  test('comes after the last byte, one direction at a time', () => {
    const { clock, one, two, first, second } = connect({ latency: 10, capacity: 10 });
    one.write(count(25));
    one.end();
    expect(one.putData(count(1))).toBe(ErrorCode.FAILED);
    clock.advance(1000);
    expect(second.bytes).toEqual(Array.from(count(25)));
    expect(second.events.at(-1)).toMatch(/ end$/);
    two.write(count(4));
    clock.advance(1000);
    expect(first.bytes).toHaveLength(4);
  });

  test('a link that is cut is silent on both ends', () => {
    const { clock, one, two, first, second } = connect({ latency: 10 });
    one.write(count(1));
    one.link.cut();
    two.write(count(1));
    two.end();
    clock.advance(1e6);
    expect(first.events).toEqual(['0 open']);
    expect(second.events).toEqual(['0 open']);
    two.destroy();
    clock.advance(1e6);
    expect(first.events).toEqual(['0 open']);
  });

  test('bytes that cannot leave wait behind a cut', () => {
    const { one, two } = connect({ capacity: 100 });
    one.link.cut();
    two.write(count(250));
    expect(two.getUnsentBytes()).toBe(150);
  });

  test('a reset of the link is reported on both ends, in the next turn', () => {
    const { clock, one, two, first, second } = connect({ latency: 10 });
    one.write(count(1));
    one.link.reset();
    expect(first.events).toEqual(['0 open']);
    clock.advance(100);
    expect(first.events).toEqual(['0 open', '0 TICKPEER_CONNECTION_RESET']);
    expect(second.events).toEqual(['0 open', '0 TICKPEER_CONNECTION_RESET']);
    expect(two.putData(count(1))).toBe(ErrorCode.FAILED);
    expect(two.poll()).toBe(ErrorCode.ERR_CONNECTION_ERROR);
  });

  test('a reset by one end reaches the other after the latency', () => {
    const { clock, one, first, second } = connect({ latency: 10 });
    one.write(count(1));
    one.reset();
    clock.advance(100);
    expect(first.events).toEqual(['0 open', '0 TICKPEER_CONNECTION_RESET']);
    expect(second.events).toEqual(['0 open', '10 TICKPEER_CONNECTION_RESET']);
  });

  test('an end of one direction leaves the other direction open', () => {
    const { clock, one, two, first, second } = connect({ latency: 10 });
    one.breakOff();
    two.write(count(1));
    clock.advance(1e6);
    expect(first.events).toEqual(['0 open', '0 TICKPEER_CONNECTION_RESET']);
    expect(second.events).toEqual(['0 open']);
  });

  test('a dropped end still sends what it has taken, and then ends', () => {
    const { clock, one, first, second } = connect({ latency: 10, capacity: 100 });
    one.write(count(150));
    one.destroy();
    clock.advance(1000);
    expect(first.events).toEqual(['0 open']);
    expect(second.bytes).toHaveLength(100);
    expect(second.events.at(-1)).toBe('10 end');
  });

  test('a dropped end responds with a reset to bytes, those that it had not read and later ones', () => {
    const unread = connect({ latency: 10 });
    unread.one.pauseReading();
    unread.two.write(count(1));
    unread.clock.advance(50);
    unread.one.destroy();
    unread.clock.advance(50);
    expect(unread.second.events).toEqual(['0 open', '60 TICKPEER_CONNECTION_RESET']);

    const later = connect({ latency: 10 });
    later.two.write(count(1));
    later.one.destroy();
    later.clock.advance(50);
    expect(later.second.events).toEqual(['0 open', '10 end', '20 TICKPEER_CONNECTION_RESET']);
  });

  test('an end that lingers sends everything, keeps reading, and closes when the other has ended', () => {
    const { clock, one, two, first, second } = connect({ latency: 10, capacity: 10 });
    one.write(count(45));
    one.linger(5000);
    two.write(count(30));
    clock.advance(500);
    expect(first.events).toEqual(['0 open']);
    expect(second.bytes).toHaveLength(45);
    two.end();
    clock.advance(500);
    expect(second.events.at(-1)).toMatch(/ end$/);
    expect(clock.timerCount).toBe(0);
  });

  test('an end that lingers closes at its time limit', () => {
    const { clock, one, two, second } = connect({ latency: 10 });
    one.linger(1000);
    clock.advance(999);
    two.write(count(1));
    clock.advance(1000);
    expect(second.events).toEqual(['0 open', '10 end', '1019 TICKPEER_CONNECTION_RESET']);
  });
});

describe('polled use', () => {
  test('reads what has arrived, and stops the sender when 64 KiB wait', () => {
    const clock = new VirtualClock();
    const [one, two] = new VirtualNetwork({ clock, capacity: 100_000 }).connect().ends;
    one.putData(count(300_000));
    expect(two.getAvailableBytes()).toBe(0);
    clock.advance(10);
    expect(two.getAvailableBytes()).toBe(65_536);
    expect(one.getUnsentBytes()).toBe(300_000 - 165_536);
    const parts: Uint8Array[] = [];
    for (let rounds = 0; rounds < 100 && Buffer.concat(parts).length < 300_000; rounds++) {
      parts.push(two.getPartialData(50_000)[1]);
      clock.advance(1);
    }
    expect(Buffer.compare(Buffer.concat(parts), count(300_000))).toBe(0);
    one.destroy();
    clock.advance(1);
    expect(two.getPartialData(1)[0]).toBe(ErrorCode.ERR_FILE_EOF);
  });
});

describe('a network', () => {
  test('repeats itself exactly for the same seed, and not for another', () => {
    const run = (seed: number): string[] => {
      const clock = new VirtualClock();
      const lines: string[] = [];
      const network = new VirtualNetwork({
        clock,
        seed,
        latency: 10,
        jitter: 30,
        loss: 0.1,
        chunkSize: [1, 50],
        log: (line) => lines.push(line),
      });
      for (let link = 0; link < 3; link++) {
        const [one, two] = network.connect().ends;
        one.write(count(200));
        two.write(count(100));
        clock.advance(5);
        one.end();
        two.linger(100);
      }
      clock.advance(1000);
      return lines;
    };
    expect(run(1).length).toBeGreaterThan(20);
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });

  test.each([
    { latency: -1 },
    { latency: Number.NaN },
    { latency: Number.POSITIVE_INFINITY },
    { jitter: -1 },
    { bandwidth: 0 },
    { capacity: 0 },
    { chunkSize: 0 },
    { chunkSize: [5, 4] as const },
    { loss: 1.1 },
    { retransmissionDelay: -1 },
    { connectTime: -1 },
    { there: { latency: -1 } },
  ])('refuses %j', (options) => {
    const network = new VirtualNetwork({ clock: new VirtualClock() });
    expect(() => network.connect(options)).toThrow(RangeError);
  });
});
