import { readFileSync } from 'node:fs';
import { ErrorCode } from 'tickpeer';
import { rest, rpc, SceneMultiplayer, strict } from 'tickpeer/multiplayer';
import {
  aabb,
  array,
  basis,
  bool,
  bytesToVar,
  callable,
  color,
  dictionaryOf,
  float,
  int,
  nodePath,
  objectId,
  optional,
  packedByteArray,
  packedColorArray,
  packedFloat32Array,
  packedFloat64Array,
  packedInt32Array,
  packedInt64Array,
  packedStringArray,
  packedVector2Array,
  packedVector3Array,
  packedVector4Array,
  plane,
  projection,
  quaternion,
  rect2,
  rect2i,
  rid,
  type Schema,
  signal,
  string,
  stringName,
  transform2D,
  transform3D,
  typedArray,
  typedDictionary,
  type Variant,
  Vector2,
  variant,
  vector2,
  vector2i,
  vector3,
  vector3i,
  vector4,
  vector4i,
  where,
} from 'tickpeer/variant';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { bytesOf } from '../../../test/support/frames.ts';
import { ScriptedPeer } from '../../../test/support/scripted-peer.ts';

const CLIENT = 7;

/** A server with one client, which has other packets brought to it, and says what became of them. */
function serve() {
  const peer = new ScriptedPeer(1);
  const multiplayer = new SceneMultiplayer({ limits: { badPackets: 1e6 } });
  const bad: string[] = [];
  multiplayer.multiplayerPeer = peer;
  multiplayer.badPacket.connect((_from, { message }) => bad.push(message));
  peer.peerConnected.emit(CLIENT);
  return { peer, multiplayer, bad };
}

function bytesOf16(number: number): string {
  return Buffer.from(Uint16Array.of(number).buffer).toString('hex');
}

/** A call of method 0 of the node "Main", by its path, with arguments that are encoded already. */
function call(...args: readonly string[]): string {
  const body = `${args.length.toString(16).padStart(2, '0')}${args.join('')}`;
  const pathStart = 6 + body.length / 2;
  return `20${bytesOf16(pathStart)}008000${body}4d61696e00`;
}

describe('optional arguments', () => {
  function open() {
    const side = serve();
    const calls: unknown[][] = [];
    const main = side.multiplayer.node('Main', {
      hit: rpc.anyPeer([int, optional(bool), optional(string)], (_from, damage, critical = false, ...more) => {
        expectTypeOf(damage).toEqualTypeOf<number>();
        expectTypeOf(critical).toEqualTypeOf<boolean>();
        calls.push([damage, critical, ...more]);
      }),
    });
    return { ...side, calls, main };
  }

  test.each([
    [['0205'], [5, false]],
    [
      ['0205', '81'],
      [5, true],
    ],
    [
      ['0205', '81', '04000000020000006869 0000'.replace(' ', '')],
      [5, true, 'hi'],
    ],
  ])('are passed or left out: %j', (args, expected) => {
    const { peer, multiplayer, calls, bad } = open();
    peer.receive(CLIENT, call(...args));
    multiplayer.poll();
    expect(bad).toEqual([]);
    expect(calls).toEqual([expected]);
  });

  test.each([[[]], [['0205', '81', '0400000000000000', '0205']]])('other counts are refused: %j', (args) => {
    const { peer, multiplayer, calls, bad } = open();
    peer.receive(CLIENT, call(...args));
    multiplayer.poll();
    expect(bad).toEqual([expect.stringContaining('the method takes 1 to 3')]);
    expect(calls).toEqual([]);
  });

  test('can be left out of outgoing calls', () => {
    const { peer, main } = open();
    expectTypeOf(main.hit.rpcId).parameters.toEqualTypeOf<[id: number, number, boolean?, string?]>();
    main.hit.rpcId(CLIENT, 5);
    main.hit.rpcId(CLIENT, 5, undefined, undefined);
    main.hit.rpcId(CLIENT, 5, true);
    const bodies = peer.sent.slice(1).map(({ hex }) => hex.slice(12, -10));
    expect(bodies).toEqual(['010205', '010205', '02020581']);
    expect(() => main.hit.rpcId(CLIENT, 5, undefined, 'x')).toThrow(
      '"hit" of "Main": argument 2: expected bool, got undefined',
    );
    // @ts-expect-error: the first has to be there
    expect(() => main.hit.rpcId(CLIENT)).toThrow('"hit" of "Main" takes 1 to 3 arguments, not 0');
  });

  test('a call without arguments, and one with a single byte array', () => {
    const { peer, multiplayer, bad } = serve();
    const calls: unknown[][] = [];
    multiplayer.node('Main', {
      any: rpc.anyPeer([optional(packedByteArray), optional(int)], (_from, ...args) => calls.push(args)),
    });
    for (const packet of ['a0060000800 04d61696e00'.replace(' ', ''), 'a008000080000102 4d61696e00'.replace(' ', '')])
      peer.receive(CLIENT, packet);
    multiplayer.poll();
    expect(bad).toEqual([]);
    expect(calls).toEqual([[], [Uint8Array.of(1, 2)]]);
  });
});

