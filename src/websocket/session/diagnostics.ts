import { channel } from 'node:diagnostics_channel';
import type { Failure } from '../../failure.ts';
import type { HandshakeRequest, Role } from '../../protocol/index.ts';
import type { WebSocketPeer } from '../peer/websocket-peer.ts';

/**
 * The messages on channels of `node:diagnostics_channel`, for every peer: clients, a server's peers, and those of a multiplayer
 * peer. No message is made for a channel without subscribers. Browsers have no channels. See docs/observing.md.
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
  /** The peer is OPEN. */
  'tickpeer:open': OpenMessage;
  /** A peer that was OPEN is CLOSED; it follows every `tickpeer:open` once. */
  'tickpeer:close': CloseMessage;
  /** The peer is CLOSED with a failure: after an unclean end (before `tickpeer:close`), or without having been OPEN. */
  'tickpeer:failure': FailureMessage;
  /** A limit was reached. */
  'tickpeer:limit': LimitMessage;
  /** An opening handshake got a response other than 101; published at once, not in a poll. */
  'tickpeer:handshake:refused': HandshakeRefusedMessage;
}

/** The fields of every message, as they were when it was made. */
export interface DiagnosticsMessage {
  /** For reading. A subscriber is called in the middle of a call of the peer's, so it must not poll, send or close. */
  readonly peer: WebSocketPeer;
  readonly role: Role;
  /** As `getRequestedUrl()`, but known as soon as the request is. */
  readonly url: string;
  /** A client: the server's IP address. A server: the client's, behind `trustedProxies` if there are any. May be empty. */
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
  /** Its value, in its unit: bytes, packets, seconds, connections. */
  readonly value: number;
}

export interface LimitMessage extends DiagnosticsMessage, LimitHit {
  /**
   * `paused`: the queue is full, and the socket is not read until there is room. `refused`: a send returned `ERR_OUT_OF_MEMORY`, or a
   * server responded to a request with 429 or 503. `ended`: the connection ends, or never opens.
   */
  readonly effect: 'paused' | 'refused' | 'ended';
  /**
   * In the limit's unit: how much waits in the queue (`paused`), or would wait with the refused message (`refused`). Null otherwise;
   * the failure's message may have the number.
   */
  readonly size: number | null;
  /** Null for `paused`, and where a server refused a request. */
  readonly failure: Failure | null;
}

export interface HandshakeRefusedMessage extends DiagnosticsMessage {
  /** A server: the HTTP status that was sent. A client: the one received; null if the response could not be read. */
  readonly status: number | null;
  /** A server: the client's request; null if it was not valid. A client: null. */
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

/** Check `hasSubscribers` before a message is made. What a subscriber throws becomes an uncaught exception, not ours. */
interface TypedChannel<Message> {
  readonly hasSubscribers: boolean;
  publish(message: Message): void;
}

function open<Name extends keyof DiagnosticsMessages>(name: Name): TypedChannel<DiagnosticsMessages[Name]> {
  return channel(name);
}

/** A reference to each channel: Node drops channels without one. */
export const CHANNELS: { readonly [Name in keyof DiagnosticsMessages]: TypedChannel<DiagnosticsMessages[Name]> } = {
  'tickpeer:open': open('tickpeer:open'),
  'tickpeer:close': open('tickpeer:close'),
  'tickpeer:failure': open('tickpeer:failure'),
  'tickpeer:limit': open('tickpeer:limit'),
  'tickpeer:handshake:refused': open('tickpeer:handshake:refused'),
};
