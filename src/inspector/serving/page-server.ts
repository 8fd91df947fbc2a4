import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Failure, failed } from '../../failure.ts';
import { CloseCode } from '../../protocol/index.ts';
import { bindsLate, createServerHandle } from '../../stream/index.ts';
import { type PendingRequest, WebSocketPeer, WebSocketServer } from '../../websocket/index.ts';
import type { Collector } from '../collector/collector.ts';
import type { Access } from './access.ts';
import { PageResponses } from './page-responses.ts';
import { WatchingPage } from './watching-page.ts';

/** The path of the WebSocket. */
const FEED = '/feed';
/** The sub-protocol. A page sends the token as a second one: a URL would be in the logs of proxies. */
const PROTOCOL = 'tickpeer-inspector';
const MOST_PAGES = 8;
const MOST_SOCKETS = 64;
/** Milliseconds for a request: slow ones must not keep all sockets. */
const REQUEST_TIME = 10_000;

/** Where a page server listens. */
export interface PagePlace {
  readonly port: number;
  /** An IP address. */
  readonly host: string;
}

/** Serves the page of the inspector, and feeds it. It does not keep the process running. */
export class PageServer {
  readonly port: number;
  readonly #http: Server;
  readonly #feed: WebSocketServer;
  readonly #access: Access;
  readonly #collector: Collector;
  readonly #interval: number;
  readonly #timer: NodeJS.Timeout;
  readonly #pages = new Map<WebSocketPeer, WatchingPage>();

  /** `interval`: milliseconds between two updates. */
  static start(
    place: PagePlace,
    html: string,
    access: Access,
    collector: Collector,
    interval: number,
  ): PageServer | Failure {
    const http = createServer(
      {
        headersTimeout: REQUEST_TIME,
        requestTimeout: REQUEST_TIME,
        keepAliveTimeout: REQUEST_TIME,
        connectionsCheckingInterval: REQUEST_TIME / 4,
      },
      new PageResponses(html, access).answer,
    );
    const failure = listen(http, place);
    return failure ?? new PageServer(http, access, collector, interval);
  }

  private constructor(http: Server, access: Access, collector: Collector, interval: number) {
    this.#http = http;
    this.#access = access;
    this.#collector = collector;
    this.#interval = interval;
    http.maxConnections = MOST_SOCKETS;
    http.on('connection', (socket) => socket.unref());
    http.unref();
    this.port = (http.address() as AddressInfo).port; // it listens on TCP
    this.#feed = new WebSocketServer({
      manualHandshake: true,
      maxConnections: MOST_PAGES,
      supportedProtocols: [PROTOCOL],
      inboundBufferSize: 16 * 1024,
      outboundBufferSize: 4 * 1024 * 1024,
      heartbeatInterval: 20,
    });
    this.#feed.attach(http, { path: FEED });
    this.#feed.onWake = () => this.#poll();
    this.#timer = setInterval(() => this.update(), interval).unref();
  }

  /** Ends an interval, and sends its figures to the pages. */
  update(): void {
    const sample = this.#collector.sample();
    if (this.#pages.size > 0) this.#watch(); // a room may have closed, or another one have got its code
    for (const page of this.#pages.values()) page.update(sample);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const [socket, page] of this.#pages) {
      page.close();
      socket.close(CloseCode.GOING_AWAY);
    }
    this.#pages.clear();
    this.#feed[Symbol.dispose]();
    this.#http.close();
    this.#http.closeAllConnections();
  }

  #poll(): void {
    this.#feed.poll();
    for (let request = this.#feed.takeRequest(); request !== null; request = this.#feed.takeRequest())
      this.#judge(request);
    for (let socket = this.#feed.takePeer(); socket !== null; socket = this.#feed.takePeer()) {
      this.#pages.set(socket, new WatchingPage(socket, this.#collector, this.#interval));
    }
    for (const socket of this.#feed.readyPeers()) this.#read(socket);
    this.#watch();
  }

  #watch(): void {
    const pages = [...this.#pages.values()];
    const traffic = new Set(pages.map(({ watchedTraffic }) => watchedTraffic).filter((one) => one !== null));
    this.#collector.watch({ pages: pages.length, traffic, showsRooms: pages.some(({ showsRooms }) => showsRooms) });
  }

  /** Pages of other origins were refused before. */
  #judge(request: PendingRequest): void {
    const { host, protocols } = request.request;
    const [first, token = ''] = protocols;
    if (!this.#access.isOurHost(host)) request.reject(403, { body: 'The inspector is not reached by this name.\n' });
    else if (first !== PROTOCOL || !this.#access.admits(token))
      request.reject(401, { body: 'The token is missing or wrong.\n' });
    else request.accept({ protocol: PROTOCOL });
  }

  #read(socket: WebSocketPeer): void {
    const page = this.#pages.get(socket);
    for (const packet of socket.packets()) {
      if (typeof packet === 'string' && page?.receive(packet) === true) continue;
      socket.close(CloseCode.UNSUPPORTED_DATA, 'not a message of the inspector');
    }
    if (socket.getReadyState() !== WebSocketPeer.STATE_CLOSED) return;
    page?.close();
    this.#pages.delete(socket);
  }
}

/** Binds at once, so that the result is known when the call returns. */
function listen(http: Server, { port, host }: PagePlace): Failure | null {
  if (createServerHandle === undefined || bindsLate()) {
    return failed('TICKPEER_UNAVAILABLE', 'the inspector needs Node, and does not run in a worker of node:cluster');
  }
  const handle = createServerHandle(host, port, host.includes(':') ? 6 : 4, undefined, 0);
  http.on('error', () => undefined); // of a port that is taken: it comes a turn later
  if (typeof handle !== 'number') http.listen(handle);
  if (http.address() !== null) return null;
  const place = `${host}, port ${port}`;
  return failed(
    'TICKPEER_LISTEN_FAILED',
    `the inspector cannot listen on ${place}: the port is taken, or the system refused it`,
  );
}
