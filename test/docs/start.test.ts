import { expect, test } from 'vitest';
import { serve } from '../support/peers.ts';
import { ended, portOf, runRecipe, untilPrinted, wait } from './recipe.ts';

// With the sources. test/package/newcomer.mjs does the same in an empty folder, with the package; the third page of docs/start
// is in test/browser/game-loop.test.ts.

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
