import type { Clock } from '../../clock.ts';

/** Something that has bytes to write when the turn ends. */
export interface Flushable {
  onTurnEnd(): void;
}

const lists = new WeakMap<Clock, FlushList>();

/**
 * Who has something to send this turn: all of them write when it ends, each in one go (DESIGN.md decision 4). One
 * callback per turn serves every peer of a clock.
 */
export class FlushList {
  readonly #clock: Clock;
  #waiting: Flushable[] = [];
  readonly #run = (): void => this.#flushAll();

  private constructor(clock: Clock) {
    this.#clock = clock;
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

  /** `member` sees to it that it is added once a turn. */
  add(member: Flushable): void {
    if (this.#waiting.length === 0) this.#clock.atTurnEnd(this.#run);
    this.#waiting.push(member);
  }

  #flushAll(): void {
    const members = this.#waiting;
    this.#waiting = [];
    for (const member of members) member.onTurnEnd();
  }
}
