import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Failure } from '../failure.ts';
import { nodeHttp, type StreamPeer, upgradedStream } from '../stream/index.ts';
import { ConnectRequests, type Http2Server, isHttp2Server } from './connect-requests.ts';

/** What `WebSocketServer.attach` takes: a server of `node:http`, `node:https` or `node:http2`. */
export type AttachableServer = UpgradeServer | Http2Server;

/** What it needs of a server that knows HTTP/1.1. */
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
  /** Takes a connection, whose request comes first; false when it cannot. */
  readonly take: (stream: StreamPeer) => boolean;
}

export const NOT_A_CONNECT: Failure = {
  code: 'TICKPEER_INVALID_STREAM',
  message: 'what was given is no extended CONNECT for a WebSocket, or was answered already',
};

export const NOT_A_SOCKET: Failure = {
  code: 'TICKPEER_INVALID_STREAM',
  message: 'what came with the upgrade is not a socket of node:net or node:tls',
};

const known = new WeakMap<AttachableServer, Attachments>();

/**
 * The WebSocket servers at one HTTP server. They share one listener for its 'upgrade' event, and for HTTP/2 those of
 * `ConnectRequests`, which gives a request to the one whose path it names, and a request that is nobody's back to the application.
 */
export class Attachments {
  readonly #server: UpgradeServer;
  /** Null for a server that does not know HTTP/2. */
  readonly #connectRequests: ConnectRequests | null;
  readonly #attachments: Attachment[] = [];
  readonly #onUpgrade: UpgradeListener = (request, socket, head) => this.#route(request, socket, head);

  private constructor(server: AttachableServer) {
    this.#server = server;
    this.#connectRequests = isHttp2Server(server) ? new ConnectRequests(server, (target) => this.#find(target)) : null;
  }

  static of(server: AttachableServer): Attachments {
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
    if (this.#attachments.push(attachment) === 1) {
      this.#server.on('upgrade', this.#onUpgrade);
      this.#connectRequests?.listen();
    }
    return () => this.#remove(attachment);
  }

  #remove(attachment: Attachment): void {
    const at = this.#attachments.indexOf(attachment);
    if (at < 0) return;
    this.#attachments.splice(at, 1);
    if (this.#attachments.length > 0) return;
    this.#server.off('upgrade', this.#onUpgrade);
    this.#connectRequests?.ignore();
  }

  /** Whose a request for `target` is, which is a path with a query or a whole URL. */
  #find(target: string): Attachment | undefined {
    const asked = target.replace(/^[a-z]+:\/\/[^/?]*/i, '').replace(/\?.*$/s, '') || '/';
    const named = this.#attachments.find(({ path }) => path === asked);
    return named ?? this.#attachments.find(({ path }) => path === null);
  }

  #route(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const isWebSocket = (request.headers.upgrade ?? '').toLowerCase() === 'websocket';
    const attachment = isWebSocket ? this.#find(request.url ?? '') : undefined;
    if (attachment !== undefined) {
      const stream = upgradedStream(request, socket, head);
      if (stream === null || !attachment.take(stream)) socket.destroy();
      return;
    }
    // Another listener may want it.
    if (this.#server.listenerCount('upgrade') === 1) this.#giveBack(request, socket);
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
    const response = new (nodeHttp().ServerResponse)(request);
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
