import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { readProject } from '../../examples/godot-page/project-files.ts';
import { ROSTER, STATE, STEER, TAKEN } from '../../examples/godot-server/remote-calls.ts';
import { ENTER, playerScene, roundScene, snowballScene } from '../../examples/snowball-fight/scenes.ts';
import {
  type AnyMethod,
  type AnyScene,
  type MethodsOf,
  RpcMode,
  rpc,
  TransferMode,
} from '../../src/multiplayer/index.ts';
import { RpcTable } from '../../src/multiplayer/rpc/rpc-table.ts';
import type { Schema } from '../../src/variant/index.ts';
import { complaintsAbout } from '../docs/types.ts';
import { project } from '../godot-engine/engine/project.ts';
import { avatar, marker, player, squad, state, tower, unit } from '../godot-engine/ours/world.ts';
import { evaluate, type Imported, importProject } from '../support/imported-game.ts';

const root = new URL('../../', import.meta.url);
const SETTINGS = { 'project.godot': 'config_version=5\n[application]\nrun/main_scene="res://main.tscn"\n' };

/** The script of the sessions that were recorded in test/fixtures/multiplayer-session, as their README says. */
const RECORDED = `extends Node
@rpc("any_peer") func add(a, b): pass
@rpc("any_peer") func anyv(v): pass
@rpc("authority", "call_local") func auth_only(v): pass
@rpc("any_peer") func fwd(to, v): pass
@rpc("any_peer", "call_remote", "reliable", 3) func many(a, b, c, d, e): pass
@rpc("any_peer") func noargs(): pass
@rpc("any_peer", "call_remote", "unreliable_ordered", 2) func ordered(v): pass
@rpc("any_peer") func ping(v): pass
@rpc("any_peer") func pong(v): pass
@rpc("any_peer", "call_local", "reliable") func say(text): pass
@rpc("any_peer", "call_remote", "unreliable") func unrel(v): pass
`;
const GAME =
  '[gd_scene format=3]\n[ext_resource type="Script" path="res://game.gd" id="1"]\n[node name="Game" type="Node"]\nscript = ExtResource("1")\n';

const projects = {
  'godot-server': readProject(new URL('examples/godot-server/game/', root)),
  'snowball-fight': readProject(new URL('examples/snowball-fight/game/', root)),
  world: project('', readProject(new URL('test/godot-engine/game/', root))),
  recorded: { ...SETTINGS, 'main.tscn': GAME, 'game.gd': RECORDED },
};
type Name = keyof typeof projects;
const imported = new Map<Name, Imported>();

beforeAll(async () => {
  for (const name of Object.keys(projects) as Name[]) imported.set(name, await importProject(projects[name]));
});

// biome-ignore lint/suspicious/noExplicitAny: the exports of declarations that the test has made
function declarations(name: Name): any {
  return evaluate(imported.get(name)!.text);
}

function tableOf(methods: MethodsOf): RpcTable<AnyMethod> {
  return new RpcTable(methods);
}

/** What two declarations of a method have to have in common. */
function facts(methods: MethodsOf): unknown {
  return tableOf(methods).scriptNames.map((name) => {
    const { mode, callLocal, channel, transferMode, schemas } = methods[name]!;
    return { name, mode, callLocal, channel, transferMode, types: schemas.map(typeOf) };
  });
}

function typeOf({ elementType, name }: Schema<unknown>): unknown {
  return elementType ?? name;
}

/** A scene's synchronizers and spawners, with the types, the modes and the order of their properties. */
function layoutOf({ layout, path }: AnyScene): unknown {
  return {
    path,
    synchronizers: layout.synchronizers.map(({ declaration, root: rootNode, path: at, ...lists }) => ({
      at,
      rootNode,
      lists,
      options: declaration.options,
      byName: declaration.authority !== null,
      properties: Object.entries(declaration.properties).map(([key, property]) => {
        const { schema, mode, spawn } = property;
        return { key, type: typeOf(schema), mode, spawn };
      }),
    })),
    spawners: layout.spawners.map(({ path: at, declaration }) => ({
      at,
      spawnPath: declaration.options.spawnPath,
      limit: declaration.options.spawnLimit,
      scenes: declaration.options.scenes.map((scene) => scene.path),
    })),
  };
}

test.each(Object.keys(projects) as Name[])(
  'the declarations of %s compile, and nothing is in error',
  (name) => {
    const { text, report, exitCode } = imported.get(name)!;
    expect(exitCode).toBe(0);
    expect(report).not.toMatch(/^error/m);
    expect(complaintsAbout([text])).toEqual([]);
  },
  60_000,
);

test('the coin game has the methods that its server declares by hand', () => {
  const { mainMethods } = declarations('godot-server');
  const byHand = {
    steer: rpc.anyPeer(STEER),
    roster: rpc.authority(ROSTER),
    state: rpc.authority(STATE),
    taken: rpc.authority(TAKEN),
  };
  expect(facts(mainMethods())).toEqual(facts(byHand));
  expect(tableOf(mainMethods()).md5).toBe(tableOf(byHand).md5);
  expect(imported.get('godot-server')!.text).toContain(tableOf(byHand).md5);
});

