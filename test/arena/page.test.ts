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

/** The arena's view, or another, and its errors. `prepare` is called before the page is opened. */
async function openArena(
  url: string,
  prepare: (page: Page) => Promise<unknown> = async () => {},
  view = 'arena',
): Promise<{ page: Page; complaints: string[] }> {
  const page = await newPage();
  onTestFinished(() => page.close());
  await prepare(page);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${url}#${view}`);
  await page.waitForSelector('#badge[data-state="OPEN"]');
  return { page, complaints };
}

/** Waits until the page shows that its connection has ended, and returns the text. */
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

  await page.locator('figcaption', { hasText: /Round trip.*network \d.* ms.*with waits \d.* ms/ }).waitFor();
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

const PHONE = { width: 390, height: 844 };

/** How far down the page elements end, in pixels. As text: it runs in the page, whose globals Node's types do not know. */
function bottoms(page: Page, selector: string): Promise<number[]> {
  return page.evaluate(
    `[...document.querySelectorAll('${selector}')].map((one) => Math.ceil(one.getBoundingClientRect().bottom + scrollY))`,
  );
}

test.each(['arena', 'duel'])(
  'every control has a name, and the page fits on a phone: %s',
  async (view) => {
    const { url } = await startArena(files);
    const { page } = await openArena(url, (page) => page.setViewportSize({ width: 360, height: 640 }), view);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    const nameless = await page.evaluate(`
    [...document.querySelectorAll('input, button, canvas, nav a, summary')]
      .filter((one) => !one.closest('[aria-hidden]') && !one.labels?.length && !one.getAttribute('aria-label') && !one.textContent.trim())
      .map(({ id }) => id)
  `);
    expect(nameless).toEqual([]);
  },
  60_000,
);

test('on a phone the field and the controls are on the first screen', async () => {
  const { url } = await startArena(files);
  const { page } = await openArena(url, (page) => page.setViewportSize(PHONE));
  const [field] = await bottoms(page, '#field');
  expect(field).toBeLessThan(PHONE.height / 2);
  for (const bottom of await bottoms(page, '#controls input, #controls button')) {
    expect(bottom).toBeLessThanOrEqual(PHONE.height);
  }
}, 60_000);

test('on a phone both lanes, their ticks and the switch are on the first screen', async () => {
  const { url } = await startArena(files);
  const { page } = await openArena(url, (page) => page.setViewportSize(PHONE), 'duel');
  const parts = await bottoms(page, '#duel-view canvas, #duel-view dd, #storm');
  expect(parts).toHaveLength(2 * 2 + 2 * 4 + 1);
  for (const bottom of parts) expect(bottom).toBeLessThanOrEqual(PHONE.height);
}, 60_000);

test('keys steer again after a slider or a checkbox was used, and the arrows move a slider that was tabbed to', async () => {
  const { url, port } = await startArena(files);
  const { page } = await openArena(url);
  const watcher = await join(port);
  const id = Number(/\d+/.exec((await page.textContent('#you')) ?? '')?.[0]);
  await drive(watcher, () => watcher.find(id) !== null);
  /** The player moves while this key is held. */
  const steers = async (key: string, axis: 'x' | 'y'): Promise<void> => {
    const start = watcher.find(id)![axis];
    await page.keyboard.down(key);
    await drive(watcher, () => Math.abs(watcher.find(id)![axis] - start) > 20);
    await page.keyboard.up(key);
  };
  const padding = page.getByLabel('Padding');
  await padding.click();
  const value = await padding.inputValue();
  await steers('ArrowRight', 'x');
  // All players share it: until the server has the new value, the page may be shown the old one once more.
  await expect.poll(() => padding.inputValue()).toBe(value);

  await page.getByLabel('Draw once a second').click();
  await steers('ArrowUp', 'y');

  await padding.focus(); // as the Tab key does
  await steers('a', 'x');
  await page.keyboard.press('ArrowLeft');
  expect(Number(await padding.inputValue())).toBe(Number(value) - 1024);

  await page.getByLabel('Close reason').focus();
  await page.keyboard.press('w');
  expect(await page.getByLabel('Close reason').inputValue()).toContain('w');
}, 60_000);

test('without a connection what needs one is disabled, until it is back', async () => {
  const { url } = await startArena(files);
  const { page } = await openArena(url);
  const online = page.locator('#controls fieldset[data-online] :is(input, button)');
  const all = await online.count();
  const enabled = (): Promise<number> => online.and(page.locator(':enabled')).count();
  expect(all).toBe(11);
  expect(await enabled()).toBe(all);
  await page.getByRole('button', { name: 'Close here' }).click();
  await ending(page);
  expect(await enabled()).toBe(0);
  expect(await page.getByLabel('Compress').isEnabled()).toBe(true); // it applies to the next connection
  await page.getByRole('button', { name: 'Reconnect' }).click();
  await page.waitForSelector('#badge[data-state="OPEN"]');
  await page.waitForSelector('#bots:enabled');
  expect(await enabled()).toBe(all);
}, 60_000);

test.each([
  ['a laptop', { width: 1280, height: 800 }],
  ['a phone', PHONE],
])(
  'a stall, its end and a closed connection move nothing on %s',
  async (_what, size) => {
    const { url } = await startArena(files, { bots: 3 });
    const { page } = await openArena(url, (page) => page.setViewportSize(size));
    await page.locator('#facts', { hasText: /^3 bots/ }).waitFor();
    await page.locator('figcaption', { hasText: /network \d/ }).waitFor();
    const places = (): Promise<unknown> =>
      page.evaluate(`[...document.querySelectorAll('header, #arena-view h1, .stage, #controls fieldset, #plots figure, footer')]
      .map((one) => one.getBoundingClientRect()).map(({ x, y, width, height }) => [x, y + scrollY, width, height].map(Math.round))`);
    const before = await places();
    await page.getByRole('button', { name: 'Stall for 2 s' }).click();
    await page.waitForSelector('#badge[data-state="SILENT"]');
    expect(await places()).toEqual(before);
    await page.waitForSelector('#badge[data-state="OPEN"]');
    expect(await places()).toEqual(before);
    await page.getByRole('button', { name: 'Let the server close' }).click();
    await ending(page);
    expect(await places()).toEqual(before);
  },
  60_000,
);

