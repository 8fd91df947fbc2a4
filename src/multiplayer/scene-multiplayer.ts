import type { Clock } from '../clock.ts';
import { ErrorCode } from '../error-code.ts';
import type { Failure } from '../failure.ts';
import { systemClock } from '../stream/index.ts';
import { Authentication } from './authentication.ts';
import { Authorities } from './authority.ts';
import { authPacket, rawPacket, SysCommand, sysPacket } from './command.ts';
import { ConnectionStatus, MultiplayerPeer, TransferMode } from './multiplayer-peer.ts';
import { type NodeHandle, type NodePattern, nodeHandle, nodePattern } from './node-handle.ts';
import { type MethodsOf, NodeRegistry } from './node-registry.ts';
import { OfflineMultiplayerPeer } from './offline-multiplayer-peer.ts';
import { PacketReceiver } from './packet-receiver.ts';
import { checkLimits, type PeerLimits, PeerMeter, type PeerStatistics } from './peer-limits.ts';
import { Router } from './router.ts';
import { RpcCalls } from './rpc-calls.ts';
import { SceneSignals } from './scene-signals.ts';

const SERVER = MultiplayerPeer.TARGET_PEER_SERVER;

/** How a `SceneMultiplayer` is set up. */
export interface SceneMultiplayerOptions {
  /** What every peer may do; see `PeerLimits`. */
  readonly limits?: PeerLimits;
  /** Whose time counts. Default: the system's. */
  readonly clock?: Clock;
}

/** Judges a packet that a client sends to another through the server: false refuses it, bytes replace it. */
export type RelayFilter = (from: number, to: number, packet: Uint8Array) => boolean | Uint8Array;

/**
 * Godot's high-level multiplayer (`SceneMultiplayer`, spec/multiplayer-wire.md sections 3 to 11) over any
 * `MultiplayerPeer`: peers are authenticated and admitted, call each other's methods on nodes, and reach each other through
 * the server. There is no scene tree here: nodes are declared, and nothing else can be reached.
 *
 * ```ts
 * const multiplayer = new SceneMultiplayer();
 * multiplayer.multiplayerPeer = peer;              // a WebSocketMultiplayerPeer
 * const main = multiplayer.node('Main', {
 *   move: rpc.anyPeer([vector2], (from, direction) => { … }),
 *   state: rpc.authority([variant]),
 * });
 * setInterval(() => {
 *   multiplayer.poll();
 *   main.state.rpc(snapshot());
 * }, 16);
 * ```
 *
 * Nothing is printed: what a peer did wrong is told by `badPacket`, and handlers are called with arguments that fit or not
 * at all. A handler that throws ends that `poll()`; the next one goes on behind it.
 */
export class SceneMultiplayer extends SceneSignals {
  /**
   * Called with what a peer that is not admitted yet has sent by its `sendAuth`. With it set, a peer is admitted once both
   * sides have called `completeAuth`. Default: null, everybody is admitted at once.
   */
  authCallback: ((id: number, data: Uint8Array) => void) | null = null;
  /** Whether full objects are decoded in arguments: for peers that are trusted wholly. Default: false. */
  allowObjectDecoding = false;
  /** On a server: sees each packet that one client sends to others. Default: null, all are passed on. */
  relayFilter: RelayFilter | null = null;
  /** What every peer may do. */
  readonly limits: Required<PeerLimits>;

  readonly #clock: Clock;
  readonly #router: Router;
  readonly #authentication = new Authentication();
  readonly #registry = new NodeRegistry();
  readonly #authorities = new Authorities();
  readonly #calls: RpcCalls;
  readonly #receiver: PacketReceiver;
  /** The admitted ones. */
  readonly #peers = new Set<number>();
  readonly #meters = new Map<number, PeerMeter>();
  #status: ConnectionStatus = ConnectionStatus.CONNECTION_CONNECTED;
  #hasPeer = true;
  #authTimeout = 3;

  readonly #onLinked = (id: number): void => this.#link(id);
  readonly #onUnlinked = (id: number): void => this.#unlink(id);

