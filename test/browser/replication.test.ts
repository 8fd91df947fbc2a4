import { fileURLToPath } from 'node:url';
import { SceneMultiplayer, WebSocketMultiplayerPeer } from 'tickpeer/multiplayer';
import { Vector2 } from 'tickpeer/variant';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleForBrowser } from '../../scripts/build-browser.mjs';
import { closeBrowser, newPage } from '../support/chromium.ts';
import { until } from '../support/until.ts';
import { player, SPAWNER } from './replicated-scene.ts';
import { startSite } from './site.ts';

let script: string;

beforeAll(async () => {
  script = await bundleForBrowser(fileURLToPath(new URL('./replication-page.ts', import.meta.url)));
  await (await newPage()).close(); // The first start unpacks the browser.
}, 60_000);
afterAll(closeBrowser);

test('pages see the players that a server spawns, and steer their own', async () => {
  const peer = new WebSocketMultiplayerPeer();
  const multiplayer = new SceneMultiplayer();
  expect(peer.createServer(0, '127.0.0.1')).toBe(0);
  multiplayer.multiplayerPeer = peer;
  const bad: string[] = [];
  multiplayer.badPacket.connect((_id, { message }) => bad.push(message));
  const players = multiplayer.spawner('World/PlayerSpawner', SPAWNER);
  multiplayer.peerConnected.connect((id) => players.addChild(player.instantiate({ name: String(id), health: 7 })));
  const nodes = () => players.getChildren().filter((node) => player.isInstance(node));

  const site = await startSite({ '/': '<script type="module" src="/page.js"></script>', '/page.js': script });
  const pages = [await newPage(), await newPage()];
  for (const page of pages) await page.goto(`${site.origin}/#ws://127.0.0.1:${peer.getLocalPort()}`);
  let titles: string[] = [];
  let isAsking = false;
  await until(() => {
    for (const node of nodes()) node.position = new Vector2(10 * node.motion.x, 10 * node.motion.y);
    multiplayer.poll();
    if (!isAsking) {
      isAsking = true;
      void Promise.all(pages.map((page) => page.title())).then((all) => {
        titles = all;
        isAsking = false;
      });
    }
    return titles.length === 2 && titles.every((title) => title.match(/10,-10 7/g)?.length === 2);
  }, 45_000);
  expect(titles[0]).toBe(
    nodes()
      .map(({ name }) => `${name} 10,-10 7`)
      .join('; '),
  );
  expect(bad).toEqual([]);
  peer.close();
  site.stop();
}, 40_000);
