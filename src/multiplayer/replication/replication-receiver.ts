import { type Failure, isFailure } from '../../failure.ts';
import type { PeerLimits } from '../limits/peer-limits.ts';
import type { MultiplayerSpawner } from '../nodes/multiplayer-spawner.ts';
import type { MultiplayerSynchronizer } from '../nodes/multiplayer-synchronizer.ts';
import { isNodeName, join } from '../nodes/node-path.ts';
import type { ReplicatedNode } from '../nodes/replicated-node.ts';
import type { SceneInstance } from '../nodes/scene-instance.ts';
import { MultiplayerPeer } from '../peers/multiplayer-peer.ts';
import { readConverted } from '../rpc/argument-conversion.ts';
import type { PathCache } from '../rpc/path-cache.ts';
import type { PacketJudge } from '../rpc/rpc-receiver.ts';
import { CompressedReader } from '../wire/compressed-variant.ts';
import { CUSTOM_SPAWN, readDespawn, readSpawn, type SpawnPacket } from '../wire/spawn-packet.ts';
import { isDelta, isInMask, isPathNetId, pathNumberOf, StateReader } from '../wire/state-packet.ts';
import { FirstError } from './first-error.ts';
import { type ReadValues, RemoteState, setValues } from './remote-state.ts';
import type { SceneTree } from './scene-tree.ts';

const SERVER = MultiplayerPeer.TARGET_PEER_SERVER;

/** What one peer has spawned here. */
class RemoteNodes {
  readonly instances = new Map<number, SceneInstance>();
  readonly synchronizers = new Map<number, MultiplayerSynchronizer>();
  /** The net ids of the synchronizers of each instance. */
  readonly ids = new Map<SceneInstance, readonly number[]>();
  /** Net ids of nodes that were freed here, and not despawned yet: the DESPAWN that follows is no fault. */
  readonly freed = new Set<number>();
  /** The times of the last SYNCs. */
  readonly times = new Map<MultiplayerSynchronizer, number>();
}

/** The parts that a replication receiver uses. */
export interface ReplicationReceiverParts {
  readonly tree: SceneTree;
  readonly paths: PathCache;
  readonly judge: PacketJudge;
  readonly limits: Required<PeerLimits>;
  /** Puts an instance that a peer has spawned into the tree. */
  enter(instance: SceneInstance, spawnPath: string): void;
  /** Removes an instance from the tree, and what is inside. */
  leave(instance: SceneInstance): void;
  /** The instance is complete: this side may send what it is the authority of. */
  start(instance: SceneInstance): void;
}

/** Receives SPAWN, DESPAWN, SYNC and DELTA (docs/engine/multiplayer-wire.md#replication). */
export class ReplicationReceiver {
  readonly #parts: ReplicationReceiverParts;
  readonly #peers = new Map<number, RemoteNodes>();
  readonly #state = new RemoteState();
  #idleBlocks: StateReader | null = new StateReader();

  constructor(parts: ReplicationReceiverParts) {
    this.#parts = parts;
  }

