import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RunningCommand, runCommand } from '../../../test/support/fake-terminal.ts';
import { until } from '../../../test/support/until.ts';
import { SceneMultiplayer, WebSocketMultiplayerPeer } from '../../multiplayer/index.ts';
import { TLSOptions } from '../../stream/index.ts';
import { WebSocketPeer } from '../../websocket/index.ts';

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
