import type { HandshakeRequest } from '../../protocol/index.ts';
import { requestedRoom } from './requested-room.ts';

/** What a client asks for: the argument of `enter`. */
export class EntryRequest {
  /** Its handshake request: path, query, origin, headers. */
  readonly request: HandshakeRequest;
  /** The parameters of its URL. */
  readonly parameters: URLSearchParams;
  /** Its IP address; behind `trustedProxies`, the address of the client. Empty when there is none, as over a Unix socket. */
  readonly address: string;

  constructor(request: HandshakeRequest, address: string) {
    this.request = request;
    this.parameters = new URLSearchParams(request.query);
    this.address = address;
  }

  /**
   * The code that it asks for, in capital letters: the parameter `room` (`?room=CODE`), or what follows `/room/` at the end of the
   * path. Empty when it asks for none, null for a text that cannot be a code.
   */
  get code(): string | null {
    return requestedRoom(this.request.path, this.parameters).code;
  }

  /** The kind that it asks for: the parameter `kind`. Empty for none. */
  get kind(): string {
    return requestedRoom(this.request.path, this.parameters).kind;
  }

  /** The token with which a player comes back: the parameter `token`. Empty for none. */
  get token(): string {
    return this.parameters.get('token') ?? '';
  }

  /** The version that it has: the parameter `version`. Empty for none. */
  get version(): string {
    return this.parameters.get('version') ?? '';
  }
}
