import type { Clock } from '../../clock.ts';
import type { AllowedOrigins } from '../requests/origin-rule.ts';
import type { PeerProperties } from '../settings/peer-properties.ts';

/**
 * The options of a server. Those that are properties of `WebSocketPeer` apply to every peer of the server. Without a `heartbeatInterval`,
 * peers over HTTP/2 have one of 30 seconds (docs/http-servers.md); 0 turns it off for them, too.
 */
export interface WebSocketServerOptions extends Partial<PeerProperties> {
  /** The path of the server; requests for other paths get 404. Default: null, every path. */
  readonly path?: string | null;
  /**
   * Which web pages may connect; others get 403. `'same-origin'`: pages of the host and port that they connect to (and of `https`, where
   * TLS ends at this server). `'same-host'`: pages of the host, whatever the port. A list of origins such as `https://example.com`, in
   * which these two words may stand, too. `'*'`: all. An entry that no browser can send as an origin throws. A browser sends a user's
   * cookies for every page that connects, also to other ports of the host. Programs that are not browsers have no origin and may
   * connect. Default: `'same-origin'`.
   */
  readonly allowedOrigins?: AllowedOrigins;
  /**
   * The names by which clients reach this server; others get 403. `'*'`: any name. Or a list of hosts, each with a port or, for every
   * port, without; `*.example.com` is every name with one more label. Port 80 or 443 also matches where a browser leaves the port out.
   * Without a list, a foreign page whose name resolves to this server's address (DNS rebinding) counts as a page of the same
   * origin. Default: `'*'`.
   */
  readonly allowedHosts?: '*' | readonly string[];
  /**
   * Clients that were accepted, or wait for your decision; more get 503. An integer, 1 or more. Clients that have not sent their request
   * yet, or were refused, have limits of their own: `maxPendingHandshakes`, `maxRefusedClients`. Default: no limit.
   */
  readonly maxConnections?: number;
  /**
   * Connections from one client address, for IPv6 from one /64 network. More get 429; of those that have not sent their request, the
   * oldest gets it. They count from the moment they are taken, those from `trustedProxies` once the request has the client's
   * address. (One more may be in the handshake, to get its 429.) Clients that have closed without ending their connection count for up
   * to two seconds, and are dropped for a new one. An integer, 1 or more. Default: no limit.
   */
  readonly maxConnectionsPerAddress?: number;
  /**
   * Proxies in front of the server, whose `X-Forwarded-For` is used: IP addresses, networks (`10.0.0.0/8`), and `'unix'` for connections
   * by a Unix socket. The header of other connections is ignored, since any client can write it. Default: none.
   */
  readonly trustedProxies?: readonly string[];
  /**
   * Whether the program decides on every request that passes the other rules, with `takeRequest()`. Default: false.
   */
  readonly manualHandshake?: boolean;
  /**
   * Clients that have not sent their request yet; with one more, the oldest of them gets 503. An integer, 1 or more.
   * Default: 4096.
   */
  readonly maxPendingHandshakes?: number;
  /**
   * With `manualHandshake`: requests that wait for your decision, of 16 MiB together (and 4 MiB for bytes after them); more get 503. An
   * integer, 1 or more. Default: 4096.
   */
  readonly maxPendingRequests?: number;
  /**
   * Clients that were refused, and have up to two seconds to read the response and to end their connection; with one more, the oldest is
   * dropped. An integer, 0 or more. Default: 256.
   */
  readonly maxRefusedClients?: number;
  /**
   * A path for load balancers: a GET or HEAD for it, without an upgrade, gets 200, and 503 while `isReady` is false, and from `stop()` until
   * `isStopped()`. The port stays open until then. Only for ports on which this server listens; at an HTTP server, the application gets such requests. Default:
   * null, none.
   */
  readonly healthPath?: string | null;
  /** Connections that the system keeps while the process is busy. Default: 511. */
  readonly backlog?: number;
  /** Connections that wait for the next poll; more are dropped, and counted. Default: 4096. */
  readonly maxWaitingConnections?: number;
  /** Default: the system's. */
  readonly clock?: Clock;
}

/** The options of `WebSocketServer.attach`. */
export interface AttachOptions {
  /** The path whose requests it takes. Default: null, every path that no other attached server has. */
  readonly path?: string | null;
}

/** The options of `WebSocketServer.stop`. */
export interface StopOptions {
  /** Seconds after which the next poll drops the remaining peers. Default: 10. */
  readonly timeLimit?: number;
  /** The close code sent to every peer. Default: 1001, going away. */
  readonly code?: number;
  /** Default: none. */
  readonly reason?: string;
}

/** How the peers of a stopped server have ended: `WebSocketServer.getStopResult`. Each peer is in one of the counts. */
export interface StopResult {
  /** Peers that completed the closing handshake: they received what was sent to them. */
  readonly closed: number;
  /** Peers that ended without it: the connection broke, or `closeTimeLimit` passed without a Close. */
  readonly lost: number;
  /** Peers that were dropped at the time limit of `stop`, or by your `close(-1)`. */
  readonly dropped: number;
}
