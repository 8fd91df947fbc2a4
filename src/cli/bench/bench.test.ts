import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runCommand } from '../../../test/support/fake-terminal.ts';
import { until } from '../../../test/support/until.ts';
import { ErrorCode } from '../../error-code.ts';
import { rpc, SceneMultiplayer, WebSocketMultiplayerPeer } from '../../multiplayer/index.ts';
import { CryptoKey, TLSOptions, X509Certificate } from '../../stream/index.ts';
import { int } from '../../variant/index.ts';
import { type WebSocketPeer, WebSocketServer, type WebSocketServerOptions } from '../../websocket/index.ts';
import { developmentCertificate } from '../cert/development-certificate.ts';
import { parseAssertion } from './assertion.ts';
import { Measurements } from './measurements.ts';
import { latenessWarning } from './report.ts';

/** A server that does `act` with each packet of a peer, and its URL. */
function serverThat(
  act: (peer: WebSocketPeer, packet: string | Uint8Array, server: WebSocketServer) => void,
  options: WebSocketServerOptions = {},
): string {
  const server = new WebSocketServer(options);
  onTestFinished(() => server[Symbol.dispose]());
  server.onWake = () => {
    server.poll();
    for (const peer of server.readyPeers()) for (const packet of peer.packets()) act(peer, packet, server);
  };
  expect(server.listen(0, '127.0.0.1')).toBe(ErrorCode.OK);
  return `ws://127.0.0.1:${server.getLocalPort()}`;
}

const echo = (peer: WebSocketPeer, packet: string | Uint8Array): void => {
  peer.send(packet);
};

/** Runs with few bots and for a short time, and reads the JSON. */
async function bench(url: string, ...words: string[]) {
  const base = ['bench', url, '--json', '-c', '4', '--ramp', '0', '-d', '0.3', '-r', '50'];
  const run = runCommand([...base, ...words]);
  const exitCode = await run.exitCode;
  return { exitCode, stderr: run.stderr(), result: JSON.parse(run.stdout()) };
}

