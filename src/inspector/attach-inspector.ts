import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { type Failure, failed, isFailure } from '../failure.ts';
import type { InspectedCluster } from './collector/cluster-book.ts';
import { Collector } from './collector/collector.ts';
import { type InspectorTarget, WatchedTarget } from './collector/watched-target.ts';
import { Access, isLoopback, isToken, randomToken, SHORTEST_TOKEN } from './serving/access.ts';
import { PageServer } from './serving/page-server.ts';

/** Options of `attachInspector`. */
export interface InspectorOptions {
  /** The port of the page. Default: 0, a free one. */
  readonly port?: number;
  /**
   * The IP address to listen on. Other addresses than loopback are for networks that you trust: the page is served without TLS.
   * Default: `'127.0.0.1'`.
   */
  readonly host?: string;
  /**
   * What a browser must have to see the figures: 16 or more of the characters `A-Z a-z 0-9 _ -`. `null` for none, on loopback only: then
   * every program of this machine can use the inspector. Default: a random one, new with each start.
   */
  readonly token?: string | null;
  /**
   * Names by which this machine is reached, without a port, besides `localhost` and its IP addresses. A request with another name in
   * its `Host` header gets 403 (DNS rebinding). Default: none.
   */
  readonly allowedHosts?: readonly string[];
  /** Seconds between two updates of the page, 0.1 to 60. Default: 0.5. */
  readonly interval?: number;
  /** The cluster that `Rooms` belong to: a `Cluster` of tickpeer/cluster. The page then shows all of its processes and rooms. Default: none. */
  readonly cluster?: InspectedCluster;
}

/** A running inspector. */
export interface Inspector {
  /** The address to open in a browser. The token is in its fragment, which browsers do not send. */
  readonly url: string;
  readonly port: number;
  /** Stops it: the page is no longer served, delays and stalls that were set end, and the target is as before. */
  close(): void;
}

/**
 * Serves a page that shows a running server: its rooms, peers and queues, its traffic by node, method and property, what it refuses, and
 * plots over time. On the page, a peer can be closed, delayed and followed. See docs/inspector.md.
 *
 * ```ts
 * const inspector = attachInspector(multiplayer);
 * if ('url' in inspector) console.log(inspector.url);
 * ```
 *
 * `target` is a `Rooms`, a `SceneMultiplayer`, a `WebSocketMultiplayerPeer` or a `WebSocketServer`: the highest of these that the program has
 * shows the most. It listens on loopback, and needs the token in `url`. Returns a failure where it cannot: `TICKPEER_LISTEN_FAILED`, the port is taken; `TICKPEER_UNAVAILABLE`, the
 * target is not a server, or the runtime is not Node. Throws for options that cannot be used.
 */
export function attachInspector(target: InspectorTarget, options: InspectorOptions = {}): Inspector | Failure {
  let html: string;
  try {
    html = readFileSync(new URL('./page.html', import.meta.url), 'utf8');
  } catch (error) {
    const cause = error instanceof Error ? error : null;
    return failed('TICKPEER_UNAVAILABLE', 'the page of the inspector is missing beside its module: page.html', cause);
  }
  return startInspector(target, html, options);
}

/** As `attachInspector`, with a page. @internal */
export function startInspector(
  target: InspectorTarget,
  html: string,
  options: InspectorOptions = {},
): Inspector | Failure {
  const { port = 0, host = '127.0.0.1', token = randomToken(), allowedHosts = [], interval = 0.5 } = options;
  const { cluster = null } = options;
  checkOptions(port, host, token, interval);
  const watched = WatchedTarget.of(target);
  if (isFailure(watched)) return watched;
  const collector = new Collector(watched, cluster);
  const server = PageServer.start({ port, host }, html, new Access(token, allowedHosts), collector, interval * 1000);
  if (isFailure(server)) {
    collector.stop();
    return server;
  }
  const fragment = token === null ? '' : `#${token}`;
  return {
    url: `http://${addressFor(host)}:${server.port}/${fragment}`,
    port: server.port,
    close: () => {
      server.close();
      collector.stop();
    },
  };
}

function checkOptions(port: number, host: string, token: string | null, interval: number): void {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new RangeError(`port is 0 to 65535, not ${port}`);
  if (isIP(host) === 0) throw new RangeError(`host is an IP address, such as "127.0.0.1" or "::", not "${host}"`);
  if (token === null && !isLoopback(host))
    throw new RangeError(`without a token, host is a loopback address, not "${host}"`);
  if (token !== null && !isToken(token)) {
    throw new RangeError(`token has ${SHORTEST_TOKEN} or more of the characters A-Z a-z 0-9 _ -`);
  }
  if (!(interval >= 0.1 && interval <= 60)) throw new RangeError(`interval is 0.1 to 60 seconds, not ${interval}`);
}

/** The address for a browser on this machine. */
function addressFor(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
