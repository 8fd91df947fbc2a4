import type { Clock } from '../../clock.ts';
import { outputMemory } from '../../protocol/index.ts';

/** Milliseconds between two calls of `OutputMemory.trim`. */
const TRIM_INTERVAL = 1000;

/** An object with bytes to write when the turn ends. */
export interface Flushable {
  onTurnEnd(): void;
}

const lists = new WeakMap<Clock, FlushList>();

/**
 * The connections with something to send in this turn of the event loop. Each writes once, when the turn ends
 * (docs/design.md#4-batched-sending). One callback per turn serves every connection of a clock.
 */
export class FlushList {
  readonly #clock: Clock;
  #waiting: Flushable[] = [];
  readonly #run = (): void => this.#flushAll();
  #isTrimPlanned = false;
  readonly #trim = (): void => {
    this.#isTrimPlanned = false;
    outputMemory.trim();
    this.#planTrim();
  };

  private constructor(clock: Clock) {
    this.#clock = clock;
    outputMemory.isTrimmed = true;
  }

  static of(clock: Clock): FlushList {
    let list = lists.get(clock);
    if (list === undefined) {
      list = new FlushList(clock);
      lists.set(clock, list);
    }
    return list;
  }

  get now(): number {
    return this.#clock.now();
  }

  /** A member adds itself at most once a turn. */
  add(member: Flushable): void {
    if (this.#waiting.length === 0) this.#clock.atTurnEnd(this.#run);
    this.#waiting.push(member);
  }

  #flushAll(): void {
    const members = this.#waiting;
    this.#waiting = [];
    let called = 0;
    try {
      while (called < members.length) members[called++]!.onTurnEnd();
    } finally {
      // A write of a stream that the program made may throw: the others write in the next turn.
      for (; called < members.length; called++) this.add(members[called]!);
      this.#planTrim();
    }
  }

  /** Memory that one busy turn needed is freed when the next seconds do not need it. */
  #planTrim(): void {
    if (this.#isTrimPlanned || !outputMemory.hasSurplus) return;
    this.#isTrimPlanned = true;
    this.#clock.setTimeout(this.#trim, TRIM_INTERVAL);
  }
}
