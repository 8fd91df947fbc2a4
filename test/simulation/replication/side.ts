import { ErrorCode } from '../../../src/error-code.ts';
import {
  always,
  type MultiplayerSpawner,
  onChange,
  type ReplicatedNode,
  SceneMultiplayer,
  scene,
  spawner,
  spawnOnly,
  synchronizer,
  type WebSocketMultiplayerPeer,
} from '../../../src/multiplayer/index.ts';
import type { VirtualClock } from '../../../src/testing/index.ts';
import { array, int, string, variant } from '../../../src/variant/index.ts';
import type { ReplicationPlan } from './plan.ts';

export const unit = scene('res://unit.tscn', {
  Sync: synchronizer({
    x: always(int),
    hp: onChange(int, 3),
    tags: onChange(array(variant)),
    title: spawnOnly(string),
  }),
});
export const player = scene('res://player.tscn', {
  Sync: synchronizer({ x: always(int), hp: onChange(int, 3) }),
  'Inputs/Sync': synchronizer({ motion: always(int), shots: onChange(int) }, { authority: ({ name }) => Number(name) }),
});
export const squad = scene('res://squad.tscn', {
  Sync: synchronizer({ x: always(int) }),
  Spawner: spawner({ spawnPath: '../Members', scenes: [unit] }),
});
const state = scene('res://state.tscn', {
  Sync: synchronizer({ tick: always(int), label: onChange(string), list: onChange(array(variant)) }),
});

/** The transport of a side. Planted bugs replace it. */
export type PeerClass = typeof WebSocketMultiplayerPeer;

/** A peer of the world: a server or a client. */
export class Side {
  readonly peer: WebSocketMultiplayerPeer;
  readonly multiplayer: SceneMultiplayer;
  readonly units: MultiplayerSpawner;
  readonly state = state.instantiate({ name: 'State' });
  /** Packets that were refused although no authority has changed. */
  readonly bad: string[] = [];
  hasLeft = false;

  constructor(clock: VirtualClock, plan: ReplicationPlan, Peer: PeerClass, stateAuthority: number) {
    const { outboundBufferSize, awaitsConfirmation, interval } = plan;
    this.peer = new Peer({ clock, handshakeTimeout: 60, outboundBufferSize });
    this.multiplayer = new SceneMultiplayer({ clock, limits: { badPackets: 1e9 } });
    this.multiplayer.serverRelay = plan.hasRelay;
    // Every packet has to fit into the smallest buffer.
    this.multiplayer.maxSyncPacketSize = 128;
    this.multiplayer.maxDeltaPacketSize = 128;
    this.units = this.multiplayer.spawner('World/Spawner', {
      spawnPath: '../Units',
      scenes: [unit, player, squad],
      awaitsConfirmation,
    });
    this.state.setMultiplayerAuthority(stateAuthority);
    this.state.getNode('Sync').replicationInterval = interval;
    this.state.getNode('Sync').deltaInterval = interval;
    if (this.multiplayer.addChild('World', this.state) !== ErrorCode.OK) throw new Error('no state');
    this.multiplayer.badPacket.connect((_id, { code, message }) => {
      if (code === 'TICKPEER_BAD_PACKET' || code === 'TICKPEER_REPLICATION_STATE' || code === 'TICKPEER_SPAWN_REFUSED')
        this.bad.push(message);
    });
  }

  get id(): number {
    return this.multiplayer.getUniqueId();
  }

  /** Every node that was spawned, by its path. */
  nodes(): Map<string, ReplicatedNode> {
    const nodes = new Map<string, ReplicatedNode>();
    for (const node of this.units.getChildren()) {
      nodes.set(node.getPath(), node);
      if (squad.isInstance(node))
        for (const inner of node.getNode('Spawner').getChildren()) nodes.set(inner.getPath(), inner);
    }
    return nodes;
  }
}

/** The replicated values of a node, but for inputs. */
export function valuesOf(node: ReplicatedNode): string {
  if (unit.isInstance(node)) return JSON.stringify([node.x, node.hp, node.tags, node.title]);
  if (player.isInstance(node)) return JSON.stringify([node.x, node.hp]);
  return squad.isInstance(node) ? JSON.stringify([node.x]) : 'another scene';
}