describe('arguments of rest()', () => {
  test('those before them are required', () => {
    const { peer, multiplayer, bad } = serve();
    const calls: unknown[] = [];
    multiplayer.node('Main', { log: rpc.anyPeer([bool, rest(int)], () => calls.push(0)) });
    peer.receive(CLIENT, call());
    multiplayer.poll();
    expect(bad).toEqual([expect.stringContaining('the method takes at least 1')]);
    expect(calls).toEqual([]);
  });

  test('any number of them, up to 255 in all', () => {
    const { peer, multiplayer, bad } = serve();
    const calls: unknown[][] = [];
    const main = multiplayer.node('Main', {
      log: rpc.anyPeer([bool, rest(int)], (_from, isLoud, ...values) => {
        expectTypeOf(values).toEqualTypeOf<number[]>();
        calls.push([isLoud, values]);
      }),
    });
    for (const count of [0, 1, 254]) peer.receive(CLIENT, call('81', ...Array<string>(count).fill('0203')));
    peer.receive(CLIENT, call('81', '0203', '81', '0400000000000000'));
    multiplayer.poll();
    expect(calls.map(([, values]) => (values as number[]).length)).toEqual([0, 1, 254]);
    expect(bad).toEqual([expect.stringContaining('argument 4: expected int, got String')]);
    expect(multiplayer.getPeerStatistics(CLIENT)?.refusedPackets).toBe(1);
    expect(main.log.rpcId(CLIENT, true, ...Array<number>(254).fill(1))).toBe(ErrorCode.OK);
    expect(() => main.log.rpcId(CLIENT, true, ...Array<number>(255).fill(1))).toThrow(
      'takes at least 1 arguments, not 256',
    );
  });

  test('required ones come first, and rest() comes last', () => {
    expect(() => rpc.anyPeer([optional(int), string])).toThrow('argument 2 cannot be String');
    expect(() => rpc.anyPeer([rest(int), optional(int)])).toThrow('argument 1 cannot be ...int');
    expect(() => rpc.anyPeer(Array(255).fill(int))).not.toThrow();
    expect(() => rpc.anyPeer(Array(256).fill(int))).toThrow(RangeError);
  });
});

interface Conversion {
  readonly type: string;
  readonly value: string;
  readonly becomes: string | null;
  readonly hex: string;
  readonly becomesHex: string | null;
}

