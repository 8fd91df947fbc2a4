import { type HandshakeRequest, parseCookies } from '../../protocol/index.ts';
import type { WebSocketPeer } from '../../websocket/index.ts';

/** A connected client without an id yet: the argument of `WebSocketMultiplayerPeer.generateUniqueId`. */
export class ConnectingClient {
  /** Its connection. */
  readonly peer: WebSocketPeer;
  /** Its IP address; behind `trustedProxies`, the address of the client. Empty when there is none, as over a Unix socket. */
  readonly address: string;
  #cookies: ReadonlyMap<string, string> | null = null;

  constructor(peer: WebSocketPeer, address: string) {
    this.peer = peer;
    this.address = address;
  }

  /** Its handshake request: path, query, origin, headers. Null for a connection without a handshake. */
  get request(): HandshakeRequest | null {
    return this.peer.getHandshakeRequest();
  }

  /** The cookies that it sent, by name. Values are not decoded. */
  get cookies(): ReadonlyMap<string, string> {
    this.#cookies ??= parseCookies(this.request?.headers.getAll('cookie').join(';') ?? '');
    return this.#cookies;
  }
}
