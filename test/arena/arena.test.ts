import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseControl } from '../../examples/arena/controls.ts';
import { PageFiles } from '../../examples/arena/page-files.ts';
import { FIELD, isBot, readPlayerMessage, Snapshot, SnapshotWriter, writeInput } from '../../examples/arena/wire.ts';
import { dialPeer, drive, ending, isClosed } from '../support/peers.ts';
import { until } from '../support/until.ts';
import { buildPage } from './built-page.ts';
import { join, startArena } from './player.ts';

let files: PageFiles;
let remove: () => void;

beforeAll(async () => {
  const page = await buildPage();
  remove = page.remove;
  files = new PageFiles(page);
}, 60_000);
afterAll(() => remove());

/** The server's response. `path` is sent unchanged, which `fetch` would not do. */
function ask(port: number, path: string, method = 'GET'): Promise<{ status: number; type: string; text: string }> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method }, async (response) => {
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text });
    })
      .on('error', reject)
      .end();
  });
}

describe('the page', () => {
  test('has every file that it requests, with the right types', async () => {
    const { port } = await startArena(files);
    const index = await ask(port, '/');
    expect([index.status, index.type]).toEqual([200, 'text/html; charset=utf-8']);
    const map: { imports: Record<string, string> } = JSON.parse(
      /<script type="importmap">(.+)<\/script>/.exec(index.text)![1]!,
    );
    const asked = [...index.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path!);
    const seen = new Set<string>();
    for (const path of asked) {
      if (seen.has(path)) continue;
      seen.add(path);
      const { status, type, text } = await ask(port, path);
      expect({ path, status, type }).toEqual({
        path,
        status: 200,
        type: path.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8',
      });
      if (!path.startsWith('/page/')) continue;
      for (const [, name] of text.matchAll(/(?:from |import\()'([^']+)'/g)) {
        asked.push(map.imports[name!] ?? new URL(name!, `http://localhost${path}`).pathname);
      }
    }
    expect([...seen]).toEqual(
      expect.arrayContaining([
        '/page/main.js',
        '/page/field.js',
        '/wire.js',
        '/duel/wire.js',
        '/tickpeer.js',
        '/uplot.js',
      ]),
    );
  });

  test.each([
    '/nothing',
    '/page/',
    '/page/main.ts',
    '/arena.js',
    '/duel/lane-worker.js',
    '/../package.json',
    '/page/../../../../package.json',
    '/page/%2e%2e/%2e%2e/package.json',
    '/page/..%2fwire.ts',
    '//etc/passwd',
    'http://elsewhere.test/',
    '/\\..\\package.json',
  ])('does not serve %s', async (path) => {
    const { port } = await startArena(files);
    expect((await ask(port, path)).status).toBe(404);
  });

  test('accepts GET and HEAD only', async () => {
    const { port } = await startArena(files);
    expect((await ask(port, '/', 'POST')).status).toBe(405);
    expect(await ask(port, '/?whatever', 'HEAD')).toMatchObject({ status: 200, text: '' });
  });
});

