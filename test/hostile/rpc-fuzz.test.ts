import { ErrorCode } from 'tickpeer';
import { rest, rpc, SceneMultiplayer, strict } from 'tickpeer/multiplayer';
import {
  array,
  bool,
  dictionary,
  dictionaryOf,
  float,
  int,
  nullable,
  optional,
  packedByteArray,
  string,
  typedArray,
  Vector2,
  variant,
  vector2,
} from 'tickpeer/variant';
import { expect } from 'vitest';
import { bytesOf } from '../support/frames.ts';
import { ScriptedPeer } from '../support/scripted-peer.ts';
import type { Chance } from './fuzz.ts';
import { fuzz } from './fuzz-runner.ts';

const CLIENT = 7;
const profile = dictionary({ hp: int, name: string, at: optional(vector2) });

/** Checks the arguments of handlers: a wrong type would be a defect of the schemas. */
function methodsOf(check: (type: string, ok: boolean) => void) {
  return {
    blob: rpc.anyPeer([packedByteArray], (_from, bytes) => check('blob', bytes instanceof Uint8Array)),
    hit: rpc.anyPeer([int, optional(bool)], (_from, damage, critical) =>
      check('hit', Number.isSafeInteger(damage) && (critical === undefined || typeof critical === 'boolean')),
    ),
    log: rpc.anyPeer([strict(bool), rest(float)], (_from, isLoud, ...values) =>
      check('log', typeof isLoud === 'boolean' && values.every((value) => typeof value === 'number')),
    ),
    mixed: rpc.anyPeer([nullable(string), variant], (_from, text, value) =>
      check('mixed', (text === null || typeof text === 'string') && value !== undefined),
    ),
    names: rpc.anyPeer([array(string), typedArray(int)], (_from, names, numbers) =>
      check('names', names.every((name) => typeof name === 'string') && numbers.every(Number.isSafeInteger)),
    ),
    nothing: rpc.anyPeer([], (_from, ...args) => check('nothing', args.length === 0)),
    scores: rpc.anyPeer([dictionaryOf(int, profile)], (_from, scores) =>
      check(
        'scores',
        [...scores].every(([id, { hp, name }]) => Number.isSafeInteger(id + hp) && typeof name === 'string'),
      ),
    ),
    turn: rpc.anyPeer([vector2, float], (_from, to, speed) =>
      check('turn', to instanceof Vector2 && typeof speed === 'number'),
    ),
  };
}

/** Calls as a client makes them: by the path, and by the number once that is confirmed. */
function validCalls(): Uint8Array[] {
  const peer = new ScriptedPeer(CLIENT);
  const multiplayer = new SceneMultiplayer();
  multiplayer.multiplayerPeer = peer;
  const main = multiplayer.node(
    'Main',
    methodsOf(() => {}),
  );
  peer.peerConnected.emit(1);
  for (const isConfirmed of [false, true]) {
    if (isConfirmed) {
      peer.receive(1, '020101000000');
      multiplayer.poll();
    }
    main.blob.rpcId(1, Uint8Array.of(1, 2, 3));
    main.hit.rpcId(1, 5);
    main.hit.rpcId(1, 70_000, true);
    main.log.rpcId(1, false, 1, 2.5, -3);
    main.mixed.rpcId(
      1,
      null,
      new Map<unknown, unknown>([[[1, 'x'], { deep: [new Vector2(1, 2), 2n ** 60n] }]]) as never,
    );
    main.mixed.rpcId(1, 'größer', [Float32Array.of(1.5), null] as never);
    main.names.rpcId(1, ['a', 'b'], [1, 2, 3]);
    main.nothing.rpcId(1);
    main.scores.rpcId(
      1,
      new Map([
        [3, { hp: 1, name: 'A', at: new Vector2(0, 1) }],
        [400_000, { hp: 2, name: 'B' }],
      ]),
    );
    main.turn.rpcId(1, new Vector2(0.5, -1), 3);
  }
  return peer.sent.map(({ hex }) => bytesOf(hex));
}

const CALLS = validCalls();
const [INTRODUCTION] = CALLS;

/** A valid call with one to three changes, so that most of it is still valid. */
function damaged(chance: Chance): Uint8Array<ArrayBuffer> {
  let bytes = Uint8Array.from(chance.pick(CALLS));
  for (let changes = 1 + chance.below(3); changes > 0; changes--) {
    const at = chance.below(bytes.length);
    const how = chance.below(8);
    if (how === 0) bytes[at]! ^= 1 << chance.below(8);
    else if (how === 1)
      bytes[at] = chance.below(40); // a type
    else if (how === 2) bytes[at] = chance.pick([0, 1, 0x7f, 0x80, 0xfe, 0xff]);
    else if (how === 3) bytes = bytes.slice(0, Math.max(1, at));
    else if (how === 4)
      bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + 1 + chance.below(8))]);
    else if (how === 5)
      bytes = Uint8Array.from([...bytes.subarray(0, at), ...chance.bytes(1 + chance.below(8)), ...bytes.subarray(at)]);
    else if (how === 6) {
      // A value from another call replaces this one.
      const other = chance.pick(CALLS);
      const from = chance.below(other.length);
      bytes = Uint8Array.from([
        ...bytes.subarray(0, at),
        ...other.subarray(from, from + 4 * (1 + chance.below(6))),
        ...bytes.subarray(at),
      ]);
    } else if (at + 4 <= bytes.length) {
      new DataView(bytes.buffer).setUint32(
        at,
        chance.pick([0, 1, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]),
        true,
      );
    }
    if (bytes.length === 0) bytes = Uint8Array.of(0);
  }
  return bytes;
}

fuzz('RPCs that begin as valid calls', (chance) => {
  const peer = new ScriptedPeer(1);
  const multiplayer = new SceneMultiplayer({
    limits: { packetsPerSecond: 1e9, bytesPerSecond: 1e12, badPackets: 1e9 },
  });
  multiplayer.multiplayerPeer = peer;
  let calls = 0;
  let refused = 0;
  let bytesPassed = 0;
  multiplayer.badPacket.connect(() => refused++);
  multiplayer.peerPacket.connect(() => bytesPassed++);
  multiplayer.node(
    'Main',
    methodsOf((type, ok) => {
      calls++;
      expect(ok, type).toBe(true);
    }),
  );
  peer.peerConnected.emit(CLIENT);
  peer.receive(CLIENT, INTRODUCTION!.slice());
  // Every valid call is accepted, before and after the others.
  const whole = chance.pick(CALLS.slice(1).filter((packet) => (packet[0]! & 7) === 0));
  peer.receive(CLIENT, whole.slice());
  const count = 1 + chance.below(8);
  let isIntroduced = false;
  for (let n = 0; n < count; n++) {
    const packet = damaged(chance);
    isIntroduced ||= (packet[0]! & 7) === 1;
    peer.receive(CLIENT, packet);
  }
  peer.receive(CLIENT, whole.slice());
  expect(multiplayer.poll()).toBe(ErrorCode.OK);
  expect(peer.getAvailablePacketCount()).toBe(0);
  // An introduction may have given the node another number, or a checksum that differs.
  expect(calls).toBeGreaterThanOrEqual(isIntroduced ? 1 : 2);
  expect(calls + refused + bytesPassed).toBeLessThanOrEqual(count + 3);
});
