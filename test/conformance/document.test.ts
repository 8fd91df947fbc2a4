import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderDocument } from './document.ts';
import { countAll, SECTIONS } from './sections.ts';

test('docs/conformance.md is up to date: if this fails alone, run npm run conformance', () => {
  const file = new URL('../../docs/conformance.md', import.meta.url);
  expect(readFileSync(file, 'utf8')).toBe(renderDocument(countAll()));
});

test('every section that is described has cases', () => {
  const empty = countAll().filter(({ cases }) => cases === 0);
  expect(empty).toEqual([]);
  expect(countAll().map(({ section }) => section)).toEqual(Object.keys(SECTIONS));
});
