import { type IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Failure } from '../failure.ts';

/** What `WebSocketServer.attach` needs of a server: one of `node:http`, `node:https`, or `node:http2` with `allowHTTP1`. */
export interface UpgradeServer {
  on(event: 'upgrade', listener: UpgradeListener): unknown;
  off(event: 'upgrade', listener: UpgradeListener): unknown;
  emit(event: 'request', request: IncomingMessage, response: ServerResponse): boolean;
  listenerCount(event: string): number;
}

export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** One WebSocket server's place at an HTTP server. */
export interface Attachment {
  /** The path whose requests are its own; null: those that no other attachment names. */
  readonly path: string | null;
  readonly take: UpgradeListener;
}

export const NOT_A_SOCKET: Failure = {
  code: 'TICKPEER_INVALID_STREAM',
  message: 'what came with the upgrade is not a socket of node:net or node:tls',
};

const known = new WeakMap<UpgradeServer, Attachments>();

/**
 * The WebSocket servers at one HTTP server. They share one listener for its 'upgrade' event, which gives a request to the one
 * whose path it names, and a request that is nobody's back to the application.
 */
export class Attachments {
  readonly #server: UpgradeServer;
  readonly #attachments: Attachment[] = [];
  readonly #onUpgrade: UpgradeListener = (request, socket, head) => this.#route(request, socket, head);

  private constructor(server: UpgradeServer) {
    this.#server = server;
  }

  static of(server: UpgradeServer): Attachments {
    let attachments = known.get(server);
    if (attachments === undefined) {
      attachments = new Attachments(server);
      known.set(server, attachments);
    }
    return attachments;
  }

  /** Answers with how to leave; null when another attachment has the same path. */
  add(attachment: Attachment): (() => void) | null {
    if (this.#attachments.some(({ path }) => path === attachment.path)) return null;
    if (this.#attachments.push(attachment) === 1) this.#server.on('upgrade', this.#onUpgrade);
    return () => this.#remove(attachment);
  }

  #remove(attachment: Attachment): void {
    const at = this.#attachments.indexOf(attachment);
    if (at < 0) return;
    this.#attachments.splice(at, 1);
    if (this.#attachments.length === 0) this.#server.off('upgrade', this.#onUpgrade);
  }

  #route(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const asked = pathOf(request.url ?? '');
    const isWebSocket = (request.headers.upgrade ?? '').toLowerCase() === 'websocket';
    const attachment =
      this.#attachments.find(({ path }) => path === asked) ?? this.#attachments.find(({ path }) => path === null);
    if (isWebSocket && attachment !== undefined) attachment.take(request, socket, head);
    // Another listener may want it.
    else if (this.#server.listenerCount('upgrade') === 1) this.#giveBack(request, socket);
  }

  /**
   * Without a listener for upgrades, Node treats such a request as any other (curl asks for `h2c` by itself, say); ours must not
   * change that. RFC 9110 7.8: a server may ignore the header.
   */
  #giveBack(request: IncomingMessage, socket: Duplex): void {
    if (!(socket instanceof Socket)) {
      socket.destroy();
      return;
    }
    socket.on('error', () => socket.destroy());
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.on('finish', () => {
      response.detachSocket(socket);
      socket.end();
    });
    if (this.#server.emit('request', request, response)) return;
    response.statusCode = 404;
    response.end();
  }
}

/** The path of a request's target, which is a path with a query or a whole URL. */
function pathOf(target: string): string {
  const path = target.replace(/^[a-z]+:\/\/[^/?]*/i, '').replace(/\?.*$/s, '');
  return path === '' ? '/' : path;
}
