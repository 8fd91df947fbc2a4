/** The longest payload that a heartbeat's Ping has: a counter, to tell its Pong from a stale one. */
const PAYLOAD_SIZE = 4;

/** What the heartbeat wants done. */
export enum HeartbeatAction {
  NONE = 0,
  PING = 1,
  /** The Pong did not come in time. */
  GIVE_UP = 2,
}

/**
 * When to send a Ping, and whether its Pong came (RFC 6455 5.5.2). All times are milliseconds on the caller's clock.
 * The first Ping is due at once: it gives a round-trip time from the start.
 */
export class Heartbeat {
  #nextPing = Number.NEGATIVE_INFINITY;
  /** When the unanswered Ping left; -1 when there is none. */
  #pingSentAt = -1;
  /** Where its time limit counts from: later than `#pingSentAt` when we could not have read the Pong. */
  #waitingSince = -1;
  #count = 0;
  /** Of the last Pong; -1 before the first. */
  roundTripTime = -1;

  /** The time to call `advance` again. */
  deadline(interval: number, pongTimeLimit: number): number {
    if (interval <= 0) return Number.POSITIVE_INFINITY;
    return this.#pingSentAt >= 0 ? this.#waitingSince + (pongTimeLimit > 0 ? pongTimeLimit : interval) : this.#nextPing;
  }

  advance(now: number, interval: number, pongTimeLimit: number): HeartbeatAction {
    if (now < this.deadline(interval, pongTimeLimit)) return HeartbeatAction.NONE;
    return this.#pingSentAt >= 0 ? HeartbeatAction.GIVE_UP : HeartbeatAction.PING;
  }

  /** We are not reading now, so a missing Pong is not the other side's fault: the time limit begins anew. */
  excuse(now: number): void {
    this.#waitingSince = now;
  }

  /** The Ping leaves only now: its Pong's time runs from here. */
  sent(now: number): void {
    if (this.#pingSentAt < 0) return;
    this.#pingSentAt = now;
    this.#waitingSince = now;
  }

  /** Whether a Ping waits for its Pong. */
  get isWaiting(): boolean {
    return this.#pingSentAt >= 0;
  }

  /** The payload of the Ping that leaves now. */
  ping(now: number, interval: number): Uint8Array {
    this.#pingSentAt = now;
    this.#waitingSince = now;
    this.#nextPing = now + interval;
    this.#count = (this.#count + 1) >>> 0;
    return encode(this.#count);
  }

  /** A Pong arrived. One that does not answer the last Ping is legal (RFC 6455 5.5.3) and means nothing here. */
  pong(payload: Uint8Array, now: number): void {
    if (this.#pingSentAt < 0 || payload.length !== PAYLOAD_SIZE) return;
    const expected = encode(this.#count);
    for (let at = 0; at < PAYLOAD_SIZE; at++) if (payload[at] !== expected[at]) return;
    this.roundTripTime = now - this.#pingSentAt;
    this.#pingSentAt = -1;
  }
}

function encode(count: number): Uint8Array {
  return Uint8Array.of(count >>> 24, (count >>> 16) & 0xff, (count >>> 8) & 0xff, count & 0xff);
}
