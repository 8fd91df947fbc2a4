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

const EXAMPLES = ['godot-server', 'snowball-fight'];

function exampleFiles(name: string): Record<string, string> {
  return readProject(new URL(`../../examples/${name}/game/`, import.meta.url));
}

/** The example's files in a folder of its own, in a project with others. */
function moved(name: string): Record<string, string> {
  const files = Object.entries(exampleFiles(name)).filter(([file]) => file !== 'project.godot');
  const text = (source: string): string => source.replaceAll('res://', `res://${name}/`);
  return Object.fromEntries(files.map(([file, source]) => [`${name}/${file}`, text(source)]));
}

function sceneWith(script: string): string {
  return `[gd_scene format=3]
[ext_resource type="Script" path="res://${script}.gd" id="1"]
[node name="World" type="Node"]
script = ExtResource("1")
`;
}

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
  'asker.gd': `extends Node
func rpcs(path: String) -> Dictionary: return load(path).get_rpc_config()
func describe() -> Array:
	var out := []
	for name: String in Array(ClassDB.get_inheriters_from_class("Node")) + ["Node"]:
		var types := {}
		for property: Dictionary in ClassDB.class_get_property_list(name, true):
			types[property.name] = type_string(property.type)
		out.append([name, ClassDB.get_parent_class(name), types])
	return out
`,
  'asker.tscn': sceneWith('asker'),
  'calls.tscn': sceneWith('calls'),
};
const GAME = { ...readProject(new URL('game/', import.meta.url)), ...CALLS };
const engines = useWorld(1, { ...CALLS, ...moved('godot-server'), ...moved('snowball-fight') });
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

test.each(EXAMPLES)('the methods of %s are those that the engine finds', async (name) => {
  const [{ run }] = engines as [(typeof engines)[0]];
  const { mainMethods } = evaluate((await importProject(exampleFiles(name))).text);
  await run('enter("res://asker.tscn")');
  const found = await run(`_world.rpcs("res://${name}/main.gd")`);
  const modes = Object.entries(mainMethods() as Record<string, { mode: number }>).map(([method, { mode }]) => [
    method,
    expect.objectContaining({ rpc_mode: mode }),
  ]);
  expect(modes.length).toBeGreaterThan(0);
  expect(found).toEqual(Object.fromEntries(modes));
});

test('the table of node classes is that of the engine', async () => {
  const [{ run }] = engines as [(typeof engines)[0]];
  await run('enter("res://asker.tscn")');
  const classes = (await run('_world.describe()')) as [string, string, Record<string, string>][];
  const found = new Map(classes.map(([name, base, properties]) => [name, { base, properties }]));
  const lines = NODE_CLASSES.trim().split('\n');
  expect(lines).toHaveLength(found.size);
  for (const line of lines) {
    const [name = '', base, ...properties] = line.split(' ');
    expect([name, found.get(name)?.base]).toEqual([name, base === '-' ? 'Object' : base]);
    for (const property of properties) {
      const [own = ''] = property.split(':');
      expect([name, own, found.get(name)?.properties[own]]).toEqual([name, own, nativeProperty(name, own)?.type]);
    }
  }
});
