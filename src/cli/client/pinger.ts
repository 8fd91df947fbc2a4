import { clearInterval, setInterval } from 'node:timers';
import { WebSocketPeer } from '../../websocket/index.ts';

/** Seconds; far beyond what a command waits for a Pong. */
const NEVER = 86_400;
/** Milliseconds between two looks for the Pong. The round trip is measured when it arrives, not when it is seen. */
const LOOK_INTERVAL = 5;

/** Pings on demand, by the heartbeat of a peer that has none of its own. */
export class Pinger {
  readonly #peer: WebSocketPeer;
  #isWaiting = false;

  constructor(peer: WebSocketPeer) {
    this.#peer = peer;
    // A Pong that is late must not end the connection.
    peer.pongTimeLimit = NEVER;
  }

  /** Whether the Pong of an earlier Ping is missing: no other Ping is sent before it has come. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /**
   * Sends one Ping and returns its round trip in milliseconds; null when no Pong came within `timeLimit` milliseconds, or the
   * connection ended. While `isWaiting`, it waits for the earlier Pong and sends nothing.
   */
  ping(timeLimit: number): Promise<number | null> {
    const peer = this.#peer;
    const before = peer.getStatistics();
    const wanted = before.pingsSent + (this.#isWaiting ? 0 : 1);
    if (!this.#isWaiting) peer.heartbeatInterval = 0.001; // a Ping is due in the next poll
    this.#isWaiting = true;
    const latest = performance.now() + timeLimit;
    return new Promise((resolve) => {
      const look = (): void => {
        peer.poll();
        const { pingsSent, pongsReceived, roundTripTime } = peer.getStatistics();
        if (pingsSent >= wanted) peer.heartbeatInterval = 0;
        const hasPong = pingsSent >= wanted && pongsReceived > before.pongsReceived;
        if (!hasPong && peer.getReadyState() === WebSocketPeer.STATE_OPEN && performance.now() < latest) return;
        clearInterval(timer);
        if (hasPong) this.#isWaiting = false;
        resolve(hasPong ? roundTripTime : null);
      };
      const timer = setInterval(look, LOOK_INTERVAL);
      look();
    });
  }
}
