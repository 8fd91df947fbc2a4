import { ErrorCode } from '../../src/error-code.ts';
import { ConnectionStatus, MultiplayerPeer, TransferMode } from '../../src/multiplayer/index.ts';

/** A multiplayer peer without a connection: it delivers given packets, and passes on a copy of what is sent. */
export class Carrier extends MultiplayerPeer {
  onSend: (target: number, packet: Uint8Array<ArrayBuffer>) => void = () => {};
  readonly #id: number;
  #incoming: readonly (readonly [from: number, packet: Uint8Array<ArrayBuffer>])[] = [];
  #next = 0;

  constructor(id: number) {
    super();
    this.#id = id;
  }

  bring(incoming: readonly (readonly [from: number, packet: Uint8Array<ArrayBuffer>])[]): void {
    this.#incoming = incoming;
    this.#next = 0;
  }

  override getAvailablePacketCount(): number {
    return this.#incoming.length - this.#next;
  }

  override getPacketPeer(): number {
    return this.#incoming[this.#next]?.[0] ?? 0;
  }

  override getPacketMode(): TransferMode {
    return TransferMode.TRANSFER_MODE_RELIABLE;
  }

  override getPacketChannel(): number {
    return 0;
  }

  override poll(): void {}
  override close(): void {}
  override disconnectPeer(): void {}

  override getConnectionStatus(): ConnectionStatus {
    return ConnectionStatus.CONNECTION_CONNECTED;
  }

  override getUniqueId(): number {
    return this.#id;
  }

  override isServerRelaySupported(): boolean {
    return true;
  }

  protected override takePacket(): Uint8Array<ArrayBuffer> | undefined {
    return this.#incoming[this.#next++]?.[1];
  }

  protected override sendPacket(packet: Uint8Array): ErrorCode {
    this.onSend(this.targetPeer, packet.slice());
    return ErrorCode.OK;
  }
}
