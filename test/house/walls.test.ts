import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { checkWalls, RULES, type Rule, readSources, SUB_ROOMS, type SubRooms } from './walls.ts';

const ROOT = new URL('../../', import.meta.url);

describe('src/', () => {
  const sources = readSources(fileURLToPath(new URL('src', ROOT)));
  const violations = checkWalls(sources, optionalPeers());

  test.each(Object.entries(RULES))('%s: %s', (rule) => {
    expect(violations.filter((violation) => violation.rule === rule)).toEqual([]);
  });

  test('was read', () => {
    expect([...sources.keys()]).toEqual(
      expect.arrayContaining([
        'index.ts',
        'error-code.ts',
        'protocol/index.ts',
        'stream/index.ts',
        'websocket/index.ts',
      ]),
    );
  });
});

/** A small source tree with one or two files in every room, without violations. */
const HOUSE: Readonly<Record<string, string>> = {
  'index.ts': "export * from './websocket/index.ts';\nexport type { Clock } from './clock.ts';\n",
  'index.browser.ts': "export { CloseCode } from './protocol/index.ts';\n",
  'error-code.ts': 'export enum ErrorCode { OK, FAILED }\n',
  'failure.ts': "import type { ErrorCode } from './error-code.ts';\nexport interface Failure { code: ErrorCode }\n",
  'clock.ts': 'export interface Clock { now(): number }\n',
  'protocol/index.ts': "export { CloseCode } from './close-code.ts';\n",
  'protocol/close-code.ts': "import { ErrorCode } from '../error-code.ts';\nexport const CloseCode = ErrorCode.OK;\n",
  'stream/index.ts': "export { open } from './tcp.ts';\n",
  'stream/tcp.ts': "import { connect } from 'node:net';\nexport const open = connect;\n",
  'stream/tcp.browser.ts': "import { open as begin } from './browser/open.ts';\nexport const open = begin;\n",
  'stream/browser/open.ts': 'export const open = 1;\n',
  'variant/index.ts': 'export const variant = 1;\n',
  'testing/index.ts':
    "import { open } from '../stream/index.ts';\nexport { CloseCode } from '../protocol/index.ts';\nopen(1);\n",
  'websocket/index.ts': "export { Peer } from './peer.ts';\n",
  'websocket/peer.ts': "import { variant } from '../variant/index.ts';\nexport class Peer { kind = variant; }\n",
  'multiplayer/index.ts':
    "export { Peer as Scene } from '../websocket/index.ts';\nexport * from '../variant/index.ts';\n",
  'cli/index.ts': "import { Scene } from '../multiplayer/index.ts';\nnew Scene();\n",
};

/** That tree with some files added or replaced. */
function check(files: Readonly<Record<string, string>> = {}, subRooms: SubRooms = new Map()): string[] {
  const sources = new Map(Object.entries({ ...HOUSE, ...files }));
  return checkWalls(sources, ['@peer/optional'], subRooms).map(({ rule, file }) => `${rule} ${file}`);
}

