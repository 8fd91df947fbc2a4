import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { PageFiles } from '../../examples/arena/page-files.ts';
import { closeBrowser, newPage } from '../support/chromium.ts';
import { drive } from '../support/peers.ts';
import { buildPage } from './built-page.ts';
import { join, startArena } from './player.ts';

let files: PageFiles;
let remove: () => void;

beforeAll(async () => {
  const page = await buildPage();
  remove = page.remove;
  files = new PageFiles(page);
  await (await newPage()).close();
}, 60_000);
afterAll(async () => {
  remove();
  await closeBrowser();
});

/** The arena's page, and everything that it complains of. `prepare` is called before the page is opened. */
async function openArena(
  url: string,
  prepare: (page: Page) => Promise<unknown> = async () => {},
): Promise<{ page: Page; complaints: string[] }> {
  const page = await newPage();
  onTestFinished(() => page.close());
  await prepare(page);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  await page.waitForSelector('#badge[data-state="OPEN"]');
  return { page, complaints };
}

/** How the page says that its connection ended, as soon as it has. */
async function ending(page: Page): Promise<string | null> {
  await page.waitForSelector('#badge[data-state="CLOSED"]');
  return page.textContent('#ending');
}

test('the page opens, its player moves by keys and by pointer, and its plots are alive', async () => {
  const { url, port } = await startArena(files, { bots: 3 });
  const { page, complaints } = await openArena(url);
  const watcher = await join(port);
  const id = Number(/\d+/.exec((await page.textContent('#you')) ?? '')?.[0]);
  await drive(watcher, () => watcher.find(id) !== null);

  const start = watcher.find(id)!;
  await page.keyboard.down('ArrowRight');
  await drive(watcher, () => watcher.find(id)!.x > start.x + 50);
  await page.keyboard.up('ArrowRight');
  await page.keyboard.down('w');
  await drive(watcher, () => watcher.find(id)!.y < start.y - 50);
  await page.keyboard.up('w');

  const box = (await page.locator('#field').boundingBox())!;
  await page.mouse.move(box.x + 5, box.y + box.height - 5);
  await page.mouse.down();
  await drive(watcher, () => watcher.find(id)!.x < 100 && watcher.find(id)!.y > 800, 20_000);
  await page.mouse.up();

  await page.locator('figcaption', { hasText: /Round trip.*\d ms/ }).waitFor();
  await page.locator('#facts', { hasText: /^3 bots/ }).waitFor();
  expect(await page.locator('figure canvas').count()).toBe(5);
  expect(complaints).toEqual([]);
}, 60_000);

test('the page shows how its connection ended, and reconnects, compressed if it is asked to', async () => {
  const { arena, url } = await startArena(files);
  const { page, complaints } = await openArena(url);
  await page.getByLabel('Close code').fill('4321');
  await page.getByLabel('Close reason').fill('enough');
  await page.getByRole('button', { name: 'Let the server close' }).click();
  expect(await ending(page)).toBe('Closed with 4321 “enough”');
  expect(await page.textContent('#badge')).toMatch(/CLOSED\s+4321/);

  await page.keyboard.press('Enter'); // The button to reconnect has the focus.
  await page.waitForSelector('#badge[data-state="OPEN"]');
  await page.getByLabel('Compress').check();
  await page.locator('#badge', { hasText: /OPEN\s+compressed/ }).waitFor();
  expect(arena.people).toBe(1);

  await page.getByRole('button', { name: 'Close here' }).click();
  expect(await ending(page)).toBe('Closed with 4321 “enough”');
  expect(complaints).toEqual([]);

  await page.getByRole('button', { name: 'Reconnect' }).click();
  await page.waitForSelector('#badge[data-state="OPEN"]');
  const stopped = arena.stop();
  expect(await ending(page)).toBe('Closed with 1001 “the arena closes”');
  await stopped;
  await page.getByRole('button', { name: 'Reconnect' }).click();
  await page.getByText('TICKPEER_CANT_CONNECT').waitFor();
}, 60_000);

test('every control has a name, and the page fits on a phone', async () => {
  const { url } = await startArena(files);
  const { page } = await openArena(url);
  await page.setViewportSize({ width: 360, height: 640 });
  // As text: it runs in the page, whose globals Node's types do not know.
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
  const nameless = await page.evaluate(`
    [...document.querySelectorAll('input, button, canvas#field')]
      .filter((one) => !one.labels?.length && !one.getAttribute('aria-label') && !one.textContent.trim())
      .map(({ id }) => id)
  `);
  expect(nameless).toEqual([]);
}, 60_000);

/** A Chromium under LANG=C: Intl does not know its language. As text, which runs in the page. */
const POSIX_LOCALE = `Object.defineProperty(Navigator.prototype, 'language', { get: () => 'en-US@posix' })`;

test('the page and its plots are alive where the browser names a locale that Intl does not know', async () => {
  const { url } = await startArena(files);
  const { page, complaints } = await openArena(url, (page) => page.addInitScript(POSIX_LOCALE));
  await page.locator('figcaption', { hasText: /Round trip.*\d ms/ }).waitFor();
  expect(await page.evaluate('navigator.language')).toBe('en-US@posix'); // as it was
  expect(complaints).toEqual([]);
}, 60_000);

test('the page plays without its plots where the library for them does not load', async () => {
  const { url } = await startArena(files);
  const { page } = await openArena(url, (page) =>
    page.route('**/uplot.js', (route) => route.fulfill({ contentType: 'text/javascript', body: 'throw new Error()' })),
  );
  await page.getByText('The plots could not be loaded.').waitFor();
  await page.locator('#facts', { hasText: /^0 bots/ }).waitFor();
  await page.getByLabel('Padding').fill('1024');
  await page.locator('output[for="padding"]', { hasText: '1.0 kB' }).waitFor();
}, 60_000);
