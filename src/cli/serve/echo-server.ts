import { ErrorCode } from '../../error-code.ts';
import { type WebSocketServer, WriteMode } from '../../websocket/index.ts';

/** Sends every message back. A message that does not fit into the peer's output buffer is dropped and counted. */
export class EchoServer {
  readonly #sockets: WebSocketServer;
  echoed: number = 0;
  dropped: number = 0;

  constructor(sockets: WebSocketServer) {
    this.#sockets = sockets;
  }

  poll(): void {
    this.#sockets.poll();
    while (this.#sockets.isPeerAvailable()) this.#sockets.takePeer();
    for (const peer of this.#sockets.readyPeers()) {
      while (peer.getAvailablePacketCount() > 0) {
        const packet = peer.getPacket();
        const mode = peer.wasStringPacket() ? WriteMode.WRITE_MODE_TEXT : WriteMode.WRITE_MODE_BINARY;
        if (peer.send(packet, mode) === ErrorCode.OK) this.echoed++;
        else this.dropped++;
      }
    }
  }
}