describe('the checker', () => {
  test('finds nothing in a correct tree', () => {
    expect(check()).toEqual([]);
  });

  const broken: readonly (readonly [Rule, string, string, string])[] = [
    ['place', 'an unknown room', 'transport/index.ts', ''],
    ['place', 'an unknown file in the root', 'version.ts', ''],
    ['arrow', 'protocol looks at stream', 'protocol/a.ts', "import { open } from '../stream/index.ts';"],
    ['arrow', 'stream looks at protocol, for a type', 'stream/a.ts', "import type { A } from '../protocol/index.ts';"],
    ['arrow', 'variant looks at websocket', 'variant/a.ts', "export * from '../websocket/index.ts';"],
    ['arrow', 'websocket looks up', 'websocket/a.ts', "import { Scene } from '../multiplayer/index.ts';"],
    ['arrow', 'websocket looks at testing', 'websocket/a.ts', "import '../testing/index.ts';"],
    ['arrow', 'multiplayer looks up', 'multiplayer/a.ts', "await import('../cli/index.ts');"],
    ['arrow', 'testing looks at websocket', 'testing/a.ts', "export type P = import('../websocket/index.ts').Peer;"],
    ['arrow', 'a room looks at the root', 'websocket/a.ts', "import { Peer } from '../index.ts';"],
    ['door', 'past a door', 'websocket/a.ts', "import { CloseCode } from '../protocol/close-code.ts';"],
    ['door', 'past a door, for a type', 'cli/a.ts', "import type { Peer } from '../websocket/peer.ts';"],
    ['door', 'past a door, from a folder in a room', 'cli/bot/a.ts', "export * from '../../websocket/peer.ts';"],
    ['door', 'past a door, from the root', 'index.ts', "export { open } from './stream/tcp.ts';"],
    ['leaf', 'a leaf imports a value', 'clock.ts', "import { ErrorCode } from './error-code.ts';"],
    ['leaf', 'a leaf imports a module', 'clock.ts', "import { performance } from 'node:perf_hooks';"],
    ['leaf', 'a leaf looks into a room', 'failure.ts', "import type { Peer } from './websocket/index.ts';"],
    ['pure', 'a node: module in a browser', 'stream/a.browser.ts', "import { createHash } from 'node:crypto';"],
    ['pure', 'a node: module in a folder for browsers', 'stream/browser/a.ts', "import 'node:crypto';"],
    ['browser', 'a stand-in asked for by name', 'stream/a.ts', "import { open } from './tcp.browser.ts';"],
    ['browser', 'a folder for browsers', 'stream/a.ts', "import { open } from './browser/open.ts';"],
    ['pure', 'a node: module', 'protocol/a.ts', "import { createHash } from 'node:crypto';"],
    ['pure', 'a node: module, for a type', 'protocol/a.ts', "import type { Socket } from 'node:net';"],
    ['package', 'a package', 'websocket/a.ts', "import WebSocket from 'ws';"],
    ['package', 'a package, for a type', 'websocket/a.ts', "import type WebSocket from 'ws';"],
    ['package', 'a package, later', 'websocket/a.ts', "const ws = await import('ws');"],
    ['package', 'a package, by require', 'websocket/a.ts', "const ws = require('ws');"],
    ['package', 'a package, by import =', 'websocket/a.ts', "import ws = require('ws');"],
    ['package', 'an optional peer at once', 'stream/a.ts', "import { make } from '@peer/optional';"],
    ['package', 'an optional peer, types in braces', 'stream/a.ts', "import { type Make } from '@peer/optional';"],
    ['package', 'a module of Node without node:', 'stream/a.ts', "import { connect } from 'net';"],
    ['target', 'a computed name', 'stream/a.ts', "const name = 'ws'; await import(name);"],
    ['target', 'a file that is not there', 'stream/a.ts', "import './b.ts';"],
    ['target', 'a file outside src/', 'stream/a.ts', "import '../support/until.ts';"],
    ['length', '401 lines', 'stream/a.ts', '//\n'.repeat(401)],
    ['name', 'a drawer', 'stream/utils.ts', ''],
    ['name', 'a drawer for a browser', 'stream/helpers.browser.ts', ''],
    ['name', 'a folder that is a drawer', 'stream/types/tls.ts', ''],
  ];
  test.each(broken)('finds %s: %s', (rule, _what, file, text) => {
    expect(check({ [file]: text })).toEqual([`${rule} ${file}`]);
  });

  test('finds an import of a test', () => {
    const files = { 'stream/a.test.ts': '', 'stream/a.ts': "import './a.test.ts';" };
    expect(check(files)).toEqual(['target stream/a.ts']);
  });

  describe('of a room with sub-rooms', () => {
    const rooms: SubRooms = new Map([['websocket', { '': [], session: [''], peer: ['session'] }]]);
    const session = { 'websocket/session/s.ts': "import '../state.ts';", 'websocket/state.ts': '' };
    const peer = { 'websocket/peer/p.ts': "import '../session/s.ts'; import '../../stream/index.ts';" };
    const face = { 'websocket/index.ts': "export * from './peer/p.ts'; export * from './state.ts';" };
    const whole = { ...session, ...peer, ...face };

    test('allows arrows downwards', () => {
      expect(check(whole, rooms)).toEqual([]);
    });

    test.each([
      ['a step back up', 'step', 'websocket/session/t.ts', "import '../peer/p.ts';"],
      ['a step back up, for a type', 'step', 'websocket/state.ts', "import type { S } from './session/s.ts';"],
      ['a step past the next sub-room', 'step', 'websocket/peer/q.ts', "import '../state.ts';"],
      ['an unknown sub-room', 'corner', 'websocket/other/o.ts', ''],
    ])('finds %s', (_what, rule, file, text) => {
      expect(check({ ...whole, [file]: text }, rooms)).toEqual([`${rule} ${file}`]);
    });

    test('allows the type of a message', () => {
      const file = { 'websocket/session/m.ts': "import type { P } from '../peer/p.ts';" };
      expect(check({ ...whole, ...file }, rooms)).toEqual([]);
    });

    test.each([
      [20, []],
      [21, ['crowd websocket/session']],
    ])('%i files in a folder', (count, found) => {
      const names = Array.from({ length: count - 1 }, (_, index) => [`websocket/session/f${index}.ts`, '']);
      const more = { 'websocket/session/f.test.ts': '' };
      expect(check({ ...whole, ...Object.fromEntries(names), ...more }, rooms)).toEqual(found);
    });

    test('the real arrows have no cycle', () => {
      for (const arrows of SUB_ROOMS.values()) {
        const reached = (from: string, seen = new Set<string>()): Set<string> => {
          for (const to of arrows[from] ?? []) if (!seen.has(to)) reached(to, seen.add(to));
          return seen;
        };
        for (const name of Object.keys(arrows)) expect(reached(name)).not.toContain(name);
      }
    });
  });

  test.each([
    ['over two files', { 'stream/a.ts': "import './b.ts';", 'stream/b.ts': "import './a.ts';" }],
    ['over itself', { 'stream/a.ts': "import './a.ts';" }],
    [
      'over an index and import()',
      { 'stream/index.ts': "export * from './a.ts';", 'stream/a.ts': "await import('./index.ts');" },
    ],
  ])('finds a cycle %s', (_, files) => {
    const found = check(files);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^cycle stream/);
  });

  test('has an example of every rule', () => {
    const rules = [...broken.map(([rule]) => rule), 'cycle', 'corner', 'step', 'crowd'];
    expect(new Set(rules)).toEqual(new Set(Object.keys(RULES)));
  });

  test.each([
    ['400 lines', { 'stream/a.ts': '//\n'.repeat(400) }],
    ['a cycle of types', { 'stream/a.ts': "import type { B } from './b.ts';", 'stream/b.ts': "import './a.ts';" }],
    [
      'two ways to one file',
      { 'cli/a.ts': "import './b.ts'; import './c.ts';", 'cli/b.ts': "import './c.ts';", 'cli/c.ts': '' },
    ],
    ['an optional peer, later', { 'stream/a.ts': "const peer = await import('@peer/optional/sub');" }],
    ['an optional peer, for a type', { 'stream/a.ts': "import type { Make } from '@peer/optional';" }],
    ['a comment and a string', { 'stream/a.ts': "// import 'ws';\nexport const text = `import 'ws'; require('ws')`;" }],
    [
      'whatever a test imports',
      { 'protocol/a.test.ts': `import 'ws'; import '../cli/index.ts';\n${'//\n'.repeat(500)}` },
    ],
  ])('allows %s', (_, files) => {
    expect(check(files)).toEqual([]);
  });
});

/** The packages that package.json declares as optional peers, so that a program that installs tickpeer knows them. */
function optionalPeers(): string[] {
  const { peerDependenciesMeta = {} }: { peerDependenciesMeta?: Record<string, { optional?: boolean }> } = JSON.parse(
    readFileSync(new URL('package.json', ROOT), 'utf8'),
  );
  return Object.keys(peerDependenciesMeta).filter((name) => peerDependenciesMeta[name]?.optional === true);
}