  constructor(options: SceneMultiplayerOptions = {}) {
    super();
    this.limits = checkLimits(options.limits ?? {});
    this.#clock = options.clock ?? systemClock;
    this.#router = new Router(new OfflineMultiplayerPeer());
    this.#calls = new RpcCalls(this.#router, this.#registry, this.#authorities, {
      peers: this.#peers,
      limits: this.limits,
      allowsObjects: () => this.allowObjectDecoding,
      hasPeer: () => this.#hasPeer,
      refuse: (id, failure) => this.#refusePacket(id, failure),
      misbehave: (id, failure) => this.#misbehave(id, failure),
      differ: (id, failure) => this.checksumMismatch.emit(id, failure),
    });
    this.#receiver = new PacketReceiver(this.#router, this.#authentication, this.#calls, {
      peers: this.#peers,
      judgeRelayed: (from, to, packet) => this.relayFilter?.(from, to, packet) ?? true,
      receiveAuth: (id, data) => this.authCallback?.(id, data),
      admit: (id) => this.#admit(id),
      leave: (id) => this.#unlink(id),
      admitIfComplete: (id) => this.#admitIfComplete(id),
      refuse: (id, failure) => this.#refusePacket(id, failure),
      receiveBytes: (id, bytes) => this.#calls.as(id, () => this.peerPacket.emit(id, bytes)),
      receiveReplication: (id, packet) => this.#calls.as(id, () => this.replicationPacket.emit(id, packet)),
    });
  }

  // ---------------------------------------------------------------- the peer

  /**
   * What carries the packets. Default: an `OfflineMultiplayerPeer`; null for none. Another one begins anew, without
   * signals. Throws for one that is DISCONNECTED.
   */
  get multiplayerPeer(): MultiplayerPeer | null {
    return this.#hasPeer ? this.#router.peer : null;
  }

  set multiplayerPeer(peer: MultiplayerPeer | null) {
    if (peer !== null && !(peer instanceof MultiplayerPeer)) throw new TypeError('not a MultiplayerPeer');
    if (peer?.getConnectionStatus() === ConnectionStatus.CONNECTION_DISCONNECTED) {
      throw new TypeError(
        'the peer is not connected: createServer() or createClient() it first, and look at the result',
      );
    }
    this.#router.peer.peerConnected.disconnect(this.#onLinked);
    this.#router.peer.peerDisconnected.disconnect(this.#onUnlinked);
    this.clear();
    this.#hasPeer = peer !== null;
    this.#router.peer = peer ?? new OfflineMultiplayerPeer();
    this.#status = this.#router.peer.getConnectionStatus();
    this.#router.peer.peerConnected.connect(this.#onLinked);
    this.#router.peer.peerDisconnected.connect(this.#onUnlinked);
  }

  hasMultiplayerPeer(): boolean {
    return this.#hasPeer;
  }

  /** 1 on the server; 0 without a peer, or while it connects. */
  getUniqueId(): number {
    return this.#hasPeer ? this.#router.peer.getUniqueId() : 0;
  }

  isServer(): boolean {
    return this.getUniqueId() === SERVER;
  }

  /** The ids of the admitted peers, without our own. */
  getPeers(): number[] {
    return [...this.#peers];
  }

  /** Inside a handler: who called. Otherwise 0. */
  getRemoteSenderId(): number {
    return this.#calls.senderId;
  }

  /** Inside a handler: the path of the node that was called, for nodes that share a declaration. Otherwise empty. */
  getCalledPath(): string {
    return this.#calls.calledPath;
  }

  /** Why the last call was refused; null when none was. */
  getLastFailure(): Failure | null {
    return this.#calls.failure;
  }

  /** What `id` has sent so far; null for one that is not linked. */
  getPeerStatistics(id: number): PeerStatistics | null {
    const meter = this.#meters.get(id);
    return meter === undefined ? null : { packets: meter.packets, bytes: meter.bytes, badPackets: meter.badPackets };
  }

  /** As `MultiplayerPeer.refuseNewConnections`. */
  get refuseNewConnections(): boolean {
    return this.#router.peer.refuseNewConnections;
  }

  set refuseNewConnections(refuses: boolean) {
    this.#router.peer.refuseNewConnections = refuses;
  }

  /** Whether a server tells its clients of each other and passes their packets on. Default: true. */
  get serverRelay(): boolean {
    return this.#router.allowsRelay;
  }

  set serverRelay(allows: boolean) {
    this.#router.allowsRelay = allows;
  }

  /** Seconds that authentication may take; 0 for no limit. Default: 3. */
  get authTimeout(): number {
    return this.#authTimeout;
  }

  set authTimeout(seconds: number) {
    if (!(seconds >= 0)) throw new RangeError(`authTimeout is a number of seconds, 0 or more, not ${seconds}`);
    this.#authTimeout = seconds;
  }

  /** Forgets all peers, without signals. */
  clear(): void {
    this.#peers.clear();
    this.#meters.clear();
    this.#authentication.clear();
    this.#calls.clear();
  }

  /**
   * Moves everything on: connections, signals, packets, time limits. `ERR_UNCONFIGURED` without a peer. Never waits.
   */
  poll(): ErrorCode {
    if (!this.#hasPeer) return ErrorCode.ERR_UNCONFIGURED;
    this.#noticeStatus();
    if (this.#status === ConnectionStatus.CONNECTION_DISCONNECTED) return ErrorCode.OK;
    const { peer } = this.#router;
    peer.poll();
    this.#noticeStatus();
    const now = this.#clock.now();
    while (peer === this.#router.peer && peer.getAvailablePacketCount() > 0) {
      const from = peer.getPacketPeer();
      const packet = peer.getPacket();
      if (this.#isWithinRate(from, packet, now)) this.#receiver.receive(from, packet);
    }
    for (const id of this.#authentication.overdue(now)) this.#failAuthentication(id);
    return ErrorCode.OK;
  }

  /** Ends the connection to `id`, without a signal here; a server tells the others. */
  disconnectPeer(id: number): void {
    const wasPending = this.#authentication.end(id);
    if (!wasPending && !this.#peers.has(id)) return;
    this.#forget(id);
    this.#router.peer.disconnectPeer(id);
  }

  // ---------------------------------------------------------------- authentication

  /** Those that are linked and not admitted yet. */
  getAuthenticatingPeers(): number[] {
    return this.#authentication.ids;
  }

  /**
   * Sends data to a peer that is being authenticated. `ERR_UNCONFIGURED`: not connected. `ERR_INVALID_PARAMETER`: it is not
   * being authenticated, or there is no data. `ERR_FILE_CANT_WRITE`: one of the two sides has completed.
   */
  sendAuth(id: number, data: Uint8Array): ErrorCode {
    if (!this.#isConnected) return ErrorCode.ERR_UNCONFIGURED;
    if (data.length === 0) return ErrorCode.ERR_INVALID_PARAMETER;
    const checked = this.#authentication.checkSend(id);
    return checked === ErrorCode.OK ? this.#router.sendToLink(id, authPacket(data)) : checked;
  }

  /**
   * This side accepts `id`, which is admitted when it accepts us, too. `ERR_UNCONFIGURED`: not connected.
   * `ERR_INVALID_PARAMETER`: it is not being authenticated. `ERR_FILE_CANT_WRITE`: done before.
   */
  completeAuth(id: number): ErrorCode {
    if (!this.#isConnected) return ErrorCode.ERR_UNCONFIGURED;
    const result = this.#authentication.completeHere(id);
    if (result !== ErrorCode.OK) return result;
    this.#router.sendToLink(id, authPacket());
    this.#admitIfComplete(id);
    return ErrorCode.OK;
  }

  // ---------------------------------------------------------------- packets

  /**
   * Sends bytes, which arrive as `peerPacket`. `id`: 0 for everybody, negative for everybody but that one. Nothing else
   * happens to them; over WebSocket `mode` and `channel` have no meaning.
   *
   * `ERR_INVALID_DATA`: no bytes. `ERR_UNCONFIGURED`: not connected. `ERR_INVALID_PARAMETER`: nobody has that id.
   * `ERR_UNAVAILABLE`: a client cannot reach another one without relay. Otherwise as the `MultiplayerPeer` says.
   */
  sendBytes(
    bytes: Uint8Array,
    id: number = 0,
    mode: TransferMode = TransferMode.TRANSFER_MODE_RELIABLE,
    channel: number = 0,
  ): ErrorCode {
    if (!Number.isInteger(id)) throw new TypeError(`a target is an id, not ${id}`);
    if (bytes.length === 0) return ErrorCode.ERR_INVALID_DATA;
    if (!this.#isConnected) return ErrorCode.ERR_UNCONFIGURED;
    const packet = rawPacket(bytes);
    if (id > 0) {
      return this.#peers.has(id) ? this.#router.send(id, packet, mode, channel) : ErrorCode.ERR_INVALID_PARAMETER;
    }
    if (!this.#router.isServer) return this.#router.broadcastAsClient(id, packet, mode, channel);
    const ids = [...this.#peers].filter((other) => other !== -id);
    return ids.length === 0 ? ErrorCode.OK : this.#router.sendTo(ids, packet, mode, channel);
  }

  // ---------------------------------------------------------------- nodes

  /**
   * Declares the node at `path`, from the game's root (`/root` is `.`, `/root/Main` is `Main`), with the methods of its
   * script, all of them: their names decide the ids. What comes back calls the others' methods.
   */
  node<const Declared extends MethodsOf>(path: string, methods: Declared): NodeHandle<Declared> {
    if (path.includes('*')) throw new TypeError('a path with * is for nodes(), which many share');
    return nodeHandle(path, this.#registry.declare(path, methods), this.#calls, methods);
  }

  /** Declares all nodes whose path fits, `*` standing for any one name: `Players/*`. `at(path)` has one of them. */
  nodes<const Declared extends MethodsOf>(pattern: string, methods: Declared): NodePattern<Declared> {
    return nodePattern(pattern, this.#registry.declare(pattern, methods), this.#calls, methods);
  }

  /** Who may call the node's authority methods. Not told to others: every side sets it. Default: 1. */
  setMultiplayerAuthority(path: string, id: number, recursive: boolean = true): void {
    this.#authorities.set(path, id, recursive);
  }

  /**
   * Forgets the node at `path`, of those that share a declaration: its number and its authority. For nodes that come and
   * go, such as a player's; used again, it is introduced again.
   */
  forgetNode(path: string): void {
    this.#calls.forgetPath(path);
    this.#authorities.delete(path);
  }

  getMultiplayerAuthority(path: string): number {
    return this.#authorities.get(path);
  }

  // ---------------------------------------------------------------- the inside

  get #isConnected(): boolean {
    return this.#hasPeer && this.#router.peer.getConnectionStatus() === ConnectionStatus.CONNECTION_CONNECTED;
  }

  #noticeStatus(): void {
    const before = this.#status;
    this.#status = this.#router.peer.getConnectionStatus();
    if (this.#status !== ConnectionStatus.CONNECTION_DISCONNECTED || before === this.#status) return;
    this.clear();
    if (before === ConnectionStatus.CONNECTION_CONNECTING) this.connectionFailed.emit();
    else this.serverDisconnected.emit();
  }

  #link(id: number): void {
    // A client's only link is the server, which it has to trust.
    if (this.#router.isServer) this.#meters.set(id, new PeerMeter(this.limits, this.#clock.now()));
    if (this.authCallback === null) {
      this.#admit(id);
      return;
    }
    const seconds = this.#authTimeout === 0 ? Number.POSITIVE_INFINITY : this.#authTimeout;
    this.#authentication.begin(id, this.#clock.now() + seconds * 1000);
    this.peerAuthenticating.emit(id);
  }

  #unlink(id: number): void {
    if (this.#authentication.end(id)) {
      this.#meters.delete(id);
      this.peerAuthenticationFailed.emit(id);
    } else if (this.#peers.has(id)) {
      this.#forget(id);
      this.peerDisconnected.emit(id);
    }
  }

  #admit(id: number): void {
    if (this.#router.isServer && this.#router.isRelaying) {
      const others = [...this.#peers];
      if (others.length > 0) this.#router.sendTo(others, sysPacket(SysCommand.ADD_PEER, id));
      for (const other of others) this.#router.sendToLink(id, sysPacket(SysCommand.ADD_PEER, other));
    }
    this.#peers.add(id);
    if (id === SERVER) this.connectedToServer.emit();
    this.peerConnected.emit(id);
  }

  /** An admitted peer, or one that was about to be, is gone. */
  #forget(id: number): void {
    this.#meters.delete(id);
    this.#calls.forget(id);
    if (!this.#peers.delete(id) || !this.#router.isServer || !this.#router.isRelaying) return;
    const others = [...this.#peers];
    if (others.length > 0) this.#router.sendTo(others, sysPacket(SysCommand.DEL_PEER, id));
  }

  #failAuthentication(id: number): void {
    this.#authentication.end(id);
    this.#meters.delete(id);
    this.#router.peer.disconnectPeer(id);
    this.peerAuthenticationFailed.emit(id);
  }

  #admitIfComplete(id: number): void {
    if (!this.#authentication.isComplete(id)) return;
    this.#authentication.end(id);
    this.#admit(id);
  }

  #isWithinRate(from: number, packet: Uint8Array, now: number): boolean {
    const excess = this.#meters.get(from)?.count(packet.length, this.limits, now) ?? null;
    if (excess === null) return true;
    this.#misbehave(from, excess);
    return !this.limits.disconnect;
  }

  #refusePacket(from: number, failure: Failure): void {
    const excess = this.#meters.get(from)?.countBad(this.limits) ?? null;
    this.badPacket.emit(from, failure);
    if (excess !== null) this.#misbehave(from, excess);
  }

  #misbehave(id: number, failure: Failure): void {
    // A relayed peer has no link here that could be cut; its server has the say.
    const isLinked = this.#meters.has(id);
    if (this.limits.disconnect && isLinked) {
      const wasAdmitted = this.#peers.has(id);
      this.disconnectPeer(id);
      try {
        this.peerMisbehaved.emit(id, failure);
      } finally {
        if (wasAdmitted) this.peerDisconnected.emit(id);
        else this.peerAuthenticationFailed.emit(id);
      }
      return;
    }
    this.peerMisbehaved.emit(id, failure);
  }
}
