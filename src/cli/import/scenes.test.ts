import { expect, test } from 'vitest';
import { evaluate, importProject } from '../../../test/support/imported-game.ts';

const PROJECT = 'config_version=5\n[application]\nrun/main_scene="uid://main"\n';
const HEAD = '[gd_scene format=3]\n';
const MAIN = `[gd_scene format=3 uid="uid://main"]
[node name="Main" type="Node"]
[node name="Things" type="Node" parent="."]
[node name="Spawner" type="MultiplayerSpawner" parent="."]
_spawnable_scenes = PackedStringArray("res://thing.tscn")
spawn_path = NodePath("../Things")
spawn_limit = 7
`;

/** The lines of a spawned scene's declaration, and what was reported. */
async function thing(scene: string, files: Readonly<Record<string, string>> = {}) {
  const made = await importProject({ 'project.godot': PROJECT, 'main.tscn': MAIN, 'thing.tscn': scene, ...files });
  const [, body = ''] =
    /export const thingScene = scene\('res:\/\/thing\.tscn', \{\n?(.*?)\}\);\nexport/s.exec(made.text) ?? [];
  return { ...made, body: body.split('\n').map((line) => line.trim()) };
}

function config(...properties: readonly string[]): string {
  const rows = properties.map(
    (path, at) =>
      `properties/${at}/path = NodePath("${path}")\nproperties/${at}/spawn = true\nproperties/${at}/replication_mode = 2\n`,
  );
  return `[sub_resource type="SceneReplicationConfig" id="c"]\n${rows.join('')}`;
}

const SYNC = '[node name="Sync" type="MultiplayerSynchronizer" parent="."]\nreplication_config = SubResource("c")\n';

test('a spawner has its limit, and the main scene is found by its uid', async () => {
  const { text, report } = await thing(`${HEAD}[node name="Thing" type="Node"]\n`);
  const { spawner } = { spawner: evaluate(text).mainSpawner };
  expect(spawner).toMatchObject({ path: 'Main/Spawner', spawnPath: '../Things', spawnLimit: 7 });
  expect(report).toBe('');
});

test('an inherited scene has the nodes of its base, with what it sets, in the order of the tree', async () => {
  const base = `${HEAD}${config('.:position', 'Body:frame')}[node name="Base" type="Node2D"]
[node name="Body" type="Sprite2D" parent="."]
frame = 3
${SYNC}[node name="Last" type="Node" parent="."]
`;
  const scene = `${HEAD}[ext_resource type="PackedScene" path="res://base.tscn" id="1"]
${config('.:z_index')}[node name="Thing" instance=ExtResource("1")]
position = Vector2(4, 5)
[node name="Body" parent="." index="0"]
frame = 9
[node name="First" type="MultiplayerSynchronizer" parent="." index="0"]
replication_config = SubResource("c")
public_visibility = false
delta_interval = 0.25
`;
  const { body, report } = await thing(scene, { 'base.tscn': base });
  expect(report).not.toContain('error');
  expect(body.slice(0, -1)).toEqual([
    'First: synchronizer({',
    'z_index: onChange(int),',
    '}, { deltaInterval: 0.25, publicVisibility: false }),',
    'Sync: synchronizer({',
    'position: onChange(vector2, new Vector2(4, 5)),',
    "'Body:frame': onChange(int, 9),",
    '}),',
  ]);
});

test('a configuration in a resource file, and unique names', async () => {
  const config4 = config('%Gun:rotation').replace(/\[.*\]/, '[gd_resource format=3]\n[resource]');
  const scene = `${HEAD}[ext_resource type="SceneReplicationConfig" path="res://sync.tres" id="1"]
[node name="Thing" type="Node3D"]
[node name="Deep" type="Node3D" parent="."]
[node name="Gun" type="Node3D" parent="Deep"]
unique_name_in_owner = true
[node name="Net" type="Node" parent="."]
[node name="Sync" type="MultiplayerSynchronizer" parent="Net"]
root_path = NodePath("../..")
replication_config = ExtResource("1")
`;
  const { body, text } = await thing(scene, { 'sync.tres': config4 });
  expect(body.slice(0, -1)).toEqual([
    "'Net/Sync': synchronizer({",
    "'Deep/Gun:rotation': onChange(vector3),",
    "}, { rootPath: '../..' }),",
  ]);
  expect(evaluate(text).thingScene.instantiate().getNode('Deep/Gun').rotation).toMatchObject({ x: 0, y: 0, z: 0 });
});

