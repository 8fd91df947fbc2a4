import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { runCommand } from '../../../test/support/fake-terminal.ts';
import { evaluate, importProject, projectFolder } from '../../../test/support/imported-game.ts';

const SCENE = `[gd_scene load_steps=2 format=3]

[ext_resource type="Script" path="res://main.gd" id="1"]

[node name="Main" type="Node"]
script = ExtResource("1")
`;
const FILES = {
  'project.godot': 'config_version=5\n[application]\nrun/main_scene="res://main.tscn"\n',
  'main.tscn': SCENE,
  'main.gd': 'extends Node\n@rpc("any_peer") func steer(direction: Vector2) -> void:\n\tpass\n',
};

const folders: (() => void)[] = [];
afterEach(() => {
  for (const remove of folders.splice(0)) remove();
});

function folderOf(files: Readonly<Record<string, string>>): string {
  const { folder, remove } = projectFolder(files);
  folders.push(remove);
  return folder;
}

/** The names, the kinds and the options of a table that a script's text makes. */
async function methodsOf(source: string, files: Readonly<Record<string, string>> = {}) {
  const { text, report } = await importProject({ ...FILES, ...files, 'main.gd': source });
  const { mainMethods } = evaluate(text);
  return { methods: mainMethods === undefined ? {} : mainMethods(), report, text };
}

describe('tickpeer import', () => {
  test('--out writes the declarations, and --check finds no difference', async () => {
    const folder = folderOf(FILES);
    const out = join(folder, 'game.ts');
    const run = runCommand(['import', folder, '--out', out]);
    expect([await run.exitCode, run.stdout()]).toEqual([0, '']);
    expect(readFileSync(out, 'utf8')).toContain('steer: [vector2], // steer(direction: Vector2)');
    const check = runCommand(['import', folder, '--check', out]);
    expect([await check.exitCode, check.stdout()]).toEqual([0, '']);
    writeFileSync(out, readFileSync(out, 'utf8').replaceAll('\n', '\r\n'));
    expect(await runCommand(['import', folder, '--check', out]).exitCode).toBe(0);
  });

  test('--check ends with 1 and shows the lines that differ when the game has moved on', async () => {
    const folder = folderOf(FILES);
    const out = join(folder, 'game.ts');
    await runCommand(['import', folder, '--out', out]).exitCode;
    writeFileSync(join(folder, 'main.gd'), FILES['main.gd'].replace('Vector2', 'Vector3'));
    const before = readFileSync(out, 'utf8');
    const check = runCommand(['import', folder, '--check', out]);
    expect(await check.exitCode).toBe(1);
    expect(check.stdout()).toContain('-   steer: [vector2], // steer(direction: Vector2)');
    expect(check.stdout()).toContain('+   steer: [vector3], // steer(direction: Vector3)');
    expect(check.stdout()).not.toContain('mainMethods');
    expect(readFileSync(out, 'utf8')).toBe(before);
  });

  test('has nothing of the machine in its output, and is the same each time', async () => {
    const [one, other] = [folderOf(FILES), folderOf(FILES)];
    const texts = await Promise.all(
      [one, other].map(async (folder) => {
        const run = runCommand(['import', folder]);
        await run.exitCode;
        return run.stdout();
      }),
    );
    expect(texts[0]).toBe(texts[1]);
    expect(texts[0]).not.toContain(one);
    expect(texts[0]).not.toContain(String(new Date().getFullYear()));
  });

  test.each([
    ['a directory without project.godot', ['import', '/'], 5, 'has no project.godot'],
    ['no directory', ['import'], 2, 'Something is missing'],
    ['--out and --check', ['import', '.', '--out', 'a', '--check', 'b'], 2, '--check compares one'],
  ])('%s', async (_, words, code, message) => {
    const run = runCommand(words);
    expect(await run.exitCode).toBe(code);
    expect(run.stderr()).toContain(message);
    expect(run.stderr().trim().split('\n')).toHaveLength(2);
  });

  test('a file to compare with that is not there, and one that cannot be written', async () => {
    const folder = folderOf(FILES);
    const check = runCommand(['import', folder, '--check', join(folder, 'none.ts')]);
    expect(await check.exitCode).toBe(5);
    const out = runCommand(['import', folder, '--out', join(folder, 'no', 'none.ts')]);
    expect(await out.exitCode).toBe(5);
    expect(out.stderr()).toContain('cannot be written');
  });

  test('a project without anything remote is an empty module', async () => {
    const { text, exitCode } = await importProject({ 'project.godot': 'config_version=5\n' });
    expect(exitCode).toBe(0);
    expect(text).toMatch(/^export \{\};$/m);
  });
});

