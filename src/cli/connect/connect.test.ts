import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { makeIdentity, serverOptions } from '../../../test/support/certificates.ts';
import { type RunningCommand, runCommand } from '../../../test/support/fake-terminal.ts';
import { startAnsweringServer, startRawServer, switching } from '../../../test/support/raw-tcp.ts';
import { until } from '../../../test/support/until.ts';
import type { TLSOptions } from '../../stream/index.ts';
import { bytesToVar, Vector2, varToBytes } from '../../variant/index.ts';
import { type WebSocketPeer, WebSocketServer, type WebSocketServerOptions } from '../../websocket/index.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { tickpeer } from '../tickpeer.ts';

interface TestServer {
  readonly url: string;
  readonly sockets: WebSocketServer;
  /** Text as it came, bytes as hex. */
  readonly received: string[];
  readonly peers: WebSocketPeer[];
}

/** A server that calls `onPeer` for each client, and sends every message back unless `isSilent`. It ends with the test. */
function startServer(options: WebSocketServerOptions & { isSilent?: boolean; tls?: TLSOptions } = {}): TestServer {
  const { isSilent = false, tls, ...rest } = options;
  const sockets = new WebSocketServer({ inboundBufferSize: 1e6, outboundBufferSize: 1e6, ...rest });
  const received: string[] = [];
  const peers: WebSocketPeer[] = [];
  sockets.onWake = () => {
    sockets.poll();
    while (sockets.isPeerAvailable()) peers.push(sockets.takePeer() as WebSocketPeer); // one is available
    for (const peer of sockets.readyPeers()) {
      for (const packet of peer.packets()) {
        received.push(typeof packet === 'string' ? packet : Buffer.from(packet).toString('hex'));
        if (!isSilent) peer.send(packet);
      }
    }
  };
  sockets.listen(0, '127.0.0.1', tls);
  onTestFinished(() => sockets[Symbol.dispose]());
  return { url: `ws${tls === undefined ? '' : 's'}://127.0.0.1:${sockets.getLocalPort()}/`, sockets, received, peers };
}

function connectTo(url: string, ...words: string[]): RunningCommand {
  return runCommand(['connect', url, ...words]);
}

