import { readdirSync, readFileSync } from 'node:fs';
import { ErrorCode } from 'tickpeer';
import {
  always,
  custom,
  onChange,
  rpc,
  SceneMultiplayer,
  scene,
  spawner,
  spawnOnly,
  synchronizer,
} from 'tickpeer/multiplayer';
import { array, bool, dictionary, float, int, string, variant, vector2 } from 'tickpeer/variant';
import { expect } from 'vitest';
import { FakeClock } from '../support/fake-clock.ts';
import { bytesOf } from '../support/frames.ts';
import { ScriptedPeer } from '../support/scripted-peer.ts';
import { mutate } from './fuzz.ts';
import { fuzz } from './fuzz-runner.ts';

const FOLDER = new URL('../fixtures/replication/', import.meta.url);
/** What each recorded client has received, in order. */
const SESSIONS: readonly (readonly Uint8Array[])[] = readdirSync(FOLDER)
  .filter((name) => /client.*\.jsonl$/.test(name))
  .map((name) => [...readFileSync(new URL(name, FOLDER), 'utf8').matchAll(/"ev":"pkt_in".*?"hex":"([0-9a-f]+)"/g)])
  .map((lines) => lines.map(([, digits]) => bytesOf(digits ?? '')));
const PACKETS: readonly Uint8Array[] = SESSIONS.flat().filter(([command]) => ((command ?? 0) & 7) >= 4);
const MOST_NODES = 6;

const unit = scene('res://rp_unit.tscn', {
  Sync: synchronizer({
    position: always(vector2),
    hp: onChange(int),
    tags: onChange(array(variant), [], { spawn: false }),
    title: spawnOnly(string),
  }),
});
const plain = scene('res://rp_plain.tscn', {});
const player = scene('res://player.tscn', {
  Sync: synchronizer({ position: always(vector2), hp: onChange(int) }),
  Input: synchronizer({ dir: always(vector2) }, { authority: ({ name }) => Number(name) }),
});
const squad = scene('res://squad.tscn', {
  MemberSpawner: spawner({ spawnPath: '../Members', spawnFunction: custom(variant, () => unit.instantiate()) }),
});
const state = scene('res://state.tscn', {
  StateSync: synchronizer({
    tick: always(int),
    speed: always(float),
    label: onChange(string),
    flags: onChange(variant, null),
    on: onChange(bool),
  }),
});

interface Listener {
  readonly peer: ScriptedPeer;
  readonly multiplayer: SceneMultiplayer;
  /** The nodes of all spawners. */
  readonly count: () => number;
}

/** A side of the recorded sessions whose spawners have the authority 1, or a client's when it is the server itself. */
function listen(id: number, other: number): Listener {
  const peer = new ScriptedPeer(id);
  const multiplayer = new SceneMultiplayer({
    clock: new FakeClock(),
    limits: { packetsPerSecond: 1e9, bytesPerSecond: 1e12, badPackets: 1e9, spawnedNodes: MOST_NODES },
  });
  multiplayer.multiplayerPeer = peer;
  const nodes = { spawnLimit: MOST_NODES, scenes: [unit, plain] };
  const spawners = [
    multiplayer.spawner('World/Spawner', {
      ...nodes,
      spawnPath: '../Units',
      spawnFunction: custom(variant, () => unit.instantiate()),
    }),
    multiplayer.spawner('World/PlayerSpawner', {
      ...nodes,
      spawnPath: '../Players',
      spawnFunction: custom(dictionary({ id: int }), ({ id: owner }) => player.instantiate({ name: String(owner) })),
    }),
    multiplayer.spawner('World/SquadSpawner', {
      ...nodes,
      spawnPath: '../Squads',
      spawnFunction: custom(variant, () => squad.instantiate()),
    }),
  ];
  const one = state.instantiate({ name: 'State' });
  multiplayer.addChild('World', one);
  for (const node of [...spawners, one]) node.setMultiplayerAuthority(other);
  multiplayer.node('World', { poke: rpc.anyPeer([variant]) });
  peer.peerConnected.emit(other);
  return { peer, multiplayer, count: () => Math.max(...spawners.map((each) => each.getChildren().length)) };
}

/** Every value of a node is one of its schema's: nothing is half of a packet. */
function check(multiplayer: SceneMultiplayer): void {
  for (const path of ['World/State', 'World/Units/u1', 'World/Units/scene_unit']) {
    const node = multiplayer.getNodeOrNull(path);
    if (unit.isInstance(node)) {
      expect([vector2.check(node.position), int.check(node.hp), string.check(node.title)]).toEqual([null, null, null]);
      expect(array(variant).check(node.tags)).toBeNull();
    } else if (state.isInstance(node)) {
      expect([int.check(node.tick), float.check(node.speed), string.check(node.label)]).toEqual([null, null, null]);
    }
  }
}

/** A recorded session in which packets are changed, left out, doubled and mixed with those of others. */
fuzz(
  'replication packets',
  (chance) => {
    const [id, other] = chance.pick([
      [5, 1],
      [1, 5],
    ] as const);
    const { peer, multiplayer, count } = listen(id, other);
    const session = chance.pick(SESSIONS);
    const start = chance.below(4) === 0 ? chance.below(session.length) : 0;
    for (const packet of session.slice(start, start + 40)) {
      const how = chance.below(12);
      if (how === 0) peer.receive(other, mutate(chance, [packet]) as Uint8Array<ArrayBuffer>);
      else if (how === 1) peer.receive(other, mutate(chance, PACKETS) as Uint8Array<ArrayBuffer>);
      else if (how === 2) peer.receive(other, chance.pick(PACKETS).slice());
      if (how !== 3) peer.receive(other, packet.slice());
      if (chance.below(3) === 0) expect(multiplayer.poll()).toBe(ErrorCode.OK);
    }
    expect(multiplayer.poll()).toBe(ErrorCode.OK);
    expect(peer.getAvailablePacketCount()).toBe(0);
    expect(count()).toBeLessThanOrEqual(MOST_NODES);
    check(multiplayer);
    peer.peerDisconnected.emit(other);
    multiplayer.poll();
    expect(count()).toBe(0);
  },
  1500,
);
