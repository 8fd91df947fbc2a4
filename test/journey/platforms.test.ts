import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tickpeer from 'tickpeer';
import { describe, expect, test } from 'vitest';
import { publicNames } from './public-names.ts';

const ROOT = new URL('../../', import.meta.url);
const CLASSES: readonly string[] = [
  'WebSocketPeer',
  'WebSocketServer',
  'TCPServer',
  'StreamPeerTCP',
  'UDSServer',
  'StreamPeerUDS',
  'StreamPeerTLS',
  'StreamPeerMemory',
  'StreamPeer',
  'TLSOptions',
  'X509Certificate',
  'Crypto',
  'CryptoKey',
  'HMACContext',
];

describe('docs/platforms.md', () => {
  const text = readFileSync(new URL('docs/platforms.md', ROOT), 'utf8');
  const names = publicNames(fileURLToPath(new URL('src', ROOT)));

  test.each(CLASSES)('has every name of %s', (name) => {
    expect(Object.keys(tickpeer)).toContain(name);
    const table = tableOf(name, text);
    // The members of all streams have one common table.
    const elsewhere = name.startsWith('StreamPeer') ? tableOf('StreamPeer', text) : [];
    const wanted = names.get(name) ?? [];
    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.filter((one) => !table.includes(one) && !elsewhere.includes(one))).toEqual([]);
  });

  test.each(CLASSES)('has no name that %s does not have', (name) => {
    expect(tableOf(name, text).filter((one) => !names.get(name)?.includes(one))).toEqual([]);
  });

  test('explains every letter, and every letter that it explains is used', () => {
    const used = new Set(
      [...text.matchAll(/✓((?: [a-z])+)(?=[ :|])/g)].flatMap(([, letters]) => letters?.trim().split(' ')),
    );
    const explained = [...text.matchAll(/^(?:- )?\*\*([a-z])[. *]/gm)].map(([, letter]) => letter);
    expect([...used].sort()).toEqual(explained.sort());
  });
});

/** The names in the first column of the table under a class's heading. */
function tableOf(name: string, text: string): string[] {
  const section = text.split(`\n## ${name}\n`)[1]?.split('\n## ')[0] ?? '';
  const cells = section.split('\n').flatMap((line) => (line.startsWith('| `') ? (line.split(' | ')[0] ?? '') : []));
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, one]) => one ?? ''));
}
