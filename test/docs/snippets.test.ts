import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readSources } from '../house/walls.ts';
import { allPages, snippetsOfComments } from './pages.ts';
import { DOCUMENTS, declarationsFor } from './snippet-declarations.ts';
import { complaintsIn } from './types.ts';

/** Their snippets continue each other, and are compiled in the tests of their names. */
const CONTINUED = ['docs/godot-server.md', 'docs/replication.md', 'docs/rooms.md'];
/** The compiler's complaints about missing types, which JavaScript does not have. */
const IMPLICIT = [7005, 7006, 7031, 7034];

/** The sources whose comments have snippets. */
function commented() {
  const sources = [...readSources(fileURLToPath(new URL('../../src', import.meta.url)))];
  const found = sources.map(([path, text]) => ({ path: `src/${path}`, snippets: snippetsOfComments(text) }));
  const all = found.filter(({ snippets }) => snippets.length > 0);
  expect(all.length).toBeGreaterThan(5);
  return all;
}

test('every TypeScript snippet of every document and of the sources’ comments compiles, and the JavaScript ones as TypeScript', () => {
  const sources = new Map<string, string>();
  const paths = new Set<string>();
  const scripts = new Set<string>();
  for (const { path, snippets } of [...allPages(), ...commented()]) {
    if (CONTINUED.includes(path)) continue;
    for (const { language, text, line } of snippets) {
      if (!['ts', 'js'].includes(language)) continue;
      paths.add(path);
      if (language === 'js') scripts.add(`${path}:${line}`);
      // On the same lines as in the document, so that the complaints have its lines.
      sources.set(`${path}:${line}`, '\n'.repeat(line - 1) + text + declarationsFor(path, text));
    }
  }
  expect(sources.size).toBeGreaterThan(40);
  expect(DOCUMENTS.filter((path) => !paths.has(path))).toEqual([]);
  const complaints = complaintsIn(sources).filter(({ name, code }) => !(scripts.has(name) && IMPLICIT.includes(code)));
  expect(complaints.map(({ name, line, message }) => `${name.split(':')[0]}:${line}: ${message}`)).toEqual([]);
}, 60_000);
