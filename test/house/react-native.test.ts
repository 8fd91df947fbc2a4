import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const { exports } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {
  exports: Readonly<Record<string, string | Readonly<Record<string, string | null>>>>;
};
const ENTRIES = Object.keys(exports).filter((entry) => typeof exports[entry] === 'object');
/** Those of servers: a bundler for browsers refuses them. */
const FOR_SERVERS: readonly string[] = ['./cluster', './inspector', './rooms'];
const nameOf = (entry: string): string => `tickpeer${entry.slice(1)}`;

/** The file of each entry, by Node's resolver, with these conditions besides `default`. */
function resolve(entries: readonly string[], ...conditions: readonly string[]): string[] {
  const source = `console.log(JSON.stringify(${JSON.stringify(entries.map(nameOf))}.map((name) => import.meta.resolve(name))))`;
  const flags = conditions.map((condition) => `--conditions=${condition}`);
  const output = execFileSync(process.execPath, [...flags, '--input-type=module', '--eval', source], { cwd: ROOT });
  return (JSON.parse(`${output}`) as string[]).map((url) => url.replace(pathToFileURL(ROOT).href, './'));
}

describe('the entries of package.json', () => {
  // Metro resolves with `react-native` and `import` or `require` for a phone; with `browser` for the web.
  test.each([[['react-native']], [['react-native', 'require']], [['browser']]])(
    'with the conditions %j: the browser’s build',
    (conditions) => {
      const entries = ENTRIES.filter((entry) => !FOR_SERVERS.includes(entry));
      expect(entries.length).toBeGreaterThanOrEqual(5);
      expect(resolve(entries, ...conditions)).toEqual(
        entries.map((entry) => `./dist/browser/${entry === '.' ? 'index' : entry.slice(2)}.js`),
      );
    },
  );

  test.each(
    FOR_SERVERS.flatMap((entry) => ['react-native', 'browser'].map((condition) => [entry, condition] as const)),
  )('%s is refused with the condition %s', (entry, condition) => {
    expect(() => resolve([entry], condition)).toThrow(/ERR_PACKAGE_PATH_NOT_EXPORTED/);
  });

  test('without either: Node’s', () => {
    // Of protocol/, multiplayer/ and rooms/, which others enter by their index, a part is published.
    const isPart = (entry: string): boolean => ['./protocol', './multiplayer', './rooms'].includes(entry);
    const fileOf = (entry: string): string => (isPart(entry) ? 'public.js' : 'index.js');
    expect(resolve(ENTRIES)).toEqual(
      ENTRIES.map((entry) => `./dist/${entry === '.' ? '' : `${entry.slice(2)}/`}${fileOf(entry)}`),
    );
  });
});
