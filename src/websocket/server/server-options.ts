import type { Clock } from '../../clock.ts';
import type { AllowedOrigins } from '../requests/origin-rule.ts';
import type { PeerProperties } from '../settings/peer-properties.ts';

/**
 * How a server is set up; the properties of `WebSocketPeer` among these are those of every peer it makes. Where `heartbeatInterval` is not
 * given, peers over HTTP/2 have one of 30 seconds (docs/http-servers.md); 0 turns it off for them, too.
 */
export interface WebSocketServerOptions extends Partial<PeerProperties> {
  /** The one path that is served; requests for others get 404. Default: null, every path. */
  readonly path?: string | null;
  /**
   * Which web pages may connect (403 for the others): `'same-origin'`, pages of the host and the port that they connect to (and, where
   * TLS ends at this server, of `https`); `'same-host'`, pages of the host, whatever the port; a list of origins such as
   * `https://example.com`, in which the two words may stand, too; `'*'`, all. What no browser could send as an origin throws. A
   * browser sends a user's cookies along whichever page connects, also to other ports of the host, hence the default: `'same-origin'`.
   * Programs that are not browsers are not judged by it.
   */
  readonly allowedOrigins?: AllowedOrigins;
  /**
   * The names by which this server is reached (403 for others): `'*'`, any; or a list of hosts, each with a port or, for every port,
   * without; `*.example.com` is every name with one label more. A port of 80 or 443 is also that of browsers that leave it out. Without a list, a page of somebody else's whose name
   * is made to lead to this server's address (DNS rebinding) counts as a page of the same origin. Default: `'*'`.
   */
  readonly allowedHosts?: '*' | readonly string[];
  /**
   * Clients that were let in, or wait for your decision; further ones get 503. An integer, 1 or more. Sockets of clients that have not sent
   * their request yet, or were refused, have limits of their own: `maxPendingHandshakes`, `maxRefusedClients`. Default: no limit.
   */
  readonly maxConnections?: number;
  /**
   * Connections from one client address, of IPv6 from one /64 network, counted as soon as they are accepted; further ones get 429, of
   * those that have not sent their request the oldest. (One more may be in the handshake, so that it can be told.) Clients
   * that have closed and do not hang up count, up to two seconds, and are dropped for a new one. Connections from `trustedProxies` count once their request tells the client. An integer, 1 or more. Default: no limit.
   */
  readonly maxConnectionsPerAddress?: number;
  /**
   * Proxies in front of the server, whose `X-Forwarded-For` is believed: IP addresses, networks (`10.0.0.0/8`), and `'unix'` for
   * whoever comes by a Unix socket. Default: none, and the header means nothing: any client can write it.
   */
  readonly trustedProxies?: readonly string[];
  /**
   * Whether the program decides on every request that passes the other rules: `takeRequest()`. Default: false.
   */
  readonly manualHandshake?: boolean;
  /**
   * Clients that have not sent their request yet; when one more comes, the oldest of them gets 503. An integer, 1 or more.
   * Default: 4096.
   */
  readonly maxPendingHandshakes?: number;
  /**
   * With `manualHandshake`: requests that wait for your decision, of 16 MiB together (and 4 MiB for what came behind them); further ones
   * get 503. An integer, 1 or more. Default: 4096.
   */
  readonly maxPendingRequests?: number;
  /**
   * Clients that were refused, and have up to two seconds to read that and to hang up; when there is one more, the oldest is
   * dropped. An integer, 0 or more. Default: 256.
   */
  readonly maxRefusedClients?: number;
  /**
   * A path for load balancers: a GET or HEAD for it, without an upgrade, gets 200, and 503 from `stop()` until `isStopped()`; so long the
   * port stays open. For ports that this server listens on; at an HTTP server, that is the application's. Default: null, none.
   */
  readonly healthPath?: string | null;
  /** Connections that the system holds while the process is busy. Default: 511. */
  readonly backlog?: number;
  /** Connections that wait for the next poll; further ones are dropped, and counted. Default: 4096. */
  readonly maxWaitingConnections?: number;
  /** Default: the system's. */
  readonly clock?: Clock;
}

/** How a server takes its place at an HTTP server: `WebSocketServer.attach`. */
export interface AttachOptions {
  /** The path whose requests it takes. Default: null, every path that no other attached server names. */
  readonly path?: string | null;
}

/** How `WebSocketServer.stop` goes about it. */
export interface StopOptions {
  /** Seconds until what is left is dropped, at the next poll; 0: with the next poll. Default: 10. */
  readonly timeLimit?: number;
  /** The close code sent to every peer. Default: 1001, going away. */
  readonly code?: number;
  /** Default: none. */
  readonly reason?: string;
}

/** How the peers of a server ended that was stopped: `WebSocketServer.getStopResult`. All of them are in one of the counts. */
export interface StopResult {
  /** Those that completed the closing handshake: they have what was sent to them. */
  readonly closed: number;
  /** Those that went away without it: the connection broke, or `closeTimeLimit` passed without an answer. */
  readonly lost: number;
  /** Those that were cut off because the time limit of `stop` ran out, or by your `close(-1)`. */
  readonly dropped: number;
}