const CONVERSIONS: readonly Conversion[] = readFileSync(
  new URL('../../../test/fixtures/argument-conversions.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

const SCHEMAS: Readonly<Record<string, Schema<never>>> = {
  bool,
  int,
  float,
  String: string,
  Vector2: vector2,
  Vector2i: vector2i,
  Rect2: rect2,
  Rect2i: rect2i,
  Vector3: vector3,
  Vector3i: vector3i,
  Transform2D: transform2D,
  Vector4: vector4,
  Vector4i: vector4i,
  Plane: plane,
  Quaternion: quaternion,
  AABB: aabb,
  Basis: basis,
  Transform3D: transform3D,
  Projection: projection,
  Color: color,
  StringName: stringName,
  NodePath: nodePath,
  RID: rid,
  Object: objectId,
  Callable: callable,
  Signal: signal,
  Dictionary: dictionaryOf(variant, variant),
  Array: array(variant),
  'Array[int]': typedArray(int),
  'Array[String]': typedArray(string),
  'Array[float]': typedArray(float),
  'Dictionary[String,int]': typedDictionary(string, int),
  PackedByteArray: packedByteArray,
  PackedInt32Array: packedInt32Array,
  PackedInt64Array: packedInt64Array,
  PackedFloat32Array: packedFloat32Array,
  PackedFloat64Array: packedFloat64Array,
  PackedStringArray: packedStringArray,
  PackedVector2Array: packedVector2Array,
  PackedVector3Array: packedVector3Array,
  PackedColorArray: packedColorArray,
  PackedVector4Array: packedVector4Array,
} as unknown as Readonly<Record<string, Schema<never>>>; // each with its own type

/** Every number in a value, for comparing what two programs have reckoned. */
function numbersOf(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (typeof value !== 'object' || value === null) return [];
  if ('toArray' in value && typeof value.toArray === 'function') return numbersOf(value.toArray());
  return [...(value as Iterable<unknown>)].flatMap(numbersOf);
}

/** As an argument travels: bools and integers have a form of their own. */
function argumentOf(value: Variant): string {
  const { peer, multiplayer } = serve();
  multiplayer.node('Main', { x: rpc.anyPeer([variant, variant]) }).x.rpcId(CLIENT, value, null);
  return peer.sent[1]!.hex.slice(14, -18);
}

/** Pairs that differ on purpose: docs/differences.md. */
const REFUSED_HERE = (type: string, value: string): boolean =>
  (type === 'Color' && (value === '"5"' || value === '"red"')) ||
  // Elements that the engine drops or makes nothing of, or converts one by one.
  ((type.startsWith('Packed') || type.startsWith('Array[')) && !/^(Array\()?\[\]/.test(value));
const TAKEN_HERE = new Set([
  'Array[int] of [1, 2]',
  'Array[int] of []',
  'Array[String] of ["a", "b"]',
  'Array[String] of []',
  'Array[float] of [1.5, 2]',
  'Array[float] of [1, 2]',
  'Array[float] of []',
  'Array[float] of Array([1, 2], TYPE_INT, &"", null)',
  'Dictionary[String,int] of {}',
  'Dictionary[String,int] of {"a": 1}',
  'String of &"name"',
  'StringName of "5"',
]);

test('a parameter accepts and converts the same values as the engine’s', () => {
  const refused: string[] = [];
  const taken: string[] = [];
  const other: string[] = [];
  for (const { type, value, becomes, hex, becomesHex } of CONVERSIONS) {
    const { peer, multiplayer, bad } = serve();
    const came: unknown[] = [];
    multiplayer.node('Main', { x: rpc.anyPeer([SCHEMAS[type]!], (_from, argument) => came.push(argument)) });
    const given = bytesToVar(bytesOf(hex))!; // the engine has encoded it
    peer.receive(CLIENT, call(argumentOf(given)));
    multiplayer.poll();
    const name = `${type} of ${value}`;
    if (becomes === null && came.length > 0) taken.push(name);
    else if (becomesHex !== null && came.length === 0) {
      if (!REFUSED_HERE(type, value)) refused.push(`${name}: ${bad}`);
    } else if (becomesHex !== null) {
      const [mine, theirs] = [numbersOf(came[0]), numbersOf(bytesToVar(bytesOf(becomesHex)))];
      const isSame = mine.length === theirs.length && mine.every((number, at) => Math.abs(number - theirs[at]!) < 1e-6);
      if (!isSame) other.push(`${name}: ${mine} for ${theirs}`);
    }
  }
  expect(refused).toEqual([]);
  expect(other).toEqual([]);
  expect(taken.filter((name) => !TAKEN_HERE.has(name))).toEqual([]);
});

describe('an argument of strict()', () => {
  test.each<[Schema<unknown>, unknown]>([
    [int as Schema<unknown>, true],
    [int as Schema<unknown>, 5.5],
    [bool as Schema<unknown>, 1],
    [vector2 as Schema<unknown>, null],
  ])('%# is not converted', (schema, value) => {
    const { peer, multiplayer, bad } = serve();
    const came: unknown[] = [];
    multiplayer.node('Main', { x: rpc.anyPeer([strict(schema)], (_from, argument) => came.push(argument)) });
    peer.receive(CLIENT, call(argumentOf(value as Variant)));
    multiplayer.poll();
    expect([came.length, bad.length]).toEqual([0, 1]);
  });

  test('a converted value is also tested by where()', () => {
    const { peer, multiplayer, bad } = serve();
    const came: unknown[] = [];
    const price = where(int, (value) => value > 0, 'a price');
    multiplayer.node('Main', { x: rpc.anyPeer([price], (_from, argument) => came.push(argument)) });
    for (const value of [2.5, -2.5, true, false]) peer.receive(CLIENT, call(argumentOf(value)));
    multiplayer.poll();
    expect(came).toEqual([2, 1]);
    // Told the first time of its kind, and counted.
    expect([bad.length, multiplayer.getPeerStatistics(CLIENT)?.refusedPackets]).toEqual([1, 2]);
  });
});

test('the failure of an argument names the method and the node', () => {
  const { multiplayer } = serve();
  const main = multiplayer.node('Main', { hit: rpc.anyPeer([int, float]), blob: rpc.anyPeer([string]) });
  // @ts-expect-error: a boolean
  expect(() => main.hit.rpc(1, true)).toThrow('"hit" of "Main": argument 2: expected float, got bool');
  // @ts-expect-error: bytes
  expect(() => main.blob.rpc(Uint8Array.of(1))).toThrow(
    '"blob" of "Main": argument 1: expected String, got PackedByteArray',
  );
});

test('after a mismatch a peer is not called by numbers that mean other methods', () => {
  const { peer, multiplayer } = serve();
  const other = 8;
  peer.peerConnected.emit(other);
  const main = multiplayer.node('Main', { ban: rpc.anyPeer([]), chat: rpc.anyPeer([]), kick: rpc.anyPeer([]) });
  const mismatches: number[] = [];
  multiplayer.checksumMismatch.connect((id) => mismatches.push(id));
  expect(main.chat.rpc()).toBe(ErrorCode.OK);
  peer.receive(CLIENT, '020001000000');
  peer.receive(other, '020101000000');
  multiplayer.poll();
  peer.sent.length = 0;
  expect(mismatches).toEqual([CLIENT]);
  expect(main.chat.rpcId(CLIENT)).toBe(ErrorCode.ERR_UNAVAILABLE);
  expect(multiplayer.getLastFailure()).toMatchObject({
    code: 'TICKPEER_RPC_CHECKSUM',
    message: expect.stringContaining('"chat" of "Main"'),
  });
  expect(main.chat.rpc()).toBe(ErrorCode.ERR_UNAVAILABLE);
  expect(main.chat.rpcId(other)).toBe(ErrorCode.OK);
  expect(peer.sent.map(({ to }) => to)).toEqual([other, other]);
  // Another node of the same peer is another matter, and so is the same id once it is somebody else.
  expect(multiplayer.node('Other', { a: rpc.anyPeer([]) }).a.rpcId(CLIENT)).toBe(ErrorCode.OK);
  peer.peerDisconnected.emit(CLIENT);
  peer.peerConnected.emit(CLIENT);
  expect(main.chat.rpcId(CLIENT)).toBe(ErrorCode.OK);
});

test('the compiler’s errors are about the argument that is wrong', () => {
  const declare = (): void => {
    rpc.anyPeer(
      [int],
      // @ts-expect-error: the handler's parameter is another type
      (_from, _text: string) => {},
    );
    rpc.anyPeer(
      // @ts-expect-error: the class for the schema
      [Vector2],
      () => {},
    );
    rpc.anyPeer(
      // @ts-expect-error: no list
      int,
      () => {},
    );
    rpc.anyPeer([int], () => {}, {
      // @ts-expect-error: an option that there is not
      calLocal: true,
    });
    rpc.anyPeer([int], (_from, value) => expectTypeOf(value).toEqualTypeOf<number>());
    rpc.anyPeer([], { callLocal: true });
    rpc.disabled();
  };
  expect(declare).toBeTypeOf('function');
});
