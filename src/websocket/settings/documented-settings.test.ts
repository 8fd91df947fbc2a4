import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { WebSocketServer, type WebSocketServerOptions } from '../index.ts';
import { serverSettings } from '../server/server-settings.ts';
import type { LimitName } from '../session/diagnostics.ts';
import type { PeerProperties } from './peer-properties.ts';
import { DEFAULT_SETTINGS } from './peer-settings.ts';
import { SETTINGS } from './setting-table.ts';

const NAMES = Object.keys(SETTINGS) as (keyof PeerProperties)[]; // of this very object
const NUMBERS = NAMES.filter((name) => SETTINGS[name].unit !== '');
/** A number, but no limit. */
const NO_LIMIT: readonly string[] = ['fragmentSize'];

/** As a property of a peer reads it. */
function defaultOf(name: keyof PeerProperties): unknown {
  const value = DEFAULT_SETTINGS[name];
  return SETTINGS[name].unit === 'seconds' ? Number(value) / 1000 : value;
}

const { limits, maxWaitingConnections } = serverSettings({});
const SERVER_LIMITS: Readonly<Record<string, number>> = { ...limits, maxWaitingConnections, backlog: 511 };

/** `16 MiB`, `65535` and `none`, at the beginning of a text. */
function readAmount(text: string): number {
  if (/^(none|no limit)\b/.test(text)) return Number.POSITIVE_INFINITY;
  const [, digits = '', unit = ''] = /^([\d.]+)(?: (KiB|MiB))?/.exec(text) ?? [];
  return Number.parseFloat(digits) * ({ KiB: 1024, MiB: 1_048_576 }[unit] ?? 1);
}

/** The docstring of each field of the interfaces in a file. */
function docstringsOf(file: string): Map<string, string> {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8');
  const fields = text.matchAll(/ {2}\/\*\*(.*?)\*\/\n {2}(?:readonly )?(\w+)\??:/gs);
  return new Map([...fields].map(([, docstring = '', name = '']) => [name, docstring.replace(/\s*\n\s*\* ?/g, ' ')]));
}

/** Where a docstring says `Default: …`. */
function defaultIn(docstring: string): string {
  return docstring.split('Default: ').at(-1)?.trim() ?? '';
}

describe('docs/limits.md', () => {
  const text = readFileSync(new URL('../../../docs/limits.md', import.meta.url), 'utf8');
  const peerRows = new Map(
    [...text.matchAll(/^\| `(\w+)` \| ([^|]+) \|/gm)].map(([, name = '', cell = '']) => [name, cell]),
  );
  const serverRows = new Map(
    [...text.matchAll(/^\| `WebSocketServer` `(\w+)` \| ([^|]+) \|/gm)].map(([, name = '', cell = '']) => [name, cell]),
  );

  test('has a row for every limit of a peer', () => {
    const limits = NUMBERS.filter((name) => !NO_LIMIT.includes(name));
    expect(limits.filter((name) => !peerRows.has(name))).toEqual([]);
    expect([...peerRows.keys()].filter((name) => !(name in SETTINGS))).toEqual([]);
  });

  test.each(NUMBERS.filter((name) => !NO_LIMIT.includes(name)))('has the default of %s', (name) => {
    expect(readAmount(peerRows.get(name) ?? '')).toBe(defaultOf(name));
  });

  test('has a row for every limit of a server', () => {
    expect([...serverRows.keys()].sort()).toEqual(Object.keys(SERVER_LIMITS).sort());
  });

  test.each(Object.entries(SERVER_LIMITS))('has the default of a server’s %s', (name, value) => {
    expect(readAmount(serverRows.get(name) ?? '')).toBe(value);
  });

  test('has a row for every limit that a channel names', () => {
    // One of each, by the compiler.
    const names: Readonly<Record<LimitName, true>> = {
      inboundBufferSize: true,
      outboundBufferSize: true,
      maxQueuedPackets: true,
      maxFragments: true,
      maxHandshakeSize: true,
      maxHandshakeHeaders: true,
      connectTimeLimit: true,
      handshakeTimeLimit: true,
      closeTimeLimit: true,
      pongTimeLimit: true,
      maxConnections: true,
      maxConnectionsPerAddress: true,
      maxPendingHandshakes: true,
      maxPendingRequests: true,
    };
    for (const name of Object.keys(names)) {
      expect(name in SETTINGS || name in SERVER_LIMITS, name).toBe(true);
      expect(peerRows.has(name) || serverRows.has(name), name).toBe(true);
    }
  });
});

describe('the docstrings of a peer’s properties', () => {
  const docstrings = docstringsOf('./peer-properties.ts');

  test.each(NAMES)('have the default of %s', (name) => {
    const said = defaultIn(docstrings.get(name) ?? '');
    const value = defaultOf(name);
    if (typeof value === 'number') expect(readAmount(said)).toBe(value);
    else if (Array.isArray(value)) expect(said).toMatch(/^none\./);
    else expect(said.startsWith(String(value))).toBe(true);
  });

  test.each(NUMBERS)('have the range of %s in the table', (name) => {
    const { unit, least = 0, most = Number.MAX_SAFE_INTEGER } = SETTINGS[name];
    const docstring = docstrings.get(name) ?? '';
    const [, from, to] = /(\d+) to (2\^53 - 1|\d+)\. Default/.exec(docstring) ?? [];
    const [, atLeast] = /At least (\d+)\. Default/.exec(docstring) ?? [];
    if (from !== undefined) expect(Number(from)).toBe(least);
    if (to !== undefined) expect(to === '2^53 - 1' ? Number.MAX_SAFE_INTEGER : Number(to)).toBe(most);
    if (atLeast !== undefined) expect(Number(atLeast)).toBe(least);
    if (unit === 'seconds') expect(docstring).toMatch(/^ ?Seconds/);
    if (unit === 'bytes') expect(docstring).toMatch(/bytes/i);
  });
});

describe('the docstrings of a server’s options', () => {
  const docstrings = docstringsOf('../server/server-options.ts');

  test.each(Object.entries(SERVER_LIMITS))('have the default of %s', (name, value) => {
    expect(readAmount(defaultIn(docstrings.get(name) ?? ''))).toBe(value);
  });

  test.each(Object.keys(SERVER_LIMITS))('have the least value of %s', (name) => {
    const [, said] = /An integer, (\d) or more\./.exec(docstrings.get(name) ?? '') ?? [];
    if (said === undefined) return;
    const make = (value: number): WebSocketServer => new WebSocketServer({ [name]: value } as WebSocketServerOptions);
    expect(() => make(Number(said))).not.toThrow();
    expect(() => make(Number(said) - 1)).toThrow(RangeError);
  });
});
