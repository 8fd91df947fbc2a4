import {
  always,
  custom,
  type Declarations,
  type MultiplayerPeer,
  type MultiplayerSpawner,
  type NodeOf,
  onChange,
  type PackedScene,
  rpc,
  scene,
  spawner,
  spawnOnly,
  synchronizer,
} from 'tickpeer/multiplayer';
import {
  array,
  bool,
  dictionary,
  dictionaryOf,
  float,
  int,
  optional,
  packedByteArray,
  string,
  Vector2,
  variant,
  vector2,
} from 'tickpeer/variant';
import type { Side } from './side.ts';

// The scenes of the game in the folder `game/`.

export const unit = scene('res://unit.tscn', {
  Sync: synchronizer({
    position: always(vector2),
    hp: onChange(int, 3),
    tags: onChange(array(variant), [], { spawn: false }),
    title: spawnOnly(string),
    table: onChange(dictionaryOf(variant, variant)),
  }),
});

export const marker = scene('res://marker.tscn', {});

const byName = { authority: ({ name }: { readonly name: string }) => Number(name) };

export const player = scene('res://player.tscn', {
  Sync: synchronizer({
    position: always(vector2),
    player_name: spawnOnly(string),
    score: onChange(int),
    'Body:rotation': onChange(float),
  }),
  AimSync: synchronizer({ aim: always(vector2) }, byName),
  'Inputs/InputsSync': synchronizer(
    { motion: always(vector2, undefined, { spawn: false }), bombing: onChange(bool, false, { spawn: false }) },
    byName,
  ),
});

export const squad = scene('res://squad.tscn', {
  Sync: synchronizer({ title: onChange(string) }),
  MemberSpawner: spawner({ spawnPath: '../Members', scenes: [unit] }),
});

export const avatar = scene('res://avatar.tscn', {
  Sync: synchronizer({ position: always(vector2), hp: onChange(int, 3) }, byName),
});

export const tower = scene('res://tower.tscn', {
  'Net/PublicSync': synchronizer({ '.:position:x': always(float), hp: onChange(int, 10) }, { rootPath: '../..' }),
  'Net/TeamSync': synchronizer({ ammo: onChange(int, 5) }, { rootPath: '../..' }),
  'Gun/GunSync': synchronizer({
    rotation: onChange(float, 0, { spawn: false }),
    'Barrel:scale': always(vector2, new Vector2(1, 1), { spawn: false }),
  }),
});

export const state = scene('res://state.tscn', {
  StateSync: synchronizer({
    tick: always(int),
    speed: always(float, 1),
    label: onChange(string),
    flags: onChange(packedByteArray),
    table: onChange(dictionaryOf(variant, variant)),
    list: onChange(array(variant)),
  }),
});

/** What a unit's spawn function gets. */
const unitData = dictionary({ name: string, note: optional(variant), owner: optional(int) });

export interface WorldOptions {
  /** Of the spawner of units. */
  readonly awaitsConfirmation?: boolean;
  readonly holdsNewPeers?: boolean;
  readonly spawnLimit?: number;
}

/** Declares the game's world. The signals of its spawners are recorded as by `main.gd`. */
export function openWorld(side: Side<MultiplayerPeer>, options: WorldOptions = {}) {
  const { multiplayer } = side;
  const units = multiplayer.spawner('World/Spawner', {
    spawnPath: '../Units',
    scenes: [unit, marker],
    spawnFunction: custom(unitData, ({ name, owner = 1 }) => {
      const made = unit.instantiate({ name, hp: 50 });
      made.setMultiplayerAuthority(owner);
      return made;
    }),
    ...options,
  });
  const players = multiplayer.spawner('World/PlayerSpawner', { spawnPath: '../Players', scenes: [player] });
  const squads = multiplayer.spawner('World/SquadSpawner', { spawnPath: '../Squads', scenes: [squad] });
  // The same spawn path as in world.tscn, from the root of the tree.
  const others = multiplayer.spawner('World/OtherSpawner', {
    spawnPath: '/root/World/Others',
    scenes: [avatar, tower],
  });
  const tellSpawner = (of: MultiplayerSpawner): void => {
    of.spawned.connect((node) => side.tell('spawned', of.name, node.name));
    of.despawned.connect((node) => side.tell('despawned', of.name, node.name));
  };
  for (const of of [units, players, squads, others]) tellSpawner(of as MultiplayerSpawner);
  squads.spawned.connect((node) => {
    if (squad.isInstance(node)) tellSpawner(node.getNode('MemberSpawner'));
  });
  const world = state.instantiate({ name: 'State' });
  multiplayer.addChild('World', world);
  const unitCalls = multiplayer.nodes('World/Units/*', {
    mark: rpc.anyPeer([int]),
    poke: rpc.anyPeer([string], poked(side)),
  });
  const playerCalls = multiplayer.nodes('World/Players/*', {
    poke: rpc.anyPeer([string], poked(side), { callLocal: true }),
  });
  const avatarCalls = multiplayer.nodes('World/Others/*', {
    say: rpc.authority([string], (from, text) => side.tell('say', from, calledName(side), text)),
  });
  return { multiplayer, units, players, squads, others, state: world, unitCalls, playerCalls, avatarCalls };
}

function poked(side: Side<MultiplayerPeer>) {
  return (from: number, text: string): void => {
    side.tell('poke', from, calledName(side), text);
  };
}

function calledName(side: Side<MultiplayerPeer>): string | undefined {
  return side.multiplayer.getCalledPath().split('/').at(-1);
}

export type World = ReturnType<typeof openWorld>;

/** The instance of a scene at a path in the world. Throws while it is not there. */
export function nodeAt<Declared extends Declarations>(
  { multiplayer }: World,
  of: PackedScene<Declared>,
  path: string,
): NodeOf<Declared> {
  const node = multiplayer.getNodeOrNull(`World/${path}`);
  if (!of.isInstance(node)) throw new Error(`no instance of ${of.path} at ${path}`);
  return node;
}
