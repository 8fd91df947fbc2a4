import { ErrorCode, WebSocketServer } from 'tickpeer';
import { onChange, rpc, scene, synchronizer } from 'tickpeer/multiplayer';
import { Room, RoomCloseCode, Rooms } from 'tickpeer/rooms';
import { int, string } from 'tickpeer/variant';
import { expect, onTestFinished, test } from 'vitest';
import type { EngineRun } from './engine/engine.ts';
import { useEngines } from './engine/use-engines.ts';
import { told } from './ours/side.ts';
import { expectNext, expectSoon, until } from './ours/until.ts';

/** The game: a node for calls, a spawner, and the socket, which is kept because it has the reason of a refusal. */
const SCRIPT = `
var socket: WebSocketPeer

func build() -> void:
	if has_node("Units"):
		return
	var units := Node.new()
	units.name = "Units"
	add_child(units)
	var spawner := MultiplayerSpawner.new()
	spawner.name = "Spawner"
	spawner.add_spawnable_scene("res://unit.tscn")
	add_child(spawner)
	spawner.spawn_path = NodePath("../Units")

func enter_room(url: String) -> Error:
	build()
	var peer := WebSocketMultiplayerPeer.new()
	var error := peer.create_client(url)
	socket = peer.get_peer(1)
	multiplayer.multiplayer_peer = peer
	return error

func why() -> Array:
	return [socket.get_close_code(), socket.get_close_reason()]

func units() -> Array:
	return get_node("Units").get_children().map(func(unit: Node) -> String: return unit.name)

@rpc("any_peer") func say(text: String) -> void: tell_call("say", [text])
`;

const UNIT = `[gd_scene load_steps=3 format=3]
[ext_resource type="Script" path="res://unit.gd" id="1"]
[sub_resource type="SceneReplicationConfig" id="config"]
properties/0/path = NodePath(".:hp")
properties/0/spawn = true
properties/0/replication_mode = 2
[node name="Unit" type="Node"]
script = ExtResource("1")
[node name="Sync" type="MultiplayerSynchronizer" parent="."]
replication_config = SubResource("config")
`;

const engines = useEngines(SCRIPT, {
  count: 2,
  files: { 'unit.tscn': UNIT, 'unit.gd': 'extends Node\nvar hp: int = 0\n' },
});

/** A server with rooms, each with one unit. */
function serve(capacity = 4) {
  const server = new WebSocketServer({ allowedOrigins: '*' });
  expect(server.listen(0, '127.0.0.1')).toBe(ErrorCode.OK);
  const heard: string[] = [];
  const bad: string[] = [];
  const unit = scene('res://unit.tscn', { Sync: synchronizer({ hp: onChange(int) }) });
  const rooms = new Rooms(server, {
    kinds: {
      match: {
        capacity,
        tickRate: 60,
        returning: true,
        open: (room) => {
          const main = room.multiplayer.node('Main', {
            say: rpc.anyPeer([string], (id, text) => {
              heard.push(`${room.code} ${id} ${text}`);
              return undefined;
            }),
          });
          room.multiplayer.badPacket.connect((_, { message }) => void bad.push(message));
          const units = room.multiplayer.spawner('Main/Spawner', { spawnPath: '../Units', scenes: [unit] });
          const first = unit.instantiate({ name: `of${room.code}` });
          units.addChild(first);
          return { say: main.say, unit: first };
        },
      },
    },
  });
  const timer = setInterval(() => rooms.poll(), 4);
  onTestFinished(() => {
    clearInterval(timer);
    server[Symbol.dispose]();
  });
  const create = (code: string) => {
    const room = rooms.create('match', { code });
    if (!(room instanceof Room)) throw new Error(room.message);
    return room;
  };
  const enter = async ({ run, lines }: EngineRun, code: string, token = ''): Promise<number> => {
    const query = token === '' ? `room=${code}` : `token=${token}`;
    expect(await run(`enter_room("ws://127.0.0.1:${server.getLocalPort()}/play?${query}")`)).toBe(ErrorCode.OK);
    await until(() => lines.length > 0);
    return (await run('multiplayer.get_unique_id()')) as number;
  };
  return { rooms, create, enter, heard, bad };
}

