import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { tooOld } from './node-version.ts';

test.each([
  ['20.18.9', false],
  ['20.19.0', true],
  ['20.19.1', true],
  ['19.99.0', false],
  ['21.0.0', true],
  ['26.1.0', true],
  ['9.11.2', false],
  ['20.19.0-nightly20250101', true],
  ['100.0.0', true],
])('Node %s is new enough for >=20.19.0: %s', (have, isEnough) => {
  expect(tooOld(have, '>=20.19.0') === '').toBe(isEnough);
});

test('the range of package.json is of the form that is read, and the message has both versions', () => {
  const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(engines.node).toMatch(/^>=\d+\.\d+\.\d+$/);
  expect(tooOld('14.21.3', engines.node)).toBe(
    `tickpeer: Node ${engines.node.slice(2)} or newer is needed, and this is Node 14.21.3.\nInstall it from https://nodejs.org, or by your version manager.`,
  );
});
