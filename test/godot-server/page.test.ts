import { afterAll, expect, onTestFinished, test } from 'vitest';
import { closeBrowser, newPage } from '../support/chromium.ts';
import { openHost, SOURCES } from './support.ts';

afterAll(closeBrowser);

test('without the engine the page says what to do, on a phone, too', async () => {
  const { url } = await openHost(0, { ...SOURCES, engine: new URL('file:///nowhere/') });
  const page = await newPage();
  onTestFinished(() => page.close());
  await page.setViewportSize({ width: 320, height: 560 });
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(url);
  await page.locator('#command', { hasText: 'npm ci --prefix test/godot-engine' }).waitFor();
  expect(await page.textContent('#message')).toBe(
    'The Godot engine is not installed yet. Stop the server, run this in the repository, and start it again:',
  );
  // As text: it runs in the page, whose globals are not in Node's types.
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
  expect(complaints).toEqual([]);
}, 60_000);
