import type { Page } from 'playwright-core';
import { WebSocketPeer, WebSocketServer } from 'tickpeer';
import { rpc, SceneMultiplayer, WebSocketMultiplayerPeer } from 'tickpeer/multiplayer';
import { Room, Rooms } from 'tickpeer/rooms';
import { int, string } from 'tickpeer/variant';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { buildInspectorPage } from '../../scripts/build-inspector.mjs';
import type { InspectedCluster, InspectorOptions, InspectorTarget } from '../../src/inspector/index.ts';
import { closeBrowser, newPage } from '../support/chromium.ts';
import { inspect } from '../support/inspected.ts';
import { dialPeer, drive, isClosed } from '../support/peers.ts';

const METHODS = {
  say: rpc.anyPeer([string], () => undefined),
  '<img src=x onerror=alert(1)>': rpc.anyPeer([int], () => undefined),
};

let html: string;

beforeAll(async () => {
  html = await buildInspectorPage();
  await (await newPage()).close(); // The first start unpacks the browser.
}, 60_000);
afterAll(closeBrowser);

/** An inspector's page in a browser, and what went wrong there; `onFinished` runs when the test ends. */
async function visit(
  target: InspectorTarget,
  onFinished: () => void,
  options: InspectorOptions = {},
): Promise<{ page: Page; errors: string[] }> {
  const inspector = inspect(target, options, html);
  const page = await newPage();
  onTestFinished(async () => {
    onFinished();
    await page.close();
  });
  const errors: string[] = [];
  page.on('pageerror', ({ message }) => errors.push(message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.goto(inspector.url);
  await page.waitForSelector('#link[data-state="live"]');
  return { page, errors };
}

/** A server that is polled in the background until the test ends, and its inspector in a browser. */
async function open(): Promise<{ server: SceneMultiplayer; url: string; page: Page; errors: string[] }> {
  const peer = new WebSocketMultiplayerPeer({ heartbeatInterval: 0.5, pongTimeLimit: 5, path: '/' });
  peer.createServer(0, '127.0.0.1');
  const server = new SceneMultiplayer();
  server.multiplayerPeer = peer;
  const timer = setInterval(() => server.poll(), 10);
  const { page, errors } = await visit(server, () => {
    clearInterval(timer);
    peer.close();
  });
  return { server, url: `ws://127.0.0.1:${peer.getLocalPort()}/`, page, errors };
}

function join(url: string): SceneMultiplayer {
  const peer = new WebSocketMultiplayerPeer();
  const client = new SceneMultiplayer();
  peer.createClient(url);
  client.multiplayerPeer = peer;
  const timer = setInterval(() => client.poll(), 10);
  onTestFinished(() => {
    clearInterval(timer);
    peer.close();
  });
  return client;
}

const row = (page: Page, text: string) => page.locator('[role="tabpanel"]:not([hidden]) tbody tr', { hasText: text });

test('a peer, its call by name, a delay, its packets, and a kick', async () => {
  const { server, url, page, errors } = await open();
  server.node('Main', METHODS);
  const client = join(url);
  const main = client.node('Main', METHODS);
  await page.locator('.peers tbody tr').click();
  const id = server.getPeers()[0]!;
  await page.locator('#detail h2', { hasText: `Peer ${id}` }).waitFor();
  await page.getByRole('button', { name: 'Follow', exact: true }).click();
  await page.getByRole('button', { name: 'Following' }).waitFor();

  await page.locator('#line-delay').fill('300');
  await row(page, 'delayed').waitFor();
  await page.locator('#detail .properties', { hasText: /Round trip[6-9]\d\d ms/ }).waitFor();
  await page.locator('#line-delay').fill('0');

  main.say.rpcId(1, '<script>alert(1)</script>');
  main['<img src=x onerror=alert(1)>'].rpcId(1, 7);
  await page.locator('.packets li', { hasText: '<script>alert(1)</script>' }).waitFor();
  await page.getByRole('tab', { name: 'Traffic' }).click();
  await page.locator('#panel-traffic .tools', { hasText: 'counted for' }).waitFor();
  main.say.rpcId(1, 'counted');
  main['<img src=x onerror=alert(1)>'].rpcId(1, 8);
  await row(page, 'say').first().waitFor();
  await row(page, '<img src=x onerror=alert(1)>').first().waitFor();
  await page.getByRole('tab', { name: 'Nodes' }).click();
  await row(page, 'Main').first().waitFor();
  expect(await page.locator('img, tbody script, .packets script, b >> text=not').count()).toBe(0);

  await page.getByLabel('Reason of the kick').fill('for the test');
  await page.getByRole('button', { name: 'Kick' }).click();
  const connection = (client.multiplayerPeer as WebSocketMultiplayerPeer).getPeer(1);
  await drive(client, () => connection!.getReadyState() === WebSocketPeer.STATE_CLOSED);
  expect([connection!.getCloseCode(), connection!.getCloseReason()]).toEqual([1008, 'for the test']);
  await page.locator('#detail h2', { hasText: 'has left' }).waitFor();
  expect(errors).toEqual([]);
}, 40_000);

test('a refused client is in the log, and its text is no markup', async () => {
  const { url, page, errors } = await open();
  const stranger = dialPeer(`${url}<b>bold</b>`);
  await drive(stranger, () => isClosed(stranger));
  await page.getByRole('tab', { name: /Log/ }).click();
  const entry = row(page, 'refused with 404');
  await entry.waitFor();
  expect(await entry.textContent()).toContain('/<b>bold</b>');
  expect(await page.locator('.log b').count()).toBe(0);
  expect(await page.locator('.log tr[data-level="warn"]').count()).toBe(1);
  expect(errors).toEqual([]);
});

test('rooms: the chosen one has its players, its traffic and its nodes', async () => {
  const sockets = new WebSocketServer();
  sockets.listen(0, '127.0.0.1');
  const rooms = new Rooms(sockets, {
    kinds: { match: { capacity: 4, open: ({ multiplayer }) => multiplayer.node('Main', METHODS) } },
  });
  for (const code of ['RED22', 'BLUE2']) {
    if (!(rooms.create('match', { code }) instanceof Room)) throw new Error(`no room ${code}`);
  }
  const timer = setInterval(() => rooms.poll(), 10);
  const { page, errors } = await visit(rooms, () => {
    clearInterval(timer);
    sockets[Symbol.dispose]();
  });
  const url = `ws://127.0.0.1:${sockets.getLocalPort()}/`;
  const ada = join(`${url}?room=RED22`);
  const bob = join(`${url}?room=BLUE2`);
  await row(page, 'RED22').locator('td', { hasText: '1 of 4' }).waitFor();
  await page.getByRole('tab', { name: 'Traffic' }).click();
  await page.locator('#panel-traffic .empty', { hasText: 'Choose a room' }).waitFor();
  await page.getByRole('tab', { name: 'Peers' }).click();
  await row(page, 'BLUE2').waitFor();
  await page.getByRole('tab', { name: 'Rooms' }).click();
  await row(page, 'RED22').click();
  await page.locator('#room', { hasText: 'Room RED22 · match · 1 of 4 players' }).waitFor();
  await page.getByRole('tab', { name: 'Peers' }).click();
  await row(page, 'BLUE2').waitFor({ state: 'detached' });
  await row(page, 'RED22').click();
  await page.locator('#detail h2', { hasText: `Peer ${ada.getUniqueId()}` }).waitFor();
  await page.getByRole('tab', { name: 'Traffic' }).click();
  for (const client of [ada, bob]) client.node('Main', METHODS).say.rpcId(1, 'hello');
  await row(page, 'say').locator('td', { hasText: /^1$/ }).waitFor();
  await page.getByRole('tab', { name: 'Nodes' }).click();
  await row(page, 'Main').waitFor();
  await page.locator('#detail summary').click();
  await page.locator('.paths li', { hasText: 'its own 1 = Main' }).waitFor();
  rooms.find('RED22')?.close();
  await page.locator('#room', { hasText: 'Room RED22 has closed' }).waitFor();
  await page.getByRole('button', { name: 'All rooms' }).click();
  await page.getByRole('tab', { name: 'Rooms' }).click();
  await row(page, 'BLUE2').waitFor();
  expect(errors).toEqual([]);
}, 40_000);

test('names that a peer chooses are text, in cells and in hints, without characters that are not seen', async () => {
  const { server, url, page, errors } = await open();
  server.nodes('Players/*', METHODS);
  const client = join(url);
  await page.locator('.peers tbody tr').click();
  await page.getByRole('tab', { name: 'Traffic' }).click();
  await page.locator('#panel-traffic .tools', { hasText: 'counted for' }).waitFor();
  const name = '<b>\u202egnp.exe\u200b\u{e0041}\t';
  client.node(`Players/${name}`, METHODS).say.rpcId(1, 'hello');
  const cell = row(page, 'say').locator('td').first();
  await cell.waitFor();
  const shown = 'Players/<b>\\u202egnp.exe\\u200b\\u{e0041}\\u0009';
  expect([await cell.textContent(), await cell.getAttribute('title')]).toEqual([shown, shown]);
  expect(errors).toEqual([]);
}, 40_000);

test('the keyboard reaches the tabs, the peers and their order', async () => {
  const { server, url, page } = await open();
  join(url);
  join(url);
  await page.locator('.peers tbody tr').nth(1).waitFor();
  expect(server.getPeers().length).toBe(2);
  await page.locator('.peers tbody tr').first().focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.peers tbody tr:nth-child(2)[aria-selected="true"]');
  await page.keyboard.press('Escape');
  await page.waitForSelector('.peers tbody tr:nth-child(2)[aria-selected="false"]');
  await page.locator('#tab-peers').focus();
  await page.keyboard.press('ArrowRight');
  await page.waitForSelector('#panel-traffic:not([hidden])');
  await page.keyboard.press('ArrowLeft');
  await page.locator('th button', { hasText: '#' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('th[aria-sort="descending"]');
  await page.locator('.peers tbody tr:first-child td:first-child', { hasText: /^2$/ }).waitFor();
});

test('without the token, the page says what to do, and shows nothing', async () => {
  const { page } = await open();
  const address = page.url().replace(/#.*/, '#wrong-token-00000');
  await page.goto('about:blank');
  await page.goto(address);
  await page.locator('#hint', { hasText: 'the token is wrong' }).waitFor();
  expect(await page.locator('tbody tr').count()).toBe(0);
});

test('a page of another origin can neither connect nor frame it', async () => {
  const { page } = await open();
  const [address = '', token = ''] = page.url().split('#');
  const other = await newPage();
  onTestFinished(() => other.close());
  await other.goto('data:text/html,<title>evil</title>');
  const outcome = await other.evaluate(
    ([url, secret]) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(url.replace('http', 'ws').concat('feed'), ['tickpeer-inspector', secret]);
        socket.onopen = () => resolve('open');
        socket.onerror = () => resolve('refused');
      }),
    [address, token] as const,
  );
  expect(outcome).toBe('refused');
  await other.setContent(`<iframe src="${address}"></iframe>`);
  // Chromium shows an error page in its place.
  await expect.poll(() => other.frames()[1]?.url()).toBe('chrome-error://chromewebdata/');
});

test('a cluster: many processes leave room for the search and the rooms, also on a phone', async () => {
  const sockets = new WebSocketServer();
  const rooms = new Rooms(sockets, { kinds: {} });
  const ids = Array.from({ length: 40 }, (_, n) => String(n + 10));
  const cluster: InspectedCluster = {
    id: '10',
    getNodes: () =>
      ids.map((id) => {
        return {
          id,
          label: `host-${id}:1`,
          address: { host: '10.0.0.1', port: 7000 },
          rooms: 1,
          players: 1,
          isDraining: id === '11',
          age: 1260,
        };
      }),
    getRooms: () =>
      ids.map((id) => {
        const code = `ROOM${id}`;
        return { code, kind: 'match', node: id, taken: 1, capacity: 4, isLocked: false, isListed: true };
      }),
  };
  const { page, errors } = await visit(rooms, () => sockets[Symbol.dispose](), { cluster });
  await page.getByRole('tab', { name: 'Cluster' }).click();
  await page.locator('.processes td', { hasText: '1.3 s ago' }).first().waitFor();
  for (const [width, height] of [
    [1240, 620],
    [390, 800],
  ] as const) {
    await page.setViewportSize({ width, height });
    const search = await page.getByPlaceholder('Search code, kind or process').boundingBox();
    const [processes, list] = await page
      .locator('#panel-cluster > .scroll')
      .evaluateAll((elements) => elements.map((element) => element.getBoundingClientRect().toJSON()));
    // One below the other, and none of no height.
    expect(search!.y).toBeGreaterThanOrEqual(processes.bottom);
    expect(list.top).toBeGreaterThanOrEqual(search!.y + search!.height);
    expect(Math.min(processes.height, list.height)).toBeGreaterThan(100);
  }
  await page.getByPlaceholder('Search code, kind or process').fill('host-17');
  await page.locator('#panel-cluster .tools', { hasText: '1 of 40 rooms' }).waitFor();
  expect(await page.locator('.cluster-rooms tbody tr').allInnerTexts()).toMatchObject([
    expect.stringContaining('ROOM17'),
  ]);
  expect(errors).toEqual([]);
});
