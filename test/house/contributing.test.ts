import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The commands in CONTRIBUTING.md, without comments: `npm run soak`. */
const commands = /^```sh\n(.*?)^```$/ms
  .exec(read('CONTRIBUTING.md'))![1]!
  .trimEnd()
  .split('\n')
  .map((line) => line.replace(/\s+#.*$/, ''));

test('every command of CONTRIBUTING.md runs in CI, the long ones in a short form', () => {
  const suites = [...read('.ci/run').matchAll(/^run \S+ (?:counts|silent) (.*)$/gm)].map(([, command]) => command!);
  expect(commands.length).toBeGreaterThan(15);
  const missing = commands.filter((command) => {
    // The last serves the site until it is ended.
    if (['bash .ci/run', 'npm run docs:dev'].includes(command)) return false;
    // Numbers, names and folders may differ; the program and its flags may not.
    const [, program, flags] = /^(npm run(?: --silent)? \S+|npm \S+|npx \S+ run)(.*)$/.exec(command) ?? [];
    const wanted = flags?.match(/--?[a-z][a-z.]*(?==|\s|$)/g) ?? [];
    const name = program?.replace(' --silent', '') ?? 'nothing';
    return !suites.some((suite) => {
      const plain = suite.replace(' --silent', '');
      const isSame = plain === name || plain.startsWith(`${name} `);
      return isSame && wanted.every((flag) => plain.includes(flag) || ['--worlds', '--seed'].includes(flag));
    });
  });
  expect(missing).toEqual([]);
});

test('every script of package.json that is for people is in CONTRIBUTING.md', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const inside = [
    'build',
    'build:examples',
    'prepack',
    'postpack',
    'lint',
    'typecheck',
    'typecheck:all',
    'typecheck:protocol',
    'typecheck:page',
  ]; // of the others
  const shown = commands.map(
    (command) =>
      command
        .replace(/^npm run /, '')
        .replace(/^npm /, '')
        .split(' ', 1)[0],
  );
  expect(Object.keys(scripts).filter((name) => !inside.includes(name) && !shown.includes(name))).toEqual([]);
});
