import { describe, expect, test } from 'vitest';
import { bytesOf } from '../../../test/support/frames.ts';
import { FullObject, int, VariantWriter, variant, varToBytes, vector2 } from '../../variant/index.ts';
import { always, onChange, PacketDecoder, type PacketDecoderOptions, rpc, scene, synchronizer } from '../index.ts';
import { simplifyPathPacket } from '../wire/path-packet.ts';
import type { DecodedPacket } from './decoded-packet.ts';

const MAIN = { nodes: { Main: ['move', 'ping', 'shout'] } };
const MAIN_CHECKSUM = '31 62 36 61 64 33 64 35 39 31 34 33 31 36 64 39 35 32 30 61 65 63 31 34 38 35 63 30 32 62 65 39';
const INTRODUCTION = `01 ${MAIN_CHECKSUM} 00 01 00 00 00 4D 61 69 6E 00`;

function decode(digits: string, options: PacketDecoderOptions = {}): DecodedPacket {
  return new PacketDecoder({ clientId: 5, ...options }).decode(bytesOf(digits), 'received');
}

/** The texts of packets of one connection; `>` are sent by the client. */
function texts(lines: readonly string[], options: PacketDecoderOptions = {}): string[] {
  const decoder = new PacketDecoder({ clientId: 5, ...options });
  return lines.map((line) => decoder.decode(bytesOf(line.slice(1)), line.startsWith('>') ? 'sent' : 'received').text);
}

describe('the id message', () => {
  test('is the first packet of a server', () => {
    const decoder = new PacketDecoder();
    expect(decoder.clientId).toBeNull();
    const packet = decoder.decode(bytesOf('78 56 34 12'), 'received');
    expect(packet).toEqual({
      kind: 'id-assignment',
      direction: 'received',
      from: 1,
      to: 305419896,
      size: 4,
      id: 305419896,
      text: 'id 305419896',
    });
    expect(decoder.clientId).toBe(305419896);
    expect(decoder.decode(bytesOf('78 56 34 12'), 'received').kind).toBe('unreadable');
  });

  test('is sent, when this end is the server', () => {
    const decoder = new PacketDecoder({ role: 'server' });
    expect(decoder.decode(bytesOf('05 00 00 00'), 'sent')).toMatchObject({
      kind: 'id-assignment',
      id: 5,
      from: 1,
      to: 5,
    });
    expect(decoder.decode(bytesOf('03 68 69'), 'received')).toMatchObject({ kind: 'raw', from: 5, to: 1 });
  });

  test('is not expected when the id is known', () => {
    expect(decode('03 01 02 7f')).toMatchObject({ kind: 'raw' });
    expect(new PacketDecoder().decode(bytesOf('03 01 02 7f'), 'received')).toMatchObject({ kind: 'id-assignment' });
  });

  test('is not there in a connection that was seen later', () => {
    const decoder = new PacketDecoder();
    expect(decoder.decode(bytesOf('07 01 07 00 00 00'), 'received')).toMatchObject({ kind: 'sys-add-peer', to: null });
    expect(decoder.decode(bytesOf('80 01 02 03'), 'received').kind).toBe('rpc');
  });
});

