import type { Clock } from '../../clock.ts';
import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { systemClock } from '../../stream/index.ts';
import { checkLimits, type PeerLimits } from '../limits/peer-limits.ts';
import type { PeerStatistics } from '../limits/peer-statistics.ts';
import { checkSleep } from '../limits/sleep-options.ts';
import type { MultiplayerSpawner } from '../nodes/multiplayer-spawner.ts';
import { isPathBelow } from '../nodes/node-path.ts';
import type { ReplicatedNode } from '../nodes/replicated-node.ts';
import type { SpawnerOptions } from '../nodes/spawner-declaration.ts';
import { ConnectionStatus, MultiplayerPeer, TransferMode } from '../peers/multiplayer-peer.ts';
import { OfflineMultiplayerPeer } from '../peers/offline-multiplayer-peer.ts';
import { checkPacketSize, PacketSizes } from '../replication/packet-sizes.ts';
import { checkReturnOptions } from '../returning/return-options.ts';
import { type NodeHandle, type NodePattern, nodeHandle, nodePattern } from '../rpc/node-handle.ts';
import type { MethodsOf } from '../rpc/node-registry.ts';
import type { RelayFilter } from './relay.ts';
import type { SceneMultiplayerOptions } from './scene-options.ts';
import { SceneParts } from './scene-parts.ts';
import { SceneSignals } from './scene-signals.ts';
import { sendBytes } from './send-bytes.ts';

const SERVER = MultiplayerPeer.TARGET_PEER_SERVER;

/**
 * Godot's high-level multiplayer (`SceneMultiplayer`, docs/engine/multiplayer-wire.md#scenemultiplayer) over any
 * `MultiplayerPeer`. It authenticates and admits peers, calls methods on nodes of other peers, and relays packets between
 * clients through the server. There is no scene tree: only declared nodes can be reached.
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
 * Nothing is printed: `badPacket` reports what was dropped. Handlers are only called with arguments that match their
 * schemas. When a handler throws, that `poll()` throws a `RpcHandlerError`; the next one continues with the packet after it.
 */
export class SceneMultiplayer extends SceneSignals {
  /**
   * Called with the data that a peer has sent by `sendAuth` before it is admitted. If set, a peer is admitted once both
   * sides have called `completeAuth`. Default: null, every peer is admitted at once.
   */
  authCallback: ((id: number, data: Uint8Array<ArrayBuffer>) => void) | null = null;
  /** Whether full objects are decoded in arguments. For fully trusted peers only. Default: false. */
  allowObjectDecoding = false;
  /** On a server: called for each packet that one client sends to others. Default: null, all are relayed. */
  relayFilter: RelayFilter | null = null;
  /** Limits for every peer. */
  readonly limits: Required<PeerLimits>;

  readonly #clock: Clock;
  readonly #sizes = new PacketSizes();
  readonly #parts: SceneParts;
  #status: ConnectionStatus = ConnectionStatus.CONNECTION_CONNECTED;
  /** The `sessionCount` of the peer when it was set. */
  #session = 0;
  #authTimeout = 3;

