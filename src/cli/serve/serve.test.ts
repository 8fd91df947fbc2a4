import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type RunningCommand, runCommand } from '../../../test/support/fake-terminal.ts';
import { until } from '../../../test/support/until.ts';
import { ErrorCode } from '../../error-code.ts';
import { SceneMultiplayer, WebSocketMultiplayerPeer } from '../../multiplayer/index.ts';
import { TLSOptions } from '../../stream/index.ts';
import { WebSocketPeer } from '../../websocket/index.ts';
import { LONGEST_ECHO } from './echo-server.ts';

describe('tickpeer serve', () => {
  let directory = '';
  const running: RunningCommand[] = [];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tickpeer-serve-'));
    writeFileSync(join(directory, 'index.html'), '<title>game</title>');
    writeFileSync(join(directory, 'game.wasm'), 'wasm');
    writeFileSync(join(directory, 'game.pck'), 'GDPC');
    writeFileSync(join(directory, '.secret'), 'secret');
  });
  afterEach(async () => {
    for (const run of running.splice(0)) {
      run.interrupt();
      expect(await run.exitCode).toBe(0);
    }
    rmSync(directory, { recursive: true });
  });

  async function start(...words: string[]): Promise<{ run: RunningCommand; page: string; socket: string }> {
    const run = runCommand(['serve', directory, '--port', '0', ...words]);
    running.push(run);
    const [page = ''] = await run.prints(/https?:\/\/[^\s]+/);
    const socket = /wss?:\/\/\S+/.exec(run.stdout())?.[0] ?? '';
    return { run, page, socket };
  }

  test('serves files with their media types and the headers of an isolated page', async () => {
    const { run, page } = await start();
    const index = await fetch(page);
    expect(await index.text()).toBe('<title>game</title>');
    expect(index.headers.get('content-type')).toMatch(/^text\/html/);
    expect(index.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(index.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    expect((await fetch(`${page}game.wasm`)).headers.get('content-type')).toBe('application/wasm');
    expect((await fetch(`${page}game.pck`)).headers.get('content-type')).toBe('application/octet-stream');
    await run.prints(/200 GET \/game\.pck/);
  });

  test('a new file is there at once', async () => {
    const { page } = await start();
    expect((await fetch(`${page}late/new.txt`)).status).toBe(404);
    mkdirSync(join(directory, 'late'));
    writeFileSync(join(directory, 'late/new.txt'), 'new');
    expect(await (await fetch(`${page}late/new.txt`)).text()).toBe('new');
  });

  test('hidden files, and files outside of the directory, are not served', async () => {
    const { page } = await start('--quiet');
    mkdirSync(join(directory, '.git'));
    writeFileSync(join(directory, '.git/config'), 'secret');
    for (const path of [
      '.secret',
      '%2esecret',
      '.git/config',
      './.git/config',
      '%2egit%2fconfig',
      '%2e%2e/%2e%2e/etc/passwd',
      '..%2f..%2fetc%2fpasswd',
      '%zz',
    ]) {
      expect((await fetch(page + path)).status).toBe(404);
    }
    expect((await fetch(page, { method: 'POST' })).status).toBe(405);
  });

  /** With a target that a browser would change. */
  function ask(page: string, target: string, headers: Record<string, string> = {}, method = 'GET') {
    return new Promise<{ status: number; headers: IncomingHttpHeaders; body: string }>((resolve, reject) => {
      const { hostname, port } = new URL(page);
      const sent = request({ hostname, port, path: target, method, headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const body = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        });
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  test('no path leads out of the directory, and none ends the server', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'tickpeer-outside-'));
    onTestFinished(() => rmSync(outside, { recursive: true }));
    writeFileSync(join(outside, 'secret.txt'), 'secret');
    mkdirSync(join(directory, 'inside'));
    writeFileSync(join(directory, 'inside/a b.txt'), 'in it');
    symlinkSync(join(outside, 'secret.txt'), join(directory, 'link.txt'));
    symlinkSync(outside, join(directory, 'linked'));
    symlinkSync(join(directory, '.secret'), join(directory, 'shown.txt'));
    symlinkSync('loop', join(directory, 'loop'));
    symlinkSync('inside', join(directory, 'alias'));
    const { page } = await start('--quiet');
    const long = `/${'a'.repeat(5000)}`;
    for (const target of [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/inside/..%2f..%2f.secret',
      '/inside/..\\..\\.secret',
      '/inside%5c..%5c.secret',
      '/inside/%00',
      '/index.html%00.txt',
      '/link.txt',
      '/linked/secret.txt',
      '/linked/',
      '/linked',
      '/shown.txt',
      '/loop',
      '/index.html/more',
      '/%ff',
      '/%c0%ae%c0%ae/',
      long,
      `${long}/${'b/'.repeat(2000)}`,
      '*',
    ]) {
      const { status, body } = await ask(page, target);
      expect([target, status]).toEqual([target, 404]);
      expect(body).not.toContain('secret\n');
    }
    expect(await ask(page, '/alias/a%20b.txt')).toMatchObject({ status: 200, body: 'in it' });
    expect(await ask(page, '//inside//a%20b.txt?x#y')).toMatchObject({ status: 200, body: 'in it' });
    expect(await ask(page, 'http://other.test/inside/a%20b.txt')).toMatchObject({ status: 200, body: 'in it' });
  });

  test('a directory has its index.html, and is redirected to its slash and nowhere else', async () => {
    mkdirSync(join(directory, 'a b'));
    mkdirSync(join(directory, 'other.test'));
    const { page } = await start();
    expect(await ask(page, '/a%20b?x=1')).toMatchObject({ status: 307, headers: { location: '/a%20b/?x=1' } });
    expect(await ask(page, '//other.test')).toMatchObject({ status: 307, headers: { location: '/other.test/' } });
    expect(await ask(page, '/a%20b/')).toMatchObject({ status: 404, body: 'There is no index.html in /a b.\n' });
    writeFileSync(join(directory, 'a b/index.html'), 'inner');
    expect(await ask(page, '/a%20b/')).toMatchObject({ status: 200, body: 'inner' });
    expect(await ask(page, '/index')).toMatchObject({ status: 200, body: '<title>game</title>' });
  });

  test('ranges, and requests that ask whether a file has changed', async () => {
    writeFileSync(join(directory, 'ten.txt'), '0123456789');
    writeFileSync(join(directory, 'none.txt'), '');
    const { page } = await start();
    const whole = await ask(page, '/ten.txt');
    expect(whole).toMatchObject({ status: 200, body: '0123456789', headers: { 'accept-ranges': 'bytes' } });
    const { etag = '', 'last-modified': changed = '' } = whole.headers;
    for (const [range, body, content] of [
      ['bytes=0-0', '0', '0-0'],
      ['bytes=8-', '89', '8-9'],
      ['bytes=9-9', '9', '9-9'],
      ['bytes=9-99', '9', '9-9'],
      ['bytes=-3', '789', '7-9'],
      ['bytes=-99', '0123456789', '0-9'],
    ] as const) {
      const part = await ask(page, '/ten.txt', { range });
      expect(part).toMatchObject({ status: 206, body, headers: { 'content-range': `bytes ${content}/10` } });
    }
    for (const range of ['bytes=10-', 'bytes=-0', 'bytes=99-100']) {
      const beyond = await ask(page, '/ten.txt', { range });
      expect(beyond).toMatchObject({ status: 416, headers: { 'content-range': 'bytes */10' } });
    }
    for (const range of ['bytes=5-4', 'bytes=-', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=a-b', 'bytes=0-1; DROP']) {
      expect(await ask(page, '/ten.txt', { range })).toMatchObject({ status: 200, body: '0123456789' });
    }
    expect(await ask(page, '/ten.txt', { range: 'bytes=1-2', 'if-range': etag })).toMatchObject({ body: '12' });
    expect(await ask(page, '/ten.txt', { range: 'bytes=1-2', 'if-range': '"x"' })).toMatchObject({ status: 200 });
    expect(await ask(page, '/ten.txt', { 'if-none-match': `"x", ${etag}` })).toMatchObject({ status: 304, body: '' });
    expect(await ask(page, '/ten.txt', { 'if-none-match': '"x"' })).toMatchObject({ status: 200 });
    expect(await ask(page, '/ten.txt', { 'if-modified-since': changed })).toMatchObject({ status: 304 });
    expect(await ask(page, '/ten.txt', { 'if-modified-since': 'yesterday' })).toMatchObject({ status: 200 });
    const head = await ask(page, '/ten.txt', {}, 'HEAD');
    expect(head).toMatchObject({ status: 200, body: '', headers: { 'content-length': '10' } });
    expect(await ask(page, '/none.txt')).toMatchObject({ status: 200, body: '', headers: { 'content-length': '0' } });
    expect(await ask(page, '/none.txt', { range: 'bytes=0-' })).toMatchObject({ status: 416 });
  });

  test('a file that cannot be read, a pipe, and a client that leaves do not end it', async () => {
    execFileSync('mkfifo', [join(directory, 'pipe')]);
    writeFileSync(join(directory, 'large.bin'), Buffer.alloc(8 * 1024 * 1024));
    const { page, run } = await start();
    expect(await ask(page, '/pipe')).toMatchObject({ status: 404 });
    const { hostname, port } = new URL(page);
    const socket = connect(Number(port), hostname);
    socket.write('GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(socket, 'data');
    socket.resetAndDestroy();
    await run.prints(/broken off GET \/large\.bin/);
    const rude = connect(Number(port), hostname);
    rude.on('error', () => {});
    rude.resume();
    rude.write('\u0000\u0001 nonsense\r\n\r\n');
    await once(rude, 'close');
    expect(await ask(page, '/index.html')).toMatchObject({ status: 200 });
  });

  // Root may read everything.
  test.skipIf(process.getuid?.() === 0)('a file without permission is 403', async () => {
    chmodSync(join(directory, 'game.wasm'), 0);
    const { page } = await start();
    expect(await ask(page, '/game.wasm')).toMatchObject({ status: 403 });
    expect(await ask(page, '/index.html')).toMatchObject({ status: 200 });
  });

  test('--no-isolation leaves the headers out', async () => {
    const { page } = await start('--no-isolation');
    expect((await fetch(page)).headers.get('cross-origin-embedder-policy')).toBeNull();
  });

  test('--echo sends every message back, and closes with 1001 at the end', async () => {
    const { run, socket } = await start('--echo');
    const peer = new WebSocketPeer();
    peer.connectToUrl(socket);
    await until(() => poll(peer) === WebSocketPeer.STATE_OPEN);
    peer.sendText('grüße');
    peer.send(new Uint8Array([1, 2]));
    await until(() => poll(peer) >= 0 && peer.getAvailablePacketCount() === 2);
    expect(new TextDecoder().decode(peer.getPacket())).toBe('grüße');
    expect(peer.wasStringPacket()).toBe(true);
    expect([...peer.getPacket()]).toEqual([1, 2]);
    expect(peer.wasStringPacket()).toBe(false);
    run.interrupt();
    await until(() => poll(peer) === WebSocketPeer.STATE_CLOSED);
    expect(peer.getCloseCode()).toBe(1001);
  });

  test.each([
    [LONGEST_ECHO - 1, true],
    [LONGEST_ECHO, true],
    [LONGEST_ECHO + 1, false],
  ])('--echo: a message of %i bytes comes back: %s', async (size, comesBack) => {
    const { socket } = await start('--echo');
    const peer = new WebSocketPeer({ inboundBufferSize: 2 * LONGEST_ECHO, outboundBufferSize: 2 * LONGEST_ECHO });
    peer.connectToUrl(socket);
    await until(() => poll(peer) === WebSocketPeer.STATE_OPEN);
    const bytes = new Uint8Array(size).fill(7);
    expect(peer.send(bytes)).toBe(ErrorCode.OK);
    await until(() => poll(peer) === WebSocketPeer.STATE_CLOSED || peer.getAvailablePacketCount() > 0, 15_000);
    if (comesBack) expect(Buffer.from(peer.getPacket()).equals(bytes)).toBe(true);
    else expect(peer.getCloseCode()).toBe(1009);
    peer.close(-1);
  });

  test('--echo: a client that sends without reading gets everything back when it reads', async () => {
    const { socket } = await start('--echo');
    const peer = new WebSocketPeer({ inboundBufferSize: 2 ** 20, outboundBufferSize: 2 ** 27 });
    peer.connectToUrl(socket);
    await until(() => poll(peer) === WebSocketPeer.STATE_OPEN);
    const most = 60;
    for (let number = 0; number < most; number++) {
      expect(peer.send(new Uint8Array(2 ** 20 - 100).fill(number))).toBe(ErrorCode.OK);
    }
    const got: number[] = [];
    await until(() => {
      expect(poll(peer), `${peer.getCloseCode()} ${peer.getLastFailure()?.message}`).toBe(WebSocketPeer.STATE_OPEN);
      for (const packet of peer.packets()) got.push(Number(packet[0]));
      return got.length === most;
    }, 15_000);
    expect(got).toEqual(Array.from({ length: most }, (_, number) => number));
    peer.close(-1);
  });

  test('--relay admits Godot clients, and shows who comes and goes', async () => {
    const { run, socket } = await start('--relay', '--path', '/game');
    expect(socket).toMatch(/\/game$/);
    const clients = [new SceneMultiplayer(), new SceneMultiplayer()];
    for (const client of clients) {
      const peer = new WebSocketMultiplayerPeer();
      peer.createClient(socket);
      client.multiplayerPeer = peer;
    }
    const [one, two] = clients as [SceneMultiplayer, SceneMultiplayer];
    await until(() => {
      for (const client of clients) client.poll();
      return one.getPeers().length === 2 && two.getPeers().length === 2;
    });
    expect(one.getPeers()).toContain(two.getUniqueId());
    await run.prints(new RegExp(`player ${two.getUniqueId()} joined, 2 here`));
    const left = `player ${one.getUniqueId()} left, 1 here`;
    one.multiplayerPeer?.close();
    await until(() => {
      one.poll();
      return run.stdout().includes(left);
    });
    two.multiplayerPeer?.close();
  });

  test('--tls has a certificate that it has made', async () => {
    const { run, socket, page } = await start('--tls', '--echo');
    expect(page).toMatch(/^https:/);
    const peer = new WebSocketPeer();
    peer.connectToUrl(socket, TLSOptions.clientUnsafe());
    await until(() => poll(peer) === WebSocketPeer.STATE_OPEN);
    peer.close();
    await until(() => poll(peer) === WebSocketPeer.STATE_CLOSED);
    expect(run.stderr()).toMatch(/SHA-256:\n {2}([0-9A-F]{2}:){31}[0-9A-F]{2}/);
  });

  test('a page of another origin is refused, unless it is named', async () => {
    const refusing = await start('--echo');
    const admitting = await start('--echo', '--allow-origin', 'http://game.test');
    const open = async (url: string): Promise<number> => {
      const peer = new WebSocketPeer();
      peer.handshakeHeaders = ['Origin: http://game.test'];
      peer.connectToUrl(url);
      await until(() => poll(peer) !== WebSocketPeer.STATE_CONNECTING);
      const state = peer.getReadyState();
      peer.close(-1);
      return state;
    };
    expect(await open(refusing.socket)).toBe(WebSocketPeer.STATE_CLOSED);
    expect(await open(admitting.socket)).toBe(WebSocketPeer.STATE_OPEN);
  });

  test('a port that is taken is one line and ends with 5', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    const run = runCommand(['serve', directory, '--port', port]);
    expect(await run.exitCode).toBe(5);
    expect(run.stderr()).toMatch(/^tickpeer: Port \d+ of 127\.0\.0\.1 cannot be opened: .*\nAnother program has it\./);
    other.close();
  });

  test.each([
    [['--echo', '--relay'], /exclude each other/, 2],
    [['--path', 'ws'], /a path begins with a slash/, 2],
    [['--cert', 'a.crt'], /go together/, 2],
    [['--cert', 'a', '--key', 'b'], /with --tls only/, 2],
    [['--tls', '--cert', '/missing.crt', '--key', '/missing.key'], /cannot be read/, 5],
    [['--tls', '--cert', import.meta.filename, '--key', import.meta.filename], /and its key cannot be used: /, 5],
    [['--host', '192.0.2.1'], /cannot be opened: .*EADDRNOTAVAIL.*\n--host is an address of this machine/, 5],
    [['--port', '65536'], /from 0 to 65535/, 2],
    [['--port', '-1'], /--port/, 2],
  ])('%j is refused', async (words, message, exitCode) => {
    const run = runCommand(['serve', directory, ...words]);
    expect(await run.exitCode).toBe(exitCode);
    expect(run.stderr()).toMatch(message);
  });

  test('a directory that is not there is refused', async () => {
    const run = runCommand(['serve', join(directory, 'missing')]);
    expect(await run.exitCode).toBe(5);
    expect(run.stderr()).toMatch(/is no directory/);
  });
});

function poll(peer: WebSocketPeer): number {
  peer.poll();
  return peer.getReadyState();
}
