import { ErrorCode } from 'tickpeer';
import { ConnectionStatus, MultiplayerPeer, TransferMode } from 'tickpeer/multiplayer';
import { type Hub, Kind } from './hub.ts';
import { hexOf, type Recorded } from './recording-peer.ts';

const SERVER = MultiplayerPeer.TARGET_PEER_SERVER;

/** A client of an engine that is the multiplayer server. Its packets travel through the hub. It stores them in hexadecimal. */
export class HubClientPeer extends MultiplayerPeer {
  readonly id: number = this.generateUniqueId();
  readonly received: Recorded[] = [];
  readonly sent: Recorded[] = [];
  readonly #hub: Hub;
  #status = ConnectionStatus.CONNECTION_CONNECTING;
  /** Messages that the next poll looks at. */
  #messages: { readonly kind: number; readonly packet: Uint8Array<ArrayBuffer> }[] = [];
  readonly #packets: Uint8Array<ArrayBuffer>[] = [];

  constructor(hub: Hub) {
    super();
    this.#hub = hub;
    hub.join(this);
  }

  /** The hub has a message for this client. */
  receive(kind: number, packet: Uint8Array<ArrayBuffer>): void {
    this.#messages.push({ kind, packet });
  }

  override poll(): void {
    this.#hub.poll();
    const messages = this.#messages;
    this.#messages = [];
    for (const { kind, packet } of messages) {
      if (kind === Kind.TO) {
        this.#packets.push(packet);
      } else if (kind === Kind.ADMIT) {
        this.#status = ConnectionStatus.CONNECTION_CONNECTED;
        this.peerConnected.emit(SERVER);
      } else {
        const wasAdmitted = this.#status === ConnectionStatus.CONNECTION_CONNECTED;
        this.close();
        if (wasAdmitted) this.peerDisconnected.emit(SERVER);
      }
    }
  }

  override close(): void {
    this.#hub.leave(this);
    this.#status = ConnectionStatus.CONNECTION_DISCONNECTED;
    this.#messages = [];
    this.#packets.length = 0;
  }

  override disconnectPeer(_id: number, force: boolean = false): void {
    this.#hub.leave(this);
    if (force) this.close();
    else this.receive(Kind.KICK, new Uint8Array());
  }

  override getConnectionStatus(): ConnectionStatus {
    return this.#status;
  }

  override getUniqueId(): number {
    return this.#status === ConnectionStatus.CONNECTION_CONNECTED ? this.id : 0;
  }

  override isServerRelaySupported(): boolean {
    return true;
  }

  override getAvailablePacketCount(): number {
    return this.#packets.length;
  }

  override getPacketPeer(): number {
    return this.#packets.length > 0 ? SERVER : 0;
  }

  override getPacketMode(): TransferMode {
    return TransferMode.TRANSFER_MODE_RELIABLE;
  }

  override getPacketChannel(): number {
    return 0;
  }

  protected override takePacket(): Uint8Array<ArrayBuffer> | undefined {
    const packet = this.#packets.shift();
    if (packet !== undefined) this.received.push({ peer: SERVER, hex: hexOf(packet) });
    return packet;
  }

  protected override sendPacket(packet: Uint8Array): ErrorCode {
    if (this.#status !== ConnectionStatus.CONNECTION_CONNECTED) return ErrorCode.ERR_UNCONFIGURED;
    this.sent.push({ peer: SERVER, hex: hexOf(packet) });
    return this.#hub.send(Kind.FROM, this.id, packet);
  }
}