describe('a player', () => {
  test('joins, is in the snapshots, moves, and leaves', async () => {
    const { arena, port } = await startArena(files);
    const [one, other] = [await join(port), await join(port)];
    expect(one.id).not.toBe(other.id);
    const start = one.find(one.id)!.x;
    await drive([one, other], () => {
      one.peer.send(writeInput({ x: 1, y: 0 }));
      return (other.find(one.id)?.x ?? 0) > start + 100;
    });
    expect(arena.people).toBe(2);
    one.peer.close();
    await drive([one, other], () => isClosed(one.peer) && other.find(one.id) === null);
    expect(ending(one.peer)).toEqual({ code: 1000, reason: '', failure: null });
    expect(arena.people).toBe(1);
  });

  test.each([
    ['at another path', '/elsewhere', [], 404],
    ['from a page of another host', '/player', ['Origin: http://elsewhere.test'], 403],
  ])('%s is refused', async (_what, path, handshakeHeaders, status) => {
    const { port } = await startArena(files);
    const peer = dialPeer(`ws://127.0.0.1:${port}${path}`, { handshakeHeaders });
    await drive(peer, () => isClosed(peer));
    expect(peer.getHandshakeResponse()?.status).toBe(status);
  });

  test('gets shorter snapshots over a compressed connection', async () => {
    const { port } = await startArena(files, { padding: 32_768 });
    const player = await join(port, { compression: true }, '/player/compressed');
    await drive(player, () => player.snapshots > 10);
    expect(player.peer.getStatistics().bytesReceived).toBeLessThan(player.snapshots * 1000);
  });

  test('that does not read is skipped, and does not delay the others', async () => {
    const { port } = await startArena(files, { padding: 32_768, tickRate: 120 });
    const [slow, quick] = [await join(port), await join(port)];
    const before = quick.snapshots;
    // More than both kernels' buffers and the cable's can hold.
    await drive(quick, () => quick.snapshots > before + 400, 20_000);
    await drive(slow, () => slow.snapshots > 100, 20_000);
    await slow.ping();
    await quick.ping();
    expect(slow.pong!.skipped).toBeGreaterThan(0);
    expect(quick.pong!.skipped).toBe(0);
  }, 60_000);

  test('gets the Close when the arena stops', async () => {
    const { arena, port } = await startArena(files, { bots: 3 });
    const player = await join(port);
    const stopped = arena.stop();
    await drive(player, () => isClosed(player.peer));
    expect(ending(player.peer)).toEqual({ code: 1001, reason: 'the arena closes', failure: null });
    await stopped;
    expect([arena.people, arena.bots]).toEqual([0, 0]);
  });
});

describe('the bots', () => {
  test('are as many as requested, are counted, and move', async () => {
    const { arena, port } = await startArena(files, { bots: 5 });
    const player = await join(port);
    await drive(player, () => player.status?.bots === 5);
    const { snapshot } = player;
    const bot = Array.from({ length: snapshot!.count }, (_, index) => snapshot!.id(index)).find(isBot)!;
    const { x, y } = player.find(bot)!;
    await drive(player, () => {
      const now = player.find(bot);
      return now !== null && Math.hypot(now.x - x, now.y - y) > 10;
    });
    for (const bots of [40, 0, 7]) {
      player.ask({ type: 'settings', settings: { bots } });
      await drive(player, () => player.status?.bots === bots && player.snapshot?.count === bots + 1);
      expect(arena.bots).toBe(bots);
    }
  });
});

