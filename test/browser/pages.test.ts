import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleForBrowser } from '../../scripts/build-browser.mjs';
import type { JourneyServer, PemPair } from '../journey/journey-server.ts';
import { startOurServer } from '../journey/our-server.ts';
import { makeIdentity } from '../support/certificates.ts';
import { closeBrowser, newPage } from '../support/chromium.ts';
import { type Site, startSite, trustArgument } from './site.ts';

/** A host that does not look like this machine: a browser allows `https` pages to use loopback without TLS. */
const HOST = 'game.test';

let pair: PemPair;
let server: JourneyServer;
let tickpeer: string;
const sites: Site[] = [];

beforeAll(async () => {
  const { keyPem: key, certificatePem: certificate } = await makeIdentity('page', { names: ['127.0.0.1', HOST] });
  pair = { key, certificate };
  server = startOurServer({ trusted: pair, untrusted: pair });
  tickpeer = await bundleForBrowser(fileURLToPath(new URL('../../src/index.ts', import.meta.url)));
  await (await newPage(browserArguments())).close(); // The first start unpacks the browser.
}, 60_000);
afterAll(async () => {
  server.stop();
  for (const site of sites) site.stop();
  await closeBrowser();
});

test('a page without a bundler imports the module, and exchanges messages', async () => {
  const site = await open(`
    <script type="module">
      import { WebSocketPeer } from '/tickpeer.js';
      const socket = new WebSocketPeer();
      socket.connectToUrl('${server.addresses.plain}/echo');
      const packets = [];
      let hasSent = false;
      const ticks = setInterval(() => {
        socket.poll();
        if (socket.getReadyState() === WebSocketPeer.STATE_OPEN && !hasSent) {
          hasSent = true;
          socket.sendText('hello');
          socket.send(Uint8Array.of(1, 2, 3));
        }
        for (const packet of socket.packets()) packets.push(typeof packet === 'string' ? packet : [...packet].join());
        if (packets.length === 2) socket.close(1000, 'done');
        if (socket.getReadyState() === WebSocketPeer.STATE_CLOSED) {
          document.title = JSON.stringify([packets, socket.getCloseCode(), socket.getLastFailure()]);
          clearInterval(ticks);
        }
      }, 10);
    </script>`);
  expect(await titleOf(`${site.origin}/`)).toEqual([['hello', '1,2,3'], 1000, null]);
});

test.each(['WebSocketStream', 'WebSocket'])(
  'an https page that dials ws gets the reason of the refusal, by %s',
  async (transport) => {
    const url = `${server.addresses.plain}/echo`.replace('127.0.0.1', HOST);
    const site = await open(
      `
    <script type="module">
      import { ErrorCode, WebSocketPeer } from '/tickpeer.js';
      const socket = new WebSocketPeer();
      const result = ErrorCode[socket.connectToUrl('${url}')];
      const ticks = setInterval(() => {
        socket.poll();
        if (socket.getReadyState() !== WebSocketPeer.STATE_CLOSED) return;
        clearInterval(ticks);
        document.title = JSON.stringify([result, socket.getCloseCode(), socket.getLastFailure()?.code]);
      }, 10);
    </script>`,
      pair,
    );
    const told = await titleOf(`${site.origin.replace('127.0.0.1', HOST)}/`, transport);
    expect(told).toEqual(['ERR_UNAVAILABLE', -1, 'TICKPEER_BLOCKED']);
  },
);

async function open(html: string, identity?: PemPair): Promise<Site> {
  const site = await startSite({ '/': html, '/tickpeer.js': tickpeer }, identity);
  sites.push(site);
  return site;
}

/** What the page puts into its title, as JSON, when it is done. */
async function titleOf(url: string, transport = 'WebSocketStream'): Promise<unknown[]> {
  const page = await newPage(browserArguments());
  if (transport === 'WebSocket') await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'WebSocketStream'));
  await page.goto(url);
  await page.waitForFunction("document.title.startsWith('[')", undefined, { timeout: 10_000 });
  const title = await page.title();
  await page.close();
  return JSON.parse(title);
}

function browserArguments(): string[] {
  return [trustArgument(pair), `--host-resolver-rules=MAP ${HOST} 127.0.0.1`];
}
