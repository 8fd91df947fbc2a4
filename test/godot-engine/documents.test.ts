import { ErrorCode } from 'tickpeer';
import { custom, rpc, type SceneMultiplayer, scene } from 'tickpeer/multiplayer';
import { dictionary, int, string, Vector2, vector2 } from 'tickpeer/variant';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { CodeBlocks } from '../docs/document.ts';
import { allPages } from '../docs/pages.ts';
import { type Program, runProgram } from '../docs/program.ts';
import { joinGame, portOf, runRecipe, untilPrinted } from '../docs/recipe.ts';
import { type EngineRun, startEngine, stopEngines } from './engine/engine.ts';
import { project } from './engine/project.ts';
import { openRoad } from './ours/road.ts';
import { Side } from './ours/side.ts';
import { until } from './ours/until.ts';

/** The GDScript of the documents, in the real engine, with the documents' own servers. */

const PATIENCE = 30_000;
/** What the engine prints when a connection fails or is closed by the server. */
const CLOSED = /WebSocket connection to|Disconnect reason/;

afterAll(stopEngines);

/** What tests do with a game: beside `client.gd`, whose expressions know no singletons of the engine. */
const DRIVER = `extends "res://client.gd"
func press(action: String) -> void: Input.action_press(action)
func release(action: String) -> void: Input.action_release(action)
func compiles(path: String) -> bool:
	var script: GDScript = load(path)
	return script != null and script.can_instantiate()
`;

/** Starts a document's game: its files, and the tests' driver and `autoloads`, by their names. It is closed with the test. */
async function startGame(
  files: Readonly<Record<string, string>>,
  autoloads: Readonly<Record<string, string>> = {},
): Promise<EngineRun> {
  const { 'project.godot': settings, 'client.gd': client = '' } = project('');
  const loaded = Object.entries({ Driver: 'driver.gd', ...autoloads });
  const game = await startEngine({
    'project.godot': `${settings}\n[autoload]\n${loaded.map(([name, file]) => `${name}="*res://${file}"\n`).join('')}`,
    'client.gd': client,
    'driver.gd': DRIVER,
    ...files,
  });
  onTestFinished(() => game.close());
  return game;
}

/** A scene with one node that has the script `main.gd`. */
function sceneOf(name: string, type = 'Node', script = 'main', more = ''): string {
  return `[gd_scene format=3]
[ext_resource type="Script" path="res://${script}.gd" id="1"]
[node name="${name}" type="${type}"]
script = ExtResource("1")
${more}`;
}

/** Waits until an expression of the game has a value. */
async function becomes({ run, errors }: EngineRun, expression: string, expected: unknown): Promise<void> {
  const latest = performance.now() + PATIENCE;
  for (let value = await run(expression); ; value = await run(expression)) {
    try {
      expect(value).toEqual(expected);
      return;
    } catch (error) {
      if (performance.now() > latest) throw new Error(`${expression}; errors: ${errors.join('\n')}`, { cause: error });
    }
  }
}

