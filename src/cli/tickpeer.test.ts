import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../../test/support/fake-terminal.ts';
import { catalogue } from './catalogue.ts';

const ESCAPE = '\u001b[';

describe('tickpeer', () => {
  test('without a word prints the help and ends with 2', async () => {
    const run = runCommand([]);
    expect(await run.exitCode).toBe(2);
    for (const { name, summary } of catalogue) {
      expect(run.stdout()).toContain(name);
      expect(run.stdout().replace(/\s+/g, ' ')).toContain(summary);
    }
  });

  test.each([['--help'], ['-h'], ['help']])('%s prints the help and ends with 0', async (word) => {
    const run = runCommand([word]);
    expect(await run.exitCode).toBe(0);
    expect(run.stdout()).toMatch(/^tickpeer COMMAND/);
  });

  test('--version prints the version of the package', async () => {
    const run = runCommand(['--version']);
    expect(await run.exitCode).toBe(0);
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(run.stdout()).toBe(`${version}\n`);
  });

  test('an unknown command is one line and the known ones, and ends with 2', async () => {
    const run = runCommand(['conect', 'ws://127.0.0.1/']);
    expect(await run.exitCode).toBe(2);
    expect(run.stdout()).toBe('');
    expect(run.stderr().split('\n')).toHaveLength(3);
    expect(run.stderr()).toMatch(/^tickpeer: There is no command 'conect'\.\nCommands: /);
  });

  test('an unknown option is one line and where the options are', async () => {
    const run = runCommand(['cert', '--dayz', '3']);
    expect(await run.exitCode).toBe(2);
    expect(run.stderr()).toBe("tickpeer: Unknown option '--dayz'.\ntickpeer cert --help lists the options.\n");
  });

  test.each([
    [['connect', 'ws://a', '--count', '0'], '--count 1'],
    [['connect', 'ws://a', '--ping', '0'], '--ping 1'],
    [['serve', '--port', 'x'], '--port 8060'],
    [['replay', 'a', 'b', '--rate', '0'], '--rate 60'],
  ])('%j names a value that can be used', async (words, example) => {
    const run = runCommand(words);
    expect(await run.exitCode).toBe(2);
    expect(run.stderr()).toMatch(/: it must be a (whole )?number from [^\n]+\n/);
    expect(run.stderr()).toContain(`For example: ${example}\n`);
  });

  test('colours only on a terminal, and not with NO_COLOR', async () => {
    const plain = runCommand(['--help']);
    const coloured = runCommand(['--help'], { isTTY: true });
    const refused = runCommand(['--help'], { isTTY: true, env: { NO_COLOR: '1' } });
    const forced = runCommand(['--help'], { env: { FORCE_COLOR: '1' } });
    for (const { exitCode } of [plain, coloured, refused, forced]) expect(await exitCode).toBe(0);
    expect(plain.stdout()).not.toContain(ESCAPE);
    expect(coloured.stdout()).toContain(ESCAPE);
    expect(refused.stdout()).not.toContain(ESCAPE);
    expect(forced.stdout()).toContain(ESCAPE);
  });
});

describe.each(catalogue)('tickpeer $name --help', ({ name, summary, load }) => {
  test('has what the catalogue says, every option with a description, and examples of itself', async () => {
    const run = runCommand([name, '--help']);
    expect(await run.exitCode).toBe(0);
    const command = await load();
    expect(command).toMatchObject({ name, summary });
    for (const [option, { description }] of Object.entries(command.options)) {
      expect(run.stdout()).toContain(`--${option}`);
      expect(run.stdout().replace(/\s+/g, ' ')).toContain(description.replace(/\s+/g, ' '));
    }
    expect(command.examples.length).toBeGreaterThan(0);
    for (const [line] of command.examples) expect(line).toContain(`tickpeer ${name}`);
    const widest = Math.max(
      ...run
        .stdout()
        .split('\n')
        .map((line) => line.length),
    );
    expect(widest).toBeLessThanOrEqual(120);
  });

  test('is printed by help, too', async () => {
    const run = runCommand(['help', name]);
    const other = runCommand([name, '-h']);
    expect(await run.exitCode).toBe(0);
    expect(await other.exitCode).toBe(0);
    expect(run.stdout()).toBe(other.stdout());
  });
});