  readonly #onLinked = (id: number): void => {
    this.#parts.intake.wake();
    this.#parts.members.link(id);
  };
  readonly #onUnlinked = (id: number, failure: Failure | null = null): void => this.#parts.members.unlink(id, failure);

  constructor(options: SceneMultiplayerOptions = {}) {
    super();
    this.limits = checkLimits(options.limits ?? {});
    this.#clock = options.clock ?? systemClock;
    this.#parts = new SceneParts(this, {
      clock: this.#clock,
      sizes: this.#sizes,
      sleep: checkSleep(options.sleep),
      returning: checkReturnOptions(options.returning ?? false),
      authenticationDeadline: () => this.#authenticationDeadline(),
    });
  }

  // ---------------------------------------------------------------- the peer

  /**
   * The transport of the packets; null for none. Default: an `OfflineMultiplayerPeer`. Setting another peer forgets all
   * peers, without signals. Setting the current one changes nothing, unless it was connected again. Throws `TypeError` for a
   * peer that is DISCONNECTED.
   */
  get multiplayerPeer(): MultiplayerPeer | null {
    return this.#parts.router.hasPeer ? this.#parts.router.peer : null;
  }

  set multiplayerPeer(peer: MultiplayerPeer | null) {
    if (peer !== null && !(peer instanceof MultiplayerPeer)) throw new TypeError('not a MultiplayerPeer');
    if (peer === this.multiplayerPeer && (peer === null || peer.sessionCount === this.#session)) return;
    if (peer?.getConnectionStatus() === ConnectionStatus.CONNECTION_DISCONNECTED) {
      throw new TypeError(
        'the peer is not connected: createServer() or createClient() it first, and look at the result',
      );
    }
    this.#parts.router.peer.peerConnected.disconnect(this.#onLinked);
    this.#parts.router.peer.peerDisconnected.disconnect(this.#onUnlinked);
    this.#parts.router.peer.returnDesk = null;
    this.clear();
    this.#parts.router.hasPeer = peer !== null;
    this.#parts.router.peer = peer ?? new OfflineMultiplayerPeer();
    this.#status = this.#parts.router.peer.getConnectionStatus();
    this.#session = this.#parts.router.peer.sessionCount;
    this.#parts.router.peer.returnDesk = this.#parts.absences;
    this.#parts.router.peer.peerConnected.connect(this.#onLinked);
    this.#parts.router.peer.peerDisconnected.connect(this.#onUnlinked);
  }

  hasMultiplayerPeer(): boolean {
    return this.#parts.router.hasPeer;
  }

  /** The id of this side: 1 on the server, 0 without a peer or while it connects. */
  getUniqueId(): number {
    return this.#parts.router.hasPeer ? this.#parts.router.peer.getUniqueId() : 0;
  }

  isServer(): boolean {
    return this.getUniqueId() === SERVER;
  }

  /** The ids of the admitted peers, without that of this side. Players that are away are among them. */
  getPeers(): number[] {
    return [...this.#parts.members.peers];
  }

  /** The ids of the players whose connection was cut and who may come back. */
  getAwayPeers(): number[] {
    return this.#parts.absences?.away ?? [];
  }

  /**
   * The token with which player `id` comes back once, as `?token=…` of its URL: 48 hexadecimal digits. The same until then. Null without
   * `returning`, and for a peer that is no admitted player or is away.
   */
  getReturnToken(id: number): string | null {
    const { absences, members } = this.#parts;
    return this.isServer() && members.peers.has(id) ? (absences?.tokenOf(id) ?? null) : null;
  }

  /** Inside a handler: the id of the caller. Otherwise 0. */
  getRemoteSenderId(): number {
    return this.#parts.running.senderId;
  }

  /** Inside a handler: the path of the node that was called, for nodes that share a declaration. Otherwise empty. */
  getCalledPath(): string {
    return this.#parts.running.path;
  }

  /**
   * Why the last `rpc`, `rpcId`, `sendBytes`, `sendAuth`, `completeAuth` or `addChild` did not return `OK`, or why `spawn` of a spawner
   * returned null; null otherwise. For a packet that the peer did not send, this is the peer's own failure, such as `TICKPEER_OUTBOUND_LIMIT`.
   */
  getLastFailure(): Failure | null {
    return this.#parts.outcome.failure;
  }

  /** What a server's client `id` has sent so far, and what waits for it; null when it is not connected directly, and on a client. */
  getPeerStatistics(id: number): PeerStatistics | null {
    return this.#parts.statistics(id);
  }

  /** As `MultiplayerPeer.refuseNewConnections`. */
  get refuseNewConnections(): boolean {
    return this.#parts.router.peer.refuseNewConnections;
  }

  set refuseNewConnections(refuses: boolean) {
    this.#parts.router.peer.refuseNewConnections = refuses;
  }

  /** Whether a server announces its clients to each other and relays their packets. Default: true. */
  get serverRelay(): boolean {
    return this.#parts.router.allowsRelay;
  }

  set serverRelay(allows: boolean) {
    this.#parts.router.allowsRelay = allows;
  }

  /**
   * Seconds that authentication may take; 0 for no limit. Each poll adds at most a quarter of a second, so that time in
   * which this side is busy does not count against the other side. Default: 3.
   */
  get authTimeout(): number {
    return this.#authTimeout;
  }

  set authTimeout(seconds: number) {
    if (!(seconds >= 0)) throw new RangeError(`authTimeout is a number of seconds, 0 or more, not ${seconds}`);
    this.#authTimeout = seconds;
  }

  /** For rooms and the inspector. @internal */
  get parts(): SceneParts {
    return this.#parts;
  }

  /** Forgets all peers, without signals. */
  clear(): void {
    this.#parts.clear();
  }

  /**
   * Processes connections, packets and time limits, and emits signals. Returns `ERR_UNCONFIGURED` without a peer. Never
   * waits.
   */
  poll(): ErrorCode {
    if (!this.#parts.router.hasPeer) return ErrorCode.ERR_UNCONFIGURED;
    if (this.receive() && !this.#parts.intake.isIdle) this.#parts.replication.process();
    return ErrorCode.OK;
  }

  /** The first part of `poll`: everything that arrives. Returns false when there is no connection. @internal */
  receive(): boolean {
    this.#noticeStatus();
    if (this.#status === ConnectionStatus.CONNECTION_DISCONNECTED) return false;
    const { router, intake } = this.#parts;
    const { peer } = router;
    peer.poll();
    this.#noticeStatus();
    intake.run(peer);
    return true;
  }

  /**
   * Ends the connection to `id`, without a signal on this side. A server reports it to the other clients. When a player comes back and is being
   * authenticated, only that connection: the player stays away.
   */
  disconnectPeer(id: number): void {
    this.#parts.members.disconnect(id);
  }

  // ---------------------------------------------------------------- authentication

  /** The ids of the peers that are connected and not admitted yet. */
  getAuthenticatingPeers(): number[] {
    return this.#parts.members.authentication.ids;
  }

  /**
   * Sends data to a peer that is being authenticated. `ERR_UNCONFIGURED`: not connected. `ERR_INVALID_PARAMETER`: it is not
   * being authenticated, or there is no data. `ERR_FILE_CANT_WRITE`: one of the two sides has completed.
   */
  sendAuth(id: number, data: Uint8Array): ErrorCode {
    return this.#parts.members.sendAuth(id, data);
  }

  /**
   * Accepts `id` on this side. It is admitted once the other side has accepted, too. `ERR_UNCONFIGURED`: not connected.
   * `ERR_INVALID_PARAMETER`: it is not being authenticated. `ERR_FILE_CANT_WRITE`: done before. Any other code, such as
   * `ERR_OUT_OF_MEMORY`: the `MultiplayerPeer` did not send the packet; nothing has changed, and it can be called again.
   */
  completeAuth(id: number): ErrorCode {
    return this.#parts.members.completeAuth(id);
  }

  // ---------------------------------------------------------------- packets

  /**
   * Sends bytes, which the receivers emit as `peerPacket`. `id`: 0 for all peers, negative for all but that one. Over
   * WebSocket `mode` and `channel` have no effect.
   *
   * `ERR_INVALID_DATA`: no bytes. `ERR_UNCONFIGURED`: not connected. `ERR_INVALID_PARAMETER`: no peer has that id.
   * `ERR_UNAVAILABLE`: a client cannot reach another one without relay. Otherwise the code of the `MultiplayerPeer`.
   */
  sendBytes(
    bytes: Uint8Array,
    id: number = 0,
    mode: TransferMode = TransferMode.TRANSFER_MODE_RELIABLE,
    channel: number = 0,
  ): ErrorCode {
    if (!Number.isInteger(id)) throw new TypeError(`a target is an id, not ${id}`);
    return sendBytes(this.#parts, bytes, id, mode, channel);
  }

  // ---------------------------------------------------------------- nodes

  /**
   * Declares the node at `path`, relative to the game's root (`/root` is `.`, `/root/Main` is `Main`). `methods` must be all
   * RPC methods of its script, because their names determine the ids. Returns a handle that calls the methods on other
   * peers.
   */
  node<const Declared extends MethodsOf>(path: string, methods: Declared): NodeHandle<Declared> {
    if (path.includes('*')) throw new TypeError('a path with * is for nodes(), which many share');
    return nodeHandle(path, this.#parts.registry.declare(path, methods), this.#parts.calls, methods);
  }

  /**
   * Declares all nodes whose path matches `pattern`; `*` stands for any one name: `Players/*`. `at(path)` returns one of
   * them.
   */
  nodes<const Declared extends MethodsOf>(pattern: string, methods: Declared): NodePattern<Declared> {
    return nodePattern(pattern, this.#parts.registry.declare(pattern, methods), this.#parts.calls, methods);
  }

  /** Sets who may call the node's authority methods. It is not sent to other peers: every side sets it. Default: 1. */
  setMultiplayerAuthority(path: string, id: number, recursive: boolean = true): void {
    this.#parts.replication.setAuthority(path, id, recursive);
  }

  /**
   * Forgets the number and the authority of the node at `path`, one of those that share a declaration. For nodes that come
   * and go, such as a player's. A path that is used again is introduced again. The numbers that other peers have for it are
   * kept until `limits.cacheEntries` is reached, because they may still be in use.
   */
  forgetNode(path: string): void {
    this.#parts.replication.forgetNode(path);
  }

  getMultiplayerAuthority(path: string): number {
    return this.#parts.replication.authorityOf(path);
  }

  // ---------------------------------------------------------------- replication

  /**
   * Declares the `MultiplayerSpawner` at `path`, whose authority spawns nodes at the other peers. Throws `TypeError` when it is declared
   * already, and for a path that is none from the root, such as `World/PlayerSpawner`.
   */
  spawner<T = unknown>(path: string, options: SpawnerOptions<T>): MultiplayerSpawner<T> {
    if (!isPathBelow(path)) throw noPath(path);
    return this.#parts.replication.addSpawner(path, options);
  }

  /**
   * Adds an instance of a scene below the node at `parent`, `.` for the root. Where that is the spawn path of a spawner with this scene in its
   * list, the node is spawned, as by `MultiplayerSpawner.addChild`, and the same codes are returned. Elsewhere, every side adds it.
   * A name that is taken gets a number. Throws `TypeError` when `parent` is no path from the root, such as `World/Players`.
   */
  addChild(parent: string, node: ReplicatedNode): ErrorCode {
    if (parent !== '.' && !isPathBelow(parent)) throw noPath(parent);
    return this.#parts.replication.addChild(parent, node);
  }

  /** The root of the scene that was added or spawned at `path`; null when there is none. */
  getNodeOrNull(path: string): ReplicatedNode | null {
    return this.#parts.replication.tree.instances.get(path)?.root ?? null;
  }

  /** The most bytes of a SYNC, at least 128. State that is larger by itself has a packet of its own. Default: 1350. */
  get maxSyncPacketSize(): number {
    return this.#sizes.maxSyncPacketSize;
  }

  set maxSyncPacketSize(size: number) {
    this.#sizes.maxSyncPacketSize = checkPacketSize('maxSyncPacketSize', size);
  }

  /** As `maxSyncPacketSize`, of a DELTA. Default: 65535. */
  get maxDeltaPacketSize(): number {
    return this.#sizes.maxDeltaPacketSize;
  }

  set maxDeltaPacketSize(size: number) {
    this.#sizes.maxDeltaPacketSize = checkPacketSize('maxDeltaPacketSize', size);
  }

  // ---------------------------------------------------------------- the inside

  #noticeStatus(): void {
    const before = this.#status;
    const { peer } = this.#parts.router;
    this.#status = peer.getConnectionStatus();
    // A client that connects again by itself is CONNECTING after it was CONNECTED.
    if (this.#status >= before) return;
    this.#parts.end(this, before === ConnectionStatus.CONNECTION_CONNECTING, peer.getLastFailure());
  }

  #authenticationDeadline(): number | null {
    if (this.authCallback === null) return null;
    const seconds = this.#authTimeout === 0 ? Number.POSITIVE_INFINITY : this.#authTimeout;
    return this.#parts.enforcer.gap.attended + seconds * 1000;
  }
}

function noPath(path: string): TypeError {
  return new TypeError(`"${path}" is no path of a node from the root, such as "World/Players"`);
}
