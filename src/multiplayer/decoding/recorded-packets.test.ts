import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bytesOf } from '../../../test/support/frames.ts';
import { variantText } from '../../variant/index.ts';
import { type DecodedPacket, PacketDecoder } from '../index.ts';
import type { DeclaredNames } from './declared-names.ts';

// The sessions were recorded from real engines (test/fixtures/README.md).

const FIXTURES = new URL('../../../test/fixtures/', import.meta.url);
const FILES = ['multiplayer-session', 'replication'].flatMap((folder) =>
  readdirSync(new URL(folder, FIXTURES)).map((name) => `${folder}/${name}`),
);

interface Event {
  readonly ev: string;
  readonly peer?: number;
  readonly id?: number;
  readonly hex?: string;
  readonly node?: string;
  readonly method?: string;
}

const INTERFACE = ['add', 'anyv', 'auth_only', 'fwd', 'many', 'noargs', 'ordered', 'ping', 'pong', 'say', 'unrel'];
const unit = {
  Sync: {
    properties: { position: 'always', hp: 'onChange', tags: { mode: 'onChange', spawn: false }, title: 'spawnOnly' },
  },
} as const;
const player = {
  Sync: { properties: { position: 'always', hp: 'onChange' } },
  Input: { properties: { dir: 'always' }, authority: 'name' },
} as const;
const NAMES: DeclaredNames = {
  nodes: { Game: INTERFACE, 'Game/Sub/Deep': INTERFACE, 'World/Players/*': ['poke'], 'World/Units/*': ['poke'] },
  spawners: {
    'World/Spawner': { spawnPath: '../Units', scenes: [unit, {}], custom: unit },
    'World/PlayerSpawner': { spawnPath: '../Players', custom: player },
    'World/SquadSpawner': { spawnPath: '../Squads', custom: {} },
    'World/Squads/*/MemberSpawner': { spawnPath: '../Members', custom: unit },
    'World/ClientSpawner': { spawnPath: '../Mine', scenes: [unit, {}], custom: unit },
  },
  synchronizers: {
    'World/State/StateSync': {
      properties: {
        tick: 'always',
        speed: 'always',
        label: 'onChange',
        flags: 'onChange',
        table: 'onChange',
        list: 'onChange',
        tint: 'onChange',
        big: 'onChange',
      },
    },
  },
};

function eventsOf(file: string): Event[] {
  const lines = readFileSync(new URL(file, FIXTURES), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line.replace(':PORT', ':0')));
}

/** All packets of a file, decoded: a decoder for each connection. */
function decodeFile(file: string, names: DeclaredNames = NAMES): DecodedPacket[] {
  const events = eventsOf(file);
  const isServer = file.includes('server');
  const ownId = events.find(({ ev }) => ev === 'connected')?.id;
  const decoders = new Map<number, PacketDecoder>();
  return events
    .filter(({ ev }) => ev === 'pkt_in' || ev === 'pkt_out')
    .map(({ ev, peer = 0, hex = '' }) => {
      const known = decoders.get(peer);
      const role = isServer ? 'server' : 'client';
      const clientId = isServer ? peer : (ownId ?? 0);
      const decoder = known ?? new PacketDecoder({ ...names, role, clientId });
      decoders.set(peer, decoder);
      return decoder.decode(bytesOf(hex), ev === 'pkt_in' ? 'received' : 'sent');
    });
}

/** With those that are relayed. */
function withInner(packet: DecodedPacket): DecodedPacket[] {
  return packet.kind === 'relay' ? [packet, packet.packet] : [packet];
}

describe.each(FILES)('of %s', (file) => {
  const packets = decodeFile(file).flatMap(withInner);

  test('every packet is readable, and its text is one line', () => {
    expect(packets.length).toBeGreaterThan(0);
    expect(packets.filter(({ kind }) => kind === 'unreadable').map(({ text }) => text)).toEqual([]);
    for (const { text } of packets) expect(text).toMatch(/^[^\p{Cc}]+$/u);
  });

  test('every packet is readable without names, too', () => {
    const bare = decodeFile(file, {}).flatMap(withInner);
    expect(bare.map(({ kind, size }) => [kind, size])).toEqual(packets.map(({ kind, size }) => [kind, size]));
  });

  test('nodes, methods and properties have the names that the engine had', () => {
    for (const packet of packets) {
      if (packet.kind === 'rpc') expect([packet.path, packet.name], packet.text).not.toContain(null);
      if (packet.kind === 'confirm-path' || packet.kind === 'despawn') expect(packet.text).not.toContain('null');
      if (packet.kind === 'spawn')
        expect(
          packet.values.every(({ name }) => name !== null),
          packet.text,
        ).toBe(true);
      if (packet.kind !== 'sync' && packet.kind !== 'delta') continue;
      for (const { node, values } of packet.states) {
        expect(node, packet.text).not.toBeNull();
        expect(
          values.every(({ name }) => name !== null),
          packet.text,
        ).toBe(true);
      }
    }
  });
});

test('the calls that arrive are those that the engine has made', () => {
  const events = eventsOf('multiplayer-session/server.jsonl').filter(({ ev, from }: Event & { from?: number }) => {
    return ev === 'rpc' && from !== 1;
  });
  const calls = decodeFile('multiplayer-session/server.jsonl').filter(
    // A relayed call that is for the server as well comes alone, too.
    (packet) => packet.direction === 'received' && packet.kind === 'rpc' && packet.name !== 'auth_only',
  );
  const decoded = calls.map((call) => call.kind === 'rpc' && [`/root/${call.path}`, call.name]);
  expect(decoded).toEqual(events.map(({ node, method }) => [node, method]));
  expect(decoded.length).toBeGreaterThan(5);
});

test('a session of calls as text', () => {
  const packets = decodeFile('multiplayer-session/client-b.jsonl');
  expect(packets.map(({ direction, size, text }) => `${direction} ${size} ${text}`).join('\n')).toMatchSnapshot();
});

test('a session of replication as text', () => {
  const texts = decodeFile('replication/08-players-client1.jsonl').map(({ direction, text }) => `${direction} ${text}`);
  expect(texts.slice(0, 40).join('\n')).toMatchSnapshot();
});

test('a session of replication as text, without names', () => {
  const texts = decodeFile('replication/05-static-client1.jsonl', {}).map(
    ({ direction, text }) => `${direction} ${text}`,
  );
  expect(texts.slice(0, 12).join('\n')).toMatchSnapshot();
});

test('the values of a spawn have the types that the engine has sent', () => {
  const spawn = decodeFile('replication/01-basic-client.jsonl').find(({ kind }) => kind === 'spawn');
  if (spawn?.kind !== 'spawn') throw new Error('there is no SPAWN');
  expect(variantText(spawn.argument ?? null)).toBe('{"name": "u1", "title": "unit 1", "hp": 7}');
  expect(spawn.values.map(({ name, value, size }) => [name, variantText(value), size])).toEqual([
    ['position', 'Vector2(0, 0)', 12],
    ['hp', '7', 2],
    ['title', '"unit 1"', 16],
  ]);
});
