import type { Clock } from '../clock.ts';
import type { PeerProperties } from './peer-configuration.ts';
import type { AllowedOrigins } from './request-rules.ts';

/**
 * How a server is set up; the properties of `WebSocketPeer` among these are those of every peer it makes. Where `heartbeatInterval` is not
 * given, peers over HTTP/2 have one of 30 seconds (docs/http-servers.md); 0 turns it off for them, too.
 */
export interface WebSocketServerOptions extends Partial<PeerProperties> {
  /** The one path that is served; requests for others get 404. Default: null, every path. */
  readonly path?: string | null;
  /**
   * Which web pages may connect (403 for the others): `'same-host'`, pages whose host name is the one they connect to,
   * whatever the port; a list of origins such as `https://example.com`; `'*'`, all. A browser sends a user's cookies along
   * whichever page connects, hence the default: `'same-host'`. Programs that are not browsers are not judged by it.
   */
  readonly allowedOrigins?: AllowedOrigins;
  /** Connections in all, those in the handshake included; further ones get 503. Default: no limit. */
  readonly maxConnections?: number;
  /**
   * Connections from one client address, those in the handshake only once their request is here; further ones get 429.
   * Default: no limit.
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
  /** Connections in the handshake; when one more comes, the oldest of them is dropped. Default: 1024. */
  readonly maxPendingHandshakes?: number;
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
