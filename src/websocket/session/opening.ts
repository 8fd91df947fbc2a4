import type { Clock } from '../../clock.ts';
import type { Failure } from '../../failure.ts';
import type { Extension, HandshakeRequest, HeadLimits, HttpHeaders, Role } from '../../protocol/index.ts';
import type { AddressedStream, StreamPeer, StreamSink } from '../../stream/index.ts';
import type { PeerSettings } from '../settings/peer-settings.ts';
import type { State } from '../state.ts';
import type { SessionObserver } from './session-observer.ts';

/** The server's response to the opening handshake: `WebSocketPeer.getHandshakeResponse()`. */
export interface HandshakeResponse {
  /** 101 for a connection that opened. */
  readonly status: number;
  readonly headers: HttpHeaders;
}

/** The facts of the opening handshake, as far as a poll has shown them. */
export interface HandshakeFacts {
  /** A server's end: scheme, host, path and query of the request, once it has arrived. A client's: as it was given. */
  readonly requestedUrl: string;
  readonly request: HandshakeRequest | null;
  readonly response: HandshakeResponse | null;
}

/**
 * The opening of a connection, a client's or a server's: from a stream to an open connection. It is kept after that, for the facts of
 * the handshake.
 */
export interface Opening extends HandshakeFacts {
  readonly role: Role;
  /** `requestedUrl` as soon as it is known, before a poll shows it. */
  readonly knownUrl: string;
  /** On a server with trusted proxies, the client's address behind them; otherwise empty. */
  readonly clientAddress: string;
  /** The limit on HTTP heads that the other side's part of the handshake exceeded; null for none. */
  readonly reachedLimit: keyof HeadLimits | null;
  /** The stream that knows the address of the other side; null when none does. */
  readonly addressedStream: AddressedStream | null;

  /** Called once, before every other call. */
  join(session: OpeningSession): void;
  /** The stream is open. Returns true when the handshake has begun, false when another stream was put on top of it. */
  onStreamOpen(): boolean;
  /** Takes bytes of the handshake and returns how many. Calls `open` or `fail` of the session when the handshake ends. */
  receive(chunk: Uint8Array): number;
  /** The handshake has failed. Returns true when a response was written; otherwise the session destroys the stream. */
  answerFailure(failure: Failure): boolean;
  /** A poll shows the facts of the handshake. */
  show(): void;
  /** The session ended before the connection was open: frees what only the handshake needed. */
  end(): void;
}

export const HUNG_UP: Failure = {
  code: 'TICKPEER_CONNECTION_LOST',
  message: 'the other side ended the connection during the opening handshake',
};

/** The members of a session that its opening uses. */
export interface OpeningSession extends StreamSink {
  readonly state: State;
  readonly isOverUnseen: boolean;
  readonly stream: StreamPeer;
  readonly settings: PeerSettings;
  readonly clock: Clock;
  readonly observer: SessionObserver;
  /** The IP address at the other end of the stream. */
  connectedHost: string;
  /** Puts `stream` on top of the present one; `onStreamOpen` waits for it. */
  wrapStream(stream: StreamPeer): void;
  /** Begins again on another stream, which is not open yet. */
  restart(stream: StreamPeer): void;
  /** The opening handshake succeeded. */
  open(protocol: string, extensions: readonly Extension[]): void;
  fail(failure: Failure): void;
  /** Calls `action` as a part of a call of the user's, which `onWake` must not interrupt. */
  inCall(action: () => void): void;
  /** A poll would find something to do. */
  wake(): void;
}
