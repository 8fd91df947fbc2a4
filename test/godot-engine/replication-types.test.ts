import { always, type MultiplayerPeer, onChange, scene, spawnOnly, synchronizer } from 'tickpeer/multiplayer';
import type { Schema } from 'tickpeer/variant';
import { expect, test } from 'vitest';
import { gather } from './engine/gather.ts';
import { joinAll, serve } from './engine/serve.ts';
import { useWorld } from './engine/use-world.ts';
import { Side, told } from './ours/side.ts';
import { CASES } from './ours/typed-values.ts';
import { expectNext, expectSoon } from './ours/until.ts';

/** Synchronizers, each with so many properties that a SYNC has room for them. */
const GROUP = 15;
const GROUPS = Array.from({ length: Math.ceil(CASES.length / GROUP) }, (_, group) => group);
const KINDS = ['spawned', 'changed', 'always'] as const;
type Kind = (typeof KINDS)[number];

const indexesOf = (group: number): number[] => [...CASES.keys()].slice(group * GROUP, (group + 1) * GROUP);
const nameOf = (kind: Kind, index: number): string => `${kind}_${index}`;

/** The synchronizers as the scene's text has them, which the engine's editor writes. */
const SCENE_MODES: Readonly<Record<Kind, string>> = {
  spawned: 'spawn = true|replication_mode = 0',
  changed: 'spawn = false|replication_mode = 2',
  always: 'spawn = false|replication_mode = 1',
};

function sceneText(): string {
  const configs: string[] = [];
  const nodes: string[] = [];
  for (const kind of KINDS) {
    for (const group of GROUPS) {
      const id = `${kind}${group}`;
      const lines = indexesOf(group).flatMap((index, at) => [
        `properties/${at}/path = NodePath(".:${nameOf(kind, index)}")`,
        ...SCENE_MODES[kind].split('|').map((line) => `properties/${at}/${line}`),
      ]);
      configs.push(`[sub_resource type="SceneReplicationConfig" id="${id}"]\n${lines.join('\n')}\n`);
      nodes.push(
        `[node name="${id}" type="MultiplayerSynchronizer" parent="."]\nreplication_config = SubResource("${id}")\n`,
      );
    }
  }
  return `[gd_scene load_steps=${configs.length + 2} format=3]

[ext_resource type="Script" path="res://types.gd" id="1"]

${configs.join('\n')}
[node name="Types" type="Node"]
script = ExtResource("1")

${nodes.join('\n')}`;
}

/** A script with three properties of each type, which begin with the type's first value. */
const SCRIPT = `extends Node
${CASES.map(
  ({ type, script }, index) => `
${KINDS.map((kind) => `var ${nameOf(kind, index)}: ${type}`).join('\n')}
func value_${index}() -> ${type}:
	return ${script}
`,
).join('')}

func set_all() -> void:
	for index in ${CASES.length}:
		for kind: String in ["${KINDS.join('", "')}"]:
			set("%s_%d" % [kind, index], call("value_%d" % index))


## The indexes of the properties that do not have their value.
func wrong(kind: String) -> Array:
	var wrong := []
	for index in ${CASES.length}:
		var value: Variant = get("%s_%d" % [kind, index])
		var expected: Variant = call("value_%d" % index)
		if typeof(value) != typeof(expected) or var_to_str(value) != var_to_str(expected):
			wrong.append(index)
	return wrong
`;

const TYPES_SPAWNER = `[gd_scene load_steps=1 format=3]

[node name="World" type="Node"]

[node name="Nodes" type="Node" parent="."]

[node name="Spawner" type="MultiplayerSpawner" parent="."]
_spawnable_scenes = PackedStringArray("res://types.tscn")
spawn_path = NodePath("../Nodes")
`;

const engines = useWorld(1, { 'types.gd': SCRIPT, 'types.tscn': sceneText(), 'types_world.tscn': TYPES_SPAWNER });
const game = () => engines[0]!;

/** The scene here. Its properties begin with `first(schema, value)`; undefined for the type's first value. */
function typesScene(first: (schema: Schema<unknown>, value: unknown) => unknown) {
  const property = (kind: Kind, { schema, value }: (typeof CASES)[number]) => {
    const initial = first(schema, value);
    if (kind === 'spawned') return spawnOnly(schema, initial);
    return (kind === 'always' ? always : onChange)(schema, initial, { spawn: false });
  };
  const synchronizers = KINDS.flatMap((kind) =>
    GROUPS.map((group) => {
      const properties = indexesOf(group).map((index) => [nameOf(kind, index), property(kind, CASES[index]!)]);
      return [`${kind}${group}`, synchronizer(Object.fromEntries(properties))];
    }),
  );
  return scene('res://types.tscn', Object.fromEntries(synchronizers));
}

function declare(side: Side<MultiplayerPeer>, types: ReturnType<typeof typesScene>) {
  const nodes = side.multiplayer.spawner('World/Spawner', { spawnPath: '../Nodes', scenes: [types] });
  nodes.spawned.connect((node) => side.tell('spawned', node.name));
  return nodes;
}

test('a value of each type is sent to the engine: in the spawn, always, on change', async () => {
  const server = Side.server();
  const types = typesScene((_, value) => value);
  const nodes = declare(server, types);
  await game().run('enter("res://types_world.tscn")');
  await gather(server, [game()]);
  nodes.addChild(types.instantiate({ name: 'types' }));
  await expectSoon(() => game().run('at("Nodes").get_child_count()'), 1);
  expect(await game().run('at("Nodes/types").wrong("spawned")')).toEqual([]);
  await expectSoon(() => game().run('at("Nodes/types").wrong("changed")'), []);
  await expectSoon(() => game().run('at("Nodes/types").wrong("always")'), []);
});

test('a value of each type is sent by the engine: in the spawn, always, on change', async () => {
  const hub = await serve(game());
  await game().run('enter("res://types_world.tscn")');
  const types = typesScene(zeroOf);
  const [side] = await joinAll(hub, 1, (other) => declare(other, types));
  // Their first values do not match every schema: they are set before the engine sends anything.
  await game().run('add("Nodes", "res://types.tscn", "types", {}, "set_all")');
  await expectNext(side!.told, [told('spawned', 'types')]);
  const node = side!.multiplayer.getNodeOrNull('World/Nodes/types');
  const valuesOf = (kind: Kind): unknown[] => CASES.map((_, index) => Reflect.get(node!, nameOf(kind, index)));
  const expected = CASES.map(({ value }) => value);
  expect(valuesOf('spawned')).toEqual(expected);
  await expectSoon(() => valuesOf('changed'), expected);
  await expectSoon(() => valuesOf('always'), expected);
});

/** The first value of the schema's type; for a schema without one, the value of the test. */
function zeroOf(schema: Schema<unknown>, value: unknown): unknown {
  try {
    return always(schema).initial;
  } catch {
    return value;
  }
}
