import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleForBrowser } from '../../scripts/build-browser.mjs';
import { journeyOn } from '../journey/journey.ts';
import type { Identities, JourneyServer } from '../journey/journey-server.ts';
import { startOurServer } from '../journey/our-server.ts';
import type { Where } from '../journey/step.ts';
import { unusedPort } from '../journey/unused-port.ts';
import { startWsServer } from '../journey/ws-server.ts';
import { makeIdentity } from '../support/certificates.ts';
import { closeBrowser, newPage } from '../support/chromium.ts';
import type { JourneyPage } from './page.ts';
import { type Site, startSite, trustArgument } from './site.ts';

const PAGE = fileURLToPath(new URL('page.ts', import.meta.url));

let identities: Identities;
let site: Site;

beforeAll(async () => {
  const [trusted, untrusted] = [await makeIdentity('trusted'), await makeIdentity('untrusted')];
  identities = {
    trusted: { key: trusted.keyPem, certificate: trusted.certificatePem },
    untrusted: { key: untrusted.keyPem, certificate: untrusted.certificatePem },
  };
  site = await startSite({
    '/': '<script type="module" src="/page.js"></script>',
    '/page.js': await bundleForBrowser(PAGE),
  });
  await (await openPage()).close(); // The first start unpacks the browser.
}, 60_000);
afterAll(async () => {
  site.stop();
  await closeBrowser();
});

type Start = (identities: Identities) => JourneyServer | Promise<JourneyServer>;

const SERVERS: readonly (readonly [string, Start])[] = [
  ['our server', startOurServer],
  ['ws', startWsServer],
];

describe.each(['WebSocketStream', 'WebSocket'])('the journey in Chromium by %s', (transport) => {
  describe.each(SERVERS)('against %s', (_name, start) => {
    let server: JourneyServer;
    let where: Where;
    let page: Page;

    beforeAll(async () => {
      server = await start(identities);
      where = {
        ...server.addresses,
        unused: `ws://127.0.0.1:${unusedPort()}`,
        trust: true,
        platform: 'browser',
      };
      page = await openPage(transport);
    });
    afterAll(async () => {
      await page.close();
      server.stop();
    });

    test('is what the page has', async () => {
      expect(await page.evaluate(() => 'WebSocketStream' in globalThis)).toBe(transport === 'WebSocketStream');
    });

    test.each(journeyOn('browser'))('$name', async ({ name }) => {
      const args = [name, where] as const;
      await page.evaluate(([wanted, place]) => (globalThis as unknown as JourneyPage).runStep(wanted, place), args);
    });
  });
});

/** A page of the site, without `WebSocketStream` if `transport` is the other one. */
async function openPage(transport = 'WebSocketStream'): Promise<Page> {
  const page = await newPage([trustArgument(identities.trusted)]);
  if (transport === 'WebSocket') await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'WebSocketStream'));
  await page.goto(`${site.origin}/`);
  return page;
}
