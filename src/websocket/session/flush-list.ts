import type { Clock } from '../../clock.ts';

/** An object with bytes to write when the turn ends. */
export interface Flushable {
  onTurnEnd(): void;
}

const lists = new WeakMap<Clock, FlushList>();

/**
 * The connections with something to send in this turn of the event loop. Each writes once, when the turn ends
 * (docs/design.md#4-sending-is-batched). One callback per turn serves every connection of a clock.
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

  /** A member adds itself at most once a turn. */
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