describe('tickpeer connect with a pipe', () => {
  test('sends each line, prints each answer, and closes with 1000 when stdin has ended', async () => {
    const server = startServer();
    const run = connectTo(server.url, '--wait', '0.05');
    run.stdin.write('one\ntw');
    run.stdin.write('o\r\n\nlast');
    run.stdin.end();
    expect(await run.exitCode).toBe(0);
    expect(run.stdout()).toBe('one\ntwo\n\nlast\n');
    expect(server.received).toEqual(['one', 'two', '', 'last']);
    expect(server.peers[0]?.getCloseCode()).toBe(1000);
    expect(run.stderr()).toMatch(/^connected to ws:\/\/127.*\nclosed: 1000\n$/);
  });

  test('--count closes as soon as so many have arrived, though stdin never ends', async () => {
    const server = startServer();
    const run = connectTo(server.url, '--count', '2');
    run.stdin.write('a\nb\nc\n');
    expect(await run.exitCode).toBe(0);
    expect(run.stdout()).toBe('a\nb\n');
    expect(run.stdin.destroyed).toBe(true);
  });

  test('fewer than --count messages are exit code 1', async () => {
    const run = connectTo(startServer().url, '-m', 'a', '--count', '2', '--wait', '0.05');
    expect(await run.exitCode).toBe(1);
    expect(run.stderr()).toMatch(/tickpeer: 1 of 2 messages arrived\./);
  });

  test.each([
    ['hex', '01 fF\n\n00\n', ['01ff', '00']],
    ['base64', 'Af8=\nAf8\n', ['01ff', '01ff']],
    ['raw', 'ab\ncd\n', ['61620a63640a']],
  ])('--binary %s', async (form, input, received) => {
    const server = startServer();
    const run = connectTo(server.url, '--binary', form, '--count', String(received.length), '--view', 'hex');
    run.stdin.end(input);
    expect(await run.exitCode).toBe(0);
    expect(server.received).toEqual(received);
    expect(run.stdout()).toBe(received.map((line) => `${line}\n`).join(''));
  });

  test('a line that is not hex ends it with 2, and names the line', async () => {
    const server = startServer();
    const run = connectTo(server.url, '--binary', 'hex');
    run.stdin.end('00\n0x\n');
    expect(await run.exitCode).toBe(2);
    expect(run.stderr()).toMatch(/tickpeer: line 2 is not hex\.\nFor example: 01ff/);
  });

  test('a line that is not UTF-8 is not sent, and is exit code 1', async () => {
    const server = startServer();
    const run = connectTo(server.url, '--count', '1');
    run.stdin.end(Buffer.from([0x66, 0xff, 10, 0x6f, 0x6b, 10]));
    expect(await run.exitCode).toBe(1);
    expect(server.received).toEqual(['ok']);
    expect(run.stderr()).toMatch(/not sent: a text message of 2 bytes is not UTF-8/);
  });

  test('--listen reads no stdin and waits for messages', async () => {
    const server = startServer();
    const run = connectTo(server.url, '--listen', '--count', '1');
    run.stdin.end('not this\n');
    await until(() => server.peers.length === 1);
    server.peers[0]?.sendText('news');
    expect(await run.exitCode).toBe(0);
    expect(run.stdout()).toBe('news\n');
    expect(server.received).toEqual([]);
  });

  test.each([
    [1000, 0],
    [1001, 0],
    [1011, 4],
    [4000, 4],
  ])('a server that closes with %i is exit code %i', async (code, exitCode) => {
    const server = startServer();
    const run = connectTo(server.url, '--listen');
    await until(() => server.peers.length === 1);
    server.peers[0]?.close(code, 'be\u001bcause');
    expect(await run.exitCode).toBe(exitCode);
    expect(run.stderr()).toContain(`closed: ${code} be\\u001bcause\n`);
  });

  test('a server that closes without a code is exit code 0', async () => {
    const { port } = await startAnsweringServer((key, end) => {
      end.write(`${switching(key)}\u0088\u0000`);
      return null;
    });
    const run = connectTo(`ws://127.0.0.1:${port}/`, '--listen');
    expect(await run.exitCode).toBe(0);
    expect(run.stderr()).toMatch(/closed: 1005\n$/);
  });

  test('a connection that is lost is exit code 4', async () => {
    const server = startServer();
    const run = connectTo(server.url, '--listen');
    await until(() => server.peers.length === 1);
    server.peers[0]?.close(-1);
    expect(await run.exitCode).toBe(4);
    expect(run.stderr()).toMatch(/the connection was lost: /);
  });

  test('--json has one object a message', async () => {
    const server = startServer();
    const run = connectTo(server.url, '--json', '--listen', '--count', '3', '-q');
    await until(() => server.peers.length === 1);
    server.peers[0]?.sendText('a\n\u009b');
    server.peers[0]?.send(Uint8Array.of(1, 255));
    server.peers[0]?.send(varToBytes(new Vector2(1, 2)));
    expect(await run.exitCode).toBe(0);
    const lines = run.stdout().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { event: 'message', kind: 'text', size: 4, text: 'a\n\u009b' },
      { event: 'message', kind: 'binary', size: 2, base64: 'Af8=' },
      { event: 'message', kind: 'binary', size: 12, variant: 'Vector2(1, 2)' },
    ]);
    expect(run.stdout()).not.toContain('\u009b');
    expect(run.stderr()).toBe('');
  });

  test('what a stranger sends cannot write to the terminal', async () => {
    const server = startServer();
    const run = connectTo(server.url, '--listen', '--count', '3', '--view', 'text');
    await until(() => server.peers.length === 1);
    server.peers[0]?.sendText('\u001b[2Jtext\rx\nforged line');
    server.peers[0]?.send(Buffer.from('\u001b]0;title\u0007'));
    server.peers[0]?.send(Uint8Array.of(0x61, 0xff, 0x1b));
    expect(await run.exitCode).toBe(0);
    expect(run.stdout()).toBe('\\u001b[2Jtext\\u000dx\\nforged line\n\\u001b]0;title\\u0007\na\\xff\\x1b\n');
  });

  test('--cut shows the beginning and how much is missing', async () => {
    const run = connectTo(startServer().url, '-m', 'abcdefgh', '--cut', '3', '--count', '1');
    expect(await run.exitCode).toBe(0);
    expect(run.stdout()).toBe('abc… (5 more characters)\n');
  });

  test('a message above --max-message ends the connection with 1009', async () => {
    const server = startServer();
    const run = connectTo(server.url, '-m', '12345678901', '--max-message', '10', '--wait', '5');
    expect(await run.exitCode).toBe(4);
    expect(run.stderr()).toMatch(/the connection was lost: .*11 bytes/);
    await until(() => server.peers[0]?.getCloseCode() === 1009);
  });

  test('--ping ends a connection whose Pongs do not come', async () => {
    const { port } = await startAnsweringServer((key) => switching(key));
    const run = connectTo(`ws://127.0.0.1:${port}/`, '--listen', '--ping', '0.05');
    expect(await run.exitCode).toBe(4);
    expect(run.stderr()).toMatch(/no Pong within 0\.05 s/);
  });

  test('headers, origin, sub-protocols and compression are in the request', async () => {
    const server = startServer({ supportedProtocols: ['v2'], compression: true, allowedOrigins: '*' });
    const words = ['-H', 'X-Token: secret', '--origin', 'http://game.test', '--protocol', 'v1', '--protocol', 'v2'];
    const run = connectTo(server.url, ...words, '--compression', '-m', 'x', '--count', '1');
    expect(await run.exitCode).toBe(0);
    const headers = server.peers[0]?.getHandshakeRequest()?.headers;
    expect(headers?.get('x-token')).toBe('secret');
    expect(headers?.get('origin')).toBe('http://game.test');
    expect(headers?.get('sec-websocket-protocol')).toBe('v1,v2');
    expect(headers?.get('sec-websocket-extensions')).toMatch(/permessage-deflate/);
    expect(run.stderr()).toMatch(/sub-protocol v2/);
  });
});

