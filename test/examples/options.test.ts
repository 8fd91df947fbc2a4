import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { listenOn, wantedPort } from '../../examples/options.ts';
import { until } from '../support/until.ts';
import { BuiltExamples } from './built-example.ts';

/** The examples that take options, with the options that make them listen on a port. */
const PROGRAMS = [
  ['chat/main', ['--tls-port', '0', '--port']],
  ['arena/main', ['--bots', '0', '--port']],
  ['godot-server/main', ['--bots', '0', '--port']],
  ['snowball-fight/main', ['--bots', '0', '--port']],
  ['metrics/main', ['--port']],
] as const;

let examples: BuiltExamples;
beforeAll(async () => {
  examples = await BuiltExamples.build([...PROGRAMS.map(([name]) => name), 'websocket-server-tls', 'client']);
}, 60_000);
afterAll(() => examples.remove());

/** How a program ends, and what it has printed. */
async function outcomeOf(name: string, args: readonly string[]): Promise<[number | null, string]> {
  const program = examples.start(name, args);
  await until(() => program.hasEnded, 15_000);
  return [program.exitCode, program.output];
}

/** A port that another server listens on, on every address. */
async function takenPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return String(address.port);
}

describe.each(PROGRAMS)('%s', (name, listening) => {
  test('an unknown flag: prints the usage, and exits with 2', async () => {
    const [code, output] = await outcomeOf(name, ['--nonsense']);
    expect(code).toBe(2);
    expect(output).toMatch(/^Unknown option '--nonsense'\nnpm (start|run example) -- .*\[--port 9080\].*\n$/);
  });

  test('a port in use: prints the reason, and exits with 1', async () => {
    const port = await takenPort();
    const [code, output] = await outcomeOf(name, [...listening, port]);
    expect(code).toBe(1);
    expect(output).toMatch(new RegExp(`^cannot listen on .*${port}: .*(EADDRINUSE|is taken).*\\n$`, 'i'));
  });
});

test('--help: prints the usage, and exits with 0', async () => {
  const [code, output] = await outcomeOf('metrics/main', ['--help']);
  expect([code, output]).toEqual([0, 'npm run example -- metrics [--port 9080]\n']);
});

test.each(['x', '65536', '-1'])('an invalid port, %s: says so, and exits with 2', async (port) => {
  const [code, output] = await outcomeOf('metrics/main', [`--port=${port}`]);
  expect([code, output]).toEqual([2, `--port is a whole number from 0 to 65535, not "${port}".\n`]);
});

test('the server by hand, on a port in use: prints the reason, and exits with 1', async () => {
  const [code, output] = await outcomeOf('websocket-server-tls', [await takenPort()]);
  expect([code, output]).toEqual([1, expect.stringMatching(/^cannot listen on .* the port is taken\n$/)]);
});

test('the client, with an invalid URL: prints the reason, and exits with 1', async () => {
  const [code, output] = await outcomeOf('client', ['ws://']);
  expect([code, output]).toEqual([1, expect.stringMatching(/^The URL cannot be used: .*\n$/)]);
});

test('the client, without a server: logs the failure', async () => {
  const [code, output] = await outcomeOf('client', ['ws://127.0.0.1:1']);
  expect(code).toBe(0);
  expect(output).toMatch(/^tickpeer: client did not open: .*\[TICKPEER_CANT_CONNECT\]$/m);
});

test('a free port replaces the default port only', async () => {
  const asked: number[] = [];
  const listen = async (port: number): Promise<number> => {
    asked.push(port);
    if (port !== 0) throw Object.assign(new Error('taken'), { code: 'EADDRINUSE' });
    return 12_345;
  };
  expect(await listenOn(wantedPort(undefined), listen)).toBe(12_345);
  expect(asked).toEqual([9080, 0]);
  expect([wantedPort('1'), wantedPort(undefined, 'tls-port', 9443)]).toEqual([
    { port: 1, isGiven: true },
    { port: 9443, isGiven: false },
  ]);
});
