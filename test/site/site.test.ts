import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addressOf } from '../../docs/.vitepress/site-links.ts';
import { allPages } from '../docs/pages.ts';
import { closeBrowser, newPage } from '../support/chromium.ts';

/** The built site (`npm run docs`) in Chromium, as readers see it: on a laptop and on a phone, light and dark. */

const BUILT = fileURLToPath(new URL('../../build/docs/', import.meta.url));
const AUDIT = readFileSync(new URL('audit.mjs', import.meta.url), 'utf8');
const WIDTHS = { laptop: 1280, phone: 360 };
/** Every page that was written by hand, and pages of the generated reference, which are all of one kind. */
const ADDRESSES = [
  ...allPages()
    .filter(({ path }) => path.startsWith('docs/'))
    .map(({ path }) => addressOf(path.slice('docs/'.length))),
  '/reference/',
  '/reference/tickpeer/',
  '/reference/tickpeer/classes/WebSocketPeer',
  '/reference/tickpeer/multiplayer/classes/SceneMultiplayer',
];

let origin = '';
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
};
/** The site's files, by their addresses: `/limits` and `/engine/` are pages. */
const files = new Map<string, string>();
const server = createServer((request, response) => {
  const file = files.get(request.url ?? '');
  if (file === undefined) response.writeHead(404).end();
  else response.setHeader('Content-Type', TYPES[extname(file)] ?? 'text/plain').end(readFileSync(BUILT + file));
});

beforeAll(async () => {
  if (!existsSync(`${BUILT}index.html`)) throw new Error('build/docs is missing: npm run docs');
  const names = readdirSync(BUILT, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/'));
  for (const name of names) files.set(`/${name.replace(/(^|\/)index\.html$/, '$1').replace(/\.html$/, '')}`, name);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server's address is an object once it listens.
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}, 60_000);
afterAll(async () => {
  await closeBrowser();
  server.closeAllConnections();
  server.close();
});

test.each([
  ['laptop', 'light'],
  ['laptop', 'dark'],
  ['phone', 'light'],
  ['phone', 'dark'],
] as const)(
  'on a %s, %s: every page fits, and all of its text has enough contrast',
  async (device, colorScheme) => {
    const page = await newPage();
    await page.setViewportSize({ width: WIDTHS[device], height: 800 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`));
    for (const address of ADDRESSES) {
      const response = await page.goto(origin + address);
      expect([address, response?.status()]).toEqual([address, 200]);
      await page.evaluate(AUDIT);
      const found = await page.evaluate<string[]>('auditPage()');
      faults.push(...found.map((fault) => `${address}: ${fault}`));
    }
    await page.close();
    expect(faults).toEqual([]);
  },
  240_000,
);

test('the audit finds faint text, and what is wider than the page', async () => {
  const page = await newPage();
  await page.setViewportSize({ width: 360, height: 800 });
  await page.setContent(`<div class="vp-doc" style="background: #fff">
    <p style="color: #777">just faint</p><p style="color: #757575">just dark enough</p><h1 style="color: #888">large</h1>
    <div style="overflow-x: auto"><pre style="width: 500px">inside</pre></div><div id="wide" style="width: 500px">wide</div></div>`);
  await page.evaluate(AUDIT);
  expect(await page.evaluate('auditPage()')).toEqual([
    expect.stringMatching(/^50\d px wide: div$/),
    expect.stringMatching(/^p rgb\(119, 119, 119\) on 255,255,255: 4\.48 "just faint"$/),
  ]);
  await page.close();
});

test('a link to a heading leads to it, below the bar at the top', async () => {
  const page = await newPage();
  await page.goto(`${origin}/http-servers#dns-rebinding`);
  const place = await page.locator('#dns-rebinding').boundingBox();
  expect(place?.y).toBeGreaterThan(0);
  expect(place?.y).toBeLessThan(300);
  await page.close();
});

test('the search finds a word of a page', async () => {
  const page = await newPage();
  await page.goto(`${origin}/`);
  await page.locator('.DocSearch-Button').first().click();
  await page.locator('.search-input').fill('heartbeatInterval');
  await page.locator('.result').first().waitFor();
  expect(await page.locator('.result').count()).toBeGreaterThan(1);
  await page.close();
});