test('a slider has its value with the unit for screen readers', async () => {
  const { url } = await startArena(files);
  const { page } = await openArena(url);
  await page.waitForSelector('#bots[aria-valuetext="0 bots"]');
  await page.getByLabel('Latency').fill('120');
  await page.getByLabel('Padding').fill('2048');
  const spoken = await page.evaluate(
    `Object.fromEntries([...document.querySelectorAll('input[type=range]')].map((one) => [one.id, one.ariaValueText]))`,
  );
  expect(spoken).toEqual({
    bots: '0 bots',
    tickRate: '60 ticks per second',
    padding: '2048 bytes',
    latency: '120 milliseconds',
    jitter: '0 milliseconds',
  });
}, 60_000);

test('with reduced motion there is one picture a second, and no trails', async () => {
  const { url } = await startArena(files);
  const { page } = await openArena(url, (page) => page.emulateMedia({ reducedMotion: 'reduce' }));
  expect(await page.getByLabel('Draw once a second').isChecked()).toBe(true);
}, 60_000);

test('a finger steers, and the text mentions touching where there is no mouse', async () => {
  const { url, port } = await startArena(files);
  const browser = (await newPage()).context().browser();
  const page = await browser!.newPage({ viewport: PHONE, isMobile: true, hasTouch: true });
  onTestFinished(() => page.close());
  await page.goto(`${url}#arena`);
  await page.waitForSelector('#badge[data-state="OPEN"]');
  const watcher = await join(port);
  await page.locator('#you', { hasText: /\d/ }).waitFor();
  expect(await page.locator('#arena-view .how').innerText()).toMatch(/touch the field/);
  expect(await page.locator('#arena-view .how').innerText()).not.toMatch(/arrow keys/);
  const id = Number(/\d+/.exec((await page.textContent('#you')) ?? '')?.[0]);
  await drive(watcher, () => watcher.find(id) !== null);
  const box = (await page.locator('#field').boundingBox())!;
  const session = await page.context().newCDPSession(page);
  const touchPoints = [{ x: box.x + 10, y: box.y + 10 }];
  await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints });
  await drive(watcher, () => watcher.find(id)!.x < 120 && watcher.find(id)!.y < 120, 20_000);
  await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
}, 60_000);

test('the duel opens first: both lanes tick, keys steer both, and the storm can be switched off', async () => {
  const { url } = await startArena(files);
  const { page, complaints } = await openArena(url, undefined, '');
  expect(await page.locator('nav a[aria-current]').innerText()).toBe('Polled or events');
  await page.locator('#storm-hint', { hasText: /^Bursts of [\d\u202f]+ inputs/ }).waitFor();
  for (const mode of ['polled', 'events']) {
    await page.locator(`#${mode}-longest`, { hasText: /^\d+ ms$/ }).waitFor();
    await page.locator(`#${mode}-on-time`, { hasText: /^\d+ %$/ }).waitFor();
    await page.locator(`#${mode}-echo`, { hasText: /^\d+ ms$/ }).waitFor();
    await page.locator(`#${mode}-input`, { hasText: /^\d+ ms$/ }).waitFor();
    await page.locator(`#${mode}-handled`, { hasText: /\d\/s$/ }).waitFor();
  }
  await page.getByLabel('Storm').uncheck();
  await page.locator('#storm-hint', { hasText: /^No bursts/ }).waitFor();
  expect(await page.getByLabel('Storm').isChecked()).toBe(false);
  expect(complaints).toEqual([]);

  await page.getByRole('link', { name: 'The arena' }).click();
  await page.waitForSelector('#bots:enabled');
  expect(await page.locator('#duel-view').isVisible()).toBe(false);
  await page.getByRole('link', { name: 'Polled or events' }).click();
  await page.waitForSelector('#storm:enabled');
}, 60_000);

test('a lane that has ended says so, and the page goes back to it', async () => {
  const { arena, url } = await startArena(files);
  const { page } = await openArena(url, undefined, 'duel');
  await arena.stop();
  await page.waitForSelector('#badge[data-state="CLOSED"]');
  await page.locator('#polled-ending', { hasText: 'Closed with 1001 “the arena closes”' }).waitFor();
  expect(await page.getByLabel('Storm').isDisabled()).toBe(true);
  const [reconnect] = await page.getByRole('button', { name: 'Reconnect' }).all();
  await reconnect!.click();
  await page.locator('#polled-ending', { hasText: 'Closed without a Close frame' }).waitFor();
}, 60_000);

/** A Chromium under LANG=C: Intl does not know its language. As text, which runs in the page. */
const POSIX_LOCALE = `Object.defineProperty(Navigator.prototype, 'language', { get: () => 'en-US@posix' })`;

test('the page and its plots are alive where the browser names a locale that Intl does not know', async () => {
  const { url } = await startArena(files);
  const { page, complaints } = await openArena(url, (page) => page.addInitScript(POSIX_LOCALE));
  await page.locator('figcaption', { hasText: /Round trip.*network \d.* ms.*with waits \d.* ms/ }).waitFor();
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