test('modes: those of Godot 4.0, those that are left out, and properties that are never sent', async () => {
  const scene = `${HEAD}[sub_resource type="SceneReplicationConfig" id="c"]
properties/0/path = NodePath(".:visible")
properties/0/spawn = false
properties/0/sync = true
properties/0/watch = false
properties/1/path = NodePath(".:z_index")
properties/1/sync = false
properties/1/watch = true
properties/2/path = NodePath(".:skew")
properties/3/path = NodePath(".:rotation")
properties/3/spawn = false
properties/3/replication_mode = 0
properties/5/path = NodePath(".:scale")
[node name="Thing" type="Node2D"]
${SYNC}`;
  const { body } = await thing(scene);
  expect(body.slice(0, -1)).toEqual([
    'Sync: synchronizer({',
    'visible: always(bool, true, { spawn: false }),',
    'z_index: onChange(int),',
    'skew: always(float),',
    '// rotation: neither spawned nor synchronized',
    '}),',
  ]);
});

test('types and first values of a script’s variables', async () => {
  const script = `extends Node2D
class_name Thing
enum Mood { CALM, ANGRY = 5, LOUD }
const SPEED := 4.5
var a := SPEED
var b: Mood = Mood.LOUD
var c := Color(1, 0.5, 0)
@export var d: int = -3: set = set_d
@export_range(0, 10) var e := 2 * 3.0
var f = 7
var g: Array[int] = [1]
var h := Vector2i.ONE:
	get:
		return h
var i: String = "it's"
@onready var j: int = 4
var k := Rect2(1, 2, 3, 4)
var l: Node
`;
  const scene = `${HEAD}[ext_resource path="res://thing.gd" id="1"]
${config(...Array.from('abcdefghijkl', (name) => `.:${name}`), '.:nothing', 'Gone:x')}[node name="Thing" type="Node2D"]
script = ExtResource("1")
i = "placed"
${SYNC}`;
  const { body, report, text } = await thing(scene, { 'thing.gd': script });
  expect(body.slice(1, -2)).toEqual([
    'a: onChange(float, 4.5),',
    'b: onChange(int, 6),',
    'c: onChange(color, new Color(1, 0.5, 0, 1)),',
    'd: onChange(int, -3),',
    'e: onChange(float),',
    'f: onChange(variant, 7),',
    'g: onChange(typedArray(int)),',
    'h: onChange(vector2i, new Vector2i(1, 1)),',
    "i: onChange(string, 'placed'),",
    'j: onChange(int, 4),',
    'k: onChange(rect2, new Rect2(new Vector2(1, 2), new Vector2(3, 4))),',
    'l: onChange(variant),',
    'nothing: onChange(variant),',
    'unknown1: onChange(variant),',
  ]);
  const lines = report.trim().split('\n');
  const about = (name: string): string => lines.filter((line) => line.includes(`${name} `)).join('\n');
  expect(about('property f')).toMatch(
    /^note {2}thing\.tscn:19: the property f has no type: variant accepts everything$/,
  );
  for (const name of ['first value of e', 'first value of g', 'first value of j'])
    expect(about(name)).toContain('cannot be told');
  expect(about('property nothing')).toContain('is not known in Node2D');
  expect(report).toContain('the node of the property Gone:x is not in the scene');
  evaluate(text);
});

test('a property with the name of a member of nodes, and one that two synchronizers have', async () => {
  const scene = `${HEAD}${config('.:name', '.:position')}[node name="Thing" type="Node2D"]
${SYNC}${SYNC.replace('"Sync"', '"Other"')}`;
  const { body, report, text } = await thing(scene);
  expect(body).toContain('name_: onChange(stringName),');
  expect(body).toContain('position_: onChange(vector2),');
  expect(report).toContain('the property name is named name_');
  evaluate(text);
});

test.each([
  ['extends Node\nfunc _enter_tree():\n\tset_multiplayer_authority(int(str(name)))\n', true],
  ['extends Node\nfunc _enter_tree() -> void: $Sync.set_multiplayer_authority(name.to_int(), false)\n', true],
  ['extends Node\nfunc _enter_tree():\n\tif true:\n\t\tset_multiplayer_authority(name.to_int())\n', false],
  ['extends Node\nfunc _ready():\n\tset_multiplayer_authority(name.to_int())\n', false],
  ['extends Node\nfunc _enter_tree():\n\tset_multiplayer_authority(name.to_int(), false)\n', false],
  ['extends Node\nfunc _enter_tree():\n\tget_node("Other").set_multiplayer_authority(str(name).to_int())\n', false],
])('an authority by the node’s name: %s', async (script, isFound) => {
  const scene = `${HEAD}[ext_resource path="res://thing.gd" id="1"]
${config()}[node name="Thing" type="Node"]
script = ExtResource("1")
[node name="Other" type="Node" parent="."]
${SYNC}`;
  const { text } = await thing(scene, { 'thing.gd': script });
  expect(text.includes('authority: ({ name }) => Number(name)')).toBe(isFound);
});