describe('methods', () => {
  test('of all base scripts, in the order of the engine, with the annotation that was written last', async () => {
    const { methods } = await methodsOf(
      'extends "res://base.gd"\nfunc a(x: int): pass\n@rpc("any_peer") func Zed(): pass\n',
      {
        'base.gd':
          'class_name Base extends Root\n@rpc("any_peer", "call_local") func a(x: int): pass\n@rpc\nfunc b(): pass\n',
        'root.gd': 'extends Node\nclass_name Root\n@rpc("any_peer") func b(): pass\n@rpc static func _x(): pass\n',
      },
    );
    expect(Object.keys(methods)).toEqual(['Zed', '_x', 'a', 'b']);
    expect(methods).toMatchObject({ a: { mode: 1, callLocal: true }, b: { mode: 2 }, _x: { mode: 2 } });
  });

  test('an annotation over lines, with a comment and a constant as channel', async () => {
    const source = `extends Node
const CHANNEL := 2
@rpc(
	"any_peer", # who
	"call_local",
	"unreliable",
	CHANNEL
)
# not this
@warning_ignore("unused_parameter")
func move(
	to: Vector3,
	fast := false,
	tags: Array[StringName] = [],
	state: State = State.IDLE,
) -> void:
	var text := """
@rpc func not_this(): pass
"""
	print(text)
enum State { IDLE, RUN }
`;
    const { methods, report, text } = await methodsOf(source);
    expect(report).toBe('');
    expect(Object.keys(methods)).toEqual(['move']);
    expect(methods.move).toMatchObject({ mode: 1, callLocal: true, transferMode: 0, channel: 2 });
    expect(text).toContain('move: [vector3, optional(bool), optional(typedArray(stringName)), optional(int)],');
  });

  test('what has no type, or one that is not sent, accepts everything and is reported with its line', async () => {
    const source = 'extends Node\n@rpc func a(\n\tx,\n\ty: Variant,\n\tnode: Node,\n\t...more: Array): pass\n';
    const { text, report } = await methodsOf(source);
    expect(text).toContain('a: [variant, variant, variant, rest(variant)],');
    expect(report.trim().split('\n')).toEqual([
      'note  main.gd:3: the parameter "x" of a() has no type: variant accepts everything',
      'note  main.gd:4: the parameter "y" of a() is a Variant: variant accepts everything',
      'note  main.gd:5: the parameter "node" of a() has the type Node, which is not sent as a value: variant accepts everything',
    ]);
  });

  test('in a scene’s own script, with the lines of the scene', async () => {
    const scene = `[gd_scene format=3]
[sub_resource type="GDScript" id="s"]
script/source = "extends Node
@rpc(\\"any_peer\\")
func hit(points): pass
"
[node name="Main" type="Node"]
script = SubResource("s")
`;
    const { text, report } = await importProject({ ...FILES, 'main.tscn': scene });
    expect(text).toContain('export function mainSMethods(');
    expect(text).toContain("// multiplayer.node('Main', mainSMethods({ … }))");
    expect(report).toContain('main.tscn:5: the parameter "points" of hit() has no type');
  });

  test('of autoloads, and of scenes that are in others', async () => {
    const { text } = await importProject({
      ...FILES,
      'project.godot': `${FILES['project.godot']}[autoload]\nNet="*res://net.gd"\nHud="*uid://hud"\n`,
      'net.gd': 'extends Node\n@rpc func a(): pass\n',
      'hud.tscn':
        '[gd_scene format=3 uid="uid://hud"]\n[ext_resource path="res://net.gd" id="1"]\n[node name="X" type="Node"]\nscript = ExtResource("1")\n',
      'main.tscn': `${SCENE}[node name="Inner" parent="." instance=ExtResource("2")]\n`.replace(
        'id="1"]\n',
        'id="1"]\n[ext_resource type="PackedScene" uid="uid://hud" path="res://gone.tscn" id="2"]\n',
      ),
    });
    for (const path of ['Net', 'Hud', 'Main/Inner']) expect(text).toContain(`multiplayer.node('${path}', netMethods(`);
  });

  test('code that changes them is reported', async () => {
    const source = `extends Node
func _ready() -> void:
	rpc_config("ping", {"rpc_mode": 1})
	$Spawner.add_spawnable_scene("res://a.tscn")
	var sync := MultiplayerSynchronizer.new() # rpc_config("in a comment")
	print("rpc_config(in a string)", r"\\\\", '''rpc_config(''')
class Inner:
	@rpc func x(): pass
`;
    const { report } = await methodsOf(source);
    expect([...report.matchAll(/main\.gd:(\d+)/g)].map(([, line]) => line)).toEqual(['3', '4', '5', '8']);
  });
});