describe('tickpeer connect and a full pipe', () => {
  /** A stdout that takes a message only when `release` is called. */
  function slowTerminal(): { terminal: Terminal; lines: string[]; release(): boolean; interrupt(): void } {
    const lines: string[] = [];
    let done: (() => void) | null = null;
    const stdout = new Writable({
      highWaterMark: 500,
      decodeStrings: false,
      write(chunk, _encoding, callback) {
        lines.push(String(chunk));
        done = callback;
      },
    });
    const interruption = new AbortController();
    const stderr = new PassThrough().resume();
    return {
      terminal: { stdin: new PassThrough(), stdout, stderr, env: {}, interrupted: interruption.signal },
      lines,
      release() {
        const callback = done;
        done = null;
        callback?.();
        return callback !== null;
      },
      interrupt: () => interruption.abort(),
    };
  }

  const TOTAL = 10_000;

  async function flood(server: TestServer): Promise<WebSocketPeer> {
    await until(() => server.peers.length === 1);
    const peer = server.peers[0] as WebSocketPeer; // see the line before
    for (let index = 0; index < TOTAL; index++) peer.sendText(`${index} ${'x'.repeat(2000)}`);
    // The system has taken what it takes, and the client does not read the rest.
    let waiting = 0;
    await until(() => {
      const before = waiting;
      waiting = peer.getCurrentOutboundBufferedAmount();
      return peer.getStatistics().bytesSent > 0 && waiting > 0 && waiting === before;
    }, 20_000);
    return peer;
  }

  test('does not read the connection, and prints everything in the end', async () => {
    const server = startServer({ outboundBufferSize: 0, maxQueuedPackets: TOTAL });
    const slow = slowTerminal();
    const exitCode = tickpeer(['connect', server.url, '--listen'], slow.terminal);
    const peer = await flood(server);
    expect(slow.lines.length).toBeLessThanOrEqual(2);
    const unsent = peer.getCurrentOutboundBufferedAmount();
    expect(unsent).toBeGreaterThan(1_000_000);
    peer.close();
    const numbers = (): number[] => slow.lines.map((line) => Number(line.split(' ')[0]));
    await until(() => {
      slow.release();
      return slow.lines.length === TOTAL;
    }, 20_000);
    expect(numbers()).toEqual(Array.from({ length: TOTAL }, (_, index) => index));
    slow.release();
    expect(await exitCode).toBe(0);
  }, 30_000);

  test('Ctrl-C ends it although nobody reads', async () => {
    const server = startServer({ outboundBufferSize: 0, maxQueuedPackets: TOTAL });
    const slow = slowTerminal();
    const exitCode = tickpeer(['connect', server.url, '--listen'], slow.terminal);
    await flood(server);
    slow.interrupt();
    expect(await exitCode).toBe(130);
  });
});