  receiveSpawn(from: number, packet: Uint8Array): void {
    const spawn = readSpawn(packet);
    if (isFailure(spawn)) {
      this.#parts.judge.refuse(from, spawn, spawn.message);
      return;
    }
    const spawner = this.#spawnerOf(from, spawn);
    if (spawner === null) return;
    const spawnPath = spawner.getSpawnPath();
    if (this.#isRefused(from, spawn, spawner, spawnPath)) return;
    const remote = this.#of(from);
    const node = this.#make(from, packet, spawn, spawner);
    if (node === null) return;
    // The spawn function may have polled, freed the spawner, or disconnected the peer.
    if (this.#peers.get(from) !== remote || !spawner.isInsideTree()) return;
    if (this.#isRefused(from, spawn, spawner, spawnPath)) return;
    const { instance } = node;
    instance.name = spawn.name;
    instance.origin = { spawner, from, netId: spawn.netId, scene: spawn.scene, argument: null };
    this.#parts.enter(instance, spawnPath);
    const failure = this.#setSpawned(from, packet, spawn, instance);
    if (failure !== null) {
      this.#parts.leave(instance);
      this.#refuse(from, failure.code, `"${join(spawnPath, spawn.name)}": ${failure.message}`, spawner.getPath());
      return;
    }
    remote.instances.set(spawn.netId, instance);
    remote.freed.delete(spawn.netId);
    this.#parts.start(instance);
    spawner.spawned.emit(node);
  }

  receiveDespawn(from: number, packet: Uint8Array): void {
    const netId = readDespawn(packet);
    if (isFailure(netId)) {
      this.#parts.judge.refuse(from, netId, 'despawn');
      return;
    }
    const remote = this.#peers.get(from);
    const instance = remote?.instances.get(netId);
    if (remote?.freed.delete(netId)) return;
    if (instance === undefined) {
      this.#refuse(from, 'TICKPEER_REPLICATION_UNDECLARED', `the node ${netId} was not spawned here`, 'despawn');
      return;
    }
    const { spawner } = instance.origin!;
    if (spawner.getMultiplayerAuthority() !== from) {
      this.#refuse(
        from,
        'TICKPEER_REPLICATION_NOT_ALLOWED',
        `${from} is no longer the authority of "${spawner.getPath()}"`,
        'despawn',
      );
      return;
    }
    remote?.instances.delete(netId);
    this.#parts.leave(instance);
    spawner.despawned.emit(instance.root);
  }

  /** SYNC or DELTA. */
  receiveState(from: number, packet: Uint8Array): void {
    // A handler of `synchronized` may call `poll`.
    const blocks = this.#idleBlocks ?? new StateReader();
    this.#idleBlocks = null;
    let errors: FirstError | null = null;
    let outcome: boolean | Failure = blocks.begin(packet) ?? true;
    while (outcome === true) {
      outcome = blocks.next();
      try {
        if (outcome === true) this.#receiveBlock(from, packet, blocks);
      } catch (cause) {
        errors ??= new FirstError();
        errors.note(cause); // of a handler: the other blocks are not sent again
      }
    }
    this.#idleBlocks = blocks;
    if (isFailure(outcome)) this.#parts.judge.refuse(from, outcome, outcome.message);
    errors?.rethrow();
  }

  /** An instance has left the tree. */
  forgetInstance(instance: SceneInstance): void {
    const { from, netId } = instance.origin ?? { from: 0, netId: 0 };
    const remote = this.#peers.get(from);
    if (remote?.instances.get(netId) === instance) {
      remote.instances.delete(netId);
      remote.freed.add(netId);
      const [oldest] = remote.freed;
      if (remote.freed.size > this.#parts.limits.spawnedNodes) remote.freed.delete(oldest!);
    }
    for (const id of remote?.ids.get(instance) ?? []) remote?.synchronizers.delete(id);
    remote?.ids.delete(instance);
    for (const { times } of this.#peers.values()) for (const node of instance.synchronizers) times.delete(node);
  }

  /** A synchronizer may have another authority, whose SYNCs have times of their own. */
  restart(node: MultiplayerSynchronizer): void {
    for (const { times } of this.#peers.values()) times.delete(node);
  }

  /** A peer has left: the nodes that it has spawned, which are to leave the tree. */
  forgetPeer(id: number): SceneInstance[] {
    const instances = [...(this.#peers.get(id)?.instances.values() ?? [])];
    this.#peers.delete(id);
    return instances;
  }

  get peers(): readonly number[] {
    return [...this.#peers.keys()];
  }

  #spawnerOf(from: number, { spawner: number }: SpawnPacket): MultiplayerSpawner | null {
    const path = this.#parts.paths.nodeOf(from, number)?.path;
    const spawner = path === undefined ? undefined : this.#parts.tree.spawners.get(path);
    if (spawner === undefined) {
      const message =
        path === undefined ? `the number ${number} stands for no spawner` : `no spawner is declared at "${path}"`;
      this.#refuse(from, 'TICKPEER_REPLICATION_UNDECLARED', message, 'spawner');
      return null;
    }
    if (spawner.getMultiplayerAuthority() === from) return spawner;
    this.#refuse(from, 'TICKPEER_REPLICATION_NOT_ALLOWED', `${from} is not the authority of "${path}"`, path!);
    return null;
  }

  #isRefused(from: number, spawn: SpawnPacket, spawner: MultiplayerSpawner, spawnPath: string): boolean {
    const refusal = this.#refusalOf(from, spawn, spawner, spawnPath);
    if (refusal === null) return false;
    this.#refuse(from, 'TICKPEER_SPAWN_REFUSED', `"${spawn.name}" of "${spawner.getPath()}": ${refusal}`, refusal);
    return true;
  }

  /** Why a node cannot be spawned; null when it can. */
  #refusalOf(
    from: number,
    { name, netId, synchronizers }: SpawnPacket,
    spawner: MultiplayerSpawner,
    spawnPath: string,
  ): string | null {
    if (!isNodeName(name)) return 'the engine does not allow such a name';
    if (this.#parts.tree.has(join(spawnPath, name))) return 'a node of this name is there';
    const remote = this.#of(from);
    if (remote.instances.has(netId)) return 'its net id is that of another node';
    if (synchronizers.some((id) => remote.synchronizers.has(id)))
      return 'a net id of it is that of another synchronizer';
    const { spawnLimit } = spawner;
    if (spawnLimit > 0 && this.#parts.tree.spawnedBy(spawner).size >= spawnLimit)
      return `there are spawnLimit, ${spawnLimit} nodes`;
    // A client has to trust its server.
    if (from === SERVER) return null;
    const { spawnedNodes } = this.#parts.limits;
    return remote.instances.size < spawnedNodes ? null : `there are limits.spawnedNodes, ${spawnedNodes} nodes`;
  }

  /** Makes the node of a SPAWN; null when it is not declared, or its data do not match. */
  #make(from: number, packet: Uint8Array, spawn: SpawnPacket, spawner: MultiplayerSpawner): ReplicatedNode | null {
    const { scenes, spawnFunction } = spawner.options;
    if (spawn.scene !== CUSTOM_SPAWN) {
      const scene = scenes[spawn.scene];
      if (scene !== undefined) return scene.instantiate();
      const message = `"${spawner.getPath()}" has ${scenes.length} scenes, and one with the index ${spawn.scene} was spawned`;
      this.#refuse(from, 'TICKPEER_REPLICATION_UNDECLARED', message, spawner.getPath());
      return null;
    }
    if (spawnFunction === null) {
      this.#refuse(
        from,
        'TICKPEER_REPLICATION_UNDECLARED',
        `"${spawner.getPath()}" has no spawnFunction`,
        spawner.getPath(),
      );
      return null;
    }
    const reader = new CompressedReader(readConverted);
    reader.begin(packet, spawn.argumentStart, spawn.argumentEnd, false);
    const data = reader.read(spawnFunction.schema);
    const rest = spawn.argumentEnd - reader.at;
    const failure = reader.failure ?? (rest > 0 ? `${rest} bytes follow` : null);
    if (failure !== null) {
      const message = `the data for the spawnFunction of "${spawner.getPath()}": ${failure}`;
      this.#refuse(from, 'TICKPEER_REPLICATION_STATE', message, spawner.getPath());
      return null;
    }
    return checkFresh(spawnFunction.create(data));
  }

  /**
   * Gives the synchronizers of a new instance their net ids and their values. Sets none of them when something does not
   * match.
   */
  #setSpawned(
    from: number,
    packet: Uint8Array,
    { synchronizers: ids, stateStart }: SpawnPacket,
    instance: SceneInstance,
  ): Failure | null {
    const theirs = instance.synchronizers.filter(
      (node) => node.layout.root === '.' && node.getMultiplayerAuthority() === from,
    );
    if (theirs.length !== ids.length) {
      const message = `${ids.length} synchronizers of ${from} arrived, and ${theirs.length} are declared`;
      return { code: 'TICKPEER_REPLICATION_STATE', message };
    }
    const read: ReadValues[] = [];
    let at = stateStart;
    for (const node of theirs) {
      const slots = node.layout.spawned;
      const part = this.#state.readPart(node, slots, packet, at, packet.length);
      if (isFailure(part)) return part;
      at = part.end;
      read.push({ slots, values: part.values });
    }
    if (at !== packet.length) {
      return { code: 'TICKPEER_REPLICATION_STATE', message: `${packet.length - at} bytes follow the state` };
    }
    const remote = this.#of(from);
    remote.ids.set(instance, ids);
    for (const [index, node] of theirs.entries()) {
      remote.synchronizers.set(ids[index]!, node);
      setValues(node, read[index]!);
    }
    return null;
  }

  #receiveBlock(from: number, packet: Uint8Array, block: StateReader): void {
    const node = this.synchronizerOf(from, block.netId);
    // As in the engine: it may have been despawned while the packet was on its way.
    if (node === undefined) return;
    if (node.getMultiplayerAuthority() !== from) {
      this.#refuse(
        from,
        'TICKPEER_REPLICATION_NOT_ALLOWED',
        `${from} is not the authority of "${node.getPath()}"`,
        node.getPath(),
      );
      return;
    }
    const { always, watched } = node.layout;
    const isChange = isDelta(packet);
    const { low, high, start, end, time } = block;
    if (!isChange && !this.#isNewer(from, node, time)) return;
    const slots = isChange ? watched.filter((_, index) => isInMask(index, low, high)) : always;
    const count = isChange ? bitsOf(low) + bitsOf(high) : slots.length;
    const read =
      count > slots.length ? surplus(count - slots.length) : this.#state.readAll(node, slots, packet, start, end);
    if (isFailure(read)) {
      this.#refuse(from, read.code, `"${node.getPath()}": ${read.message}`, node.getPath());
      return;
    }
    if (!isChange) this.#of(from).times.set(node, time);
    setValues(node, read);
    (isChange ? node.deltaSynchronized : node.synchronized).emit();
  }

  /** The synchronizer behind a net id of `from`. */
  synchronizerOf(from: number, netId: number): MultiplayerSynchronizer | undefined {
    if (!isPathNetId(netId)) return this.#peers.get(from)?.synchronizers.get(netId);
    const path = this.#parts.paths.nodeOf(from, pathNumberOf(netId))?.path;
    return path === undefined ? undefined : this.#parts.tree.synchronizers.get(path);
  }

  /** Whether a SYNC's time is after the last one, or has wrapped (docs/engine/multiplayer-wire.md#sync). */
  #isNewer(from: number, node: MultiplayerSynchronizer, time: number): boolean {
    const last = this.#peers.get(from)?.times.get(node);
    return last === undefined || time > last || last - time >= 0x7fff;
  }

  #of(from: number): RemoteNodes {
    const remote = this.#peers.get(from) ?? new RemoteNodes();
    this.#peers.set(from, remote);
    return remote;
  }

  #refuse(from: number, code: Failure['code'], message: string, subject: string): void {
    this.#parts.judge.refuse(from, { code, message }, subject);
  }
}

/** Throws `TypeError` for a node that is not new: a spawn function has to make one each time. */
export function checkFresh(node: ReplicatedNode): ReplicatedNode {
  if (node.isInsideTree() || node.instance.isFreed) throw new TypeError('a spawnFunction returns a new node each time');
  return node;
}

function bitsOf(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}

function surplus(count: number): Failure {
  return { code: 'TICKPEER_REPLICATION_STATE', message: `${count} of the changed properties are not declared` };
}
