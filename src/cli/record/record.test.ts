import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RunningCommand, runCommand } from '../../../test/support/fake-terminal.ts';
import { until } from '../../../test/support/until.ts';
import { WebSocketPeer, WebSocketServer } from '../../websocket/index.ts';

let directory = '';
let file = '';
let server: WebSocketServer;
let loop: NodeJS.Timeout;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tickpeer-record-'));
  file = join(directory, 'game.rec');
  server = new WebSocketServer();
  server.listen(0, '127.0.0.1');
  loop = setInterval(() => {
    server.poll();
    for (const peer of server.readyPeers()) for (const packet of peer.packets()) peer.send(packet);
  }, 2);
});
afterEach(() => {
  clearInterval(loop);
  server.stop({ timeLimit: 0 });
  server.poll();
  rmSync(directory, { recursive: true });
});

/** The module of a server that answers as the one above does, or in another way. */
function moduleOf(answer: string): string {
  const path = join(directory, `server-${answer.length}.mjs`);
  writeFileSync(
    path,
    `export default (server) => () => {
  server.poll();
  for (const peer of server.readyPeers()) for (const packet of peer.packets()) peer.send(${answer});
};\n`,
  );
  return path;
}

async function startRecord(...words: string[]): Promise<{ run: RunningCommand; url: string }> {
  const to = `ws://127.0.0.1:${server.getLocalPort()}/ignored`;
  const run = runCommand(['record', '--to', to, '--listen', '0', '--out', file, ...words]);
  const [, url = ''] = await run.prints(/(ws:\/\/127\.0\.0\.1:\d+\/) {2}recorded in /);
  return { run, url };
}

/** A client that sends these texts, gets them back, and closes. */
async function talk(url: string, texts: readonly string[]): Promise<string[]> {
  const client = new WebSocketPeer();
  client.connectToUrl(url);
  const got: string[] = [];
  let isSent = false;
  await until(() => {
    client.poll();
    for (const packet of client.packets()) got.push(String(packet));
    if (!isSent && client.getReadyState() === WebSocketPeer.STATE_OPEN) {
      for (const text of texts) client.sendText(text);
      isSent = true;
    }
    if (isSent && got.length === texts.length) client.close();
    return client.getReadyState() === WebSocketPeer.STATE_CLOSED;
  });
  expect(client.getLastFailure()).toBeNull();
  return got;
}

