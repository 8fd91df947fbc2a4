import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { isClosed, openPeer } from '../support/peers.ts';
import { CodeBlocks } from './document.ts';
import { ended, portOf, runRecipe, untilPrinted, wait } from './recipe.ts';

const PAGE = 'recipes/docker-and-systemd.md';
const docs = new CodeBlocks(PAGE);
const MANIFEST: {
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
} = JSON.parse(docs.file('package.json'));

/** A Dockerfile's instructions, each with its words. An array of strings is one word for each. */
function instructionsOf(text: string): { name: string; words: string[] }[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [, name = '', flags = '', rest = ''] = /^([A-Z]+) ((?:--\S+ )*)(?:CMD )?(.*)$/.exec(line) ?? [];
    const words: string[] = rest.startsWith('[') ? JSON.parse(rest) : rest.split(' ');
    return { name, words: [...flags.split(' ').filter((flag) => flag !== ''), ...words] };
  });
}

const DOCKERFILE = instructionsOf(docs.file('Dockerfile'));
const wordsOf = (name: string): string[][] => DOCKERFILE.filter((one) => one.name === name).map(({ words }) => words);

test('the Dockerfile copies what is there, runs scripts that there are, and starts what the build has made', () => {
  const known = ['FROM', 'WORKDIR', 'COPY', 'RUN', 'USER', 'ENV', 'EXPOSE', 'HEALTHCHECK', 'CMD'];
  expect(DOCKERFILE.map(({ name }) => name).filter((name) => !known.includes(name))).toEqual([]);
  expect(DOCKERFILE[0]?.name).toBe('FROM');
  const [stage = [], final = []] = wordsOf('FROM');
  expect([stage.slice(1), final]).toEqual([['AS', 'build'], [stage[0]]]);
  // The page names these files.
  const sources = wordsOf('COPY').flatMap((words) => (words[0]?.startsWith('--from=build') ? [] : words.slice(0, -1)));
  expect(sources).toEqual(['package.json', 'package-lock.json', 'tsconfig.json', 'server.ts']);
  const scripts = wordsOf('RUN').flatMap(([npm, run, script]) => (run === 'run' ? [`${npm} ${script}`] : []));
  expect(scripts).toEqual(Object.keys(MANIFEST.scripts).map((script) => `npm ${script}`));
  const copied = wordsOf('COPY').filter(([first]) => first === '--from=build');
  expect(copied.map(([, source]) => source)).toEqual(
    ['package.json', 'node_modules', 'dist'].map((name) => `/game/${name}`),
  );
  expect(wordsOf('CMD')).toEqual([['node', 'dist/server.js']]);
  expect(wordsOf('ENV')[0]).toContain('PORT=9080');
  expect(wordsOf('EXPOSE')).toEqual([['9080']]);
});

test('its package.json names versions that this package allows, and its build makes dist/server.js', () => {
  const own: { version: string } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(MANIFEST.dependencies).toEqual({ tickpeer: `^${own.version}` });
  const folder = mkdtempSync(join(tmpdir(), 'tickpeer-docker-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'package.json'), docs.file('package.json'));
  writeFileSync(join(folder, 'tsconfig.json'), new CodeBlocks('godot-server.md').under('Five minutes', 'json'));
  symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'));
  // The types are checked elsewhere; here only where the output goes.
  writeFileSync(join(folder, 'server.ts'), "export const here: string = 'here';\n");
  const [tsc, ...args] = MANIFEST.scripts['build']!.split(' ');
  expect(tsc).toBe('tsc');
  const compiler = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
  execFileSync(process.execPath, [compiler, ...args], { cwd: folder });
  expect(readdirSync(join(folder, 'dist'))).toEqual(['server.js']);
}, 60_000);

test('its health check tells a server that runs from one that does not; SIGTERM stops it with 0', async () => {
  const server = await runRecipe(PAGE, 'server.ts');
  const port = await portOf(server);
  const [[, , node, ...args] = []] = wordsOf('HEALTHCHECK'); // after two flags
  expect(node).toBe('node');
  const healthOf = (at: number): Promise<number | null> => runCheck(args, at);
  expect(await healthOf(port)).toBe(0);
  const client = await openPeer(`ws://127.0.0.1:${port}`);
  server.process.kill('SIGTERM');
  await wait(client, () => isClosed(client));
  expect([client.getCloseCode(), client.getCloseReason()]).toEqual([1001, 'restart']);
  await untilPrinted(server, 'stopped: 1 closed, 0 lost');
  expect(await ended(server)).toBe(0);
  expect(await healthOf(port)).toBe(1);
}, 60_000);

test('the systemd unit: systemd accepts it, where it is installed', ({ skip }) => {
  const unit = docs.file('/etc/systemd/system/game.service');
  expect(unit.split('\n').filter((line) => line !== '' && !/^(\[\w+\]|[A-Z]\w+=\S.*)$/.test(line))).toEqual([]);
  const folder = mkdtempSync(join(tmpdir(), 'tickpeer-unit-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'game.service');
  // The program's place on this machine: systemd looks whether it is there.
  writeFileSync(file, unit.replace('/usr/bin/node', process.execPath));
  const { error, status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
  if (error !== undefined) skip('systemd-analyze is not installed');
  expect([stderr.split('\n').filter((line) => line.includes('game.service')), status]).toEqual([[], 0]);
});

function runCheck(args: readonly string[], port: number): Promise<number | null> {
  const child = spawn(process.execPath, args, { env: { ...process.env, PORT: String(port) }, stdio: 'ignore' });
  return new Promise((resolve) => child.once('exit', resolve));
}
