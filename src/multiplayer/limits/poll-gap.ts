/** A shorter gap changes nothing, because a meter always holds a second's worth. Milliseconds. */
const SHORTEST = 1000;
/** The credit for a gap lasts as long as the gap was, but at most this long. Milliseconds. */
const LONGEST_CREDIT = 60_000;
/** The most that one poll adds to `attended`. Milliseconds. */
const MOST_PER_POLL = 250;

/**
 * Measures the time between the polls of this side. What a peer sent while this process was busy arrives all at once
 * afterwards, and nothing that the peer waits for could be sent. Neither may count against the peer.
 */
export class PollGap {
  /** How many seconds' worth a rate meter holds now: 1, or after a gap as many seconds as the gap took. */
  burstSeconds = 1;
  /** Milliseconds that count for the other side's time limits. A poll adds at most 250, however late it is. */
  attended = 0;
  #lastPoll: number;
  #creditUntil = 0;

  constructor(now: number) {
    this.#lastPoll = now;
  }

  /** There was no other side until now. */
  resume(now: number): void {
    this.burstSeconds = 1;
    this.#lastPoll = now;
    this.#creditUntil = 0;
  }

  poll(now: number): void {
    const gap = now - this.#lastPoll;
    this.#lastPoll = now;
    this.attended += Math.min(gap, MOST_PER_POLL);
    if (gap > SHORTEST) {
      // Of two consecutive gaps the longer one counts.
      this.burstSeconds = Math.max(now <= this.#creditUntil ? this.burstSeconds : 1, gap / 1000);
      this.#creditUntil = Math.max(this.#creditUntil, now + Math.min(gap, LONGEST_CREDIT));
    } else if (this.burstSeconds > 1 && now > this.#creditUntil) {
      this.burstSeconds = 1;
    }
  }
}
