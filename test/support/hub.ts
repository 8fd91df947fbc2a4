import { ErrorCode } from '../../src/error-code.ts';
import type { Failure } from '../../src/failure.ts';
import { ConnectionStatus, MultiplayerPeer, SceneMultiplayer, TransferMode } from '../../src/multiplayer/index.ts';
import { FakeClock } from './fake-clock.ts';

/** A server and its clients without a network: packets arrive at the next poll, in order. */
export class HubPeer extends MultiplayerPeer {
  status: ConnectionStatus = ConnectionStatus.CONNECTION_CONNECTED;
  /** By id: the other ends. */
  readonly links = new Map<number, HubPeer>();
  /** Every packet that arrived, with its sender, as hex. */
  readonly heard: [number, string][] = [];
  /** What every send returns instead of sending, and what `getLastFailure()` then returns. */
  refusal: ErrorCode = ErrorCode.OK;
  failure: Failure | null = null;
  /** What the queue of this peer holds until it is polled, as the engine's; what comes beyond that is lost. */
  capacity: { readonly bytes: number; readonly packets: number } | null = null;
  lost = 0;
  /** Delivers a packet to this peer, for a test with latency. */
  deliver: (arrive: () => void) => void = (arrive) => arrive();
  /** The close code and the reason with which the server has disconnected this peer. */
  closing: [code: number, reason: string] | null = null;
  readonly #id: number;
  #arriving: [number, Uint8Array<ArrayBuffer>][] = [];
  #arrivingBytes = 0;
  #arrived: [number, Uint8Array<ArrayBuffer>][] = [];
  #left: number[] = [];

  constructor(id: number) {
    super();
    this.#id = id;
  }

  join(server: HubPeer): void {
    this.links.set(1, server);
    server.links.set(this.#id, this);
    server.peerConnected.emit(this.#id);
    this.peerConnected.emit(1);
  }

  /** As after closing and connecting again. */
  renew(): void {
    this.beginSession();
  }

  override getLastFailure(): Failure | null {
    return this.failure;
  }

  override getAvailablePacketCount(): number {
    return this.#arrived.length;
  }

  override getPacketPeer(): number {
    return this.#arrived[0]?.[0] ?? 0;
  }

  override getPacketMode(): TransferMode {
    return TransferMode.TRANSFER_MODE_RELIABLE;
  }

  override getPacketChannel(): number {
    return 0;
  }

  override poll(): void {
    this.#arrived.push(...this.#arriving);
    this.#arriving = [];
    this.#arrivingBytes = 0;
    const left = this.#left;
    this.#left = [];
    for (const id of left) {
      if (id === 1) this.status = ConnectionStatus.CONNECTION_DISCONNECTED;
      this.peerDisconnected.emit(id);
    }
  }

  override close(): void {
    this.status = ConnectionStatus.CONNECTION_DISCONNECTED;
    for (const id of [...this.links.keys()]) this.#cut(id);
  }

  override disconnectPeer(id: number): void {
    this.#cut(id);
    this.#left.push(id);
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
    const [from, packet] = this.#arrived.shift() ?? [0, undefined];
    if (packet !== undefined) this.heard.push([from, Buffer.from(packet).toString('hex')]);
    return packet;
  }

  protected override sendPacket(packet: Uint8Array): ErrorCode {
    if (this.refusal !== ErrorCode.OK) return this.refusal;
    const target = this.#id === 1 ? this.targetPeer : 1;
    const ids = target > 0 ? [target] : [...this.links.keys()].filter((id) => id !== -target);
    for (const id of ids) {
      const other = this.links.get(id);
      if (other === undefined) continue;
      const copy = packet.slice();
      other.deliver(() => other.#arrive(this.#id, copy));
    }
    return ids.every((id) => this.links.has(id)) ? ErrorCode.OK : ErrorCode.ERR_INVALID_PARAMETER;
  }

  override disconnectWith(id: number, code: number, reason: string): void {
    const other = this.links.get(id);
    if (other !== undefined) other.closing = [code, reason];
    this.disconnectPeer(id);
  }

  #arrive(from: number, packet: Uint8Array<ArrayBuffer>): void {
    const { capacity } = this;
    const bytes = this.#arrivingBytes + packet.length;
    if (capacity !== null && (bytes > capacity.bytes || this.#arriving.length >= capacity.packets)) {
      this.lost++;
      return;
    }
    this.#arriving.push([from, packet]);
    this.#arrivingBytes = bytes;
  }

  #cut(id: number): void {
    const other = this.links.get(id);
    this.links.delete(id);
    if (other === undefined) return;
    other.links.delete(this.#id);
    other.#left.push(this.#id);
  }
}

/** A `SceneMultiplayer` on such a peer, with all its signals, in order. */
export class Player {
  readonly peer: HubPeer;
  readonly clock: FakeClock;
  readonly multiplayer: SceneMultiplayer;
  readonly told: string[] = [];

  constructor(id: number, clock: FakeClock, options: ConstructorParameters<typeof SceneMultiplayer>[0] = {}) {
    this.peer = new HubPeer(id);
    this.clock = clock;
    const multiplayer = new SceneMultiplayer({ clock, ...options });
    this.multiplayer = multiplayer;
    const tell =
      (name: string) =>
      (...args: readonly unknown[]): void => {
        this.told.push([name, ...args.filter((arg) => arg !== null).map(brief)].join(' '));
      };
    multiplayer.peerConnected.connect(tell('+'));
    multiplayer.peerDisconnected.connect(tell('-'));
    multiplayer.connectedToServer.connect(tell('connected'));
    multiplayer.connectionFailed.connect(tell('failed'));
    multiplayer.serverDisconnected.connect(tell('lost'));
    multiplayer.peerAuthenticating.connect(tell('auth'));
    multiplayer.peerAuthenticationFailed.connect(tell('auth failed'));
    multiplayer.peerAsleep.connect(tell('asleep'));
    multiplayer.peerAwake.connect(tell('awake'));
    multiplayer.peerPacket.connect(tell('bytes'));
    const tellCounted =
      (name: string) =>
      (id: number, failure: Failure, count: number): void => {
        this.told.push(`${name} ${id} ${failure.code}${count === 1 ? '' : ` x${count}`}`);
      };
    multiplayer.badPacket.connect(tellCounted('bad'));
    multiplayer.peerMisbehaved.connect(tellCounted('misbehaved'));
    multiplayer.checksumMismatch.connect(tellCounted('differs'));
    multiplayer.replicationPacket.connect(tell('replication'));
    multiplayer.multiplayerPeer = this.peer;
  }

  /** The signals since the last call. */
  news(): string[] {
    return this.told.splice(0);
  }
}

function brief(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return typeof value === 'object' && value !== null && 'code' in value ? String(value.code) : String(value);
}

/** A server, 1, and clients by their ids, all joined and told of each other. */
export function table(
  ids: readonly number[],
  options: ConstructorParameters<typeof SceneMultiplayer>[0] = {},
): { server: Player; clients: Player[]; clock: FakeClock; settle: () => void } {
  const clock = new FakeClock();
  const server = new Player(1, clock, options);
  const clients = ids.map((id) => new Player(id, clock, options));
  const settle = (): void => {
    for (let round = 0; round < 6; round++) for (const { multiplayer } of [server, ...clients]) multiplayer.poll();
  };
  for (const client of clients) {
    client.peer.join(server.peer);
    settle();
  }
  for (const player of [server, ...clients]) player.news();
  return { server, clients, clock, settle };
}
