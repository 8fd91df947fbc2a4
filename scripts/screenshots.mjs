// Takes the README's pictures of the arena: npm run screenshots [-- FOLDER]
// The demo on a free port, three people in it, in the Chromium that comes from npm; writes docs/images/arena-*.png,
// or into another folder.
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
/** @type {[name: string, device: object, colorScheme: 'light' | 'dark'][]} */
const PICTURES = [
  ['arena-light', LAPTOP, 'light'],
  ['arena-dark', LAPTOP, 'dark'],
  ['arena-phone', PHONE, 'light'],
];

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
  for (const key of ['ArrowLeft', 'ArrowRight']) {
    const other = await enter(url, LAPTOP, 'light');
    await other.keyboard.press(key, { delay: 900 });
  }
  for (const [name, device, colorScheme] of PICTURES) {
    const page = await enter(url, device, colorScheme);
    await liven(page);
    await page.screenshot({ path: join(images, `${name}.png`) });
    await page.close();
    console.log(`docs/images/${name}.png`);
  }
} finally {
  await browser?.close();
  server.kill('SIGTERM');
}

/** A page that is OPEN. */
async function enter(url, device, colorScheme) {
  const page = await browser.newPage({ ...device, colorScheme });
  await page.goto(url);
  await page.waitForSelector('#badge[data-state="OPEN"]');
  return page;
}

/** Walks about for half a minute, over a cable that gets worse and better, so that the plots have something to show. */
async function liven(page) {
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
