import type { Clock } from '../../clock.ts';
import type { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import type { WebSocketPeer } from '../../websocket/index.ts';
import { OVERSLEPT_CLOSE_CODE } from '../limits/sleep-options.ts';
import type { ClientLink } from './client-link.ts';
import type { Link } from './link.ts';
import { ConnectionStatus } from './multiplayer-peer.ts';
import type { ReconnectOptions } from './reconnect-options.ts';
import { mayReturn, ReturnCloseCode } from './return-desk.ts';

/**
 * Close codes from 4000 on after which it is tried again: the token is not valid, so it comes as a new player; too much has
 * waited for it while its loop did not run; its server stops, and another one may start.
 */
const RETRIED: ReadonlySet<number> = new Set([ReturnCloseCode.INVALID_TOKEN, OVERSLEPT_CLOSE_CODE, 4503]);

/** The parts of a page that tell when connecting may work again. */
interface Page {
  readonly addEventListener?: (type: 'online', listener: () => void) => void;
  readonly removeEventListener?: (type: 'online', listener: () => void) => void;
  readonly document?: {
    readonly visibilityState: string;
    addEventListener(type: 'visibilitychange', listener: () => void): void;
    removeEventListener(type: 'visibilitychange', listener: () => void): void;
  };
}

/** What a link that reconnects asks its peer for. */
export interface ReconnectingParts {
  readonly options: Required<ReconnectOptions>;
  readonly clock: Clock;
  /** Begins to connect; null when the URL cannot be connected to. */
  dial(): WebSocketPeer | null;
  /** The link of a peer that connects. */
  link(peer: WebSocketPeer): ClientLink;
  /** The server does not know the token: it is not shown again. */
  onInvalidToken(): void;
}

/** The link of a client that connects again when its connection was cut. Meanwhile it is CONNECTING. */
export class ReconnectingLink implements Link {
  readonly localPort = 0;
  readonly #parts: ReconnectingParts;
  readonly #stopWaking: () => void;
  #link: ClientLink;
  #peer: WebSocketPeer;
  /** Whether it was connected at all: what fails before that has failed. */
  #wasConnected = false;
  #connectedSince = 0;
  /** Tries that have failed one after the other. */
  #failures = 0;
  /** When the next try begins; null while there is a connection, or one is tried. */
  #nextTry: number | null = null;
  #isOver = false;

  constructor(peer: WebSocketPeer, parts: ReconnectingParts) {
    this.#parts = parts;
    this.#peer = peer;
    this.#link = parts.link(peer);
    this.#stopWaking = onNetworkOrSight(() => {
      if (this.#nextTry !== null) this.#nextTry = parts.clock.now();
    });
  }

  get status(): ConnectionStatus {
    if (this.#isOver) return ConnectionStatus.CONNECTION_DISCONNECTED;
    const { status } = this.#link;
    return status === ConnectionStatus.CONNECTION_DISCONNECTED ? ConnectionStatus.CONNECTION_CONNECTING : status;
  }

  get uniqueId(): number {
    return this.#link.uniqueId;
  }

  get failure(): Failure | null {
    return this.#link.failure;
  }

  get packetCount(): number {
    return this.#link.packetCount;
  }

  get packetPeer(): number {
    return this.#link.packetPeer;
  }

  poll(): void {
    if (this.#isOver) return;
    const { clock } = this.#parts;
    if (this.#nextTry !== null) {
      if (clock.now() < this.#nextTry) return;
      this.#try();
    }
    const wasConnected = this.#isConnected;
    try {
      this.#link.poll();
    } finally {
      if (this.#isConnected && !wasConnected) {
        this.#wasConnected = true;
        this.#connectedSince = clock.now();
      }
      this.#plan(wasConnected);
    }
  }

  takePacket(): Uint8Array<ArrayBuffer> | undefined {
    return this.#link.takePacket();
  }

  send(packet: Uint8Array): ErrorCode {
    return this.#link.send(packet);
  }

  sendTo(ids: Iterable<number>, packet: Uint8Array): ErrorCode {
    return this.#link.sendTo(ids, packet);
  }

  getPeer(id: number): WebSocketPeer | null {
    return this.#link.getPeer(id);
  }

  idOf(peer: WebSocketPeer): number {
    return this.#link.idOf(peer);
  }

  getAddress(id: number): string {
    return this.#link.getAddress(id);
  }

  disconnectPeer(id: number, force: boolean): void {
    this.#link.disconnectPeer(id, force);
  }

  close(): void {
    this.#end();
    this.#link.close();
  }

  get #isConnected(): boolean {
    return this.#link.status === ConnectionStatus.CONNECTION_CONNECTED;
  }

  /** Plans the next try when the connection has ended. */
  #plan(wasConnected: boolean): void {
    if (this.#isOver || this.#nextTry !== null || this.#link.status !== ConnectionStatus.CONNECTION_DISCONNECTED)
      return;
    const { options, clock } = this.#parts;
    const now = clock.now();
    const code = this.#peer.getCloseCode();
    if (code === ReturnCloseCode.INVALID_TOKEN) this.#parts.onInvalidToken();
    // A connection that has ended soon counts as one that has failed.
    const hasLasted = wasConnected && now - this.#connectedSince >= options.longestDelay * 1000;
    this.#failures = hasLasted ? 1 : this.#failures + 1;
    const isRetried = mayReturn(code) || RETRIED.has(code);
    if (!this.#wasConnected || !isRetried || this.#failures > options.tries) {
      this.#end();
      return;
    }
    const longest = Math.min(options.longestDelay, options.firstDelay * 2 ** (this.#failures - 1));
    this.#nextTry = now + options.random() * longest * 1000;
  }

  #try(): void {
    this.#nextTry = null;
    const peer = this.#parts.dial();
    if (peer === null) {
      this.#end();
      return;
    }
    this.#peer = peer;
    this.#link = this.#parts.link(peer);
  }

  #end(): void {
    this.#isOver = true;
    this.#nextTry = null;
    this.#stopWaking();
  }
}

/**
 * Calls `wake` when the page is shown, or the browser has a network again. Returns a function that stops that. Where there is no page, nothing
 * happens.
 */
function onNetworkOrSight(wake: () => void): () => void {
  const page = globalThis as Page; // what a browser has, beyond the language itself
  const { document } = page;
  const onSight = (): void => {
    if (document?.visibilityState === 'visible') wake();
  };
  page.addEventListener?.('online', wake);
  document?.addEventListener('visibilitychange', onSight);
  return () => {
    page.removeEventListener?.('online', wake);
    document?.removeEventListener('visibilitychange', onSight);
  };
}
