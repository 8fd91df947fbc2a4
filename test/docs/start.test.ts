import { fileURLToPath } from 'node:url';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { bundleForBrowser } from '../../scripts/build-browser.mjs';
import { closeBrowser, newPage } from '../support/chromium.ts';
import { serve } from '../support/peers.ts';
import { CodeBlocks } from './document.ts';
import { ended, portOf, runRecipe, untilPrinted, wait } from './recipe.ts';

// With the sources. test/package/newcomer.mjs does the same in an empty folder, with the package.

afterAll(closeBrowser);

test('a Godot game: the bot moves, and a second one is told of when nobody listens', async () => {
  const server = await runRecipe('start/godot-game.md', 'server.js');
  await untilPrinted(server, 'The server listens on port');
  const args = [`ws://127.0.0.1:${await portOf(server)}`];
  const bot = await runRecipe('start/godot-game.md', 'bot.js', {}, { args });
  expect([await ended(bot), bot.output()]).toEqual([0, 'moved to 440; players: 1\n']);
  await untilPrinted(server, 'tickpeer: ');
  server.end();
  await ended(server);
  const alone = await runRecipe('start/godot-game.md', 'bot.js', {}, { args });
  expect(await ended(alone)).toBe(1);
  expect(alone.output()).toContain('ECONNREFUSED');
}, 60_000);

test('a game loop: two windows see each other, and each other’s moves', async () => {
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

test('bots: three lines of percentiles; without a server, the reason', async () => {
  const server = serve();
  const echo = {
    poll(): void {
      server.poll();
      for (const peer of server.peers) for (const packet of peer.packets()) peer.send(packet);
    },
  };
  const args = [`ws://127.0.0.1:${server.port}`];
  const bots = await runRecipe('start/bots-and-tools.md', 'bots.js', {}, { args });
  await wait(echo, () => bots.process.exitCode !== null);
  expect([bots.process.exitCode, bots.output()]).toEqual([0, expect.stringMatching(/^(p(50|95|99): [\d.]+ ms\n){3}$/)]);
  server.server[Symbol.dispose]();
  const alone = await runRecipe('start/bots-and-tools.md', 'bots.js', {}, { args });
  expect(await ended(alone)).toBe(1);
  expect(alone.output()).toContain('ECONNREFUSED');
}, 60_000);