describe('controls', () => {
  test('of the arena are sent to all players', async () => {
    const { port } = await startArena(files);
    const [one, other] = [await join(port), await join(port)];
    one.ask({ type: 'settings', settings: { tickRate: 30, padding: 1024 } });
    await drive([one, other], () => other.status?.settings.tickRate === 30);
    expect(other.status?.settings).toEqual({ bots: 0, tickRate: 30, padding: 1024 });
  });

  test('of a cable: latency applies to this player only', async () => {
    const { port } = await startArena(files);
    const [one, other] = [await join(port), await join(port)];
    one.ask({ type: 'cable', latency: 200, jitter: 20 });
    await one.ping();
    const roundTrip = await one.ping();
    expect(roundTrip).toBeGreaterThanOrEqual(400);
    expect(await other.ping()).toBeLessThan(roundTrip);
  });

  test('of a cable: a stall delays everything, and nothing is lost', async () => {
    const { port } = await startArena(files);
    const player = await join(port);
    const before = player.snapshots;
    player.ask({ type: 'stall', milliseconds: 500 });
    expect(await player.ping()).toBeGreaterThanOrEqual(500);
    await drive(player, () => player.snapshots > before + 10);
  });

  test('of a cable: after a cut nothing arrives, and neither end is told', async () => {
    const { port } = await startArena(files);
    const [one, other] = [await join(port), await join(port)];
    one.ask({ type: 'cut' });
    // The other player measures the time: more than two ticks, in which the first receives nothing.
    let heard = -1;
    while (heard !== one.snapshots) {
      heard = one.snapshots;
      const until = other.snapshots + 20;
      await drive([one, other], () => other.snapshots >= until);
    }
    expect(one.peer.getReadyState()).toBe(1);
  });

  test('watching: a player that is not watching gets no snapshots until it watches again', async () => {
    const { port } = await startArena(files);
    const player = await join(port);
    player.ask({ type: 'watch', isWatching: false });
    await player.ping();
    const before = player.snapshots;
    await player.ping();
    await player.ping();
    expect(player.snapshots).toBe(before);
    player.ask({ type: 'watch', isWatching: true });
    await drive(player, () => player.snapshots > before + 2);
  });

  test('closing: with the requested code and reason', async () => {
    const { port } = await startArena(files);
    const player = await join(port);
    player.ask({ type: 'close', code: 4321, reason: 'danke schön' });
    await drive(player, () => isClosed(player.peer));
    expect(ending(player.peer)).toEqual({ code: 4321, reason: 'danke schön', failure: null });
  });

  test.each([
    'nonsense',
    'null',
    '[]',
    '{"type":"unknown"}',
    '{"type":"settings"}',
    '{"type":"settings","settings":{"bots":1000000}}',
    '{"type":"settings","settings":{"bots":-1}}',
    '{"type":"settings","settings":{"tickRate":0}}',
    '{"type":"settings","settings":{"padding":1.5}}',
    '{"type":"settings","settings":{"padding":"1"}}',
    '{"type":"cable","latency":5}',
    '{"type":"cable","latency":1e9,"jitter":0}',
    '{"type":"stall","milliseconds":null}',
    '{"type":"close","code":1005,"reason":""}',
    '{"type":"close","code":999,"reason":""}',
    '{"type":"close","code":4000}',
    '{"type":"watch","isWatching":1}',
  ])('that are invalid close the connection: %s', async (text) => {
    expect(parseControl(text)).toBeNull();
    const { port } = await startArena(files);
    const player = await join(port);
    player.peer.sendText(text);
    await drive(player, () => isClosed(player.peer));
    expect(ending(player.peer)).toMatchObject({ code: 1008, reason: 'not a message of the arena' });
  });

  test.each([
    ['nothing', []],
    ['an unknown kind', [7, 0, 0]],
    ['an input that is too long', [1, 0, 0, 0]],
  ])('invalid bytes close the connection: %s', async (_what, bytes) => {
    const { arena, port } = await startArena(files);
    const player = await join(port);
    for (let times = 0; times < 3; times++) player.peer.send(Uint8Array.from(bytes));
    await drive(player, () => isClosed(player.peer));
    expect(ending(player.peer)).toMatchObject({ code: 1008 });
    await until(() => arena.people === 0);
  });
});

describe('on the wire', () => {
  test('invalid inputs do not make a player faster', () => {
    const message = readPlayerMessage(writeInput({ x: 1, y: -1 }));
    const direction = message?.type === 'input' ? message.direction : { x: 9, y: 9 };
    expect(Math.hypot(direction.x, direction.y)).toBeCloseTo(1);
  });

  test('a snapshot has the position of every player', () => {
    const writer = new SnapshotWriter();
    const places = [
      { id: 1, x: 0, y: 0 },
      { id: 0x8000, x: FIELD.width, y: FIELD.height },
      { id: 0xffff, x: 123.4, y: 567.8 },
    ];
    const bytes = writer.write({ time: 1e12, tickTime: 1.5, botTime: 0.25 }, places, 10);
    const snapshot = new Snapshot(bytes);
    expect(bytes.length).toBe(19 + 3 * 6 + 10);
    expect(snapshot).toMatchObject({ time: 1e12, tickTime: 1.5, botTime: 0.25, count: 3 });
    places.forEach(({ id, x, y }, index) => {
      expect(snapshot.id(index)).toBe(id);
      expect(snapshot.x(index)).toBeCloseTo(x, 1);
      expect(snapshot.y(index)).toBeCloseTo(y, 1);
    });
  });
});