describe('the snowball fight', () => {
  test('has the scenes that its server declares by hand', () => {
    const game = declarations('snowball-fight');
    expect(layoutOf(game.playerScene)).toEqual(layoutOf(playerScene));
    expect(layoutOf(game.roundNodes)).toEqual(layoutOf(roundScene));
    expect(facts(game.mainMethods())).toEqual(facts({ enter: rpc.anyPeer(ENTER) }));
    expect(game.playerScene.instantiate().health).toBe(3);
  });

  test('has its spawners, and says that one needs a function', () => {
    const game = declarations('snowball-fight');
    expect(game.playerSpawner).toEqual({
      path: 'Main/PlayerSpawner',
      spawnPath: '../Arena/Players',
      scenes: [game.playerScene],
    });
    expect(game.snowballSpawner).toEqual({ path: 'Main/SnowballSpawner', spawnPath: '../Arena/Snowballs' });
    expect(layoutOf(snowballScene)).toMatchObject({ synchronizers: [], spawners: [] });
    const { report } = imported.get('snowball-fight')!;
    expect(report).toMatch(/^note {2}main\.gd:\d+: a spawn function/m);
    expect(report).toMatch(/^note {2}main\.tscn:\d+: SnowballSpawner has no scenes/m);
  });
});

describe('the world of the engine tests', () => {
  test.each(Object.entries({ unit, player, squad, avatar, tower, marker }))('has the scene %s', (name, byHand) => {
    expect(layoutOf(declarations('world')[`${name}Scene`])).toEqual(layoutOf(byHand));
  });

  test('has the nodes that are there from the start', () => {
    const { layout } = declarations('world').stateNodes;
    const generated = layoutOf({ ...declarations('world').stateNodes, layout, path: 'res://state.tscn' });
    expect(generated).toEqual(layoutOf(state));
  });

  test('has first values, of scripts, scenes and the engine', () => {
    const world = declarations('world');
    expect(world.unitScene.instantiate().hp).toBe(3);
    expect(world.towerScene.instantiate().getNode('Gun/Barrel').scale).toMatchObject({ x: 1, y: 1 });
    expect(world.stateNodes.instantiate().speed).toBe(1);
  });

  test('has its methods, and the paths of their nodes', () => {
    const world = declarations('world');
    expect(facts(world.unitMethods())).toMatchObject([
      { name: 'mark', mode: RpcMode.RPC_MODE_ANY_PEER, types: [2] },
      { name: 'poke', mode: RpcMode.RPC_MODE_ANY_PEER, types: [4] },
    ]);
    expect(facts(world.playerMethods())).toMatchObject([{ name: 'poke', callLocal: true }]);
    expect(facts(world.avatarMethods())).toMatchObject([{ name: 'say', mode: RpcMode.RPC_MODE_AUTHORITY }]);
    const { text } = imported.get('world')!;
    for (const path of ['World/Units/*', 'World/Squads/*/Members/*']) {
      expect(text).toContain(`multiplayer.nodes('${path}', unitMethods({ … }))`);
    }
  });
});

/** The checksums in all SIMPLIFY_PATH packets of recorded sessions, with the paths of their nodes. */
function recordedChecksums(folder: string): [path: string, md5: string][] {
  const base = new URL(`test/fixtures/${folder}/`, root);
  const lines = readdirSync(base).flatMap((name) => readFileSync(new URL(name, base), 'utf8').trim().split('\n'));
  return lines.flatMap((line): [string, string][] => {
    const hex = /"pkt_(?:in|out)".*"hex":\s*"([0-9a-f]+)"/.exec(line)?.[1] ?? '';
    const bytes = Buffer.from(hex, 'hex');
    if (bytes[0] !== 1 || bytes.length < 39) return [];
    return [[bytes.subarray(38, -1).toString(), bytes.subarray(1, 33).toString('latin1')]];
  });
}

test('a table has the checksum that the engine has sent', () => {
  const { gameMethods } = declarations('recorded');
  const table = tableOf(gameMethods());
  expect(table.scriptNames).toEqual('add anyv auth_only fwd many noargs ordered ping pong say unrel'.split(' '));
  const found = recordedChecksums('multiplayer-session');
  expect(found.length).toBeGreaterThan(3);
  for (const [, md5] of found) expect(md5).toBe(table.md5);
  expect(imported.get('recorded')!.text).toContain(`checksum ${table.md5}`);
  expect(facts(gameMethods())).toMatchObject([
    {},
    {},
    { name: 'auth_only', mode: RpcMode.RPC_MODE_AUTHORITY, callLocal: true },
    {},
    { name: 'many', channel: 3 },
    {},
    { name: 'ordered', transferMode: TransferMode.TRANSFER_MODE_UNRELIABLE_ORDERED, channel: 2 },
    {},
    {},
    { name: 'say', callLocal: true },
    { name: 'unrel', transferMode: TransferMode.TRANSFER_MODE_UNRELIABLE },
  ]);
});

test('nodes of recorded replication have the checksums of their scripts', async () => {
  const poke = '@rpc("any_peer", "call_local") func poke(v) -> void:\n\tprint(v)\n';
  const { text } = await importProject({ ...SETTINGS, 'main.tscn': GAME, 'game.gd': `extends Node2D\n${poke}` });
  const { md5 } = tableOf(evaluate(text).gameMethods());
  const none = tableOf({}).md5;
  const found = recordedChecksums('replication');
  const units = found.filter(([path]) => /\/(Units|Players)\/[^/]+$/.test(path));
  expect(units.length).toBeGreaterThan(0);
  for (const [path, sent] of units) expect([path, sent]).toEqual([path, md5]);
  for (const [path, sent] of found.filter((one) => !units.includes(one))) expect([path, sent]).toEqual([path, none]);
});
