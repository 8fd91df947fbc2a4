import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { surfacesOf } from './surface.ts';

const PACKAGE: { exports: Record<string, { types: string } | string> } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

/** Each sub-path of the package and its file under src/. */
const ENTRIES = Object.entries(PACKAGE.exports).flatMap(([path, target]) =>
  typeof target === 'string' ? [] : [[path, target.types.replace('./dist/', '').replace(/\.d\.ts$/, '.ts')] as const],
);

describe('the public surface', () => {
  const surfaces = surfacesOf(ENTRIES.map(([, entry]) => entry));

  // To update the reports after a change of the surface: npx vitest run test/house/surface.test.ts --update
  test.each(ENTRIES)('of %s is the one in its report', async (path, entry) => {
    const report = path === '.' ? 'tickpeer' : path.replace('./', 'tickpeer-');
    await expect(surfaces.get(entry)?.text).toMatchFileSnapshot(`surface/${report}.d.ts.txt`);
  });

  test.each(ENTRIES)('of %s names no type that cannot be imported', (_, entry) => {
    expect(surfaces.get(entry)?.unreachable).toEqual([]);
  });
});
