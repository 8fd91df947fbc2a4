import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { type StreamPeer, type TLSOptions, unavailable } from '../../stream/index.ts';
import type { WebSocketPeer } from '../peer/websocket-peer.browser.ts';

/** A browser cannot be a server: every call that would begin something returns `ERR_UNAVAILABLE`. */
export class WebSocketServer {
  onWake: (() => void) | null = null;
  #failure: Failure | null = null;

  /** `ERR_UNAVAILABLE`. */
  listen(_port: number, _bindAddress: string = '*', _tlsOptions: TLSOptions | null = null): ErrorCode {
    return this.#refuse();
  }

  /** `ERR_UNAVAILABLE`. */
  listenUnix(_path: string, _tlsOptions: TLSOptions | null = null): ErrorCode {
    return this.#refuse();
  }

  /** `ERR_UNAVAILABLE`. */
  acceptStream(_stream: StreamPeer): ErrorCode {
    return this.#refuse();
  }

  /** `ERR_UNAVAILABLE`. */
  attach(): ErrorCode {
    return this.#refuse();
  }

  /** `ERR_UNAVAILABLE`. */
  acceptUpgrade(): ErrorCode {
    return this.#refuse();
  }

  /** `ERR_UNAVAILABLE`. */
  acceptConnect(): ErrorCode {
    return this.#refuse();
  }

  /** `ERR_UNAVAILABLE`. */
  setTlsOptions(): ErrorCode {
    return this.#refuse();
  }

  isRequestAvailable(): boolean {
    return false;
  }

  takeRequest(): null {
    return null;
  }

  getClientAddress(): string {
    return '';
  }

  getClientAddressKey(): string {
    return '';
  }

  isListening(): boolean {
    return false;
  }

  isStopped(): boolean {
    return true;
  }

  getStopResult(): null {
    return null;
  }

  getLocalPort(): number {
    return 0;
  }

  getLastFailure(): Failure | null {
    return this.#failure;
  }

  stop(): void {}

  poll(): void {}

  isPeerAvailable(): boolean {
    return false;
  }

  takePeer(): WebSocketPeer | null {
    return null;
  }

  readyPeers(): readonly WebSocketPeer[] {
    return [];
  }

  *getPeers(): Generator<WebSocketPeer, void, undefined> {}

  getPeerCount(): number {
    return 0;
  }

  getPendingCount(): number {
    return 0;
  }

  getDroppedConnections(): number {
    return 0;
  }

  /** Returns all of `peers`: none of them is a server's. */
  broadcast(peers: Iterable<WebSocketPeer>): WebSocketPeer[] {
    return [...peers];
  }

  [Symbol.dispose](): void {
    this.onWake = null;
  }

  #refuse(): ErrorCode {
    this.#failure = unavailable('a browser cannot be a WebSocket server');
    return ErrorCode.ERR_UNAVAILABLE;
  }
}
