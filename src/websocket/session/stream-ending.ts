import type { Clock } from '../../clock.ts';
import type { Failure } from '../../failure.ts';
import type { Role } from '../../protocol/index.ts';
import type { StreamPeer } from '../../stream/index.ts';
import { LINGER_TIME } from '../linger-time.ts';

/** For this long, a client waits for the server to end TCP first (RFC 6455 7.1.1). Milliseconds. */
const SERVER_ENDS_WITHIN = 1000;
/**
 * For this long, a server over TLS waits for the client to end TCP first: Godot 4.4 discards a Close frame that arrives together
 * with TLS's close_notify (docs/engine/websocket-peer.md#pitfalls). Milliseconds.
 */
const TLS_CLIENT_ENDS_WITHIN = 250;

/** The session whose stream is ended. */
interface Leaving {
  readonly stream: StreamPeer;
  readonly clock: Clock;
  readonly opening: { readonly role: Role };
  readonly settings: { readonly closeTimeLimit: number };
}

/** How long to wait for the other side to end the stream, after a closing handshake (`isClean`) or without one. Milliseconds. */
function endDelay(role: Role, isClean: boolean, isEncrypted: boolean): number {
  if (!isClean) return 0;
  if (role === 'client') return SERVER_ENDS_WITHIN;
  return isEncrypted ? TLS_CLIENT_ENDS_WITHIN : 0;
}

/** Ends a stream in such a way that the last bytes arrive. */
export class StreamEnding {
  readonly #stream: StreamPeer;
  readonly #clock: Clock;
  readonly #unsentTimeLimit: number;
  #timer: unknown = null;

  /** After an open connection: with a closing handshake (`isClean`) or without one. */
  static after(isClean: boolean, { stream, clock, opening, settings }: Leaving): StreamEnding {
    return new StreamEnding(
      stream,
      clock,
      endDelay(opening.role, isClean, stream.isEncrypted),
      settings.closeTimeLimit,
    );
  }

  /** Ends the stream at once; what was written last still arrives. */
  static now({ stream, clock }: Leaving): StreamEnding {
    return new StreamEnding(stream, clock, 0, 0);
  }

  /**
   * Ends `stream` after `delay` milliseconds, or when the other side has ended it. Bytes that are not sent by then have
   * `unsentTimeLimit` more milliseconds.
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

  /** Whether the stream is still open, for the other side to end it. */
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
    this.#stream.linger(hasUnsent ? Math.max(LINGER_TIME, this.#unsentTimeLimit) : LINGER_TIME);
  }

  #forgetTimer(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** Whether the stream cannot carry bytes any more, or the other side does not read. */
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
