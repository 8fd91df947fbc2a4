import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bundleForBrowser } from '../../scripts/build-browser.mjs';
import type { JourneyServer } from '../journey/journey-server.ts';
import { startOurServer } from '../journey/our-server.ts';
import { makeIdentity } from '../support/certificates.ts';
import { closeBrowser, newPage } from '../support/chromium.ts';
import { until } from '../support/until.ts';
import { type Site, startSite } from './site.ts';
import type { StoppedPage } from './stopped-page.ts';

let server: JourneyServer;
let site: Site;
let page: Page;

beforeAll(async () => {
  const { keyPem: key, certificatePem: certificate } = await makeIdentity('stopped');
  server = startOurServer({ trusted: { key, certificate }, untrusted: { key, certificate } });
  const script = await bundleForBrowser(fileURLToPath(new URL('stopped-page.ts', import.meta.url)));
  site = await startSite({ '/': '<script type="module" src="/page.js"></script>', '/page.js': script });
  await (await newPage()).close(); // The first start unpacks the browser.
}, 60_000);
afterAll(async () => {
  server.stop();
  site.stop();
  await closeBrowser();
});

const MINUTE = 3600; // messages, at 60 a second
const SIZE = 100;
/** What a message of `SIZE` counts in `arrivalBufferSize`. */
const COUNTED = SIZE + 32;

describe.each(['WebSocketStream', 'WebSocket'])('a page that stops polling, by %s', (transport) => {
  beforeEach(async () => {
    page = await newPage();
    if (transport === 'WebSocket') {
      await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'WebSocketStream'));
    }
    await page.goto(`${site.origin}/`);
  });
  afterEach(() => page.close());

  test('for a minute of sixty messages a second gets all of them afterwards', async () => {
    await open(MINUTE);
    expect(await readAll()).toEqual({ numbers: inOrder(MINUTE), state: 'STATE_OPEN', failure: null });
  });

  test.each([
    ['one message less than', COUNTED * 501],
    ['exactly', COUNTED * 500],
  ])('with %s an arrivalBufferSize full loses nothing', async (_name, arrivalBufferSize) => {
    await open(500, { arrivalBufferSize });
    expect(await readAll()).toEqual({ numbers: inOrder(500), state: 'STATE_OPEN', failure: null });
  });

  test('with one byte more than arrivalBufferSize stops the server, or ends the connection', async () => {
    await open(500, { arrivalBufferSize: COUNTED * 500 - 1 });
    const { numbers, ...end } = await readAll();
    // Earlier packets can be read in any case.
    expect(numbers).toEqual(inOrder(transport === 'WebSocket' ? 499 : 500));
    expect(end).toEqual(
      transport === 'WebSocket'
        ? { state: 'STATE_CLOSED', failure: 'TICKPEER_ARRIVAL_LIMIT' }
        : { state: 'STATE_OPEN', failure: null },
    );
  });
});

/** The page connects and does not poll until the server has sent its last byte. */
async function open(count: number, options: { arrivalBufferSize?: number } = {}): Promise<void> {
  const args = [`${server.addresses.plain}/burst-when-told?count=${count}&size=${SIZE}`, options] as const;
  const sentBefore = server.burstMessages();
  await page.evaluate(([url, all]) => (globalThis as unknown as StoppedPage).open(url, all), args);
  await until(() => server.burstMessages() === sentBefore + count && server.unsentBytes() === 0);
  await page.evaluate((all) => (globalThis as unknown as StoppedPage).letArrive(all), count);
}

function readAll(): Promise<Awaited<ReturnType<StoppedPage['readAll']>>> {
  return page.evaluate(() => (globalThis as unknown as StoppedPage).readAll());
}

function inOrder(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
