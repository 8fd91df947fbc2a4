// Takes the documents' pictures: npm run screenshots [-- FOLDER [VIEW...]]
// Starts the arena on a free port, with three players, in the Chromium from npm, and after it the Godot game snowball-fight.
// and the inspector of scripts/inspected-game.mjs. Writes duel-*.png, arena-*.png, snowball-fight*.png and inspector*.png, or those of
// the named views, into docs/images or the folder. The duel's figures depend on the machine's load: take the pictures when nothing else runs.
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
/** Of the game in the engine, which renders in software. */
const GAME = 'snowball-fight';
/** @type {[name: string, device: object][]} */
const GAME_PICTURES = [
  [GAME, LAPTOP],
  [`${GAME}-phone`, PHONE],
];
/** The arguments of scripts/inspected-game.mjs: players, and matches. */
const INSPECTED = { inspector: ['12'], 'inspector-rooms': ['32', '8'] };
/** The pictures to take: all, or those of the named views. */
const wanted = process.argv.slice(3);

mkdirSync(images, { recursive: true });
let browser;
const isWanted = (view) => wanted.length === 0 || wanted.includes(view);
if (isWanted('duel') || isWanted('arena')) await withServer('arena', ['--disable-gpu'], pictureArena);
if (isWanted('inspector')) await withServer('inspector', ['--disable-gpu'], pictureInspector);
if (isWanted('inspector-rooms')) await withServer('inspector-rooms', ['--disable-gpu'], pictureRooms);
const GL = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
if (isWanted(GAME)) await withServer(GAME, GL, pictureGame);

/** Starts an example and a browser, and calls `picture` with the example's URL. */
async function withServer(example, args, picture) {
  const inspected = INSPECTED[example];
  const program = inspected === undefined ? `build/examples/${example}/main.js` : 'scripts/inspected-game.mjs';
  const server = spawn(process.execPath, [join(root, program), ...(inspected ?? ['--port', '0'])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    browser = await chromium.launch({
      executablePath: await sparticuz.executablePath(),
      args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', ...args],
    });
    const [output] = await Promise.race([
      once(server.stdout, 'data'),
      once(server, 'exit').then(([code]) => Promise.reject(new Error(`${example} ended with ${code}`))),
    ]);
    await picture(String(output).split('\n', 1)[0]);
  } finally {
    await browser?.close();
    server.kill('SIGTERM');
  }
}

async function pictureArena(url) {
  for (const [view, name, device, colorScheme] of PICTURES) {
    if (!isWanted(view)) continue;
    const others = view === 'arena' ? [await visit(url, 'ArrowLeft'), await visit(url, 'ArrowRight')] : [];
    const page = await enter(`${url}#${view}`, device, colorScheme);
    await (view === 'arena' ? playArena(page) : playDuel(page));
    await save(page, `${view}-${name}`);
    for (const one of [page, ...others]) await one.close();
  }
}

/** One peer is delayed and followed; the picture is small enough for the package's documents. */
async function pictureInspector(url) {
  const page = await browser.newPage({ viewport: { width: 1240, height: 440 }, colorScheme: 'light' });
  await page.goto(url);
  await page.waitForTimeout(12_000); // for the plots
  await page.locator('.peers tbody tr').nth(2).click();
  await page.locator('#line-delay').fill('120');
  await page.locator('.peers td', { hasText: 'delayed' }).waitFor();
  await page.waitForTimeout(3000);
  await page.evaluate(() => document.querySelector('#detail')?.scrollTo(0, 0));
  await save(page, 'inspector');
  await page.close();
}

/** The rooms, of which one is chosen. */
async function pictureRooms(url) {
  const page = await browser.newPage({ viewport: { width: 1240, height: 440 }, colorScheme: 'dark' });
  await page.goto(url);
  await page.waitForTimeout(12_000); // for the plots
  await page.locator('.rooms tbody tr', { hasText: 'match' }).nth(1).click();
  await page.waitForTimeout(3000);
  await save(page, 'inspector-rooms');
  await page.close();
}

async function pictureGame(url) {
  for (const [name, device] of GAME_PICTURES) {
    const page = await browser.newPage({ ...device, colorScheme: 'dark' });
    page.on('console', (message) => message.type() === 'error' && console.error(message.text()));
    await page.goto(url);
    await page.waitForSelector('#curtain', { state: 'hidden', timeout: 60_000 });
    await page.waitForTimeout(3000); // the form is drawn some frames later
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('Ada', { delay: 80 });
    await page.keyboard.press('Enter', { delay: 200 });
    await page.waitForTimeout(2000);
    for (const key of ['d', 's', 'a', 'd']) {
      await page.keyboard.down(key);
      await page.waitForTimeout(1200);
      await page.keyboard.press(' ', { delay: 100 });
      await page.keyboard.up(key);
    }
    await page.waitForTimeout(300);
    await save(page, name);
    await page.close();
  }
}

async function save(page, name) {
  await page.screenshot({ path: join(images, `${name}.png`) });
  console.log(`docs/images/${name}.png`);
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
  for (const key of ['d', 's', 'a', 'd']) {
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
