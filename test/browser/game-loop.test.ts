import { fileURLToPath } from 'node:url';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { bundleForBrowser } from '../../scripts/build-browser.mjs';
import { CodeBlocks } from '../docs/document.ts';
import { portOf, runRecipe } from '../docs/recipe.ts';
import { closeBrowser, newPage } from '../support/chromium.ts';

afterAll(closeBrowser);

test('docs/start/game-loop.md: two windows see each other, and each other’s moves', async () => {
  const docs = new CodeBlocks('start/game-loop.md');
  const script = await bundleForBrowser(fileURLToPath(new URL('../../src/index.ts', import.meta.url)));
  // The package's file is that of the build; here the sources are bundled in its place.
  const place = 'node_modules/tickpeer/dist/index.browser.js';
  const source = docs.file('server.ts');
  expect(source).toContain(`'${place}'`);
  const files = { 'index.html': docs.file('index.html'), 'tickpeer.js': script };
  const server = await runRecipe('start/game-loop.md', 'server.ts', {}, { files, replace: [place, 'tickpeer.js'] });
  const url = `http://127.0.0.1:${await portOf(server)}/`;
  const [one, two] = [await newPage(), await newPage()];
  onTestFinished(async () => {
    await Promise.all([one.close(), two.close()]);
  });
  await one.goto(url);
  await one.waitForSelector('circle');
  await two.goto(url);
  await two.waitForSelector('circle:nth-child(2)');
  expect(await one.textContent('#text')).toBe('2 players; the arrow keys move one');
  await one.keyboard.down('ArrowRight');
  await two.waitForSelector('circle[cx="400"]');
  await one.keyboard.up('ArrowRight');
  await one.keyboard.down('ArrowLeft');
  await two.waitForSelector('circle[cx="0"]');
  await two.close();
  await one.waitForSelector('circle:nth-child(2)', { state: 'detached' });
  server.end();
  await one.locator('#text').filter({ hasNotText: 'players' }).waitFor();
}, 60_000);
