import { ErrorCode } from 'tickpeer';
import { Vector2 } from 'tickpeer/variant';
import { beforeAll, expect, test } from 'vitest';
import { readProject } from '../../examples/godot-page/project-files.ts';
import { nativeProperty } from '../../src/cli/import/script/native-properties.ts';
import { NODE_CLASSES } from '../../src/cli/import/script/node-classes.ts';
import { evaluate, importProject } from '../support/imported-game.ts';
import { gather } from './engine/gather.ts';
import { project } from './engine/project.ts';
import { useWorld } from './engine/use-world.ts';
import { Side, told } from './ours/side.ts';
import { expectNext, expectSoon } from './ours/until.ts';

/** Methods of every kind of declaration, over three scripts. */
const CALLS = {
  'base_calls.gd': `extends Node
class_name BaseCalls
@rpc("any_peer") func Zeta(x: int) -> void: get_node("/root/Main").tell_call("Zeta", [x])
@rpc("any_peer", "call_local") func alpha() -> void: pass
`,
  'middle_calls.gd': `extends "base_calls.gd"
func alpha() -> void: pass
@rpc("authority", "unreliable", "call_remote", 2)
func _hidden(
	at: Vector2, # where
	tags: Array[String] = ["a"],
) -> void:
	pass
`,
  'calls.gd': `extends "res://middle_calls.gd"
@rpc("any_peer") static func fixed() -> void: pass
@rpc("any_peer") func überall(text := "x") -> void: get_node("/root/Main").tell_call("überall", [text])
func shout(id: int, text: String) -> void: überall.rpc_id(id, text)
`,
  'calls.tscn': `[gd_scene format=3]
[ext_resource type="Script" path="res://calls.gd" id="1"]
[node name="World" type="Node"]
script = ExtResource("1")
`,
};
const GAME = { ...readProject(new URL('game/', import.meta.url)), ...CALLS };
const engines = useWorld(1, CALLS);
// biome-ignore lint/suspicious/noExplicitAny: the exports of declarations that this test has made
let game: any;

beforeAll(async () => {
  const { text, report } = await importProject(project('', GAME));
  expect(report).not.toMatch(/^error/m);
  game = evaluate(text);
});

test('calls arrive each way, with names of base scripts, and the checksums are equal', async () => {
  const [{ run, lines }] = engines as [(typeof engines)[0]];
  const server = Side.server();
  const calls = server.multiplayer.node('World', game.callsMethods({ überall: server.teller('überall') })) as Record<
    string,
    { rpc(...values: unknown[]): ErrorCode }
  >;
  await run('enter("res://calls.tscn")');
  const [id] = await gather(server, engines);
  expect(await run('_world.get_script().get_rpc_config()')).toEqual(
    Object.fromEntries(
      Object.entries(game.callsMethods() as Record<string, { mode: number }>).map(([name, { mode }]) => [
        name,
        expect.objectContaining({ rpc_mode: mode }),
      ]),
    ),
  );
  expect(calls['Zeta']?.rpc(41)).toBe(ErrorCode.OK);
  await expectNext(lines, [told('Zeta', 1, 41)]);
  await run('_world.shout(1, "ü")');
  await expectNext(server.told, [told('überall', id, 'ü')]);
  expect(calls['überall']?.rpc('back')).toBe(ErrorCode.OK);
  await expectNext(lines, [told('überall', 1, 'back')]);
});

test('scenes of a spawner appear, and their synchronizers work both ways', async () => {
  const [{ run, lines }] = engines as [(typeof engines)[0]];
  const server = Side.server();
  const { multiplayer } = server;
  const units = multiplayer.spawner(game.worldSpawner.path, game.worldSpawner);
  const players = multiplayer.spawner(game.playerSpawner.path, game.playerSpawner);
  const squads = multiplayer.spawner(game.squadSpawner.path, game.squadSpawner);
  const others = multiplayer.spawner(game.otherSpawner.path, game.otherSpawner);
  const state = game.stateNodes.instantiate({ name: 'State' });
  multiplayer.addChild('World', state);
  await run('enter()');
  const [id] = await gather(server, engines);

  const unit = game.unitScene.instantiate({ name: 'u1', position: new Vector2(5, 6), hp: 9, title: 'T' });
  expect(units.addChild(unit)).toBe(ErrorCode.OK);
  await expectNext(lines, [told('spawned', 'Spawner', 'u1')]);
  expect(await run('value("Units/u1", "first")')).toEqual([5, 6, 9, 'T']);
  unit.hp = 2;
  await expectSoon(() => run('value("Units/u1", "hp")'), 2);

  expect(units.addChild(game.markerScene.instantiate({ name: 'm' }))).toBe(ErrorCode.OK);
  const squad = game.squadScene.instantiate({ name: 's', title: 'S' });
  expect(squads.addChild(squad)).toBe(ErrorCode.OK);
  await expectNext(lines, [told('spawned', 'Spawner', 'm'), told('spawned', 'SquadSpawner', 's')]);
  squad.getNode('MemberSpawner').addChild(game.unitScene.instantiate({ name: 'inner', hp: 4 }));
  await expectNext(lines, [told('spawned', 'MemberSpawner', 'inner')]);

  // The client writes what is its own, by the authority that the script sets and the declaration has.
  const player = game.playerScene.instantiate({ name: String(id), player_name: 'Ada' });
  expect(players.addChild(player)).toBe(ErrorCode.OK);
  await expectNext(lines, [told('spawned', 'PlayerSpawner', String(id))]);
  expect(player.getNode('AimSync').getMultiplayerAuthority()).toBe(id);
  await run(`at("Players/${id}").set("aim", Vector2(0, 1))`);
  await expectSoon(async () => player.aim.y, 1);

  const tower = game.towerScene.instantiate({ name: 't' });
  expect(others.addChild(tower)).toBe(ErrorCode.OK);
  await expectNext(lines, [told('spawned', 'OtherSpawner', 't')]);
  tower.getNode('Gun/Barrel').scale = new Vector2(3, 4);
  await expectSoon(() => run('value("Others/t/Gun/Barrel", "scale")'), [3, 4]);
  state.label = 'here';
  await expectSoon(() => run('value("State", "label")'), 'here');
});

test('the table of node classes is that of the engine', async () => {
  const [{ run }] = engines as [(typeof engines)[0]];
  for (const line of NODE_CLASSES.trim().split('\n')) {
    const [name = '', base, ...properties] = line.split(' ');
    expect([name, await run(`ClassDB.get_parent_class("${name}")`)]).toEqual([name, base === '-' ? 'Object' : base]);
    const list = (await run(`ClassDB.class_get_property_list("${name}", true)`)) as { name: string; type: number }[];
    const types = new Map(list.map((property) => [property.name, property.type]));
    for (const property of properties) {
      const [own = ''] = property.split(':');
      const { type } = nativeProperty(name, own)!;
      const number = types.get(own);
      expect([name, own, await typeName(number ?? 0)]).toEqual([name, own, type]);
    }
  }

  const known = new Map<number, unknown>();
  async function typeName(type: number): Promise<unknown> {
    if (!known.has(type)) known.set(type, await run(`type_string(${type})`));
    return known.get(type);
  }
});