describe('tickpeer bench', () => {
  test.each([
    ['binary', [], 'object'],
    ['text', ['--text'], 'string'],
  ])('%s messages come back, and each is measured', async (_, words, type) => {
    const sizes = new Set<number>();
    const url = serverThat((peer, packet) => {
      sizes.add(packet.length);
      expect(typeof packet).toBe(type);
      echo(peer, packet);
    });
    const { exitCode, result } = await bench(url, '--size', '64-80', ...words);
    expect(exitCode).toBe(0);
    expect(result).toMatchObject({ connected: 4, failed: {}, closed: {}, errors: 0 });
    expect(result.messages.sent).toBeGreaterThan(10);
    expect(result.messages.received).toBe(result.messages.sent);
    expect(result.latencyMilliseconds.count).toBe(result.messages.sent);
    expect(result.latencyMilliseconds.p50).toBeLessThanOrEqual(result.latencyMilliseconds.max);
    expect(result.connectMilliseconds.count).toBe(4);
    expect(result.bytes.sent).toBe(result.bytes.received);
    expect(sizes.size).toBeGreaterThan(1);
    expect([...sizes].every((size) => size >= 64 && size <= 80)).toBe(true);
  });

  test('the report for people has the same, and no progress where there is no terminal', async () => {
    const run = runCommand(['bench', serverThat(echo), '-c', '2', '--ramp', '0', '-d', '0.2', '-r', '50']);
    expect(await run.exitCode).toBe(0);
    expect(run.stdout()).toMatch(/^connected {3}2 of 2$/m);
    expect(run.stdout()).toMatch(/^round trip(?: +[\d.]+ (?:us|ms|s)){6}$/m);
    expect(run.stdout()).toMatch(/^sent late(?: +[\d.]+ (?:us|ms|s)){6}$/m);
    expect(run.stderr()).not.toMatch(/^\d+ s {2}/m);
  });

  test('a message counts from when it was due, also when the server stalls', async () => {
    let stallUntil = 0;
    const url = serverThat((peer, packet) => {
      if (stallUntil === 0) stallUntil = performance.now() + 300;
      while (performance.now() < stallUntil); // and with it this process: nothing is sent meanwhile
      echo(peer, packet);
    });
    const { result } = await bench(url, '-c', '1', '-r', '100', '-d', '0.6');
    // About 30 of 60 messages were due in the 300 ms of the stall. Counted from when they were sent, one would be slow.
    expect(result.latencyMilliseconds.p90).toBeGreaterThan(100);
    expect(result.latencyMilliseconds.max).toBeGreaterThan(250);
  });

  test('says when this process was late itself: here the server stalls it', async () => {
    let isFirst = true;
    const url = serverThat((peer, packet) => {
      const end = performance.now() + (isFirst ? 200 : 0);
      isFirst = false;
      while (performance.now() < end);
      echo(peer, packet);
    });
    const { exitCode, stderr, result } = await bench(url, '-c', '1', '-r', '100', '-d', '0.5', '--assert', 'late<50ms');
    expect(result.lateMilliseconds.max).toBeGreaterThan(100);
    expect(result.lateMilliseconds.count).toBe(result.messages.sent);
    expect(stderr).toMatch(
      /^warning this machine was too slow for the load: 1 of 100 messages was sent [\d.]+ ms after/,
    );
    expect(stderr).toMatch(/^failed late<50ms: it is [\d.]+ ms$/m);
    expect(exitCode).toBe(1);
  });

  test('has the options of connect: headers, sub-protocols, certificates; for scripts, too', async () => {
    const { key, certificate } = await developmentCertificate(['127.0.0.1'], 1);
    const folder = mkdtempSync(join(tmpdir(), 'tickpeer-bench-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [ca, keyFile, script] = ['ca.crt', 'ca.key', 'bots.mjs'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(ca, certificate);
    writeFileSync(keyFile, key);
    writeFileSync(script, 'export default () => ({ tick() {} });');
    const server = new WebSocketServer({ supportedProtocols: ['v1'] });
    onTestFinished(() => server[Symbol.dispose]());
    const seen = new Set<string>();
    server.onWake = () => {
      server.poll();
      for (let peer = server.takePeer(); peer !== null; peer = server.takePeer()) {
        seen.add(`${peer.getHandshakeRequest()?.headers.get('x-token')} ${peer.getSelectedProtocol()}`);
        if (peer.getHandshakeRequest()?.target === '/game') peer.send(Uint8Array.of(7, 0, 0, 0));
      }
      for (const peer of server.readyPeers()) for (const packet of peer.packets()) echo(peer, packet);
    };
    const [cryptoKey, x509] = [new CryptoKey(), new X509Certificate()];
    expect([cryptoKey.loadFromString(key), x509.loadFromString(certificate)]).toEqual([ErrorCode.OK, ErrorCode.OK]);
    expect(server.listen(0, '127.0.0.1', TLSOptions.server(cryptoKey, x509))).toBe(ErrorCode.OK);
    const url = `wss://127.0.0.1:${server.getLocalPort()}`;
    const words = ['-H', 'X-Token: secret', '--protocol', 'v1', '--ca', ca];
    const trusted = await bench(url, ...words, '-d', '3');
    expect(trusted.result).toMatchObject({ connected: 4, errors: 0 });
    const scripted = await bench(`${url}/game`, ...words, '--script', script, '-d', '3');
    expect(scripted.result).toMatchObject({ connected: 4, failed: {} });
    expect([...seen]).toEqual(['secret v1']);
    const untrusted = await bench(url, '--protocol', 'v1', '-d', '10');
    expect(untrusted.exitCode).toBe(3);
    expect(untrusted.result.failed).toEqual({ TICKPEER_TLS_CERTIFICATE: 4 });
    const wrong = runCommand(['bench', url, '-H', 'no colon']);
    expect([await wrong.exitCode, wrong.stderr()]).toEqual([2, expect.stringMatching(/^tickpeer: .*no colon/)]);
  });

  test('assertions that do not hold end it with 1, and are named with what was found', async () => {
    const words = ['--assert', 'max<1us', '--assert', 'errors=0', '--assert', 'connected>=5', '--assert', 'rate>1'];
    const { exitCode, stderr, result } = await bench(serverThat(echo), ...words);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^failed max<1us: it is [\d.]+ (us|ms|s)\nfailed connected>=5: it is 4\n$/m);
    expect(result.assertions.map(({ passed }: { passed: boolean }) => passed)).toEqual([false, true, false, true]);
  });

  test('without echoes: every message is lost, unless none is expected', async () => {
    const url = serverThat(() => {});
    const sendOnly = await bench(url, '--send-only');
    expect(sendOnly.result).toMatchObject({ errors: 0, latencyMilliseconds: null });
    expect(sendOnly.exitCode).toBe(0);
    const { exitCode, stderr, result } = await bench(url, '--assert', 'p99<50ms');
    expect(exitCode).toBe(1);
    expect(result.messages.lost).toBe(result.messages.sent);
    expect(stderr).toContain('failed p99<50ms: nothing was measured');
  });

  test('what is no echo is counted', async () => {
    const { result } = await bench(
      serverThat((peer) => void peer.sendText('hello')),
      '-d',
      '1',
    );
    expect(result.messages.unexpected).toBe(result.messages.received);
    expect(result.messages.unexpected).toBeGreaterThan(0);
  });

  test('a server that closes: by close code, and the bench ends early', async () => {
    const { result } = await bench(
      serverThat((peer) => peer.close(1011, 'no')),
      '-d',
      '60',
    );
    expect(result.closed).toEqual({ [Object.keys(result.closed)[0]!]: 4 });
    expect(Object.keys(result.closed)[0]).toMatch(/1011|close/i);
    expect(result.seconds).toBeLessThan(30);
  });

  test('a server that refuses half of the connections', async () => {
    const url = serverThat(echo, { maxConnections: 2 });
    const { exitCode, result } = await bench(url, '--ramp', '0.2');
    expect(exitCode).toBe(0);
    expect(result.connected).toBe(2);
    const refused: number[] = Object.values(result.failed);
    expect(refused.reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(Object.keys(result.failed)[0]).toMatch(/^TICKPEER_/);
  });

  test('connections that do not open until the end are errors', async () => {
    const silent = createServer((socket) => socket.on('error', () => {}));
    const sockets: Socket[] = [];
    silent.on('connection', (socket) => sockets.push(socket));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      silent.close();
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo; // it listens on a TCP port
    const { exitCode, result } = await bench(`ws://127.0.0.1:${port}`);
    expect(exitCode).toBe(3);
    expect(result).toMatchObject({ errors: 4, failed: { 'still connecting at the end': 4 } });
  });

  test('nobody listens: 3', async () => {
    const server = new WebSocketServer();
    server.listen(0, '127.0.0.1');
    const url = `ws://127.0.0.1:${server.getLocalPort()}`;
    server[Symbol.dispose]();
    const { exitCode, stderr, result } = await bench(url);
    expect(exitCode).toBe(3);
    expect(stderr).toBe(`tickpeer: No bot has connected.\ntickpeer doctor ${url} looks at every step.\n`);
    expect(result).toMatchObject({ connected: 0, errors: 4 });
  });

  test('Ctrl-C ends it with the result so far, and shows progress on a terminal', async () => {
    const url = serverThat(echo);
    const run = runCommand(['bench', url, '-d', '600', '-c', '2', '-r', '50'], { isTTY: true, env: { NO_COLOR: '1' } });
    await until(() => /^1 s {2}\d open {2}\d+ sent/m.test(run.stderr()), 10_000);
    run.interrupt();
    expect(await run.exitCode).toBe(130);
    expect(run.stdout()).toMatch(/^connected {3}2 of 2$/m);
  });

  test('a script calls methods of a game, and times the answers', async () => {
    const peer = new WebSocketMultiplayerPeer();
    expect(peer.createServer(0, '127.0.0.1')).toBe(ErrorCode.OK);
    onTestFinished(() => peer.close());
    const server = new SceneMultiplayer();
    server.multiplayerPeer = peer;
    const main = server.node('Main', {
      ask: rpc.anyPeer([int], (from, value) => void main.answer.rpcId(from, value + 1)),
      answer: rpc.authority([int]),
    });
    const loop = setInterval(() => server.poll(), 2);
    onTestFinished(() => clearInterval(loop));
    const folder = mkdtempSync(join(tmpdir(), 'tickpeer-bench-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'bots.mjs');
    // The declarations come from the game's module in a real script; here they are handed over.
    Object.assign(globalThis, { benchTest: { rpc, int } });
    onTestFinished(() => void Reflect.deleteProperty(globalThis, 'benchTest'));
    writeFileSync(
      file,
      `const { rpc, int } = globalThis.benchTest;
export default ({ multiplayer, number, record }) => {
  const waiting = new Map();
  let next = number * 1000;
  const main = multiplayer.node('Main', {
    ask: rpc.anyPeer([int]),
    answer: rpc.authority([int], (from, value) => record(waiting.get(value - 1))),
  });
  return { tick(due) { waiting.set(next, due); main.ask.rpcId(1, next++); } };
};`,
    );
    const url = `ws://127.0.0.1:${peer.getLocalPort()}`;
    const { exitCode, result } = await bench(url, '--script', file, '-d', '2');
    expect(exitCode).toBe(0);
    expect(result).toMatchObject({ connected: 4, errors: 0 });
    expect(result.latencyMilliseconds.count).toBeGreaterThan(10);

    writeFileSync(join(folder, 'throws.mjs'), 'export default () => ({ tick() { throw new Error("no \\u001b"); } });');
    const thrown = await bench(url, '--script', join(folder, 'throws.mjs'));
    expect(thrown.result.closed).toEqual({ 'the script threw: no \u001b': 4 });
    writeFileSync(join(folder, 'none.mjs'), 'export const x = 1;');
    for (const name of ['none.mjs', 'missing.mjs']) {
      const run = runCommand(['bench', url, '--script', join(folder, name)]);
      expect(await run.exitCode).toBe(5);
      expect(run.stderr()).toContain('exports a function by default');
    }
  });

  test.each([
    ['another machine', ['ws://192.0.2.1/'], 'is another machine'],
    ['a name that may be another machine', ['ws://127.0.0.1.example/'], 'is another machine'],
    ['no URL', ['localhost'], 'is no URL'],
    ['another scheme', ['http://127.0.0.1/'], 'does not begin with ws://'],
    ['many connections', ['ws://127.0.0.1/', '-c', '10001'], 'With --force'],
    ['a size that is too small', ['ws://127.0.0.1/', '--size', '8'], '--size 8'],
    ['a range that runs backwards', ['ws://127.0.0.1/', '--size', '80-64'], '--size 80-64'],
    ['an assertion without a unit', ['ws://127.0.0.1/', '--assert', 'p99<50'], "'p99<50' is not understood"],
    ['an unknown assertion', ['ws://127.0.0.1/', '--assert', 'p42<50ms'], 'is not understood'],
    [
      'an assertion on times that are not measured',
      ['ws://127.0.0.1/', '--send-only', '--assert', 'p99<5ms'],
      'no round trips',
    ],
  ])('%s is refused', async (_, words, message) => {
    const run = runCommand(['bench', ...words]);
    expect(await run.exitCode).toBe(2);
    expect(run.stderr()).toContain(message);
  });
});

test.each([
  [1.9, 4, false],
  [2, 4, true],
  [10, 40, true],
  [10, 41, false],
  [10, null, true],
])('sent %d ms late, of round trips of %j ms: a warning, %s', (late, roundTrip, warns) => {
  const measured = new Measurements();
  measured.late.add(late);
  if (roundTrip !== null) measured.latency.add(roundTrip);
  expect(latenessWarning(measured) !== null).toBe(warns);
});

test('assertions have units, which are milliseconds inside', () => {
  expect(parseAssertion('p99.9 <= 1.5s')).toMatchObject({ metric: 'p99.9', operator: '<=', limit: 1500 });
  expect(parseAssertion('mean<250us')).toMatchObject({ metric: 'mean', limit: 0.25 });
  expect(parseAssertion('errors==0')).toMatchObject({ metric: 'errors', operator: '=', limit: 0 });
});
