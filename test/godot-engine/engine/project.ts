import { readFileSync } from 'node:fs';

const CLIENT = read('client.gd');
const HUB_PEER = read('hub_peer.gd');

/** A project with one scene: a node `Main` under the root with `script`, which extends `client.gd`, and the other `files`. */
export function project(script: string, files: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    'project.godot': `config_version=5
[application]
config/name="tickpeer"
run/main_scene="res://main.tscn"
[rendering]
renderer/rendering_method="gl_compatibility"
`,
    'main.tscn': `[gd_scene load_steps=2 format=3]
[ext_resource type="Script" path="res://main.gd" id="1"]
[node name="Main" type="Node"]
script = ExtResource("1")
`,
    'client.gd': CLIENT,
    'hub_peer.gd': HUB_PEER,
    'main.gd': `extends "res://client.gd"\n${script}`,
    ...files,
  };
}

function read(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}