test.each([
  ['07 01 78 56 34 12', 'add peer 305419896'],
  ['07 02 07 00 00 00', 'delete peer 7'],
  ['07 00 74 6F 6B 65 6E', 'auth 5 bytes 746f6b656e'],
  ['07 00', 'auth complete'],
  ['03 68 69', 'raw 2 bytes 6869'],
  [INTRODUCTION, 'path 1 = Main'],
  ['02 01 01 00 00 00', 'confirm path 1'],
  ['02 00 01 00 00 00', 'confirm path 1, methods differ'],
  ['07 03 07 00 00 00 80 01 01', 'relay from 7: rpc #1.#1()'],
  ['A0 06 00 00 80 01 4D 61 69 6E 00', 'rpc Main.ping()'],
  ['00 01 00 02 42 2C 01 04 00 00 00 02 00 00 00 68 69 00 00', 'rpc #1.#0(300, "hi")'],
  ['20 16 00 00 80 00 02 42 2C 01 04 00 00 00 02 00 00 00 68 69 00 00 4D 61 69 6E 00', 'rpc Main.move(300, "hi")'],
  ['80 01 02 01 02 03', 'rpc #1.#2(PackedByteArray([1, 2, 3]))'],
  ['A0 70 11 01 00 01', 'rpc #70000.#1()'],
  ['C0 01 00 80', 'rpc #1.#32768()'],
  ['00 01 02 01 18 00 00 00', 'rpc #1.#2(null)'],
  ['05 01 00 00 00', 'despawn #1'],
  ['06 1D 00 01 00 00 80 0A 00 00 00 02 00 03 00 00 00 00 00 80 3F', 'sync 29: #path 1 0, 1.0'],
  ['16 04 00 00 00 01 00 00 00 00 00 00 00 02 00 00 00 02 2A', 'delta #4 42'],
  ['04 01 01 00 00 00 03 00 00 00 00 00 00 00 06 00 00 00 70 6C 61 69 6E 00', 'spawn plain (net id 3) by #1, scene 1'],
])('%s is "%s"', (digits, text) => {
  expect(decode(digits, MAIN).text).toBe(text);
});

describe('what earlier packets have introduced', () => {
  test('each side has its own numbers', () => {
    const lines = [`<${INTRODUCTION}`, '<80 01 01', '>80 01 01', '>02 01 01 00 00 00', '<02 01 01 00 00 00'];
    expect(texts(lines, MAIN)).toEqual([
      'path 1 = Main',
      'rpc Main.ping()',
      'rpc #1.#1()',
      'confirm path 1 = Main',
      'confirm path 1',
    ]);
  });

  test('each relayed peer, too', () => {
    const lines = [
      `<07 03 07 00 00 00 ${INTRODUCTION}`,
      '<07 03 07 00 00 00 80 01 01',
      '<07 03 08 00 00 00 80 01 01',
      '>07 03 07 00 00 00 02 01 01 00 00 00',
      '>07 03 08 00 00 00 02 01 01 00 00 00',
    ];
    expect(texts(lines, MAIN)).toEqual([
      'relay from 7: path 1 = Main',
      'relay from 7: rpc Main.ping()',
      'relay from 8: rpc #1.#1()',
      'relay to 7: confirm path 1 = Main',
      'relay to 8: confirm path 1',
    ]);
  });

  test('the destinations of a relayed packet', () => {
    expect(texts(['>07 03 00 00 00 00 03 68', '>07 03 F9 FF FF FF 03 68'])).toEqual([
      'relay to all: raw 1 bytes 68',
      'relay to all but 7: raw 1 bytes 68',
    ]);
    const decoder = new PacketDecoder({ clientId: 5 });
    expect(decoder.decode(bytesOf('07 03 07 00 00 00 03 68'), 'sent')).toMatchObject({
      kind: 'relay',
      source: null,
      destination: 7,
      from: 5,
      to: 1,
      size: 8,
      packet: { kind: 'raw', from: 5, to: 7, size: 2 },
    });
  });

  test('a number from before is asked for', () => {
    const pathOf = (from: number, number: number) => (from === 1 && number === 1 ? 'Main' : undefined);
    expect(decode('80 01 01', { ...MAIN, pathOf }).text).toBe('rpc Main.ping()');
    expect(decode('80 02 01', { ...MAIN, pathOf }).text).toBe('rpc #2.#1()');
  });

  test('takes a limited amount of memory: the oldest are forgotten', () => {
    const decoder = new PacketDecoder({ clientId: 5, mostBytes: 100_000 });
    for (let number = 1; number <= 20_000; number++) {
      const path = new TextEncoder().encode(`Node${number}\0`);
      decoder.decode(simplifyPathPacket('0'.repeat(32), number, path), 'received');
    }
    expect(decoder.decode(bytesOf('80 01 01'), 'received').text).toBe('rpc #1.#1()');
    expect(decoder.decode(bytesOf('90 20 4E 01'), 'received').text).toBe('rpc Node20000.#1()');
  });

  test('a despawned node is forgotten', () => {
    const spawn = '<04 00 01 00 00 00 01 00 00 00 01 00 00 00 02 00 00 00 02 00 00 00 61 00 02 05';
    const sync = '<06 01 00 02 00 00 00 02 00 00 00 02 01';
    expect(texts([spawn, sync, '<05 01 00 00 00', sync, '<05 01 00 00 00'])).toEqual([
      'spawn a (net id 1) by #1, scene 0: 5',
      'sync 1: a 1',
      'despawn a',
      'sync 1: #2 1',
      'despawn #1',
    ]);
  });
});

