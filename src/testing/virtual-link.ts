import type { Clock } from '../clock.ts';
import { type CompleteConditions, type Conditions, changeConditions } from './conditions.ts';
import { Direction, type DirectionEnds } from './direction.ts';
import type { Random } from './random.ts';
import { VirtualStream } from './virtual-stream.ts';

/** The options of a link: the conditions of both directions, and the differences of one. */
export interface LinkOptions extends Conditions {
  /** The direction from the first end to the second. */
  readonly there?: Conditions;
  /** The direction from the second end to the first. */
  readonly back?: Conditions;
  /** Milliseconds until both ends are open; `Infinity`: never. Default: 0, they are open at once. */
  readonly connectTime?: number;
}

/** The arguments of a link's constructor. */
export interface LinkParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly conditions: CompleteConditions;
  readonly number: number;
  readonly log: ((line: string) => void) | null;
}

/** Two connected streams, and the conditions between them. Made by `VirtualNetwork.connect`. */
export class VirtualLink {
  readonly clock: Clock;
  /** The two streams. What one writes, the other reads. */
  readonly ends: readonly [VirtualStream, VirtualStream];
  readonly #directions: readonly [Direction, Direction];
  readonly #number: number;
  readonly #log: ((line: string) => void) | null;

  /** @internal */
  constructor({ clock, random, conditions, number, log }: LinkParts, options: LinkOptions) {
    const { there = {}, back = {}, connectTime = 0 } = options;
    if (!(connectTime >= 0)) throw new RangeError(`connectTime cannot be ${connectTime}`);
    this.clock = clock;
    this.#number = number;
    this.#log = log;
    const both = changeConditions(conditions, options);
    const one = new VirtualStream(this);
    const two = new VirtualStream(this);
    this.ends = [one, two];
    this.#directions = [
      new Direction(clock, random.fork(), changeConditions(both, there), between(one, two)),
      new Direction(clock, random.fork(), changeConditions(both, back), between(two, one)),
    ];
    one.attach(this.#directions[0], this.#directions[1]);
    two.attach(this.#directions[1], this.#directions[0]);
    for (const end of this.ends) {
      if (connectTime === 0) end.open();
      else clock.setTimeout(() => end.open(), connectTime);
    }
  }

  /** Changes the conditions of both directions. */
  change(conditions: Conditions): void {
    for (const direction of this.#directions) direction.change(conditions);
  }

  /** Delays everything in both directions for this many milliseconds. */
  stall(milliseconds: number): void {
    for (const end of this.ends) end.stall(milliseconds);
  }

  /** Ends the stalls of both directions, and lets what is in transit arrive in the next turn. The conditions stay. */
  release(): void {
    for (const direction of this.#directions) direction.release();
  }

  /** Breaks the connection: bytes in transit are lost, and both ends fail with `TICKPEER_CONNECTION_RESET` in the next turn. */
  reset(): void {
    this.cut();
    for (const end of this.ends) end.fail(0, 'the link was reset');
  }

  /** Cuts the line: bytes in transit are lost, nothing arrives any more, and neither end is notified. */
  cut(): void {
    for (const direction of this.#directions) direction.goDark();
  }

  /** @internal */
  note(end: VirtualStream, what: string): void {
    if (this.#log === null) return;
    this.#log(`${this.clock.now().toFixed(3)} link ${this.#number} end ${end === this.ends[0] ? 1 : 2} ${what}`);
  }
}

function between(writer: VirtualStream, reader: VirtualStream): DirectionEnds {
  return {
    onDrained: () => writer.onDrained(),
    onBytes: (chunk) => reader.onBytes(chunk),
    onEnd: () => reader.onEnd(),
  };
}