describe('hostile projects', () => {
  test('nothing of a file becomes code', async () => {
    const evil = `'); globalThis.evil = 1; ('*/ globalThis.evil = 1; //\u2028globalThis.evil = 1;\${globalThis.evil = 1}\`\\`;
    const quotedEvil = JSON.stringify(evil);
    const { text } = await importProject({
      ...FILES,
      'main.gd':
        'extends Node\n@rpc func __proto__(a): pass\n@rpc func constructor(): pass\n@rpc func überraschung(): pass\n',
      'main.tscn': `${SCENE.replace('"Main"', quotedEvil)}
[sub_resource type="SceneReplicationConfig" id="c"]
properties/0/path = NodePath(${JSON.stringify(`.:${evil}`)})
properties/0/replication_mode = 2
properties/1/path = NodePath(".:__proto__")
properties/2/path = NodePath(".:name")
[node name="Sync" type="MultiplayerSynchronizer" parent="."]
replication_config = SubResource("c")
[node name="Spawner" type="MultiplayerSpawner" parent="."]
spawn_path = NodePath(${quotedEvil})
_spawnable_scenes = PackedStringArray(${quotedEvil}, "res://*/x.tscn")
`,
    });
    const made = evaluate(text);
    expect('evil' in globalThis).toBe(false);
    expect(Object.keys(made.mainMethods())).toEqual(['__proto__', 'constructor', 'überraschung']);
    expect(Object.getPrototypeOf(made.mainMethods())).toBe(Object.prototype);
    expect(Object.keys(made)).toContain('mainSpawner');
  });

  test('a scene that is broken is an error with its line, and the rest is written', async () => {
    const files = { ...FILES, 'broken.tscn': '[gd_scene format=3]\n\n[node name="A"\n\n[node name="B"]\n' };
    const { text, report, exitCode } = await importProject(files);
    expect(exitCode).toBe(1);
    expect(report).toMatch(/^error broken\.tscn:5: /m);
    expect(text).toContain('mainMethods');
  });

  test.each([
    [
      'scripts',
      { 'a.gd': 'extends "b.gd"\n@rpc func x(): pass\n', 'b.gd': '\nextends "a.gd"\n' },
      /^error [ab]\.gd:\d: the script extends itself/m,
    ],
    [
      'scenes',
      {
        'a.tscn':
          '[gd_scene format=3]\n[ext_resource path="res://b.tscn" id="1"]\n[node name="A" instance=ExtResource("1")]\n',
        'b.tscn':
          '[gd_scene format=3]\n[ext_resource path="res://a.tscn" id="1"]\n[node name="B" instance=ExtResource("1")]\n',
      },
      /^error b\.tscn:3: the scene contains itself: res:\/\/a\.tscn > res:\/\/b\.tscn > res:\/\/a\.tscn/m,
    ],
    [
      'spawn lists',
      {
        'a.tscn':
          '[gd_scene format=3]\n[node name="A" type="Node"]\n[node name="S" type="MultiplayerSpawner" parent="."]\n_spawnable_scenes = PackedStringArray("res://a.tscn")\nspawn_path = NodePath("..")\n',
      },
      /^error a\.tscn:4: res:\/\/a\.tscn spawns itself/m,
    ],
  ])('%s that refer to themselves', async (_, files, pattern) => {
    const { text, report, exitCode } = await importProject({ ...FILES, ...files });
    expect(exitCode).toBe(1);
    expect(report).toMatch(pattern);
    evaluate(text);
  });

  test('scenes that contain others many times over are cut', async () => {
    const files: Record<string, string> = { 's0.tscn': '[gd_scene format=3]\n[node name="A" type="Node"]\n' };
    for (let at = 1; at <= 20; at++) {
      const child = (name: string): string => `[node name="${name}" parent="." instance=ExtResource("1")]\n`;
      const inner = Array.from('abcdefgh', child).join('');
      files[`s${at}.tscn`] =
        `[gd_scene format=3]\n[ext_resource path="res://s${at - 1}.tscn" id="1"]\n[node name="A" type="Node"]\n${inner}`;
    }
    const { report, exitCode } = await importProject({ ...FILES, ...files });
    expect(exitCode).toBe(1);
    expect(report).toMatch(/more than 50000 nodes: the rest/);
    expect(report).toMatch(/all scenes before it have more than 200000 nodes/);
  });

  test('values nested too deep, and a name with control characters', async () => {
    const { report } = await importProject({
      ...FILES,
      'deep.tscn': `[gd_scene format=3]\n[node name="A" type="Node"]\nx = ${'['.repeat(5000)}`,
      'esc.gd': 'extends "\u001b[31mred"\n',
    });
    expect(report).toContain('error deep.tscn:3: values are nested deeper than 100 levels');
    expect(report).not.toContain('\u001b');
    expect(report).toContain('\\u001b[31mred');
  });

  test('files with a byte order mark, CRLF and spaces as indentation', async () => {
    const crlf = (text: string): string => `\uFEFF${text.replaceAll('\n', '\r\n')}`;
    const source = 'extends Node\n@rpc("any_peer")\nfunc a(x: int,\\\n    y: float):\n    pass\nfunc b():\n    pass\n';
    const { text, report } = await importProject({
      'project.godot': crlf(FILES['project.godot']),
      'main.tscn': crlf(SCENE),
      'main.gd': crlf(source),
    });
    expect(report).toBe('');
    expect(text).toContain('a: [int, float],');
  });

  test('links out of the project are not followed, and links within it do not go in circles', async () => {
    const [folder, outside] = [folderOf(FILES), folderOf({ 'secret.gd': 'extends Node\n@rpc func secret(): pass\n' })];
    symlinkSync(outside, join(folder, 'outside'));
    symlinkSync(join(outside, 'secret.gd'), join(folder, 'secret.gd'));
    mkdirSync(join(folder, 'inner'));
    symlinkSync(folder, join(folder, 'inner', 'loop'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dead.gd'));
    const run = runCommand(['import', folder]);
    expect(await run.exitCode).toBe(0);
    expect(run.stdout()).not.toContain('secret');
    expect(run.stderr()).toMatch(/^note {2}outside: not read: it is a link out of the project/m);
    expect(run.stderr()).toMatch(/^note {2}dead\.gd: not read: ENOENT/m);
    expect(run.stderr()).not.toContain(folder);
  });

  test('binary files are named', async () => {
    const folder = folderOf(FILES);
    writeFileSync(join(folder, 'level.scn'), Buffer.from([0x52, 0x53, 0x52, 0x43]));
    writeFileSync(join(folder, 'blob.tscn'), Buffer.from([0x5b, 0, 1, 2]));
    const run = runCommand(['import', folder]);
    expect(await run.exitCode).toBe(1);
    expect(run.stderr()).toMatch(/^note {2}level\.scn: binary files are not read/m);
    expect(run.stderr()).toMatch(/^error blob\.tscn: cannot be read: it is a binary file/m);
  });

  test.skipIf(process.getuid?.() === 0)(
    'a file without permission is an error without the machine’s path',
    async () => {
      const folder = folderOf(FILES);
      chmodSync(join(folder, 'main.gd'), 0);
      const run = runCommand(['import', folder]);
      expect(await run.exitCode).toBe(1);
      expect(run.stderr()).toMatch(/^error main\.gd: cannot be read: EACCES/m);
      expect(run.stderr()).not.toContain(folder);
      rmSync(join(folder, 'main.gd'));
    },
  );
});
