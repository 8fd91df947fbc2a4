/** A gap of ours that is shorter changes nothing: a meter holds a second's worth anyway. Milliseconds. */
const SHORTEST = 1000;
/** A gap counts for as long as it was, and at most for this long. Milliseconds. */
const LONGEST_CREDIT = 60_000;
/** What one poll can take away from a time limit of the other side. Milliseconds. */
const MOST_PER_POLL = 250;

/**
 * The time between our own polls. What a peer sent while this process was busy arrives all at once afterwards, and what the
 * peer waits for could not be sent. Neither may count against the peer.
 */
export class PollGap {
  /** How many seconds' worth a rate meter holds just now: 1, or after a gap of ours as many as that took. */
  burstSeconds = 1;
  /** Milliseconds that count for the other side's time limits: a poll adds at most 250 of them, however late it comes. */
  attended = 0;
  #lastPoll: number;
  #creditUntil = 0;

  constructor(now: number) {
    this.#lastPoll = now;
  }

  poll(now: number): void {
    const gap = now - this.#lastPoll;
    this.#lastPoll = now;
    this.attended += Math.min(gap, MOST_PER_POLL);
    if (gap > SHORTEST) {
      // Of two gaps in a row the longer one counts.
      this.burstSeconds = Math.max(now <= this.#creditUntil ? this.burstSeconds : 1, gap / 1000);
      this.#creditUntil = Math.max(this.#creditUntil, now + Math.min(gap, LONGEST_CREDIT));
    } else if (this.burstSeconds > 1 && now > this.#creditUntil) {
      this.burstSeconds = 1;
    }
  }
}
