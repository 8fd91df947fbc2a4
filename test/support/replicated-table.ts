import {
  always,
  type MultiplayerSpawner,
  onChange,
  type ReplicatedNode,
  type SceneMultiplayer,
  type SceneMultiplayerOptions,
  type SpawnerOptions,
  scene,
  spawner,
  spawnOnly,
  synchronizer,
} from '../../src/multiplayer/index.ts';
import { array, int, string, variant } from '../../src/variant/index.ts';
import { type Player, table } from './hub.ts';

/** A node with properties of every mode. */
export const unit = scene('res://unit.tscn', {
  Sync: synchronizer({
    x: always(int),
    hp: onChange(int, 3),
    tags: onChange(array(variant), [], { spawn: false }),
    title: spawnOnly(string),
  }),
});
/** A node with a synchronizer whose authority is the peer in its name. */
export const player = scene('res://player.tscn', {
  Sync: synchronizer({ x: always(int), hp: onChange(int, 3) }),
  'Inputs/Sync': synchronizer({ motion: always(int), shots: onChange(int) }, { authority: ({ name }) => Number(name) }),
});
/** A node with a spawner inside. */
export const squad = scene('res://squad.tscn', {
  Sync: synchronizer({ x: always(int) }),
  Spawner: spawner({ spawnPath: '../Members', scenes: [unit] }),
});
export const plain = scene('res://plain.tscn', {});
export const state = scene('res://state.tscn', {
  Sync: synchronizer({ tick: always(int), label: onChange(string), list: onChange(array(variant)) }),
});

/** A side with a spawner, and what it was told of it. */
export interface Side {
  readonly player: Player;
  readonly multiplayer: SceneMultiplayer;
  readonly units: MultiplayerSpawner;
  /** `+path` and `-name`, in order. */
  readonly told: string[];
}

/** Declares the spawner at `World/Spawner` on a side. */
export function declare(one: Player, options: Partial<SpawnerOptions> = {}): Side {
  const { multiplayer } = one;
  const units = multiplayer.spawner('World/Spawner', {
    spawnPath: '../Units',
    scenes: [unit, player, squad, plain],
    ...options,
  });
  const told: string[] = [];
  units.spawned.connect((node) => told.push(`+${node.getPath()}`));
  units.despawned.connect((node) => told.push(`-${node.name}`));
  return { player: one, multiplayer, units, told };
}

/** A server and clients that have declared the spawner, as `table`. `bad`: the refused packets of all sides so far. */
export function replicatedTable(
  ids: readonly number[],
  options: Partial<SpawnerOptions> = {},
  multiplayerOptions: SceneMultiplayerOptions = {},
): ReturnType<typeof table> & { sides: Side[]; ours: Side; theirs: Side; bad: () => string[] } {
  const all = table(ids, multiplayerOptions);
  const sides = [all.server, ...all.clients].map((one) => declare(one, options));
  const bad = (): string[] =>
    sides.flatMap(({ player: { told } }) => told.filter((line) => /^(bad|misbehaved)/.test(line)));
  return { ...all, sides, ours: sides[0]!, theirs: sides[1]!, bad };
}

/** The node at a path below `World/Units`, as an instance of `unit`. */
export function unitAt({ multiplayer }: Side, path: string): ReturnType<typeof unit.instantiate> {
  const node = multiplayer.getNodeOrNull(`World/Units/${path}`);
  if (!unit.isInstance(node)) throw new Error(`no unit ${path}`);
  return node;
}

export function names(nodes: readonly ReplicatedNode[]): string[] {
  return nodes.map(({ name }) => name);
}
