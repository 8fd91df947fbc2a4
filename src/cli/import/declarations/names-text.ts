import type {
  DeclaredNames,
  PropertyRule,
  SceneRule,
  SpawnerRule,
  SynchronizerRule,
} from '../../../multiplayer/index.ts';
import { type Game, type GameScene, joined } from '../project/game.ts';
import { isNamedAfterPeer } from '../project/named-authority.ts';
import type { Spawner, Synchronizer } from '../project/replication.ts';
import { pathFrom, type TreeNode } from '../project/scene-tree.ts';
import type { Script } from '../script/script.ts';

/** The names that packets do not have, as JSON for `--rpc`. The same game has the same text. */
export function namesText(game: Game): string {
  const names: DeclaredNames = {
    nodes: methodNames(game),
    spawners: spawnerRules(game),
    synchronizers: synchronizerRules(game),
  };
  return `${JSON.stringify(names, null, 2)}\n`;
}

/**
 * The methods of all nodes. A path whose nodes may have different scripts has none, and neither has a script without a node: their
 * methods are under the path of the script, which no node has, and are found by their checksum.
 */
function methodNames({ tables, scripts }: Game): Record<string, readonly string[]> {
  const scriptsAt = new Map<string, Script[]>();
  for (const [script, places] of tables) {
    for (const place of places) scriptsAt.set(place, [...(scriptsAt.get(place) ?? []), script]);
  }
  const found: [string, readonly string[]][] = [];
  for (const [script, places] of tables) {
    const methods = scripts.remotes(script).map(({ member }) => member.name);
    const own = places.filter((place) => scriptsAt.get(place)?.length === 1);
    for (const place of own) found.push([place, methods]);
    if (own.length < places.length || places.length === 0) found.push([script.path.replace(/^res:\/\//, ''), methods]);
  }
  return Object.fromEntries(found);
}

function spawnerRules(game: Game): Record<string, SpawnerRule> {
  const found: [string, SpawnerRule][] = [];
  for (const { root, spawners, places } of game.scenes.values()) {
    for (const place of places) {
      for (const one of spawners) found.push([joined(place, pathFrom(root, one.node)), spawnerRule(game, one)]);
    }
  }
  return Object.fromEntries(found);
}

function spawnerRule(game: Game, { spawnPath, scenes }: Spawner): SpawnerRule {
  return { spawnPath, scenes: scenes.map((path) => sceneRule(game, game.scenes.get(path))) };
}

/** A scene that cannot be read has no synchronizers. */
function sceneRule(game: Game, scene: GameScene | undefined): SceneRule {
  if (scene === undefined) return {};
  const { root, synchronizers } = scene;
  return Object.fromEntries(synchronizers.map((one) => [pathFrom(root, one.node), synchronizerRule(game, one, root)]));
}

/**
 * All synchronizers by their paths: those of spawned scenes, too, since one with another root or authority is introduced by its path.
 * A path at which scenes have different ones has none.
 */
function synchronizerRules(game: Game): Record<string, SynchronizerRule> {
  const found = new Map<string, { readonly rule: SynchronizerRule; readonly text: string } | null>();
  for (const { root, synchronizers, places } of game.scenes.values()) {
    for (const place of places) {
      for (const one of synchronizers) {
        const path = joined(place, pathFrom(root, one.node));
        const rule = synchronizerRule(game, one, root);
        const text = JSON.stringify(rule);
        const known = found.get(path);
        found.set(path, known === undefined || known?.text === text ? { rule, text } : null);
      }
    }
  }
  return Object.fromEntries([...found].flatMap(([path, one]) => (one === null ? [] : [[path, one.rule]])));
}

function synchronizerRule(game: Game, { node, rootPath, properties }: Synchronizer, root: TreeNode): SynchronizerRule {
  const rules = properties.flatMap(({ nodePath, name, mode, spawn }): [string, PropertyRule][] => {
    if (mode === 'never' && !spawn) return [];
    const rule: PropertyRule = { mode: mode === 'never' ? 'spawnOnly' : mode, ...(spawn ? {} : { spawn }) };
    return [[nodePath === '.' ? name : `${nodePath}:${name}`, rule]];
  });
  return {
    properties: Object.fromEntries(rules),
    ...(isNamedAfterPeer(game, node, root) ? { authority: 'the peer that the scene is named after' } : {}),
    ...(rootPath === '..' ? {} : { options: { rootPath } }),
  };
}