describe('tickpeer connect --timings', () => {
  test('has a row for each step, in their order', async () => {
    const run = connectTo(startServer().url.replace('127.0.0.1', 'localhost'), '--timings', '-m', 'x', '--count', '1');
    expect(await run.exitCode).toBe(0);
    expect(run.stderr()).toMatch(/step +took +done after\ntcp .*\nhandshake .*\nfirst message .*\n/);
  });

  test('with --json is a line behind the messages; TLS is measured by itself', async () => {
    const identity = await makeIdentity('server');
    const server = startServer({ tls: serverOptions(identity) });
    const run = connectTo(server.url, '-k', '--timings', '--json', '-m', 'x', '--count', '1');
    expect(await run.exitCode).toBe(0);
    const timings = JSON.parse(run.stdout().trimEnd().split('\n')[1] ?? '');
    expect(timings).toMatchObject({ event: 'timings', unit: 'ms', name: null });
    for (const step of ['tcp', 'tls', 'handshake', 'firstMessage']) expect(timings[step]).toBeGreaterThan(0);
    expect(timings.tcp + timings.tls + timings.handshake).toBeLessThanOrEqual(timings.total + 0.01);
  });

  test('a step that fails is exit code 3', async () => {
    const identity = await makeIdentity('server');
    const run = connectTo(startServer({ tls: serverOptions(identity) }).url, '--timings');
    expect(await run.exitCode).toBe(3);
    expect(run.stderr()).toMatch(/self-signed.*\n--ca FILE trusts/);
  });
});

describe('tickpeer connect and TLS', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tickpeer-connect-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
  });

  test('--ca trusts a certificate, --server-name another name of it', async () => {
    const identity = await makeIdentity('server', { names: ['game.test'] });
    const server = startServer({ tls: serverOptions(identity) });
    const file = join(directory, 'ca.crt');
    writeFileSync(file, identity.certificatePem);
    const wrong = connectTo(server.url, '--ca', file);
    expect(await wrong.exitCode).toBe(3);
    expect(wrong.stderr()).toMatch(/not for "127\.0\.0\.1".*\n.*--server-name/);
    const right = connectTo(server.url, '--ca', file, '--server-name', 'game.test', '-m', 'x', '--count', '1');
    expect(await right.exitCode).toBe(0);
  });

  test('a file without a certificate is exit code 5', async () => {
    const file = join(directory, 'ca.crt');
    writeFileSync(file, 'nothing');
    const run = connectTo('wss://127.0.0.1:1/', '--ca', file);
    expect(await run.exitCode).toBe(5);
    expect(run.stderr()).toMatch(/it has no certificate/);
  });
});

describe('tickpeer connect that does not connect', () => {
  test('nobody listens', async () => {
    const { port } = await startRawServer();
    const closed = startServer();
    closed.sockets.stop();
    const run = connectTo(closed.url);
    expect(await run.exitCode).toBe(3);
    expect(run.stderr()).toMatch(/ECONNREFUSED.*\nStart the server/);
    expect(port).toBeGreaterThan(0);
  });

  test('a server that never answers', async () => {
    const { port } = await startRawServer();
    const run = connectTo(`ws://127.0.0.1:${port}/`, '--timeout', '0.05');
    expect(await run.exitCode).toBe(3);
    expect(run.stderr()).toMatch(/0\.05 s.*\nThe server took the connection and did not answer\. tickpeer doctor ws:/);
  });

  test.each([
    ['HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n', /403.*\n.*--origin/],
    ['HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n', /401.*\nCredentials/],
    ['HTTP/1.1 302 Found\r\nLocation: ws://other.test/\r\nContent-Length: 0\r\n\r\n', /other\.test.*\n--redirects 5/],
    ['SSH-2.0-OpenSSH\r\n\r\n', /\nIs it a WebSocket server\?/],
  ])('a server that answers %j', async (answer, message) => {
    const { port } = await startAnsweringServer(() => answer);
    const run = connectTo(`ws://127.0.0.1:${port}/`);
    expect(await run.exitCode).toBe(3);
    expect(run.stderr()).toMatch(message);
  });

  test.each([
    [['ws://127.0.0.1:99999/'], /The URL cannot be used/],
    [['ftp://127.0.0.1/'], /The URL cannot be used/],
    [['ws://127.0.0.1/', '-H', 'no colon'], /no colon/],
    [['ws://127.0.0.1/', '--view', 'xml'], /There is no view 'xml'/],
    [['ws://127.0.0.1/', '--binary', 'octal'], /--binary octal/],
    [['ws://127.0.0.1/', '--count', '0'], /--count 0/],
    [['ws://127.0.0.1/', '--cert', 'a.crt'], /go together/],
    [['ws://127.0.0.1/', '-k', '--ca', 'a.crt'], /excludes --ca/],
    [['ws://127.0.0.1/', '--listen', '-m', 'x'], /exclude each other/],
    [['ws://127.0.0.1/', '--proxy', 'http://a/path'], /no URL of a proxy/],
    [[], /Something is missing/],
  ])('%j is exit code 2', async (words, message) => {
    const run = runCommand(['connect', ...words]);
    expect(await run.exitCode).toBe(2);
    expect(run.stderr()).toMatch(message);
  });
});

