/** The most Pongs that wait to be sent. Beyond that, only the latest Ping gets one, as RFC 6455 5.5.3 allows. */
const MAX_WAITING = 64;

/** Which of the other side's Pings get a Pong (RFC 6455 5.5.2, 5.5.3). */
export class ReceivedPings {
  #waiting = 0;
  #latestPing: Uint8Array | null = null;

  /** Whether a Ping gets its Pong now. Otherwise `takeLatest` returns its payload, unless another Ping follows. */
  admits(payload: Uint8Array): boolean {
    if (this.#waiting < MAX_WAITING) {
      this.#waiting++;
      return true;
    }
    this.#latestPing = payload.slice();
    return false;
  }

  /** Called when all waiting Pongs are about to be written. Returns the payload of one more; null for none. */
  takeLatest(): Uint8Array | null {
    const ping = this.#latestPing;
    this.#latestPing = null;
    this.#waiting = 0;
    return ping;
  }
}
