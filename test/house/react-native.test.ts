import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const { exports } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {
  exports: Readonly<Record<string, string | Readonly<Record<string, string | null>>>>;
};
const ENTRIES = Object.keys(exports).filter((entry) => typeof exports[entry] === 'object');
/** Those that a browser does not have: importing them fails there. */
const NODE_ONLY = ['./inspector'];
const nameOf = (entry: string): string => `tickpeer${entry.slice(1)}`;

/** The file of each entry, by Node's resolver, with these conditions besides `default`. */
function resolve(...conditions: readonly string[]): string[] {
  const names = JSON.stringify(ENTRIES.map(nameOf));
  const resolved = '(name) => { try { return import.meta.resolve(name); } catch ({ code }) { return code; } }';
  const source = `console.log(JSON.stringify(${names}.map(${resolved})))`;
  const flags = conditions.map((condition) => `--conditions=${condition}`);
  const output = execFileSync(process.execPath, [...flags, '--input-type=module', '--eval', source], { cwd: ROOT });
  return (JSON.parse(`${output}`) as string[]).map((url) => url.replace(pathToFileURL(ROOT).href, './'));
}

describe('the entries of package.json', () => {
  // Metro resolves with `react-native` and `import` or `require` for a phone; with `browser` for the web.
  test.each([[['react-native']], [['react-native', 'require']], [['browser']]])(
    'with the conditions %j: the browser’s build',
    (conditions) => {
      expect(ENTRIES.length).toBeGreaterThanOrEqual(5);
      expect(resolve(...conditions)).toEqual(
        ENTRIES.map((entry) =>
          NODE_ONLY.includes(entry)
            ? 'ERR_PACKAGE_PATH_NOT_EXPORTED'
            : `./dist/browser/${entry === '.' ? 'index' : entry.slice(2)}.js`,
        ),
      );
    },
  );

  test('without either: Node’s', () => {
    // Of protocol/, which the others enter by its index, a part is published.
    const fileOf = (entry: string): string => (entry === './protocol' ? 'public.js' : 'index.js');
    expect(resolve()).toEqual(
      ENTRIES.map((entry) => `./dist/${entry === '.' ? '' : `${entry.slice(2)}/`}${fileOf(entry)}`),
    );
  });
});
