import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

interface LockedPackage {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

type Packages = Readonly<Record<string, LockedPackage>>;

/**
 * Dependencies of a lock file's packages that it does not contain, by Node's resolution. `npm ci` of npm 11 refuses such a file,
 * also if only packages for another platform are missing, which happens when it was written from one machine's node_modules.
 */
function missingFrom(packages: Packages): string[] {
  return Object.entries(packages).flatMap(([place, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !isFound(packages, place, name))
      .map((name) => `${place} needs ${name}`),
  );
}

function isFound(packages: Packages, place: string, name: string): boolean {
  for (let folder = place; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    if (`${folder === '' ? '' : `${folder}/`}node_modules/${name}` in packages) return true;
    if (folder === '') return false;
  }
}

describe('a lock file', () => {
  test('without a required package is found incomplete', () => {
    const packages = {
      '': { dependencies: { a: '1' } },
      'node_modules/a': { dependencies: { b: '1' }, optionalDependencies: { 'c-darwin': '1' } },
      'node_modules/a/node_modules/b': { dependencies: { a: '1' } },
    };
    expect(missingFrom(packages)).toEqual(['node_modules/a needs c-darwin']);
  });

  test.each(['', 'bench/', 'test/godot-engine/', 'test/package/', 'test/runtimes/'])(
    '%spackage-lock.json is complete, for every platform',
    (folder) => {
      const path = new URL(`../../${folder}package-lock.json`, import.meta.url);
      const { packages } = JSON.parse(readFileSync(path, 'utf8')) as { packages: Packages };
      expect(Object.keys(packages).length).toBeGreaterThan(1);
      expect(missingFrom(packages)).toEqual([]);
    },
  );
});
