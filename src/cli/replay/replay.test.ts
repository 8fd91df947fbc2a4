import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../../../test/support/fake-terminal.ts';
import { until } from '../../../test/support/until.ts';
import {
  always,
  onChange,
  rpc,
  SceneMultiplayer,
  scene,
  synchronizer,
  WebSocketMultiplayerPeer,
} from '../../multiplayer/index.ts';
import { RecordedKind, Recorder, RecordingWriter, VirtualClock, VirtualNetwork } from '../../testing/index.ts';
import { int } from '../../variant/index.ts';
import { WebSocketPeer, WebSocketServer } from '../../websocket/index.ts';
import type { GameModule } from './game-server.ts';
import { recordedIds } from './recorded-ids.ts';

/** A game whose packets depend on its clients' ids, on chance, on the time, and on what is spawned. */
const GAME = `
const { rpc, int, scene, synchronizer, always, onChange, joined } = globalThis.replayTest;
const ball = scene('res://ball.tscn', { Sync: synchronizer({ x: always(int), hits: onChange(int) }) });
export const multiplayer = (multiplayer, clock, random) => {
  const main = multiplayer.node('Main', {
    add: rpc.anyPeer([int], (from, value) => { main.sum.rpc(from + value + random.integer(1, 1000)); }),
    sum: rpc.authority([int]),
  });
  multiplayer.peerConnected.connect((id) => joined.push(id));
  const balls = multiplayer.spawner('Main/Spawner', { spawnPath: '../Balls', scenes: [ball] });
  const all = [];
  let ticks = 0;
  return () => {
    if (++ticks % 40 === 0) {
      const one = ball.instantiate({ name: 'ball' + ticks });
      balls.addChild(one);
      all.push(one);
    }
    for (const one of all) {
      one.x = Math.round(clock.now());
      if (ticks % 7 === 0) one.hits += 1;
    }
  };
};
`;

let directory = '';
const joined: number[] = [];
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tickpeer-replay-'));
  Object.assign(globalThis, { replayTest: { rpc, int, scene, synchronizer, always, onChange, joined } });
});
afterAll(() => {
  rmSync(directory, { recursive: true });
  Reflect.deleteProperty(globalThis, 'replayTest');
});

let files = 0;
function fileOf(content: string | Uint8Array, ending: string): string {
  const path = join(directory, `file-${++files}.${ending}`);
  writeFileSync(path, content);
  return path;
}

const clientMethods = { add: rpc.anyPeer([int]), sum: rpc.authority([int], () => {}) };

/** Four seconds of the game with three clients, of which one leaves and another comes late. */
async function record(module: string): Promise<{ recording: string; bytes: Uint8Array; ids: number[] }> {
  const { multiplayer: declare }: Pick<GameModule, 'multiplayer'> = await import(pathToFileURL(module).href);
  joined.length = 0;
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, seed: 5, latency: 15, jitter: 10 });
  const chunks: Uint8Array[] = [];
  const recorder = new Recorder({ clock, seed: 4, write: (chunk) => chunks.push(chunk) });
  const server = new WebSocketServer({ clock, allowedOrigins: '*' });
  const peer = new WebSocketMultiplayerPeer();
  peer.createServerFrom(server);
  const multiplayer = new SceneMultiplayer({ clock });
  const tick = declare(multiplayer, clock, recorder.random) as () => void;
  multiplayer.multiplayerPeer = peer;
  const clients = [0, 1, 2].map(() => new SceneMultiplayer({ clock }));
  const mains = clients.map((client) => client.node('Main', clientMethods));
  const enter = (index: number): void => {
    const [near, far] = network.connect().ends;
    const socket = new WebSocketPeer({ clock });
    socket.connectToStream(near, 'ws://game.test');
    server.acceptStream(recorder.record(far, `10.0.0.${index}`));
    const client = new WebSocketMultiplayerPeer();
    client.createClientFrom(socket);
    clients[index]!.multiplayerPeer = client;
  };
  enter(0);
  enter(1);
  for (let count = 0; count < 250; count++) {
    clock.advance(16);
    recorder.tick();
    multiplayer.poll();
    tick();
    if (count === 120) enter(2);
    if (count === 180) clients[1]!.multiplayerPeer?.close();
    for (const [index, client] of clients.entries()) {
      if (client.multiplayerPeer === null) continue;
      client.poll();
      if (count % 9 === index && client.getPeers().includes(1)) mains[index]!.add.rpcId(1, count);
    }
  }
  clock.endTurn();
  const bytes = Buffer.concat(chunks);
  return { recording: fileOf(bytes, 'rec'), bytes, ids: [...joined] };
}

