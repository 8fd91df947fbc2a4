import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runCommand } from '../../../test/support/fake-terminal.ts';
import { projectFolder } from '../../../test/support/imported-game.ts';
import { PacketDecoder } from '../../multiplayer/index.ts';

const PROJECT = 'config_version=5\n[application]\nrun/main_scene="res://main.tscn"\n';
const MAIN = `[gd_scene format=3]
[ext_resource type="Script" path="res://main.gd" id="1"]
[node name="Main" type="Node"]
script = ExtResource("1")
[node name="Players" type="Node" parent="."]
[node name="Spawner" type="MultiplayerSpawner" parent="."]
spawn_path = NodePath("../Players")
_spawnable_scenes = PackedStringArray("res://player.tscn", "res://ghost.tscn")
`;
const PLAYER = `[gd_scene format=3]
[ext_resource type="Script" path="res://player.gd" id="1"]
[sub_resource type="SceneReplicationConfig" id="body"]
properties/0/path = NodePath(".:position")
properties/0/spawn = true
properties/0/replication_mode = 1
properties/1/path = NodePath("Hat:visible")
properties/1/spawn = false
properties/1/replication_mode = 2
properties/2/path = NodePath(".:name_tag")
properties/2/spawn = true
properties/2/replication_mode = 0
properties/3/path = NodePath(".:unused")
properties/3/spawn = false
properties/3/replication_mode = 0
[sub_resource type="SceneReplicationConfig" id="inputs"]
properties/0/path = NodePath(".:aim")
properties/0/spawn = true
properties/0/replication_mode = 1
[node name="Player" type="Node2D"]
script = ExtResource("1")
[node name="Hat" type="Node2D" parent="."]
[node name="Sync" type="MultiplayerSynchronizer" parent="."]
replication_config = SubResource("body")
[node name="Inputs" type="Node" parent="."]
[node name="Sync" type="MultiplayerSynchronizer" parent="Inputs"]
replication_config = SubResource("inputs")
`;
const GHOST = `[gd_scene format=3]
[ext_resource type="Script" path="res://ghost.gd" id="1"]
[node name="Ghost" type="Node2D"]
script = ExtResource("1")
`;
const FILES = {
  'project.godot': PROJECT,
  'main.tscn': MAIN,
  'main.gd': 'extends Node\n@rpc("any_peer") func steer(to: Vector2): pass\n@rpc func greet(): pass\n',
  'player.tscn': PLAYER,
  'player.gd': `extends Node2D
var name_tag: String
var unused: int
@rpc("any_peer") func hit(): pass
func _enter_tree() -> void:
	$Inputs.set_multiplayer_authority(name.to_int())
`,
  'ghost.tscn': GHOST,
  'ghost.gd': 'extends Node2D\n@rpc("any_peer") func haunt(): pass\n',
};

async function namesOf(files: Readonly<Record<string, string>>) {
  const { folder, remove } = projectFolder(files);
  onTestFinished(remove);
  const file = join(folder, 'names.json');
  const run = runCommand(['import', folder, '--names', file, '--quiet']);
  expect(await run.exitCode, run.stderr()).toBe(0);
  expect(run.stdout()).toBe('');
  return { file, names: JSON.parse(readFileSync(file, 'utf8')) };
}

const BODY = {
  properties: {
    position: { mode: 'always' },
    'Hat:visible': { mode: 'onChange', spawn: false },
    name_tag: { mode: 'spawnOnly' },
  },
};
const INPUTS = {
  properties: { aim: { mode: 'always' } },
  authority: 'the peer that the scene is named after',
};

describe('tickpeer import --names', () => {
  test('has the methods of all nodes, the spawners and the synchronizers', async () => {
    const { names } = await namesOf(FILES);
    expect(names).toEqual({
      nodes: {
        Main: ['greet', 'steer'],
        // Nodes in Players have one of two scripts, which the checksum tells.
        'ghost.gd': ['haunt'],
        'player.gd': ['hit'],
      },
      spawners: {
        'Main/Spawner': {
          spawnPath: '../Players',
          scenes: [{ Sync: BODY, 'Inputs/Sync': INPUTS }, {}],
        },
      },
      synchronizers: { 'Main/Players/*/Sync': BODY, 'Main/Players/*/Inputs/Sync': INPUTS },
    });
    expect(() => new PacketDecoder(names)).not.toThrow();
  });

  test('of nodes with one script each, by the pattern of their paths', async () => {
    const { names } = await namesOf({ ...FILES, 'main.tscn': MAIN.replace(', "res://ghost.tscn"', '') });
    expect(names.nodes).toMatchObject({ 'Main/Players/*': ['hit'], Ghost: ['haunt'] });
  });

  test('leaves out a synchronizer that differs between the scenes of a path', async () => {
    const other = PLAYER.replace('res://player.gd', 'res://ghost.gd').replace('".:aim"', '".:rotation"');
    const { names } = await namesOf({ ...FILES, 'ghost.tscn': other });
    expect(Object.keys(names.synchronizers)).toEqual(['Main/Players/*/Sync']);
  });

  test('is what decode and connect read', async () => {
    const { file } = await namesOf(FILES);
    const decode = runCommand(['decode', join(file, '../none.pcap'), '--rpc', file]);
    expect(await decode.exitCode).toBe(5);
    expect(decode.stderr()).toMatch(/none\.pcap cannot be read/);
    const connect = runCommand(['connect', 'ws://127.0.0.1:1/', '--godot', '--rpc', file]);
    expect(await connect.exitCode).toBe(3);
  });

  test('with --out, both are written; with --check it is refused; a file that cannot be written is one line', async () => {
    const { folder, remove } = projectFolder(FILES);
    onTestFinished(remove);
    const [out, names] = [join(folder, 'game.ts'), join(folder, 'names.json')];
    expect(await runCommand(['import', folder, '--out', out, '--names', names, '-q']).exitCode).toBe(0);
    expect(readFileSync(out, 'utf8')).toContain('steer: [vector2]');
    expect(JSON.parse(readFileSync(names, 'utf8')).nodes.Main).toEqual(['greet', 'steer']);
    const check = runCommand(['import', folder, '--check', out, '--names', names]);
    expect([await check.exitCode, check.stderr()]).toEqual([2, expect.stringMatching(/Use --check alone/)]);
    const none = runCommand(['import', folder, '--names', join(folder, 'no', 'names.json'), '-q']);
    expect([await none.exitCode, none.stderr()]).toEqual([5, expect.stringMatching(/another file with --names/)]);
  });
});