/** A snippet as a whole script: its members, or its statements, stand in the script of a node. */
function asScript(snippet: string): string {
  if (/^extends /m.test(snippet)) return snippet;
  const isMember = /^(?:[@\s#)\]}]|$|(?:static )?(?:func|var|const|signal|enum|class)\b)/;
  const isStatements = snippet.split('\n').some((line) => !isMember.test(line));
  return `extends Node2D\n${isStatements ? `func run() -> void:\n${snippet.replace(/^(?=.)/gm, '\t')}` : snippet}`;
}

/** The URL of a document's program. */
async function urlOf(program: Program): Promise<string> {
  return `ws://127.0.0.1:${await portOf(program)}`;
}

test('every GDScript of every document compiles', async () => {
  const scripts = allPages().flatMap(({ path, snippets }) =>
    snippets
      .filter(({ language }) => language === 'gdscript')
      .map(({ text, line }) => ({
        place: `${path}:${line}`,
        text: asScript(text),
      })),
  );
  expect(scripts.length).toBeGreaterThanOrEqual(10);
  const files = scripts.map(({ text }, index) => [`snippet${index}.gd`, text] as const);
  const game = await startGame({
    'main.tscn': sceneOf('Main'),
    'main.gd': 'extends Node\n',
    'bullet.tscn': '[gd_scene format=3]\n[node name="Bullet" type="Node2D"]\n',
    ...Object.fromEntries(files),
  });
  const faults: string[] = [];
  for (const [index, { place }] of scripts.entries()) {
    const isRight = await game.run(`compiles("res://snippet${index}.gd")`);
    const errors = game.errors.splice(0).filter((line) => !/Failed to load script/.test(line));
    if (isRight !== true || errors.length > 0) faults.push(`${place}: ${errors.join('; ')}`);
  }
  expect(faults).toEqual([]);
}, 120_000);

test('start/godot-game.md: the game and the bot move on its server, and see each other', async () => {
  const server = await runRecipe('start/godot-game.md', 'server.js');
  const url = await urlOf(server);
  const script = new CodeBlocks('start/godot-game.md').under('3. The game', 'gdscript');
  const game = await startGame({
    'main.tscn': sceneOf('Main', 'Node2D'),
    'main.gd': script.replace('ws://127.0.0.1:9080', url),
  });
  const own = 'get_node("/root/Main").positions.get(multiplayer.get_unique_id(), Vector2())';
  await becomes(game, `${own}.y`, 300);
  await game.run('press("ui_right")');
  await becomes(game, `${own}.x > 420`, true);
  await game.run('release("ui_right")');
  const bot = await runRecipe('start/godot-game.md', 'bot.js', {}, { args: [url] });
  await untilPrinted(bot, /moved to 4\d\d; players: 2/);
  expect([game.errors, server.output()]).toEqual([[], expect.not.stringMatching(/^tickpeer: (warn|error)/m)]);
}, 120_000);

test('godot-server.md: its client plays on its server, comes back after a restart, and is admitted with a token', async () => {
  const docs = new CodeBlocks('godot-server.md');
  const server = await runRecipe('godot-server.md', 'server.ts');
  const url = await urlOf(server);
  const script = docs.under('Five minutes', 'gdscript').replace('ws://127.0.0.1:9080', url);
  const game = await startGame({
    'main.tscn': sceneOf('Main', 'Node2D'),
    'main.gd': script + docs.under('Authentication', 'gdscript'),
  });
  const main = 'get_node("/root/Main")';
  await becomes(game, `${main}.positions.size()`, 1);
  // As the document says: the list of a script's remote methods.
  expect(await game.run(`${main}.get_script().get_rpc_config().keys()`)).toEqual(['steer', 'state']);
  // It logs who connected, and no errors.
  expect(server.output()).not.toMatch(/^(warn|error) /m);
  expect(game.errors).toEqual([]);

  server.end();
  const gone = 'the server has gone; the next try is in two seconds';
  await until(() => game.lines.includes(gone), PATIENCE);
  expect(game.lines.splice(0).filter((line) => line === gone)).toHaveLength(1);
  const again = await runRecipe('godot-server.md', 'server.ts', { PORT: url.slice(url.lastIndexOf(':') + 1) });
  await until(() => game.lines.includes('connected'), PATIENCE);
  await becomes(game, `${main}.positions.size()`, 1);
  expect(game.lines.filter((line) => line === gone || line === 'connected')).toEqual(['connected']);
  expect(again.output()).not.toMatch(/^(warn|error) /m);
  expect(game.errors.filter((line) => !CLOSED.test(line))).toEqual([]);

  const gate = Side.server();
  onTestFinished(() => gate.leave());
  gate.multiplayer.authCallback = (id, token) => {
    const answer = new TextDecoder().decode(token) === 'a token' ? 'welcome' : 'no';
    gate.multiplayer.sendAuth(id, new TextEncoder().encode(answer));
    if (answer === 'welcome') gate.multiplayer.completeAuth(id);
  };
  await game.run(`${main}.enter("${gate.url}", "a token")`);
  await until(() => gate.multiplayer.getPeers().length === 1, PATIENCE);
}, 120_000);

test('replication.md: the game’s own player walks by its inputs', async () => {
  const docs = new CodeBlocks('replication.md');
  const server = await runRecipe('replication.md', 'server.ts');
  const url = await urlOf(server);
  const scripts = docs.all('gdscript').flatMap((text) => {
    const [, name] = /^# (\w+\.gd)\n/.exec(text) ?? [];
    return name === undefined ? [] : [[name, text.replace('ws://127.0.0.1:9080', url)] as const];
  });
  expect(scripts.map(([name]) => name)).toEqual(['player.gd', 'inputs.gd', 'world.gd']);
  const game = await startGame({
    ...Object.fromEntries(scripts),
    'player.tscn': PLAYER_SCENE,
    'main.tscn': sceneOf('World', 'Node2D', 'world', WORLD_NODES),
  });
  await becomes(game, 'get_node("/root/World/Players").get_child_count()', 1);
  const own = `get_node("/root/World/Players/${await game.run('multiplayer.get_unique_id()')}")`;
  expect(await game.run(`[${own}.player_name, ${own}.health, ${own}.position.y]`)).toEqual(['Ada', 3, 300]);
  await game.run('press("ui_right")');
  await becomes(game, `${own}.position.x > 420`, true);
  await game.run('release("ui_right")');
  expect([game.errors, server.output()]).toEqual([[], expect.not.stringMatching(/^(warn|error) /m)]);
}, 120_000);

const PLAYER_SCENE = `[gd_scene format=3]
[ext_resource type="Script" path="res://player.gd" id="1"]
[ext_resource type="Script" path="res://inputs.gd" id="2"]
[sub_resource type="SceneReplicationConfig" id="player"]
properties/0/path = NodePath(".:position")
properties/0/spawn = true
properties/0/replication_mode = 1
properties/1/path = NodePath(".:health")
properties/1/spawn = true
properties/1/replication_mode = 2
properties/2/path = NodePath(".:player_name")
properties/2/spawn = true
properties/2/replication_mode = 0
[sub_resource type="SceneReplicationConfig" id="inputs"]
properties/0/path = NodePath(".:motion")
properties/0/spawn = true
properties/0/replication_mode = 1
[node name="Player" type="Node2D"]
script = ExtResource("1")
[node name="Sync" type="MultiplayerSynchronizer" parent="."]
replication_config = SubResource("player")
[node name="Inputs" type="Node" parent="."]
script = ExtResource("2")
[node name="InputsSync" type="MultiplayerSynchronizer" parent="Inputs"]
replication_config = SubResource("inputs")
`;
const WORLD_NODES = `[node name="Players" type="Node2D" parent="."]
[node name="Spawner" type="MultiplayerSpawner" parent="."]
_spawnable_scenes = PackedStringArray("res://player.tscn")
spawn_path = NodePath("../Players")
`;

test('replication.md: its spawn function makes the bullet of the server’s data', async () => {
  const script = new CodeBlocks('replication.md').under('Spawning', 'gdscript');
  const nodes = `[node name="Bullets" type="Node" parent="."]
[node name="BulletSpawner" type="MultiplayerSpawner" parent="."]
spawn_path = NodePath("../Bullets")
`;
  const game = await startGame({
    'main.gd': `extends Node\n${script}`,
    'main.tscn': sceneOf('World', 'Node', 'main', nodes),
    'bullet.gd': 'extends Node2D\nvar velocity := Vector2.ZERO\n',
    'bullet.tscn': sceneOf('Bullet', 'Node2D', 'bullet'),
  });
  const server = Side.server();
  onTestFinished(() => server.leave());
  const bullet = scene('res://bullet.tscn', {});
  const bullets = server.multiplayer.spawner('World/BulletSpawner', {
    spawnPath: '../Bullets',
    spawnFunction: custom(dictionary({ position: vector2, velocity: vector2 }), () => bullet.instantiate()),
  });
  await game.run(`join("${server.url}")`);
  await until(() => server.multiplayer.getPeers().length === 1, PATIENCE);
  expect(bullets.spawn({ position: new Vector2(1, 2), velocity: new Vector2(400, 0) })).not.toBeNull();
  const there = 'get_node("/root/World/Bullets").get_child_count()';
  await whilePolling(() => becomes(game, there, 1));
  const one = 'get_node("/root/World/Bullets").get_child(0)';
  expect(await game.run(`[${one}.position.x, ${one}.position.y, ${one}.velocity.x]`)).toEqual([1, 2, 400]);
  expect(game.errors).toEqual([]);
}, 120_000);

test('rooms.md: the game waits in the lobby, plays a match in another scene, and reads why it is refused', async () => {
  const docs = new CodeBlocks('rooms.md');
  const server = await runProgram(docs.all('ts')[0] ?? '', { PORT: '0' });
  onTestFinished(server.end);
  const url = await urlOf(server);
  const enter = docs.under('A server with rooms', 'gdscript');
  const found = docs.under('Moving between rooms', 'gdscript');
  const game = await startGame({
    'main.tscn': sceneOf('Lobby', 'Node', 'lobby'),
    'lobby.gd': `extends Node
${enter}
${found}
@rpc("any_peer") func chat(_text: String) -> void: pass
@rpc func message(from: int, text: String) -> void: print(from, " ", text)
@rpc("any_peer") func play() -> void: pass
func ask() -> void: play.rpc_id(1)
`,
    'match.tscn': sceneOf('Match', 'Node', 'match'),
    'match.gd': `extends Node
@rpc("any_peer") func hit() -> void: pass
@rpc func score(hits: int) -> void: print("score ", hits)
func strike() -> void: hit.rpc_id(1)
`,
  });
  await game.run(`get_node("/root/Lobby").enter("${url}/play?room=ABCDE")`);
  await until(() => game.lines.includes('4404 there is no room ABCDE'), PATIENCE);
  expect(game.errors.splice(0).filter((line) => !CLOSED.test(line))).toEqual([]);

  await game.run(`get_node("/root/Lobby").enter("${url}/play?kind=lobby")`);
  const bot = rival(`${url}/play?kind=lobby`);
  await whilePolling(() => becomes(game, 'multiplayer.get_peers().size()', 2), bot.multiplayer);
  expect(bot.lobby.chat.rpcId(1, 'hello')).toBe(ErrorCode.OK);
  await whilePolling(() => until(() => game.lines.some((line) => line.endsWith(' hello')), PATIENCE), bot.multiplayer);
  await game.run('get_node("/root/Lobby").ask()');
  expect(bot.lobby.play.rpcId(1)).toBe(ErrorCode.OK);
  await whilePolling(() => until(() => game.lines.includes('score 0'), PATIENCE), bot.multiplayer);
  await game.run('get_node("/root/Match").strike()');
  await whilePolling(() => until(() => game.lines.includes('score 1'), PATIENCE), bot.multiplayer);
  expect([game.errors, server.output()]).toEqual([[], expect.not.stringContaining('room ')]);
}, 120_000);

/** The other player of the rooms' game. */
function rival(url: string) {
  const { multiplayer } = joinGame(url);
  const lobby = multiplayer.node('Lobby', {
    chat: rpc.anyPeer([string]),
    match_found: rpc.authority([string]),
    message: rpc.authority([int, string]),
    play: rpc.anyPeer([]),
  });
  multiplayer.node('Match', { hit: rpc.anyPeer([]), score: rpc.authority([int]) });
  return { multiplayer, lobby };
}

/** Waits for the promise of `wait` while clients of ours, and the tests' servers, are polled. */
async function whilePolling(wait: () => Promise<void>, ...clients: readonly SceneMultiplayer[]): Promise<void> {
  let isOver = false;
  const waiting = wait().finally(() => {
    isOver = true;
  });
  const polling = until(() => {
    for (const client of clients) client.poll();
    return isOver;
  }, 2 * PATIENCE);
  await Promise.all([waiting, polling]);
}

test.each([
  [7, 'welcome'],
  [6, 'Please update the game.'],
  [8, 'The server is updated soon.'],
])(
  'version-check.md: a game of version %i: %s',
  async (version, answer) => {
    const page = 'recipes/version-check.md';
    const server = await runRecipe(page, 'server.ts');
    const url = await urlOf(server);
    const [script = ''] = new CodeBlocks(page).all('gdscript');
    const label = '[node name="Message" type="Label" parent="."]\n';
    const game = await startGame({
      'main.tscn': sceneOf('Main', 'Node', 'main', label),
      'main.gd': `extends Node\n${script.replace('PROTOCOL := 7', `PROTOCOL := ${version}`).replace('ws://127.0.0.1:9080', url)}`,
    });
    if (answer === 'welcome') {
      await untilPrinted(server, / plays/);
      await becomes(game, 'Array(multiplayer.get_peers())', [1]);
    } else {
      await becomes(game, 'get_node("/root/Main/Message").text', answer);
      await untilPrinted(server, /was not admitted/);
      await becomes(game, 'Array(multiplayer.get_peers())', []);
    }
    expect(game.errors.filter((line) => !CLOSED.test(line))).toEqual([]);
  },
  120_000,
);

test('returning.md: a game whose connection was cut comes back as the same player', async () => {
  const docs = new CodeBlocks('returning.md');
  const server = await runProgram(docs.all('ts')[0] ?? '', { PORT: '0' });
  onTestFinished(server.end);
  const road = await openRoad(await portOf(server));
  const game = await startGame(
    {
      'main.tscn': sceneOf('Main'),
      'main.gd': 'extends Node\n',
      'connection.gd': docs.under('The game', 'gdscript'),
    },
    { Connection: 'connection.gd' },
  );
  await game.run(`get_node("/root/Connection").start("ws://127.0.0.1:${road.port}/play")`);
  await becomes(game, 'Array(multiplayer.get_peers())', [1]);
  await becomes(game, 'get_node("/root/Connection").load_token() != ""', true);
  const id = await game.run('multiplayer.get_unique_id()');
  await untilPrinted(server, `${id} is new`);
  road.cut();
  await untilPrinted(server, `${id} is away\n${id} is back, and has missed 0 calls`);
  await becomes(game, 'Array(multiplayer.get_peers())', [1]);
  expect(await game.run('multiplayer.get_unique_id()')).toBe(id);
  expect(game.errors.filter((line) => !CLOSED.test(line))).toEqual([]);
}, 120_000);