test('a player moves between two rooms, and back, on its connection', async () => {
  const [ada, bob] = engines as [EngineRun, EngineRun];
  const { create, enter, heard, bad } = serve();
  const [red, blue] = [create('red'), create('blue')];
  const [first, second] = [await enter(ada, 'red'), await enter(bob, 'blue')];
  for (const { lines } of [ada, bob]) await expectNext(lines, [told('connected_to_server'), told('peer_connected', 1)]);
  await expectSoon(() => ada.run('units()'), ['ofRED']);
  const talk = async (room: typeof red): Promise<void> => {
    for (const text of ['one', 'two']) {
      await ada.run(`rpc_id(1, "say", "${text}")`);
      room.logic.say.rpcId(first, text);
    }
    await expectNext(ada.lines, [told('say', 1, 'one'), told('say', 1, 'two')]);
    await until(() => heard.length === 2);
    expect(heard.splice(0)).toEqual(['one', 'two'].map((text) => `${room.code} ${first} ${text}`));
  };
  await talk(red);
  for (const [from, to] of [
    [red, blue],
    [blue, red],
    [red, blue],
  ] as const) {
    // What is on its way is dropped, or heard in the old room.
    await ada.run('rpc_id(1, "say", "on the way")');
    expect(from.move(first, to)).toBeNull();
    const what = to === blue ? 'peer_connected' : 'peer_disconnected';
    await expectNext(ada.lines, [told(what, second)]);
    await expectNext(bob.lines, [told(what, first)]);
    await until(() => to.players.includes(first));
    expect(heard.splice(0).filter((line) => !line.startsWith(from.code))).toEqual([]);
    await expectSoon(() => ada.run('units()'), [`of${to.code}`]);
    expect(await ada.run('multiplayer.get_unique_id()')).toBe(first);
    await talk(to);
  }
  await ada.run(`rpc_id(${second}, "say", "among us")`);
  await expectNext(bob.lines, [told('say', first, 'among us')]);
  expect(bad).toEqual([]);
});

test('a game reads why it was refused, and why it had to leave', async () => {
  const [ada, bob] = engines as [EngineRun, EngineRun];
  const { create, enter } = serve(1);
  const red = create('red');
  await enter(ada, 'none');
  await expectNext(ada.lines, [told('connection_failed')]);
  expect(await ada.run('why()')).toEqual([RoomCloseCode.UNKNOWN_ROOM, 'there is no room NONE']);
  await enter(bob, 'red');
  await expectNext(bob.lines, [told('connected_to_server'), told('peer_connected', 1)]);
  await enter(ada, 'red');
  await expectNext(ada.lines, [told('connection_failed')]);
  expect(await ada.run('why()')).toEqual([RoomCloseCode.FULL, 'the room is full']);
  red.close('the match is over');
  await expectNext(bob.lines, [told('peer_disconnected', 1), told('server_disconnected')]);
  expect(await bob.run('why()')).toEqual([RoomCloseCode.CLOSED, 'the match is over']);
});

test('a player whose connection breaks comes back into its room: the same id, the present state, and what it has missed', async () => {
  const [ada, bob] = engines as [EngineRun, EngineRun];
  const { rooms, create, enter, bad } = serve();
  const red = create('red');
  create('blue');
  const first = await enter(ada, 'red');
  await expectNext(ada.lines, [told('connected_to_server'), told('peer_connected', 1)]);
  const second = await enter(bob, 'red');
  await expectNext(bob.lines, [told('connected_to_server'), told('peer_connected', 1), told('peer_connected', first)]);
  await expectNext(ada.lines, [told('peer_connected', second)]);
  await expectSoon(() => ada.run('units()'), ['ofRED']);
  // Twice, because the second return is one of a connection that has come back itself.
  for (const hp of [5, 7]) {
    const token = red.multiplayer.getReturnToken(first) ?? '';
    rooms.getPeer(first)?.close(-1);
    await until(() => red.multiplayer.getAwayPeers().length === 1);
    red.logic.unit.hp = hp;
    red.logic.say.rpcId(first, `missed ${hp}`);
    await bob.run(`rpc_id(${first}, "say", "of bob ${hp}")`);
    await until(() => ada.lines.includes(told('server_disconnected')));
    ada.lines.length = 0;
    expect(await enter(ada, '', token)).toBe(first);
    await expectNext(ada.lines, [
      told('connected_to_server'),
      told('peer_connected', 1),
      told('peer_connected', second),
      told('say', 1, `missed ${hp}`),
      told('say', second, `of bob ${hp}`),
    ]);
    expect([await ada.run('units()'), await ada.run('get_node("Units/ofRED").hp')]).toEqual([['ofRED'], hp]);
    expect([red.players, rooms.roomOf(first), rooms.playerCount]).toEqual([[first, second], red, 2]);
    await bob.run(`rpc_id(${first}, "say", "there ${hp}")`);
    await expectNext(ada.lines, [told('say', second, `there ${hp}`)]);
  }
  expect([bob.lines, bad]).toEqual([[], []]);
});
