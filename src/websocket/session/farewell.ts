import type { Clock } from '../../clock.ts';
import type { Failure } from '../../failure.ts';
import type { Role } from '../../protocol/index.ts';
import type { StreamPeer } from '../../stream/index.ts';

/** How long the other side may take to end the stream once we have. Milliseconds. */
const LINGER = 2000;

/** A client leaves ending TCP to the server for this long (RFC 6455 7.1.1). Milliseconds. */
const SERVER_ENDS_WITHIN = 1000;
/**
 * A server over TLS leaves the first end to the client for this long: engines of the 4.4 line throw away a Close frame
 * that comes together with TLS's close_notify (spec/websocket-peer.md section 16, 23). Milliseconds.
 */
const TLS_CLIENT_ENDS_WITHIN = 250;

/** Whose stream is ended. */
interface Leaving {
  readonly stream: StreamPeer;
  readonly clock: Clock;
  readonly opening: { readonly role: Role };
  readonly settings: { readonly closeTimeLimit: number };
}

/** How long to leave ending the stream to the other side, after a closing handshake (`isClean`) or without one. Milliseconds. */
function endDelay(role: Role, isClean: boolean, isEncrypted: boolean): number {
  if (!isClean) return 0;
  if (role === 'client') return SERVER_ENDS_WITHIN;
  return isEncrypted ? TLS_CLIENT_ENDS_WITHIN : 0;
}

/** The end of a stream whose last bytes matter: who ends first, and how long we wait for it. */
export class Farewell {
  readonly #stream: StreamPeer;
  readonly #clock: Clock;
  readonly #unsentTimeLimit: number;
  #timer: unknown = null;

  /** After an open connection: with a closing handshake (`isClean`) or without one. */
  static after(isClean: boolean, { stream, clock, opening, settings }: Leaving): Farewell {
    return new Farewell(stream, clock, endDelay(opening.role, isClean, stream.isEncrypted), settings.closeTimeLimit);
  }

  /** At once; what was written last still arrives. */
  static now({ stream, clock }: Leaving): Farewell {
    return new Farewell(stream, clock, 0, 0);
  }

  /**
   * Ends `stream` after `delay` milliseconds, or when the other side has ended it. Bytes that have not left by then have
   * `unsentTimeLimit` milliseconds more.
   */
  private constructor(stream: StreamPeer, clock: Clock, delay: number, unsentTimeLimit: number) {
    this.#stream = stream;
    this.#clock = clock;
    this.#unsentTimeLimit = unsentTimeLimit;
    if (delay === 0) this.#end();
    else this.#timer = clock.setTimeout(() => this.#end(), delay);
  }

  onStreamEnd(): void {
    if (this.#timer !== null) this.#end();
  }

  /** Whether the other side may still end the stream, which is held open for that. */
  get isUnderWay(): boolean {
    return this.#timer !== null || this.#stream.isLingering;
  }

  /** Skips the grace period and destroys the stream. */
  cutShort(): void {
    this.#forgetTimer();
    this.#stream.destroy();
  }

  #end(): void {
    this.#forgetTimer();
    const hasUnsent = this.#stream.getUnsentBytes() > 0;
    this.#stream.linger(hasUnsent ? Math.max(LINGER, this.#unsentTimeLimit) : LINGER);
  }

  #forgetTimer(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** After these there is nobody to say goodbye to. */
export function isStreamGone(failure: Failure | null): boolean {
  switch (failure?.code) {
    case 'TICKPEER_CONNECTION_LOST':
    case 'TICKPEER_CONNECTION_RESET':
    case 'TICKPEER_HEARTBEAT_TIMEOUT':
    case 'TICKPEER_CLOSE_TIMEOUT':
    case 'TICKPEER_TLS':
      return true;
    default:
      return false;
  }
}
