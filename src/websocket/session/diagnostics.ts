import { channel } from 'node:diagnostics_channel';
import type { Failure } from '../../failure.ts';
import type { HandshakeRequest, Role } from '../../protocol/index.ts';
import type { WebSocketPeer } from '../peer/websocket-peer.ts';

/**
 * What is told on channels of `node:diagnostics_channel`, for every peer: clients, a server's, and those under a multiplayer
 * peer. Nothing is made for a channel that nobody listens to. Not in browsers. docs/observing.md has the whole.
 *
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel';
 *
 * subscribe('tickpeer:close', (message) => {
 *   const { url, code } = message as DiagnosticsMessages['tickpeer:close'];
 *   console.log(url, code);
 * });
 * ```
 */
export interface DiagnosticsMessages {
  /** A poll shows OPEN. */
  'tickpeer:open': OpenMessage;
  /** CLOSED is shown for a peer that was open; it follows every `tickpeer:open` once. */
  'tickpeer:close': CloseMessage;
  /** CLOSED is shown, and there is a cause: an unclean end, before `tickpeer:close`, or a connection that never opened. */
  'tickpeer:failure': FailureMessage;
  /** A limit did its work. */
  'tickpeer:limit': LimitMessage;
  /** An opening handshake was answered, and not with 101; told when that happens. */
  'tickpeer:handshake:refused': HandshakeRefusedMessage;
}

/** What every message says. It is as things were when it was made. */
export interface DiagnosticsMessage {
  /** To look at. A subscriber hears of it in the middle of a call: it does not poll, send or close. */
  readonly peer: WebSocketPeer;
  readonly role: Role;
  /** As `getRequestedUrl()`, and as soon as the request is known. */
  readonly url: string;
  /** A client: the server's IP address. A server: the client's, behind `trustedProxies` if it came through any. May be empty. */
  readonly address: string;
}

export interface OpenMessage extends DiagnosticsMessage {
  /** The sub-protocol agreed on; empty for none. */
  readonly protocol: string;
}

export interface CloseMessage extends DiagnosticsMessage {
  /** As `getCloseCode()`: 1005 for a Close without a code, -1 for an unclean end. */
  readonly code: number;
  readonly reason: string;
  /** Why the end was unclean; null for a clean one. */
  readonly failure: Failure | null;
}

export interface FailureMessage extends DiagnosticsMessage {
  readonly failure: Failure;
  /** Whether the connection had been open: a `tickpeer:close` comes next. */
  readonly wasOpen: boolean;
}

export interface LimitHit {
  /** The property or option that holds the limit. */
  readonly limit: LimitName;
  /** What it is set to, in its unit: bytes, packets, seconds, connections. */
  readonly value: number;
}

export interface LimitMessage extends DiagnosticsMessage, LimitHit {
  /**
   * `paused`: the queue is full, and the socket is not read until there is room. `refused`: a send got `ERR_OUT_OF_MEMORY`, or a
   * server answered a request with 429 or 503. `ended`: the connection ends, or never opens.
   */
  readonly effect: 'paused' | 'refused' | 'ended';
  /**
   * In the limit's unit: what waits in the queue (`paused`), what would wait with the refused message. Null where it has no
   * number of its own; the failure's message may.
   */
  readonly size: number | null;
  /** Null for `paused`, and where the server refused a request. */
  readonly failure: Failure | null;
}

export interface HandshakeRefusedMessage extends DiagnosticsMessage {
  /** A server: the HTTP status that was sent. A client: the one that came; null if the answer could not be read. */
  readonly status: number | null;
  /** A server: what the client asked for; null if it was no valid request. A client: null. */
  readonly request: HandshakeRequest | null;
  readonly failure: Failure;
}

export type LimitName =
  | 'inboundBufferSize'
  | 'outboundBufferSize'
  | 'maxQueuedPackets'
  | 'maxFragments'
  | 'maxHandshakeSize'
  | 'maxHandshakeHeaders'
  | 'connectTimeLimit'
  | 'handshakeTimeLimit'
  | 'closeTimeLimit'
  | 'pongTimeLimit'
  | 'maxConnections'
  | 'maxConnectionsPerAddress'
  | 'maxPendingHandshakes'
  | 'maxPendingRequests';

/** Look at `hasSubscribers` before a message is made. What a subscriber throws is an uncaught exception of its own. */
interface TypedChannel<Message> {
  readonly hasSubscribers: boolean;
  publish(message: Message): void;
}

function open<Name extends keyof DiagnosticsMessages>(name: Name): TypedChannel<DiagnosticsMessages[Name]> {
  return channel(name);
}

/** Kept here: Node forgets a channel that nobody holds. */
export const CHANNELS: { readonly [Name in keyof DiagnosticsMessages]: TypedChannel<DiagnosticsMessages[Name]> } = {
  'tickpeer:open': open('tickpeer:open'),
  'tickpeer:close': open('tickpeer:close'),
  'tickpeer:failure': open('tickpeer:failure'),
  'tickpeer:limit': open('tickpeer:limit'),
  'tickpeer:handshake:refused': open('tickpeer:handshake:refused'),
};
