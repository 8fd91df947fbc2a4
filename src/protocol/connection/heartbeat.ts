/** The longest payload of a heartbeat's Ping: a counter, to distinguish its Pong from a stale one. */
const PAYLOAD_SIZE = 4;

/** What the owner of a heartbeat has to do. */
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
  /** When the unanswered Ping was sent; -1 when there is none. */
  #pingSentAt = -1;
  /** When its time limit starts: later than `#pingSentAt` if the Pong could not have been read before. */
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

  /** Restarts the time limit: while we do not read, a missing Pong is not the other side's fault. */
  excuse(now: number): void {
    this.#waitingSince = now;
  }

  /** The Ping was framed earlier and is sent now: the time limit starts now. */
  sent(now: number): void {
    if (this.#pingSentAt < 0) return;
    this.#pingSentAt = now;
    this.#waitingSince = now;
  }

  /** Whether a Ping waits for its Pong. */
  get isWaiting(): boolean {
    return this.#pingSentAt >= 0;
  }

  /** Starts waiting for a Pong, and returns the Ping's payload. */
  ping(now: number, interval: number): Uint8Array {
    this.#pingSentAt = now;
    this.#waitingSince = now;
    this.#nextPing = now + interval;
    this.#count = (this.#count + 1) >>> 0;
    return encode(this.#count);
  }

  /** Called when a Pong arrives. One that does not match the last Ping is legal (RFC 6455 5.5.3), and ignored. */
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