describe('declared names', () => {
  test('a checksum finds the methods of a path that is not declared', () => {
    const other = `01 ${MAIN_CHECKSUM} 00 01 00 00 00 4F 74 68 65 72 00`;
    expect(texts([`<${other}`, '<80 01 01'], MAIN)).toEqual(['path 1 = Other', 'rpc Other.ping()']);
    expect(decode(other, MAIN)).toMatchObject({ isAsDeclared: null, checksum: '1b6ad3d5914316d9520aec1485c02be9' });
  });

  test('methods that differ are a remark', () => {
    const nodes = { Main: ['move', 'ping'] };
    expect(decode(INTRODUCTION, { nodes })).toMatchObject({ isAsDeclared: false });
    expect(decode(INTRODUCTION, { nodes }).text).toBe('path 1 = Main, methods differ from the declared ones');
    expect(decode(INTRODUCTION, MAIN)).toMatchObject({ isAsDeclared: true });
  });

  test.each([
    { Main: ['zap', 'move'] },
    { '*': { zap: [], move: [] } },
    { '/root/Main': { zap: { nodeConfig: false }, move: null } },
    { Main: { zap: rpc.anyPeer(), move: rpc.authority() } },
  ])('of methods: %o', (nodes) => {
    expect(decode('A0 06 00 00 80 01 4D 61 69 6E 00', { nodes }).text).toBe('rpc Main.zap()');
  });

  test.each([
    { zap: { nodeConfig: true }, move: {} },
    { zap: rpc.anyPeer([], { nodeConfig: true }), move: rpc.anyPeer() },
  ])('of methods that are configured on the node', (methods) => {
    const call = 'E0 07 00 00 80 00 80 4D 61 69 6E 00';
    expect(decode(call, { nodes: { Main: methods } }).text).toBe('rpc Main.zap()');
  });

  test('of a scene that is declared as for a server', () => {
    const unit = scene('res://unit.tscn', {
      Sync: synchronizer({ position: always(vector2), hp: onChange(int) }),
      'Inner/Own': synchronizer({ turn: always(int) }, { rootPath: '..' }),
      Input: synchronizer({ motion: always(vector2) }, { authority: () => 5 }),
    });
    const spawners = { 'World/Spawner': { spawnPath: '../Units', scenes: [unit] } };
    const path = simplifyPathPacket('0'.repeat(32), 1, new TextEncoder().encode('World/Spawner\0'));
    const decoder = new PacketDecoder({ clientId: 5, spawners });
    decoder.decode(path, 'received');
    const spawn = '04 00 01 00 00 00 01 00 00 00 01 00 00 00 02 00 00 00 02 00 00 00 61 00';
    const state = '05 00 00 00 00 00 80 3F 00 00 00 40 02 07';
    expect(decoder.decode(bytesOf(`${spawn} ${state}`), 'received').text).toBe(
      'spawn World/Units/a (net id 1) by World/Spawner, scene 0: position=Vector2(1, 2), hp=7',
    );
    expect(decoder.decode(bytesOf('16 02 00 00 00 01 00 00 00 00 00 00 00 02 00 00 00 02 2A'), 'received').text).toBe(
      'delta World/Units/a/Sync hp=42',
    );
  });

  test.each([
    ['{"nodes": 5}', /an object whose keys are paths/],
    ['{"nodes": {"Main": "move"}}', /"Main"/],
    ['{"nodes": {"Main": [1]}}', /"Main"/],
    ['{"spawners": {"A": null}}', /"A"/],
    ['{"spawners": {"A": {"scenes": [3]}}}', /a scene is declared by an object/],
    ['{"synchronizers": {"A": {}}}', /"A" has no properties/],
    ['{"synchronizers": {"A": {"properties": {"a": "sometimes"}}}}', /"a" of "A"/],
  ])('that are none, in a file, are refused: %s', (json, message) => {
    expect(() => new PacketDecoder(JSON.parse(json))).toThrow(message);
  });
});