describe('Ctrl-C', () => {
  test('while connecting drops the connection', async () => {
    const { port, ends } = await startRawServer();
    const run = connectTo(`ws://127.0.0.1:${port}/`);
    await until(() => ends[0]?.hasHead === true);
    run.interrupt();
    expect(await run.exitCode).toBe(130);
    await until(() => ends[0]?.isClosed === true || ends[0]?.hasEnded === true);
  });

  test('while TCP or TLS is measured drops the connection', async () => {
    const { port, ends } = await startRawServer();
    const run = connectTo(`wss://127.0.0.1:${port}/`, '--timings');
    await until(() => (ends[0]?.bytes.length ?? 0) > 0);
    run.interrupt();
    expect(await run.exitCode).toBe(130);
    await until(() => ends[0]?.isClosed === true || ends[0]?.hasEnded === true);
  });

  test('in an open connection closes it', async () => {
    const server = startServer();
    const run = connectTo(server.url);
    await until(() => run.stderr().startsWith('connected'));
    run.interrupt();
    expect(await run.exitCode).toBe(130);
    await until(() => server.peers[0]?.getCloseCode() === 1000);
  });
});

describe('tickpeer connect on a terminal', () => {
  async function start(server: TestServer): Promise<RunningCommand> {
    const run = runCommand(['connect', server.url], { isTTY: true });
    await until(() => server.peers.length === 1 && run.stderr().includes('> '));
    return run;
  }

  test('sends lines, runs commands, and closes at Ctrl-D', async () => {
    const server = startServer();
    const run = await start(server);
    run.stdin.write('hello\r//slash\r/hex 01 ff\r/variant Vector2(1, 2)\r/json {"a": 1}\r/json nope\r/nope\r');
    await until(() => server.received.length === 5 && run.stderr().includes("There is no command '/nope'"));
    expect(server.received.slice(0, 3)).toEqual(['hello', '/slash', '01ff']);
    expect(bytesToVar(Buffer.from(server.received[3] ?? '', 'hex'))).toEqual(new Vector2(1, 2));
    expect(server.received[4]).toBe('{"a": 1}');
    expect(run.stderr()).toMatch(/No JSON: /);
    await run.prints(/Vector2\(1, 2\)/);
    run.stdin.write('\u0004');
    expect(await run.exitCode).toBe(0);
  });

  test('/ping, /status, /view and /help', async () => {
    const server = startServer();
    const run = await start(server);
    run.stdin.write('/ping\r');
    await until(() => /Pong after \d+\.\d\d ms/.test(run.stderr()));
    run.stdin.write('/ping\r/status\r/help\r/view hex\rhi\r');
    await run.prints(/\[text as hex, 2 bytes\].*6869/);
    expect(run.stderr()).toMatch(/STATE_OPEN: ws:.*\n/);
    expect(run.stderr()).toMatch(/round trip of the last Ping: \d/);
    expect(run.stderr()).toMatch(/\/close \[CODE \[REASON\]\]/);
    expect(server.peers[0]?.getStatistics().pingsReceived).toBe(2);
    run.stdin.write('/close 4001 bye bye\r');
    expect(await run.exitCode).toBe(4);
    await until(() => server.peers[0]?.getCloseCode() === 4001);
    expect(server.peers[0]?.getCloseReason()).toBe('bye bye');
  });

  test('Ctrl-C removes a line, and on an empty one closes', async () => {
    const server = startServer();
    const run = await start(server);
    run.stdin.write('never sent');
    run.stdin.write('\u0003');
    run.stdin.write('sent\r');
    await until(() => server.received.length === 1);
    expect(server.received).toEqual(['sent']);
    run.stdin.write('\u0003');
    expect(await run.exitCode).toBe(130);
  });
});
