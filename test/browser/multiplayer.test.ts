import { fileURLToPath } from 'node:url';
import { rpc, SceneMultiplayer, WebSocketMultiplayerPeer } from 'tickpeer/multiplayer';
import { int, string, type Vector2, vector2 } from 'tickpeer/variant';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleForBrowser } from '../../scripts/build-browser.mjs';
import { closeBrowser, newPage } from '../support/chromium.ts';
import { until } from '../support/until.ts';
import { startSite } from './site.ts';

let script: string;

beforeAll(async () => {
  script = await bundleForBrowser(fileURLToPath(new URL('./multiplayer-page.ts', import.meta.url)));
  await (await newPage()).close(); // The first start unpacks the browser.
}, 60_000);
afterAll(closeBrowser);

test('pages join a game, and call the server and each other', async () => {
  const peer = new WebSocketMultiplayerPeer();
  const multiplayer = new SceneMultiplayer();
  expect(peer.createServer(0, '127.0.0.1')).toBe(0);
  multiplayer.multiplayerPeer = peer;
  const moves: [number, Vector2][] = [];
  const bad: string[] = [];
  multiplayer.badPacket.connect((_id, { message }) => bad.push(message));
  const main = multiplayer.node('Main', {
    move: rpc.anyPeer([vector2], (from, at) => moves.push([from, at])),
    greet: rpc.authority([string, int]),
    wave: rpc.anyPeer([string]),
  });
  multiplayer.peerConnected.connect((id) => main.greet.rpcId(id, 'welcome', id));

  const site = await startSite({ '/': '<script type="module" src="/page.js"></script>', '/page.js': script });
  const pages = [await newPage(), await newPage()];
  for (const page of pages) await page.goto(`${site.origin}/#ws://127.0.0.1:${peer.getLocalPort()}`);
  const titles: string[] = [];
  let isAsking = false;
  await until(() => {
    multiplayer.poll();
    if (!isAsking) {
      isAsking = true;
      void Promise.all(pages.map((page) => page.title())).then((all) => {
        titles.splice(0, titles.length, ...all);
        isAsking = false;
      });
    }
    return titles.length === 2 && titles.every((title) => title.includes('waved')) && moves.length === 12;
  }, 45_000);
  const ids = multiplayer.getPeers();
  for (const id of ids) {
    const other = ids.find((one) => one !== id);
    expect(titles).toContain(`${id}: welcome ${id}; waved by ${other}`);
    const mine = moves.filter(([from]) => from === id).map(([, at]) => at.x);
    expect(mine).toEqual([0, 1, 2, 3, 4, 5]);
  }
  expect(bad).toEqual([]);
  peer.close();
  site.stop();
}, 40_000);
