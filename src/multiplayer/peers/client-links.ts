import type { Clock } from '../../clock.ts';
import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import type { WebSocketPeer, WebSocketServerOptions } from '../../websocket/index.ts';
import { type ClientEvents, ClientLink } from './client-link.ts';
import type { Link } from './link.ts';
import type { ReconnectOptions } from './reconnect-options.ts';
import { ReconnectingLink } from './reconnecting-link.ts';
import type { WebSocketMultiplayerPeer } from './web-socket-multiplayer-peer.ts';

/** What the link of a client is made of. */
export interface ClientLinkParts {
  /** Milliseconds until the id must have arrived. */
  readonly timeLimit: number;
  readonly clock: Clock;
  /** Null for a link that ends with its connection. */
  readonly reconnect: Required<ReconnectOptions> | null;
  readonly events: ClientEvents;
  newPeer(): WebSocketPeer;
  /** The server does not know the token. */
  onInvalidToken(): void;
}

/** Begins to connect by `begin`, and returns the link; otherwise the code of `begin`, and why. */
export function dialClient(
  parts: ClientLinkParts,
  begin: (peer: WebSocketPeer) => ErrorCode,
): Link | readonly [code: ErrorCode, failure: Failure | null] {
  const peer = parts.newPeer();
  const result = begin(peer);
  if (result !== ErrorCode.OK) return [result, peer.getLastFailure()];
  const { reconnect, clock, timeLimit, events, onInvalidToken } = parts;
  const link = (of: WebSocketPeer): ClientLink => new ClientLink(of, timeLimit, clock, events);
  if (reconnect === null) return link(peer);
  const dial = (): WebSocketPeer | null => {
    const next = parts.newPeer();
    return begin(next) === ErrorCode.OK ? next : null;
  };
  return new ReconnectingLink(peer, { options: reconnect, clock, dial, link, onInvalidToken });
}

/** The URL with the parameter `token`; as it is without a token. */
export function withToken(url: string, token: string): string {
  if (token === '') return url;
  const [before = '', fragment] = url.split('#', 2);
  const query = `${before.includes('?') ? '&' : '?'}token=${encodeURIComponent(token)}`;
  return before + query + (fragment === undefined ? '' : `#${fragment}`);
}

/** The options of a server's peers, out of those of the server. */
export function peerOptions(options: WebSocketServerOptions): WebSocketServerOptions {
  const { path, allowedOrigins, maxConnections, maxPendingHandshakes, backlog, maxWaitingConnections, ...rest } =
    options;
  return rest;
}

/** The options that are properties of the peer, as they are now. */
export function settingsOf({
  supportedProtocols,
  handshakeHeaders,
  inboundBufferSize,
  outboundBufferSize,
  maxQueuedPackets,
  heartbeatInterval,
  pongTimeLimit,
  compression,
}: WebSocketMultiplayerPeer): WebSocketServerOptions {
  const texts = { supportedProtocols, handshakeHeaders };
  const sizes = { inboundBufferSize, outboundBufferSize, maxQueuedPackets };
  return { ...texts, ...sizes, heartbeatInterval, pongTimeLimit, compression };
}
