import { always, onChange, rpc, type SleepOptions, scene, synchronizer } from 'tickpeer/multiplayer';
import { int, packedByteArray } from 'tickpeer/variant';
import { expect, test } from 'vitest';
import type { EngineRun } from './engine/engine.ts';
import { gather } from './engine/gather.ts';
import { useEngines } from './engine/use-engines.ts';
import { Side, told } from './ours/side.ts';
import { expectNext, until } from './ours/until.ts';

/** `TICKPEER_SLEEP=60` prints the figures of docs/sleeping-tabs.md. */
const MEASURED = process.env['TICKPEER_SLEEP'];
/** Seconds without animation frames. */
const SECONDS = Number(MEASURED ?? 8);
const TIME_LIMIT = (SECONDS + 50) * 1000;
const RATE = 30;

const SCRIPT = `
var got: Array = []
var newest := -1

func build() -> void:
	got = []
	newest = -1
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

func units() -> Array:
	return get_node("Units").get_children().map(func(unit: Node) -> Array: return [unit.name, unit.x, unit.hp])

@rpc func say(number: int, _data: PackedByteArray) -> void: got.append(number)
@rpc("unreliable") func place(number: int) -> void: newest = number
`;

const UNIT = `[gd_scene load_steps=3 format=3]
[ext_resource type="Script" path="res://unit.gd" id="1"]
[sub_resource type="SceneReplicationConfig" id="config"]
properties/0/path = NodePath(".:x")
properties/0/spawn = true
properties/0/replication_mode = 1
properties/1/path = NodePath(".:hp")
properties/1/spawn = true
properties/1/replication_mode = 2
[node name="Unit" type="Node"]
script = ExtResource("1")
[node name="Sync" type="MultiplayerSynchronizer" parent="."]
replication_config = SubResource("config")
`;

const engines = useEngines(SCRIPT, {
  count: 2,
  files: { 'unit.tscn': UNIT, 'unit.gd': 'extends Node\nvar x: int = 0\nvar hp: int = 0\n' },
});
const unit = scene('res://unit.tscn', { Sync: synchronizer({ x: always(int), hp: onChange(int) }) });

/** A server that sends calls with `size` bytes, a position and replicated nodes, 30 times a second, while it streams. */
async function serve(size: number, sleep: SleepOptions | false) {
  const server = Side.server({ sleep, peer: { outboundBufferSize: 1 << 20 } });
  const { multiplayer } = server;
  const slept: (readonly [id: number, event: string])[] = [];
  multiplayer.peerAsleep.connect((id) => void slept.push([id, 'asleep']));
  multiplayer.peerAwake.connect((id) => void slept.push([id, 'awake']));
  const main = multiplayer.node('Main', {
    say: rpc.authority([int, packedByteArray]),
    place: rpc.authority([int], undefined, { transferMode: 'unreliable' }),
  });
  const units = multiplayer.spawner('Main/Spawner', { spawnPath: '../Units', scenes: [unit] });
  const first = unit.instantiate({ name: 'first' });
  units.addChild(first);
  const data = new Uint8Array(size).fill(7);
  let count = 0;
  const send = (): void => {
    main.say.rpc(count, data);
    main.place.rpc(count);
    first.x = ++count;
    first.hp = count;
  };
  /** Streams for `seconds`, or until `condition` holds. */
  const stream = async (seconds: number, condition: () => boolean = () => false): Promise<void> => {
    const start = performance.now();
    let sent = 0;
    await until(
      () => {
        for (const due = ((performance.now() - start) * RATE) / 1000; sent < due; sent++) send();
        return condition() || performance.now() - start > seconds * 1000;
      },
      seconds * 1000 + 10_000,
    );
  };
  return { server, units, stream, slept, first, count: () => count };
}

async function sleepThrough(size: number, sleep: SleepOptions | false) {
  const [game, other] = engines as [EngineRun, EngineRun];
  const { server, units, stream, slept, first, count } = await serve(size, sleep);
  for (const { run } of [game, other]) await run('build()');
  const [id = 0] = await gather(server, [game]);
  await stream(1);
  await game.holdFrames();
  try {
    await stream(SECONDS / 2);
    // Somebody joins meanwhile.
    await other.run(`join("${server.url}")`);
    await stream(SECONDS / 2, () => false);
    units.addChild(unit.instantiate({ name: 'late' }));
    await stream(0.2);
  } finally {
    await game.releaseFrames();
  }
  const woken = performance.now();
  const waiting = server.multiplayer.getPeerStatistics(id)?.waitingBytes ?? 0;
  // Until it has a state that is newer than its waking.
  const before = count();
  const shown = ask(game, 'get_node("Units/first").x');
  await stream(30, () => Number(shown()) >= before);
  const milliseconds = Math.round(performance.now() - woken);
  await stream(0.1);
  // The last state of all.
  first.hp = -count();
  const seen = ask(game, 'units()');
  await until(() => JSON.stringify(seen()).includes(`${-count()}`));
  const got = (await game.run('got')) as number[];
  const newest = await game.run('newest');
  const [, second] = [id, ...server.multiplayer.getPeers().filter((peer) => peer !== id)];
  const events = slept.filter(([of]) => of === id).map(([, event]) => event);
  return { game, other, server, got, newest, seen: seen(), count: count(), milliseconds, waiting, events, second };
}

test.each([30, 100, 1000])(
  'a tab that sleeps under a stream of %i bytes loses nothing',
  { timeout: TIME_LIMIT },
  async (size) => {
    const { game, other, server, got, newest, seen, count, milliseconds, waiting, events, second } = await sleepThrough(
      size,
      {},
    );
    report(size, 'on', { got: got.length, count, milliseconds, waiting });
    // More than once where the machine is so busy that a game gets no frame for two seconds.
    expect(events.join(' ')).toMatch(/^asleep awake( asleep awake)*$/);
    expect(got).toEqual(Array.from({ length: count }, (_, index) => index));
    expect(newest).toBe(count - 1);
    expect(seen).toEqual([
      ['first', count, -count],
      ['late', 0, 0],
    ]);
    // A second on a machine that does nothing else.
    expect(milliseconds).toBeLessThan(5000);
    await expectNext(server.told, [told('peer_connected', second)]);
    await expectNext(game.lines, [told('peer_connected', second)]);
    other.lines.length = 0;
  },
);

const losing = MEASURED === undefined ? [1000] : [30, 100, 1000];

test.each(losing)('without that, reliable calls of %i bytes are lost', { timeout: TIME_LIMIT }, async (size) => {
  const { game, other, server, got, count, milliseconds, waiting, events } = await sleepThrough(size, false);
  report(size, 'off', { got: got.length, count, milliseconds, waiting });
  expect(events).toEqual([]);
  expect(got.length).toBeLessThan(count);
  expect(game.errors).toContain('ERROR: Buffer payload full! Dropping data.');
  game.errors.length = 0;
  for (const lines of [server.told, game.lines, other.lines]) lines.length = 0;
});

/** The last value of an expression in the game, which is asked for again and again. */
function ask(game: EngineRun, expression: string): () => unknown {
  let [value, isAsked]: [unknown, boolean] = [null, false];
  return () => {
    if (!isAsked) {
      isAsked = true;
      void game.run(expression).then((answer) => {
        value = answer;
        isAsked = false;
      });
    }
    return value;
  };
}

function report(size: number, sleep: string, figures: object): void {
  if (MEASURED !== undefined) process.stdout.write(`${size} ${sleep} ${JSON.stringify(figures)}\n`);
}
