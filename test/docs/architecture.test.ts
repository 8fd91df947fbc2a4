import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { ROOMS, readSources, SUB_ROOMS } from '../house/walls.ts';

const ROOT = new URL('../../', import.meta.url);
const TEXT = readFileSync(new URL('docs/architecture.md', ROOT), 'utf8');
const SOURCES = readSources(fileURLToPath(new URL('src', ROOT)));

/** What the document names between backquotes, code blocks aside. */
const NAMES = [...TEXT.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, name]) => name ?? '');

/** Every class and interface with its members, private ones included, and every function, as `name()`. */
function definedNames(): Set<string> {
  const names = new Set<string>();
  for (const [file, text] of SOURCES) {
    if (file.endsWith('.test.ts')) continue;
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    source.forEachChild((node) => {
      if (ts.isFunctionDeclaration(node)) names.add(`${node.name?.text}()`);
      if (!ts.isClassDeclaration(node) && !ts.isInterfaceDeclaration(node)) return;
      const name = node.name?.text ?? '';
      names.add(name);
      for (const member of node.members) names.add(`${name}.${member.name?.getText(source) ?? ''}`);
    });
  }
  return names;
}

describe('docs/architecture.md', () => {
  const defined = definedNames();

  test('names classes, members and functions that there are', () => {
    const named = NAMES.filter((name) => /^[A-Z]\w+(\.#?\w+)?$/.test(name) || /^\w+\(\)$/.test(name));
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((name) => !defined.has(name))).toEqual([]);
  });

  test('names files and folders that there are', () => {
    const paths = NAMES.filter((name) => name.includes('/') && !/ |^tickpeer|^dist\//.test(name));
    expect(paths.length).toBeGreaterThan(5);
    const isThere = (path: string): boolean => ['', 'src/'].some((root) => existsSync(new URL(root + path, ROOT)));
    expect(paths.filter((path) => !isThere(path))).toEqual([]);
  });

  test('has the rooms and the sub-rooms of the walls, and their arrows', () => {
    const rows = [...TEXT.matchAll(/^\| `([\w/]+)` \|([^|]*)\|/gm)].map(([, place, arrows]) => {
      const targets = [...(arrows ?? '').matchAll(/`(\w+)`/g)].map(([, target]) => target ?? '');
      return `${place} -> ${targets.sort().join(' ')}`;
    });
    const built = [...ROOMS].filter(([room]) => SOURCES.has(`${room}/index.ts`));
    const rooms = built.map(([room, arrows]) => `${room} -> ${[...arrows].sort().join(' ')}`);
    const inside = [...SUB_ROOMS].flatMap(([room, subRooms]) =>
      Object.entries(subRooms)
        .filter(([name]) => name !== '')
        .map(
          ([name, arrows]) =>
            `${room}/${name} -> ${arrows
              .filter((to) => to !== '')
              .sort()
              .join(' ')}`,
        ),
    );
    expect(rows.sort()).toEqual([...rooms, ...inside].sort());
  });
});
