import type { Failure } from '../../failure.ts';
import { CloseCode, isSendableCloseCode } from '../../protocol/index.ts';
import type { WebSocketPeer } from '../peer/websocket-peer.ts';
import type { StopOptions, StopResult } from './server-options.ts';

export const STOPPED: Failure = { code: 'TICKPEER_HANDSHAKE_REFUSED', message: 'the server was stopped' };

/** A server's `stop()`: its time limit, and how many peers ended in which way. */
export class Shutdown {
  /** When the remaining peers are dropped; `Infinity` when there are none. */
  deadline: number = Number.POSITIVE_INFINITY;
  /** Null until `begin`, and after `cancel`. */
  #counts: { closed: number; lost: number; dropped: number } | null = null;

  get hasBegun(): boolean {
    return this.#counts !== null;
  }

  /** How the peers have ended so far. */
  get result(): StopResult | null {
    return this.#counts === null ? null : { ...this.#counts };
  }

  /** Returns the code and reason for the peers' Close. Throws for wrong `options`. A second call keeps the counts. */
  begin(options: StopOptions, now: number): { readonly code: number; readonly reason: string } {
    const { timeLimit = 10, code = CloseCode.GOING_AWAY, reason = '' } = options;
    if (typeof timeLimit !== 'number') throw new TypeError(`timeLimit is a number, not ${typeof timeLimit}`);
    if (typeof reason !== 'string') throw new TypeError(`reason is a string, not ${typeof reason}`);
    if (!(timeLimit >= 0)) throw new RangeError(`timeLimit is a number of seconds, 0 or more, not ${timeLimit}`);
    if (!isSendableCloseCode(code)) throw new RangeError(`${code} cannot be sent as a close code`);
    this.deadline = now + timeLimit * 1000;
    this.#counts ??= { closed: 0, lost: 0, dropped: 0 };
    return { code, reason };
  }

  /** The server takes connections again. */
  cancel(): void {
    this.deadline = Number.POSITIVE_INFINITY;
    this.#counts = null;
  }

  /** A peer that had opened is CLOSED now. */
  note(peer: WebSocketPeer): void {
    if (this.#counts === null) return;
    if (peer.getCloseCode() >= 0) this.#counts.closed++;
    else if (peer.getLastFailure()?.code === 'TICKPEER_DROPPED') this.#counts.dropped++;
    else this.#counts.lost++;
  }
}
