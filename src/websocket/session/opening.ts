import type { Clock } from '../../clock.ts';
import type { Failure } from '../../failure.ts';
import type { Extension, HandshakeRequest, HeadLimits, HttpHeaders, Role } from '../../protocol/index.ts';
import type { AddressedStream, StreamPeer, StreamSink } from '../../stream/index.ts';
import type { PeerSettings } from '../settings/peer-settings.ts';
import type { State } from '../state.ts';
import type { SessionObserver } from './session-observer.ts';

/** What the server answered to the opening handshake: `WebSocketPeer.getHandshakeResponse()`. */
export interface HandshakeResponse {
  /** 101 for a connection that opened. */
  readonly status: number;
  readonly headers: HttpHeaders;
}

/** What the opening handshake says, as far as a poll has shown it. */
export interface HandshakeFacts {
  /** A server's end: scheme, host, path and query of the request, once it has arrived. A client's: as it was given. */
  readonly requestedUrl: string;
  readonly request: HandshakeRequest | null;
  readonly response: HandshakeResponse | null;
}

/**
 * How a session gets from a stream to an open connection: a client's way or a server's. It is kept after that, for what the
 * handshake has found out.
 */
export interface Opening extends HandshakeFacts {
  readonly role: Role;
  /** `requestedUrl` as soon as it is known, also before a poll has shown it. */
  readonly knownUrl: string;
  /** The client's address behind trusted proxies, where a server has found it out; otherwise empty. */
  readonly clientAddress: string;
  /** The limit on HTTP heads that the other side's part of the handshake exceeded; null for none. */
  readonly reachedLimit: keyof HeadLimits | null;
  /** The stream that knows the address at its other end; null when none does. */
  readonly addressedStream: AddressedStream | null;

  /** Called once, before all else. */
  join(session: OpeningSession): void;
  /** The stream is open. Returns true when the handshake has begun, false when another stream was put on top of it. */
  onStreamOpen(): boolean;
  /** Takes bytes of the handshake and returns how many; calls `open` or `fail` of the session when it is decided. */
  receive(chunk: Uint8Array): number;
  /** The handshake has failed. True when something was written for the other side to read; otherwise the stream is destroyed. */
  answerFailure(failure: Failure): boolean;
  /** A poll shows what the handshake has found out. */
  show(): void;
  /** The session ended before it was open, or without having been: what only the handshake needed can go. */
  end(): void;
}

export const HUNG_UP: Failure = {
  code: 'TICKPEER_CONNECTION_LOST',
  message: 'the other side hung up during the opening handshake',
};

/** What an opening may do with its session. */
export interface OpeningSession extends StreamSink {
  readonly state: State;
  readonly isOverUnseen: boolean;
  readonly stream: StreamPeer;
  readonly settings: PeerSettings;
  readonly clock: Clock;
  readonly observer: SessionObserver;
  /** The IP address at the other end of the stream. */
  connectedHost: string;
  /** Puts another stream on top of the one so far: its opening is what counts from now on. */
  wrapStream(stream: StreamPeer): void;
  /** Begins anew on another stream, which is not open yet. */
  restart(stream: StreamPeer): void;
  /** The opening handshake succeeded. */
  open(protocol: string, extensions: readonly Extension[]): void;
  fail(failure: Failure): void;
  /** Carries out `action`, which belongs to a call of the user's: no wake interrupts it. */
  inCall(action: () => void): void;
  /** A poll would find something to do. */
  wake(): void;
}
