// Takes the README's pictures of the arena: npm run screenshots [-- FOLDER [VIEW...]]
// Starts the arena on a free port, with three players, in the Chromium from npm. Writes duel-*.png and arena-*.png, or those of
// the named views, into docs/images or the folder. The duel's figures depend on the machine's load: take the pictures
// when nothing else runs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sparticuz from '@sparticuz/chromium';
import { chromium } from 'playwright-core';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const images = process.argv[2] ?? join(root, 'docs/images');
const LAPTOP = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
/** @type {[view: string, name: string, device: object, colorScheme: 'light' | 'dark'][]} */
const PICTURES = [
  ['duel', 'light', LAPTOP, 'light'],
  ['duel', 'dark', LAPTOP, 'dark'],
  ['duel', 'phone', PHONE, 'dark'],
  ['arena', 'light', LAPTOP, 'light'],
  ['arena', 'dark', LAPTOP, 'dark'],
  ['arena', 'phone', PHONE, 'light'],
];
/** The pictures to take: all, or those of the named views. */
const wanted = process.argv.slice(3);

mkdirSync(images, { recursive: true });
const server = spawn(process.execPath, [join(root, 'build/examples/arena/main.js'), '--port', '0'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
let browser;
try {
  browser = await chromium.launch({
    executablePath: await sparticuz.executablePath(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
  const [output] = await Promise.race([
    once(server.stdout, 'data'),
    once(server, 'exit').then(([code]) => Promise.reject(new Error(`the arena ended with ${code}`))),
  ]);
  const url = String(output).split('\n', 1)[0];
  for (const [view, name, device, colorScheme] of PICTURES) {
    if (wanted.length > 0 && !wanted.includes(view)) continue;
    const others = view === 'arena' ? [await visit(url, 'ArrowLeft'), await visit(url, 'ArrowRight')] : [];
    const page = await enter(`${url}#${view}`, device, colorScheme);
    await (view === 'arena' ? playArena(page) : playDuel(page));
    await page.screenshot({ path: join(images, `${view}-${name}.png`) });
    for (const one of [page, ...others]) await one.close();
    console.log(`docs/images/${view}-${name}.png`);
  }
} finally {
  await browser?.close();
  server.kill('SIGTERM');
}

/** Another player in the arena, who has moved a little. */
async function visit(url, key) {
  const page = await enter(`${url}#arena`, LAPTOP, 'light');
  await page.keyboard.press(key, { delay: 900 });
  await page.getByLabel('Draw once a second').check(); // leaves the processor to the picture
  return page;
}

/** A page that is OPEN. */
async function enter(url, device, colorScheme) {
  const page = await browser.newPage({ ...device, colorScheme });
  await page.goto(url);
  await page.waitForSelector('#badge[data-state="OPEN"]');
  return page;
}

/** Moves about during the bursts for as long as the figures cover, and a little longer for the start. */
async function playDuel(page) {
  await page.locator('#storm-hint', { hasText: /^Bursts/ }).waitFor();
  for (const key of ['d', 's', 'a', 'w']) {
    await page.keyboard.down(key);
    await page.waitForTimeout(300);
    await page.keyboard.up(key);
    await page.waitForTimeout(1700);
  }
}

/** Moves about for half a minute, over a connection that gets worse and better, so that the plots show changes. */
async function playArena(page) {
  const keys = ['d', 's', 'a', 'w', 'd'];
  const latencies = [0, 40, 120, 60, 20];
  for (const [index, key] of keys.entries()) {
    await page.locator('#latency').fill(String(latencies[index]));
    await page.locator('#jitter').fill(String(latencies[index] / 4));
    await page.locator('#field').focus();
    await page.keyboard.down(key);
    await page.waitForTimeout(index === 0 ? 600 : 900);
    await page.keyboard.up(key);
    await page.waitForTimeout(5000);
  }
  await page.evaluate(() => document.activeElement?.blur());
  await page.evaluate(() => scrollTo(0, 0));
}
