import { ErrorCode } from '../../error-code.ts';
import { WebSocketPeer, type WebSocketServer, type WebSocketServerOptions, WriteMode } from '../../websocket/index.ts';

/** The longest message, in bytes. */
export const LONGEST_ECHO: number = 16 * 1024 * 1024;

/** Options of the server behind an `EchoServer`. */
export const ECHO_OPTIONS: WebSocketServerOptions = {
  inboundBufferSize: LONGEST_ECHO,
  outboundBufferSize: LONGEST_ECHO,
};

/** A message that waits until the client has read others. */
interface Waiting {
  readonly packet: Uint8Array;
  readonly mode: WriteMode;
}

/** Sends every message back. While a client does not read, nothing more of it is taken, and TCP slows it down. */
export class EchoServer {
  readonly #sockets: WebSocketServer;
  readonly #waiting = new Map<WebSocketPeer, Waiting>();

  constructor(sockets: WebSocketServer) {
    this.#sockets = sockets;
  }

  poll(): void {
    this.#sockets.poll();
    while (this.#sockets.isPeerAvailable()) this.#sockets.takePeer();
    for (const peer of [...this.#waiting.keys()]) this.#echo(peer);
    for (const peer of this.#sockets.readyPeers()) this.#echo(peer);
  }

  #echo(peer: WebSocketPeer): void {
    const waiting = this.#waiting.get(peer);
    this.#waiting.delete(peer);
    if (waiting !== undefined && !this.#send(peer, waiting)) return;
    while (peer.getAvailablePacketCount() > 0) {
      const packet = peer.getPacket();
      const mode = peer.wasStringPacket() ? WriteMode.WRITE_MODE_TEXT : WriteMode.WRITE_MODE_BINARY;
      if (!this.#send(peer, { packet, mode })) return;
    }
  }

  /** False when there is no room for it. A message to a client that has gone is dropped. */
  #send(peer: WebSocketPeer, message: Waiting): boolean {
    const result = peer.send(message.packet, message.mode);
    if (result === ErrorCode.ERR_OUT_OF_MEMORY && peer.getReadyState() === WebSocketPeer.STATE_OPEN) {
      this.#waiting.set(peer, message);
      return false;
    }
    return true;
  }
}