describe('unreadable', () => {
  test.each([
    ['', /empty/],
    ['07', /too few/],
    ['07 01 00', /too few/],
    ['07 09 00 00 00 00', /system command 9/],
    ['07 03 07 00 00 00', /relayed packet is empty/],
    ['07 03 07 00 00 00 07 00', /system packet/],
    ['03', /has none/],
    ['01 00', /checksum/],
    ['02 01', /2 bytes/],
    ['30 01 01', /unknown width/],
    ['00 01 02', /count of the arguments is missing/],
    ['00 01 02 02 02 05', /2 arguments, and bytes of 1/],
    ['00 01 02 01 27 00 00 00', /value 1/],
    ['20 16 00 00 80 00 00', /path begins outside/],
    ['A0 06 00 00 80 01 FF FE 00', /not UTF-8/],
    ['04 00', /too few/],
    ['05 01', /2 bytes/],
    ['06 01', /no blocks/],
    ['06 01 00 02 00 00 00 09 00 00 00 02 05', /cut off/],
    ['16 04 00 00 00 03 00 00 00 00 00 00 00 02 00 00 00 02 2A', /2 properties changed, and has 1 values/],
  ])('is %s', (digits, reason) => {
    const packet = decode(digits);
    expect(packet).toMatchObject({ kind: 'unreadable', reason: expect.stringMatching(reason), data: bytesOf(digits) });
    expect(packet.text).toMatch(reason);
  });
});

test('objects in full are read, which nothing runs', () => {
  const writer = new VariantWriter({ fullObjects: true });
  writer.write(variant, new FullObject('Node', [['name', 'a']]));
  const packet = Uint8Array.of(0, 1, 2, 1, ...writer.toBytes());
  const decoded = new PacketDecoder({ clientId: 5 }).decode(packet, 'received');
  expect(decoded.text).toBe('rpc #1.#2(Object(Node, {"name": "a"}))');
});

test('nothing of the packet’s memory is kept', () => {
  const packet = Uint8Array.of(0x80, 1, 2, ...varToBytes(Uint8Array.of(7)));
  const decoded = new PacketDecoder({ clientId: 5 }).decode(packet, 'received');
  const before = decoded.text;
  packet.fill(0xff);
  if (decoded.kind !== 'rpc') throw new Error('it is a call');
  expect(decoded.arguments).toEqual([varToBytes(Uint8Array.of(7))]);
  expect(decoded.text).toBe(before);
});

test('a text has a limited length, and no control characters', () => {
  const path = `\u001b[31m${'x'.repeat(5000)}\n`;
  const packet = simplifyPathPacket('0'.repeat(32), 1, new TextEncoder().encode(`${path}\0`));
  const { text } = decode(Buffer.from(packet).toString('hex'));
  expect(text.length).toBeLessThan(300);
  expect(text).toMatch(/^path 1 = \\u001b\[31mx+…$/);
  const values = '02 05 '.repeat(10_000);
  const size = Buffer.from(Uint32Array.of(20_000).buffer).toString('hex');
  const sync = decode(`06 01 00 02 00 00 00 ${size} ${values}`, { longestText: 50 });
  expect(sync.kind).toBe('sync');
  expect(sync.text.length).toBeLessThan(100);
});
