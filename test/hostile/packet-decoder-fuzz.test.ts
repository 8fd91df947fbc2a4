import { readdirSync, readFileSync } from 'node:fs';
import { type DecodedPacket, PacketDecoder } from 'tickpeer/multiplayer';
import { expect } from 'vitest';
import { bytesOf } from '../support/frames.ts';
import { mutate } from './fuzz.ts';
import { fuzz, INPUTS, IS_LONG } from './fuzz-runner.ts';

const FOLDERS = ['multiplayer-session', 'replication'].map((name) => new URL(`../fixtures/${name}/`, import.meta.url));
/** The packets of each recorded file, of both directions, in order. */
const SESSIONS = FOLDERS.flatMap((folder) =>
  readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8')),
)
  .map((text) => [...text.matchAll(/"ev":"pkt_(in|out)".*?"hex":"([0-9a-f]+)"/g)])
  .map((lines) => lines.map(([, way, digits]) => ({ isIn: way === 'in', packet: bytesOf(digits ?? '') })));
const PACKETS = SESSIONS.flat().map(({ packet }) => packet);
const LONGEST_TEXT = 300;

const unit = { Sync: { properties: { position: 'always', hp: 'onChange' } } } as const;
const NAMES = {
  nodes: { Game: ['add', 'say'], '*': ['poke'] },
  spawners: {
    'World/Spawner': { spawnPath: '../Units', scenes: [unit, {}], custom: unit },
    '*/*': { spawnPath: '../../..' },
  },
  synchronizers: { 'World/State/StateSync': { properties: { tick: 'always', label: 'onChange' } } },
} as const;

function check(packet: DecodedPacket, size: number): void {
  expect(packet.size).toBe(size);
  expect(packet.text.length).toBeLessThan(8 * LONGEST_TEXT);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
  expect(packet.text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
  if (packet.kind === 'relay') check(packet.packet, size - 6);
}

/** A recorded session in which packets are changed, left out, doubled and mixed with those of others. */
fuzz(
  'described packets',
  (chance) => {
    const role = chance.pick(['client', 'server'] as const);
    const decoder = new PacketDecoder({
      ...(chance.below(2) === 0 ? NAMES : {}),
      role,
      longestText: LONGEST_TEXT,
      mostBytes: chance.pick([500, 8_000_000]),
    });
    const session = chance.pick(SESSIONS);
    for (const { isIn, packet } of session.slice(0, 30)) {
      const changed = chance.below(3) === 0 ? mutate(chance, chance.below(2) === 0 ? [packet] : PACKETS) : packet;
      const before = changed.slice();
      check(decoder.decode(changed, isIn ? 'received' : 'sent'), changed.length);
      expect(changed).toEqual(before);
    }
  },
  IS_LONG ? INPUTS : 1000,
);