describe('tickpeer record', () => {
  test('passes connections on, and records what decode and replay read', async () => {
    const { run, url } = await startRecord();
    expect(await talk(url, ['one', 'two'])).toEqual(['one', 'two']);
    expect(await talk(url, ['x'.repeat(50_000)])).toEqual(['x'.repeat(50_000)]);
    await until(() => run.stderr().includes('#2 closed'));
    run.interrupt();
    expect(await run.exitCode).toBe(0);
    expect(run.stdout()).toMatch(
      /game\.rec: 2 connections, \d+ bytes received, \d+ bytes sent, \d+ bytes in the file\n$/,
    );
    expect(run.stderr()).toMatch(/#1 open 127\.0\.0\.1:\d+\n/);

    const decoded = runCommand(['decode', file]);
    expect(await decoded.exitCode).toBe(0);
    expect(decoded.stderr()).toBe('');
    expect(decoded.stdout()).toMatch(/#1 open 127\.0\.0\.1:\d+ > server \/\n.*#1 > text {7}3 one\n/);
    expect(decoded.stdout()).toMatch(/#1 < text {7}3 two\n/);
    expect(decoded.stdout()).toMatch(/#2 > close {2}1000/);

    const same = runCommand(['replay', file, moduleOf('packet'), '--check']);
    expect(await same.exitCode, same.stderr()).toBe(0);
    expect(same.stdout()).toMatch(
      /#1 127\.0\.0\.1:\d+ {2}\d+ bytes {2}[0-9a-f]{16}\n#2 .*\n2 connections, \d+ ticks, .* sha256 /,
    );
    expect(same.stdout()).toContain('The server has sent what was recorded.');
    const again = runCommand(['replay', file, moduleOf('packet'), '--check']);
    expect(await again.exitCode).toBe(0);
    expect(again.stdout()).toBe(same.stdout());

    const other = runCommand(['replay', file, moduleOf('packet.toUpperCase()'), '--check']);
    expect(await other.exitCode).toBe(1);
    expect(other.stderr()).toMatch(
      /^tickpeer: The first difference is at \d+\.\d{3} s: connection 1, byte \d+: sent 0x4f, recorded 0x6f\.\ntickpeer decode .*game\.rec -c 1 shows/,
    );
  });

  test('a client that resets, and a server that is not there', async () => {
    const { run, url } = await startRecord();
    const client = new WebSocketPeer();
    client.connectToUrl(url);
    await until(() => {
      client.poll();
      return client.getReadyState() === WebSocketPeer.STATE_OPEN;
    });
    client.close(-1);
    await until(() => /#1 closed/.test(run.stderr()));
    run.interrupt();
    expect(await run.exitCode).toBe(0);

    const nobody = await unusedPort();
    const run2 = runCommand(['record', '--to', `ws://127.0.0.1:${nobody}`, '--listen', '0', '--out', `${file}2`]);
    const [, other = ''] = await run2.prints(/(ws:\S+)/);
    const refused = new WebSocketPeer();
    refused.connectToUrl(other);
    await until(() => {
      refused.poll();
      return refused.getReadyState() === WebSocketPeer.STATE_CLOSED;
    });
    await until(() => /#1 closed: the server: .*ECONNREFUSED/.test(run2.stderr()));
    run2.interrupt();
    expect(await run2.exitCode).toBe(0);
  });

  test('does not overwrite a file, except with --force', async () => {
    writeFileSync(file, 'precious');
    const refused = runCommand(['record', '--to', 'ws://127.0.0.1:1', '--listen', '0', '--out', file]);
    expect(await refused.exitCode).toBe(5);
    expect(refused.stderr()).toMatch(/game\.rec exists already\.\n--force overwrites it/);
    expect(readFileSync(file, 'utf8')).toBe('precious');
    const { run } = await startRecord('--force');
    run.interrupt();
    expect(await run.exitCode).toBe(0);
    expect(readFileSync(file, 'latin1').slice(0, 4)).toBe('TPRC');
  });

  test.each([
    [[], /--to is missing/],
    [['--to', 'http://a'], /no ws:\/\/ or wss:\/\/ URL/],
    [['--to', 'ws://a', '--listen', '99999'], /--listen 99999/],
    [['--to', 'ws://a', 'word'], /one word too many/],
  ])('%j is refused with 2', async (words, message) => {
    const run = runCommand(['record', ...words]);
    expect(await run.exitCode).toBe(2);
    expect(run.stderr()).toMatch(message);
  });

  test('a port that is taken ends with 5', async () => {
    const taken = String(server.getLocalPort());
    const run = runCommand(['record', '--to', 'ws://127.0.0.1:1', '--listen', taken, '--out', file]);
    expect(await run.exitCode).toBe(5);
    expect(run.stderr()).toMatch(/cannot be opened: .*EADDRINUSE.*\nAnother program has it\. --listen 0 chooses/);
    expect(existsSync(file)).toBe(false);
    writeFileSync(file, 'precious');
    const forced = runCommand(['record', '--to', 'ws://127.0.0.1:1', '--listen', taken, '--out', file, '--force']);
    expect(await forced.exitCode).toBe(5);
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });

  test('a file that cannot be made ends with 5, and the port is free again', async () => {
    const missing = join(directory, 'no', 'game.rec');
    const run = runCommand(['record', '--to', 'ws://127.0.0.1:1', '--listen', '0', '--out', missing]);
    expect(await run.exitCode).toBe(5);
    expect(run.stderr()).toMatch(/game\.rec cannot be written: ENOENT.*\nChoose another file with --out\./);
  });
});

describe('tickpeer replay', () => {
  test.each([
    ['export const a = 1;', 2, /exports neither a server by default nor a function "multiplayer"/],
    ['export default () => {};', 1, /returns no function\n/],
    ['export default () => () => { throw new Error("a bug") };', 1, /has thrown: a bug\nat /],
    ['syntax error', 5, /cannot be loaded: /],
  ])('a module that is none: %s', async (source, code, message) => {
    const { run, url } = await startRecord();
    await talk(url, ['one']);
    run.interrupt();
    await run.exitCode;
    const path = join(directory, `${source.length}.mjs`);
    writeFileSync(path, source);
    const replayed = runCommand(['replay', file, path]);
    expect(await replayed.exitCode).toBe(code);
    expect(replayed.stderr()).toMatch(message);
  });

  test('files that are missing or no recording', async () => {
    const module = moduleOf('packet');
    const missing = runCommand(['replay', file, module]);
    expect(await missing.exitCode).toBe(5);
    expect(missing.stderr()).toMatch(/ENOENT.*\ntickpeer record makes a recording/);
    writeFileSync(file, 'no recording');
    const wrong = runCommand(['replay', file, module]);
    expect(await wrong.exitCode).toBe(1);
    expect(wrong.stderr()).toMatch(/it is no recording/);
    expect(await runCommand(['replay', file]).exitCode).toBe(2);
    expect(await runCommand(['replay', file, module, '--rate', '0']).exitCode).toBe(2);
  });
});

/** A port that nobody listens on. */
async function unusedPort(): Promise<number> {
  const holder: Server = createServer((socket: Socket) => socket.destroy());
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const address = holder.address();
  await new Promise((resolve) => holder.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
