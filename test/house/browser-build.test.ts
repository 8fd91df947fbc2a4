import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import * as node from 'tickpeer';
import * as peer from 'tickpeer/peer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleForBrowser } from '../../scripts/build-browser.mjs';
import { insidesOf } from './insides.ts';
import { readSources } from './walls.ts';

const ROOM_FOR_A_PEER = 16_000;
/** The same by `tickpeer/peer`, without Variants. */
const ROOM_FOR_A_BARE_PEER = 9_000;
const VARIANT_MEMBERS = ['getVar', 'putVar', 'encodeBufferMaxSize'];

const folder = mkdtempSync(join(tmpdir(), 'tickpeer-browser-'));
let browser: Record<string, unknown>;
let text: string;

beforeAll(async () => {
  text = await bundleForBrowser(fileURLToPath(new URL('../../src/index.ts', import.meta.url)));
  const file = join(folder, 'tickpeer.mjs');
  writeFileSync(file, text);
  browser = await import(/* @vite-ignore */ pathToFileURL(file).href);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The public names of a class: own and inherited ones, of instances and of the class itself. */
function faceOf(value: unknown): { members: string[]; statics: string[] } {
  const members = new Set<string>();
  const statics = new Set<string>();
  if (typeof value !== 'function') return { members: [], statics: Object.keys(Object(value)).sort() };
  for (let made = value; made !== Function.prototype; made = Object.getPrototypeOf(made)) {
    for (const name of Object.getOwnPropertyNames(made)) statics.add(name);
    for (const name of Object.getOwnPropertyNames(made.prototype)) members.add(name);
  }
  return { members: [...members].sort(), statics: [...statics].sort() };
}

const INSIDES = insidesOf(readSources(fileURLToPath(new URL('../../src', import.meta.url))));

/** Whether `member`, which may be inherited, is hidden from the users of a class. */
function isInside(value: unknown, member: string): boolean {
  if (typeof value !== 'function') return false;
  for (let made = value; made !== Function.prototype; made = Object.getPrototypeOf(made)) {
    if (INSIDES.get(made.name)?.has(member) === true) return true;
  }
  return false;
}

/** Fields of Node's classes that are accessors here, or the other way round. */
const FIELDS = ['onWake'];

describe('the browser’s build', () => {
  test('has the names of Node’s', () => {
    expect(Object.keys(browser).sort()).toEqual(Object.keys(node).sort());
  });

  test.each(Object.entries(node))('%s has the same members', (name, value) => {
    const isSeen = (member: string): boolean => !isInside(value, member) && !FIELDS.includes(member);
    const [here, there] = [faceOf(value), faceOf(browser[name])];
    // The browser's class may have more members; none of Node's may be missing.
    expect(there.members).toEqual(expect.arrayContaining(here.members.filter(isSeen)));
    expect(there.statics).toEqual(expect.arrayContaining(here.statics.filter(isSeen)));
  });

  test('imports nothing, and uses nothing that only Node has', () => {
    expect(text).not.toMatch(/^import /m);
    // Only bare names: a method may be called `require`.
    expect(text).not.toMatch(/(?<![.#\w])(Buffer|process|require|setImmediate)(?=[.(])/);
  });

  test(`a bundle with a peer takes at most ${ROOM_FOR_A_PEER} bytes, compressed`, async () => {
    const length = await sizeOfPeer('tickpeer', false);
    expect(length).toBeGreaterThan(1000);
    expect(length).toBeLessThanOrEqual(ROOM_FOR_A_PEER);
  });
});

describe('the browser’s build of tickpeer/peer', () => {
  let bare: Record<string, unknown>;
  beforeAll(async () => {
    const file = join(folder, 'peer.mjs');
    writeFileSync(
      file,
      await bundleForBrowser(fileURLToPath(new URL('../../src/peer/index.ts', import.meta.url)), { isBare: true }),
    );
    bare = await import(/* @vite-ignore */ pathToFileURL(file).href);
  });

  test('has the names of Node’s', () => {
    expect(Object.keys(bare).sort()).toEqual(Object.keys(peer).sort());
  });

  test('has the WebSocketPeer of tickpeer, but for what needs Variants', () => {
    const [whole, without] = [faceOf(browser.WebSocketPeer), faceOf(bare.WebSocketPeer)];
    expect(whole.members).toEqual([...without.members, ...VARIANT_MEMBERS].sort());
    expect(without.statics).toEqual(whole.statics);
  });

  test(`a bundle with a peer takes at most ${ROOM_FOR_A_BARE_PEER} bytes, compressed`, async () => {
    const length = await sizeOfPeer('tickpeer/peer', true);
    expect(length).toBeGreaterThan(1000);
    expect(length).toBeLessThanOrEqual(ROOM_FOR_A_BARE_PEER);
  });
});

/** The compressed size of a page's bundle that creates a `WebSocketPeer` of `entry`. */
async function sizeOfPeer(entry: string, isBare: boolean): Promise<number> {
  const file = join(folder, isBare ? 'chat.ts' : 'game.ts');
  writeFileSync(file, `import { WebSocketPeer } from '${entry}';\nexport const socket = new WebSocketPeer();`);
  return gzipSync(await bundleForBrowser(file, { minify: true, isBare }), { level: 9 }).length;
}
