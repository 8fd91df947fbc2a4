import type { Socket } from 'node:net';
import type { Clock } from '../../clock.ts';
import { ErrorCode } from '../../error-code.ts';
import { upgradedStream } from '../../stream/index.ts';
import { type WebSocketPeer, WebSocketServer } from '../../websocket/index.ts';
import type { RequestHead } from './forwarded-head.ts';

/** A close code, and a reason for people. */
export interface Refusal {
  readonly code: number;
  readonly reason: string;
}

/** Clients that are being refused; more get an HTTP 503. */
const MOST_CLIENTS = 1000;
/** Seconds that the handshake of a client may take, and its answer to the Close. */
const TIME_LIMIT = 5;

/**
 * Refuses clients with a close code: accepts the WebSocket, and closes it at once, because an HTTP error tells a game of the engine
 * nothing but that the connection failed. Works while it is polled.
 */
export class Refusals {
  readonly #server: WebSocketServer;
  /** By the number that is the path of the client's request. */
  readonly #refusals = new Map<string, Refusal>();
  readonly #byPeer = new WeakMap<WebSocketPeer, Refusal>();
  readonly #mostClients: number;
  #count = 0;

  constructor(clock: Clock, mostClients: number = MOST_CLIENTS) {
    this.#mostClients = mostClients;
    this.#server = new WebSocketServer({
      clock,
      allowedOrigins: '*',
      manualHandshake: true,
      maxConnections: mostClients,
      handshakeTimeLimit: TIME_LIMIT,
      closeTimeLimit: TIME_LIMIT,
    });
  }

  /** Clients that have not closed yet. */
  get size(): number {
    return this.#server.getPeerCount() + this.#server.getPendingCount();
  }

  /** Takes a client from Node's 'upgrade' event. `head` has the bytes after the request. */
  refuse({ method, httpVersion, rawHeaders }: RequestHead, socket: Socket, head: Uint8Array, refusal: Refusal): void {
    const number = `${++this.#count}`;
    // This server has no use for the client's path.
    const stream = upgradedStream({ method, url: `/${number}`, httpVersion, rawHeaders }, socket, head);
    if (stream === null) {
      socket.destroy();
      return;
    }
    if (this.#refusals.size < this.#mostClients) this.#refusals.set(number, refusal);
    if (this.#server.acceptStream(stream) !== ErrorCode.OK) stream.destroy();
  }

  poll(): void {
    this.#server.poll();
    if (this.#accept()) this.#server.poll();
    // The rest is of requests that this server has refused by itself: each came with its whole head.
    this.#refusals.clear();
    for (let peer = this.#server.takePeer(); peer !== null; peer = this.#server.takePeer()) {
      const refusal = this.#byPeer.get(peer);
      if (refusal === undefined) peer.close(-1);
      else peer.close(refusal.code, refusal.reason);
    }
  }

  /** Drops the clients that are still there. */
  close(): void {
    this.#server[Symbol.dispose]();
    this.#refusals.clear();
  }

  /** Returns whether there was a request. */
  #accept(): boolean {
    let isAny = false;
    for (let pending = this.#server.takeRequest(); pending !== null; pending = this.#server.takeRequest()) {
      isAny = true;
      const { path, protocols } = pending.request;
      const refusal = this.#refusals.get(path.slice(1));
      if (refusal !== undefined) this.#byPeer.set(pending.peer, refusal);
      // A client that offers sub-protocols fails when none is chosen, and would not get the code.
      pending.accept({ protocol: protocols[0] ?? null });
    }
    return isAny;
  }
}

/** Whether the code can be sent by an application (RFC 6455 7.4.2), or is 1011, for an error of the server. */
export function isRefusalCode(code: number): boolean {
  return Number.isInteger(code) && ((code >= 4000 && code <= 4999) || code === 1011);
}
