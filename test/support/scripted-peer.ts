import { ErrorCode } from '../../src/error-code.ts';
import { ConnectionStatus, MultiplayerPeer, TransferMode } from '../../src/multiplayer/index.ts';

/** A `MultiplayerPeer` without a network: a test gives it packets and checks what was sent. */
export class ScriptedPeer extends MultiplayerPeer {
  readonly sent: { to: number; hex: string }[] = [];
  readonly disconnected: number[] = [];
  status: ConnectionStatus = ConnectionStatus.CONNECTION_CONNECTED;
  readonly #id: number;
  readonly #waiting: { from: number; packet: Uint8Array<ArrayBuffer> }[] = [];

  constructor(id: number) {
    super();
    this.#id = id;
  }

  receive(from: number, packet: Uint8Array<ArrayBuffer> | string): void {
    const bytes = typeof packet === 'string' ? new Uint8Array(Buffer.from(packet, 'hex')) : packet;
    this.#waiting.push({ from, packet: bytes });
  }

  override getAvailablePacketCount(): number {
    return this.#waiting.length;
  }

  override getPacketPeer(): number {
    return this.#waiting[0]?.from ?? 0;
  }

  override getPacketMode(): TransferMode {
    return TransferMode.TRANSFER_MODE_RELIABLE;
  }

  override getPacketChannel(): number {
    return 0;
  }

  override poll(): void {}

  override close(): void {
    this.status = ConnectionStatus.CONNECTION_DISCONNECTED;
  }

  override disconnectPeer(id: number): void {
    this.disconnected.push(id);
  }

  override getConnectionStatus(): ConnectionStatus {
    return this.status;
  }

  override getUniqueId(): number {
    return this.#id;
  }

  override isServerRelaySupported(): boolean {
    return true;
  }

  protected override takePacket(): Uint8Array<ArrayBuffer> | undefined {
    return this.#waiting.shift()?.packet;
  }

  protected override sendPacket(packet: Uint8Array): ErrorCode {
    this.sent.push({ to: this.targetPeer, hex: Buffer.from(packet).toString('hex') });
    return ErrorCode.OK;
  }
}