describe('tickpeer replay of the server of a Godot game', () => {
  test('sends what was sent when it was recorded, to clients with the same ids', async () => {
    const module = fileOf(GAME, 'mjs');
    const { recording, bytes, ids } = await record(module);
    expect(ids).toHaveLength(3);
    expect([...recordedIds(bytes).values()].flat().toSorted()).toEqual(ids.toSorted());
    const outputs: string[] = [];
    for (let run = 0; run < 2; run++) {
      joined.length = 0;
      const replayed = runCommand(['replay', recording, module, '--check']);
      expect(await replayed.exitCode, replayed.stderr()).toBe(0);
      expect(replayed.stdout()).toContain('The server has sent what was recorded.');
      expect(joined).toEqual(ids);
      outputs.push(replayed.stdout());
    }
    expect(outputs[0]).toBe(outputs[1]);
    expect(outputs[0]).toMatch(/^3 connections, 250 ticks, /m);

    const changed = fileOf(GAME.replace('random.integer(1, 1000)', '1'), 'mjs');
    const other = runCommand(['replay', recording, changed, '--check']);
    expect(await other.exitCode).toBe(1);
    expect(other.stderr()).toMatch(/The first difference is at \d+\.\d{3} s: connection \d, byte \d+/);
  });

  test('a recording of tickpeer record, which has no ticks, too', async () => {
    joined.length = 0;
    const source = `
const { rpc, int, joined } = globalThis.replayTest;
export const multiplayer = (multiplayer) => {
  multiplayer.peerConnected.connect((id) => joined.push(id));
  const main = multiplayer.node('Main', {
    add: rpc.anyPeer([int], (from, value) => { main.sum.rpcId(from, value + 1); }),
    sum: rpc.authority([int]),
  });
};`;
    const module = fileOf(source, 'mjs');
    const { multiplayer: declare } = await import(pathToFileURL(module).href);
    const peer = new WebSocketMultiplayerPeer();
    peer.createServer(0, '127.0.0.1');
    const server = new SceneMultiplayer();
    declare(server);
    server.multiplayerPeer = peer;
    const loop = setInterval(() => server.poll(), 3);
    const recording = join(directory, 'proxy.rec');
    const to = `ws://127.0.0.1:${peer.getLocalPort()}`;
    const run = runCommand(['record', '--to', to, '--listen', '0', '--out', recording]);
    const [url = ''] = await run.prints(/ws:\/\/127\.0\.0\.1:\d+\//);
    const answers: number[] = [];
    const client = new SceneMultiplayer();
    const main = client.node('Main', {
      ...clientMethods,
      sum: rpc.authority([int], (_, value) => answers.push(value)),
    });
    const own = new WebSocketMultiplayerPeer();
    own.createClient(url);
    client.multiplayerPeer = own;
    let called = 0;
    await until(() => {
      client.poll();
      if (client.getPeers().includes(1) && called < 5 && called === answers.length) main.add.rpcId(1, ++called);
      return answers.length === 5;
    });
    own.close();
    await until(() => run.stderr().includes('#1 closed'));
    run.interrupt();
    expect(await run.exitCode).toBe(0);
    clearInterval(loop);
    peer.close();
    const [id] = joined.splice(0);
    const replayed = runCommand(['replay', recording, module, '--check']);
    expect(await replayed.exitCode, replayed.stderr()).toBe(0);
    expect(joined).toEqual([id]);
  });

  test.each([
    ['export const multiplayer = 1;', 2, /neither a server by default nor a function "multiplayer"/],
    ['export const multiplayer = () => {}; export default () => {};', 2, /a server by default and "multiplayer"/],
    ['export const multiplayer = () => {}; export const options = 1;', 2, /its export "options" is no object/],
    ['export const multiplayer = () => {}; export const multiplayerOptions = null;', 2, /"multiplayerOptions" is no/],
    ['export const multiplayer = () => 5;', 1, /returns a function for each tick, or nothing/],
    ['export const multiplayer = () => { throw 5; };', 1, /has thrown: 5\n/],
    ['export const multiplayer = () => { throw new Error("\\u001b[31m"); };', 1, /has thrown: \\u001b\[31m\nat /],
    ['export const multiplayer = () => () => { throw new Error("a tick"); };', 1, /has thrown: a tick\nat /],
  ])('%s', async (source, code, message) => {
    const chunks: Uint8Array[] = [];
    new RecordingWriter({ seed: 1, startedAt: 0 }, (chunk) => chunks.push(chunk)).event(RecordedKind.TICK, 1, 0);
    const run = runCommand(['replay', fileOf(Buffer.concat(chunks), 'rec'), fileOf(source, 'mjs')]);
    expect(await run.exitCode).toBe(code);
    expect(run.stderr()).toMatch(message);
  });

  test('a replay of more than a second says how far it is, on a terminal only', async () => {
    const chunks: Uint8Array[] = [];
    const writer = new RecordingWriter({ seed: 1, startedAt: 0 }, (chunk) => chunks.push(chunk));
    writer.event(RecordedKind.TICK, 5500, 0);
    const recording = fileOf(Buffer.concat(chunks), 'rec');
    const slow = `const end = performance.now() + 1000; while (performance.now() < end);`;
    const module = fileOf(`export default () => () => { ${slow} };`, 'mjs');
    const shown = runCommand(['replay', recording, module], { isTTY: true, env: { NO_COLOR: '1' } });
    expect(await shown.exitCode).toBe(0);
    expect(shown.stderr()).toBe('5.5 s of the recording are done\n');
    const quiet = runCommand(['replay', recording, module]);
    expect([await quiet.exitCode, quiet.stderr()]).toEqual([0, '']);
  });

  test('a handler that throws is named with its place in the module', async () => {
    const { recording } = await record(fileOf(GAME, 'mjs'));
    const module = fileOf(GAME.replace('main.sum.rpc(', 'throw new Error("in a handler " + '), 'mjs');
    const run = runCommand(['replay', recording, module]);
    expect(await run.exitCode).toBe(1);
    expect(run.stderr()).toMatch(/has thrown: in a handler \d+\nat .*file-\d+\.mjs/);
  });
});

describe('the ids of a recording', () => {
  test('of bytes that are none, or are cut off, are those before', async () => {
    const { bytes, ids } = await record(fileOf(GAME, 'mjs'));
    expect(recordedIds(new Uint8Array(0)).size).toBe(0);
    expect(recordedIds(bytes.subarray(0, 30)).size).toBe(0);
    expect([...recordedIds(bytes.subarray(0, bytes.length - 10)).values()].flat()).toHaveLength(ids.length);
  });
});
