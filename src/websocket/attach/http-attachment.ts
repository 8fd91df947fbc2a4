import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { listHas } from '../../protocol/index.ts';
import { type StreamPeer, upgradedStream } from '../../stream/index.ts';
import { LINGER_TIME } from '../linger-time.ts';
import { DeclinedUpgrades } from './declined-upgrades.ts';
import { ExtendedConnects, type Http2Server, isHttp2Server } from './extended-connects.ts';
import { afterResponses } from './held-upgrade.ts';
import { interpose } from './interposed.ts';
import { watchResponses } from './responses-ahead.ts';
import { watchUpgrades } from './upgrade-notice.ts';

/** What `WebSocketServer.attach` takes: a server of `node:http`, `node:https` or `node:http2`. */
export type AttachableServer = UpgradeServer | Http2Server;

/** The members of an HTTP/1.1 server that are used. */
export interface UpgradeServer {
  on(event: 'upgrade', listener: UpgradeListener): unknown;
  off(event: 'upgrade', listener: UpgradeListener): unknown;
  emit(event: string, ...values: unknown[]): boolean;
  listenerCount(event: string): number;
}

export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** One WebSocket server's place at an HTTP server. */
export interface Attachment {
  /** The path whose requests it takes; null: those for paths that no other attachment names. */
  readonly path: string | null;
  /** Takes a connection that begins with its request; returns false when it cannot. */
  readonly take: (stream: StreamPeer) => boolean;
  /** If there is one, it gets what Node passes with 'upgrade', after the responses ahead; `take` then gets only requests of HTTP/2. */
  readonly takeUpgrade?: UpgradeListener;
}

type Emit = (this: unknown, event: string | symbol, ...values: unknown[]) => boolean;

const UNAVAILABLE = Buffer.from(
  'HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 17\r\n\r\nThe server stops.',
);

const known = new WeakMap<AttachableServer, Attachments>();

/**
 * The WebSocket servers at one HTTP server. Each request for a WebSocket goes to the server whose path it names. Every other request is
 * handled as without them: Node upgrades only requests that are theirs (`watchUpgrades`), and other listeners for 'upgrade', which may
 * refuse requests that they do not know, are not called for these.
 */
export class Attachments {
  readonly #server: UpgradeServer;
  /** Null for a server without HTTP/2. */
  readonly #extendedConnects: ExtendedConnects | null;
  readonly #attachments: Attachment[] = [];
  /** Used only where Node upgrades every request. */
  #declined: DeclinedUpgrades | null = null;
  /** Removes all listeners from the HTTP server. */
  #leave: (() => void) | null = null;

  private constructor(server: AttachableServer) {
    this.#server = server;
    this.#extendedConnects = isHttp2Server(server)
      ? new ExtendedConnects(server, (target) => this.#find(target))
      : null;
  }

  static of(server: AttachableServer): Attachments {
    let attachments = known.get(server);
    if (attachments === undefined) {
      attachments = new Attachments(server);
      known.set(server, attachments);
    }
    return attachments;
  }

  /** Returns a function that detaches; null when another attachment has the same path. */
  add(attachment: Attachment): (() => void) | null {
    if (this.#attachments.some(({ path }) => path === attachment.path)) return null;
    this.#attachments.push(attachment);
    this.#leave ??= this.#join();
    return () => this.#remove(attachment);
  }

  #remove(attachment: Attachment): void {
    const at = this.#attachments.indexOf(attachment);
    if (at < 0) return;
    this.#attachments.splice(at, 1);
    if (this.#attachments.length > 0) return;
    this.#leave?.();
    this.#leave = null;
  }

  #join(): () => void {
    const server = this.#server;
    const unwatchResponses = watchResponses(server);
    const unwatchUpgrades = watchUpgrades(server, (request) => this.#claim(request));
    const restoreEmit = interpose<Emit>(server, 'emit', (emit) => this.#emitFirst(emit));
    if (unwatchUpgrades === null) {
      this.#declined ??= new DeclinedUpgrades(server);
      server.on('upgrade', this.#onAnyUpgrade);
    }
    this.#extendedConnects?.listen();
    return () => {
      unwatchResponses();
      unwatchUpgrades?.();
      restoreEmit();
      server.off('upgrade', expected);
      server.off('upgrade', this.#onAnyUpgrade);
      this.#extendedConnects?.ignore();
    };
  }

  /** Whether a request is for one of the attachments. If it is, adds a listener, without which Node does not upgrade. */
  #claim(request: IncomingMessage): boolean {
    this.#server.off('upgrade', expected);
    if (this.#findFor(request) === undefined) return false;
    this.#server.on('upgrade', expected);
    return true;
  }

  /** Wraps the HTTP server's `emit`: an attachment gets its 'upgrade' first, and no other listener gets it. */
  #emitFirst(emit: Emit | undefined): Emit {
    const attachments = this;
    return function (this: unknown, event, ...values) {
      if (event === 'upgrade') {
        attachments.#server.off('upgrade', expected);
        // The types of what Node passes with this event.
        const [request, socket, head] = values as Parameters<UpgradeListener>;
        if (attachments.#take(request, socket, head)) return true;
      } else {
        attachments.#declined?.restore(event, values[0]);
      }
      return emit?.call(this, event, ...values) ?? false;
    };
  }

  /** Returns whether an attachment takes the request. */
  #take(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    if (this.#findFor(request) === undefined) {
      // Node has removed its own listener, and not every listener for 'upgrade' adds one.
      if (!socket.listeners('error').includes(ignore)) socket.on('error', ignore);
      return false;
    }
    afterResponses(socket, head, (bytes) => this.#give(request, socket, bytes));
    return true;
  }

  #give(request: IncomingMessage, socket: Duplex, head: Uint8Array): void {
    const attachment = this.#findFor(request);
    if (attachment?.takeUpgrade !== undefined) {
      attachment.takeUpgrade(request, socket, Buffer.from(head.buffer, head.byteOffset, head.byteLength));
      return;
    }
    const stream = upgradedStream(request, socket, head);
    if (stream === null) {
      socket.on('error', ignore);
      socket.destroy();
    } else if (attachment?.take(stream) !== true) {
      stream.write(UNAVAILABLE);
      stream.linger(LINGER_TIME);
    }
  }

  /** Used where `#declined` is not null. */
  readonly #onAnyUpgrade: UpgradeListener = (request, socket, head) => {
    // Another listener may take it.
    if (this.#server.listenerCount('upgrade') === 1) this.#declined?.giveBack(request, socket, head);
  };

  /**
   * The attachment for a request for an upgrade. Requests with a body (RFC 6455 4.1 allows none) and requests of HTTP/1.0 (RFC 9110 7.8) are
   * the application's.
   */
  #findFor({ method, url, httpVersionMajor, httpVersionMinor, headers }: IncomingMessage): Attachment | undefined {
    if (method !== 'GET' || httpVersionMajor !== 1 || httpVersionMinor < 1) return undefined;
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
    return !hasBody && listHas(headers.upgrade ?? '', 'websocket') ? this.#find(url ?? '') : undefined;
  }

  /** The attachment for `target`, which is a path with a query, or a whole URL. */
  #find(target: string): Attachment | undefined {
    const asked = target.replace(/^[a-z]+:\/\/[^/?]*/i, '').replace(/\?.*$/s, '') || '/';
    const named = this.#attachments.find(({ path }) => path === asked);
    return named ?? this.#attachments.find(({ path }) => path === null);
  }
}

/** A listener for 'upgrade' that makes Node upgrade; `#emitFirst` handles the event. */
function expected(): void {}

function ignore(): void {}
