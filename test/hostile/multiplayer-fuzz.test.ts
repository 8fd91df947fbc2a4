import { readFileSync } from 'node:fs';
import { ErrorCode } from 'tickpeer';
import { rpc, SceneMultiplayer } from 'tickpeer/multiplayer';
import {
  array,
  decodeVariant,
  dictionary,
  float,
  int,
  string,
  Vector2,
  variant,
  varToBytes,
  vector2,
} from 'tickpeer/variant';
import { expect } from 'vitest';
import { readIdMessage } from '../../src/multiplayer/wire/id-message.ts';
import { bytesOf } from '../support/frames.ts';
import { ScriptedPeer } from '../support/scripted-peer.ts';
import { type Chance, mutate } from './fuzz.ts';
import { fuzz } from './fuzz-runner.ts';

const A = 1_729_187_638;
const B = 459_343_112;

/** Every packet of the recorded session, and those that it lacks. */
const PACKETS: readonly Uint8Array[] = [
  ...recorded('server'),
  ...recorded('client-a'),
  ...recorded('client-b'),
  ...['0700', '070061', '070108000000', '070205000000', '0401020304', '0501000000', '06010002', '1602000000', '03'].map(
    bytesOf,
  ),
  // A node-level method, a wide node number, raw bytes.
  ...['c0010080', 'a0701101 0001', '8001020102', '1801 18000000'].map(bytesOf),
];
const VARIANTS: readonly Uint8Array[] = readFileSync(new URL('../fixtures/variant.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => bytesOf(JSON.parse(line).hex));

function recorded(name: string): Uint8Array[] {
  const text = readFileSync(new URL(`../fixtures/multiplayer-session/${name}.jsonl`, import.meta.url), 'utf8');
  return [...text.matchAll(/"hex":"([0-9a-f]+)"/g)].map(([, digits]) => bytesOf(digits ?? ''));
}

/** A side of the session that checks that handlers get only declared arguments. */
function listen(id: number): {
  peer: ScriptedPeer;
  multiplayer: SceneMultiplayer;
  counts: { calls: number; bad: number };
} {
  const peer = new ScriptedPeer(id);
  const multiplayer = new SceneMultiplayer({
    limits: { packetsPerSecond: 1e9, bytesPerSecond: 1e12, badPackets: 1e9, cacheEntries: 8 },
  });
  const counts = { calls: 0, bad: 0 };
  multiplayer.multiplayerPeer = peer;
  multiplayer.badPacket.connect(() => counts.bad++);
  const heard = (_from: number, ...args: readonly unknown[]): void => {
    counts.calls++;
    expect(args).not.toContain(undefined);
  };
  const methods = {
    say: rpc.anyPeer([string], heard, { callLocal: true }),
    ping: rpc.anyPeer([variant], heard),
    pong: rpc.anyPeer([vector2], (_from, at) => expect(at).toBeInstanceOf(Vector2)),
    add: rpc.anyPeer([int, float], (_from, one, two) => expect([typeof one, typeof two]).toEqual(['number', 'number'])),
    anyv: rpc.anyPeer([variant], heard),
    auth_only: rpc.authority([dictionary({ k: variant })], (_from, { k }) => expect(k).toBeDefined()),
    fwd: rpc.anyPeer([int, string], heard),
    many: rpc.anyPeer([int, string, float, array(int), variant], heard),
    noargs: rpc.anyPeer([], heard),
    ordered: rpc.anyPeer([variant], heard),
    unrel: rpc.anyPeer([variant], heard),
  };
  multiplayer.node('Game', methods);
  multiplayer.nodes('Game/*/*', methods);
  const links = id === 1 ? [A, B] : [1];
  for (const link of links) peer.peerConnected.emit(link);
  return { peer, multiplayer, counts };
}

/** Several packets from several senders, valid, broken and in any order, to a server or a client. */
fuzz('packets of Godot’s multiplayer', (chance) => {
  const id = chance.pick([1, A]);
  const { peer, multiplayer, counts } = listen(id);
  const senders = id === 1 ? [A, B, 77] : [1, 1, 1, B];
  for (let n = chance.below(12); n >= 0; n--) {
    const packet = chance.below(3) === 0 ? chance.pick(PACKETS) : mutate(chance, PACKETS);
    peer.receive(chance.pick(senders), packet.slice());
  }
  expect(multiplayer.poll()).toBe(ErrorCode.OK);
  expect(peer.getAvailablePacketCount()).toBe(0);
  expect(multiplayer.getRemoteSenderId()).toBe(0);
  expect(peer.disconnected.every((gone) => !multiplayer.getPeers().includes(gone))).toBe(true);
  expect(counts.calls + counts.bad).toBeLessThanOrEqual(40);
});

fuzz('the first message of a server', (chance) => {
  const id = readIdMessage(
    mutate(chance, [bytesOf('78563412'), bytesOf('01000000'), bytesOf('ffffffff'), bytesOf('02000000')]),
  );
  if (id !== null) expect(id >= 2 && id < 2 ** 31).toBe(true);
});

/** Encoding a decoded value and decoding the bytes gives an equal value. */
fuzz('Variants', (chance: Chance) => {
  const bytes = mutate(chance, VARIANTS);
  const decoded = decodeVariant(bytes, { allowObjects: chance.below(2) === 0 });
  if ('code' in decoded) {
    expect(decoded.offset).toBeLessThanOrEqual(bytes.length);
    return;
  }
  expect(decoded.size).toBeLessThanOrEqual(bytes.length);
  const again = varToBytes(decoded.value, { fullObjects: true });
  const twice = decodeVariant(again, { allowObjects: true });
  if ('code' in twice) throw new Error(`${twice.message} after encoding`);
  expect(varToBytes(twice.value, { fullObjects: true })).toEqual(again);
});
