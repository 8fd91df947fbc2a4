import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type RunningCommand, runCommand } from '../../../../test/support/fake-terminal.ts';
import { startAnsweringServer, switching } from '../../../../test/support/raw-tcp.ts';
import { until } from '../../../../test/support/until.ts';
import {
  always,
  type NodeHandle,
  rest,
  rpc,
  SceneMultiplayer,
  scene,
  synchronizer,
  WebSocketMultiplayerPeer,
} from '../../../multiplayer/index.ts';
import { int, string, type Variant, Vector2, variant, variantText, vector2 } from '../../../variant/index.ts';

const METHODS = { hello: rpc.authority([string, int]) };

interface GameServer {
  readonly url: string;
  readonly multiplayer: SceneMultiplayer;
  readonly main: NodeHandle<typeof METHODS & { readonly move: ReturnType<typeof rpc.anyPeer> }>;
  /** Calls, as `id move(…)`, and bytes. */
  readonly received: string[];
}

function startGame(): GameServer {
  const peer = new WebSocketMultiplayerPeer();
  peer.createServer(0, '127.0.0.1');
  const multiplayer = new SceneMultiplayer();
  multiplayer.multiplayerPeer = peer;
  const received: string[] = [];
  const move = rpc.anyPeer([rest(variant)], (from, ...args) => {
    received.push(`${from} move(${(args as Variant[]).map((value) => variantText(value)).join(', ')})`);
  });
  const main = multiplayer.node('Main', { ...METHODS, move });
  multiplayer.peerPacket.connect((id, bytes) => received.push(`${id} bytes ${Buffer.from(bytes).toString('hex')}`));
  const loop = setInterval(() => multiplayer.poll(), 5);
  onTestFinished(() => {
    clearInterval(loop);
    peer.close();
  });
  return { url: `ws://127.0.0.1:${peer.getLocalPort()}/`, multiplayer, main: main as GameServer['main'], received };
}

describe('tickpeer connect --godot', () => {
  let file = '';
  beforeEach(() => {
    const directory = mkdtempSync(join(tmpdir(), 'tickpeer-godot-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    file = join(directory, 'rpc.json');
    writeFileSync(file, JSON.stringify({ nodes: { Main: ['hello', 'move'], 'Players/*': ['hit'] } }));
  });

  function enter(game: GameServer, ...words: string[]): RunningCommand {
    return runCommand(['connect', game.url, '--godot', ...words]);
  }

  async function idOf(run: RunningCommand): Promise<number> {
    await until(() => /joined .* as \d+\./.test(run.stderr()));
    return Number(/ as (\d+)\./.exec(run.stderr())?.[1]);
  }

  test('shows its id, who comes and leaves, and calls with their names', async () => {
    const game = startGame();
    const run = enter(game, '--listen', '--rpc', file);
    const id = await idOf(run);
    await until(() => game.multiplayer.getPeers().includes(id));
    game.main.hello.rpcId(id, 'wo\u001brld', 7);
    await run.prints(/from 1: rpc Main\.hello\("wo\\u001brld", 7\)\n/);
    await run.prints(/from 1: path 1 = Main\n/);
    game.multiplayer.sendBytes(Uint8Array.of(1, 2), id);
    await run.prints(/from 1: raw 2 bytes 0102\n/);
    const other = new WebSocketMultiplayerPeer();
    other.createClient(game.url);
    await until(() => {
      other.poll();
      return /peer \d{2,} joined/.test(run.stderr());
    });
    other.close();
    await until(() => /peer \d{2,} left/.test(run.stderr()));
    run.interrupt();
    expect(await run.exitCode).toBe(130);
    await until(() => game.multiplayer.getPeers().length === 0);
  });

  test('without --rpc, methods have their numbers', async () => {
    const game = startGame();
    const run = enter(game, '--listen', '--count', '2');
    const id = await idOf(run);
    await until(() => game.multiplayer.getPeers().includes(id));
    game.main.hello.rpcId(id, 'x', 1);
    expect(await run.exitCode).toBe(0);
    expect(run.stdout()).toBe('from 1: path 1 = Main\nfrom 1: rpc Main.#0("x", 1)\n');
  });

  test('calls methods from a pipe, and sends bytes', async () => {
    const game = startGame();
    const run = enter(game, '--rpc', file, '--wait', '0.3');
    const id = await idOf(run);
    run.stdin.write('{"node": "Main", "method": "move", "args": [Vector2(1, 2), 1, 1.0, "x"]}\n');
    run.stdin.end('\n{"bytes": "0aff", "to": 1}\n');
    await until(() => game.received.length === 2);
    expect(game.received).toEqual([`${id} move(Vector2(1, 2), 1, 1.0, "x")`, `${id} bytes 0aff`]);
    expect(await run.exitCode).toBe(0);
    expect(run.stderr()).toMatch(/closed: 1000\n$/);
  });

  test('--json has one object a packet', async () => {
    const game = startGame();
    const run = enter(game, '--rpc', file, '--json', '--listen', '--count', '2');
    const id = await idOf(run);
    await until(() => game.multiplayer.getPeers().includes(id));
    game.main.hello.rpcId(id, 'x', 1);
    expect(await run.exitCode).toBe(0);
    const lines = run.stdout().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { event: 'packet', kind: 'simplify-path', path: 'Main' },
      { event: 'packet', kind: 'rpc', from: 1, to: id, path: 'Main', name: 'hello', arguments: ['"x"', '1'] },
    ]);
  });

  test('shows spawns and states, with the names of --rpc', async () => {
    const game = startGame();
    const player = scene('res://player.tscn', { Sync: synchronizer({ position: always(vector2) }) });
    const players = game.multiplayer.spawner('World/Spawner', { spawnPath: '../Players', scenes: [player] });
    const one = player.instantiate({ name: 'one' });
    players.addChild(one);
    one.position = new Vector2(3, 4);
    const sync = { properties: { position: 'always' } };
    const names = { spawners: { 'World/Spawner': { spawnPath: '../Players', scenes: [{ Sync: sync }] } } };
    writeFileSync(file, JSON.stringify(names));
    const run = enter(game, '--listen', '--rpc', file);
    await run.prints(/from 1: spawn World\/Players\/one .* by World\/Spawner, scene 0: position=Vector2\(3, 4\)\n/);
    await run.prints(/from 1: sync \d+: World\/Players\/one\/Sync position=Vector2\(3, 4\)\n/);
    run.interrupt();
    expect(await run.exitCode).toBe(130);
  });

  test('--hide leaves out kinds of packets, also relayed ones, and does not count them', async () => {
    const game = startGame();
    const run = enter(
      game,
      '--listen',
      '--rpc',
      file,
      '--hide',
      'simplify-path, raw,sys-add-peer',
      '--hide=sync',
      '--count',
      '2',
    );
    const id = await idOf(run);
    await until(() => game.multiplayer.getPeers().includes(id));
    const other = new SceneMultiplayer();
    const peer = new WebSocketMultiplayerPeer();
    peer.createClient(game.url);
    other.multiplayerPeer = peer;
    await until(() => {
      other.poll();
      return other.getPeers().includes(id);
    });
    other.sendBytes(Uint8Array.of(9), id);
    game.multiplayer.sendBytes(Uint8Array.of(1, 2), id);
    game.main.hello.rpcId(id, 'a', 1);
    await until(() => {
      other.poll();
      return run.stdout().includes('hello("a", 1)');
    });
    game.main.hello.rpcId(id, 'b', 2);
    expect(await run.exitCode).toBe(0);
    peer.close();
    const lines = run.stdout().trimEnd().split('\n');
    expect(lines).toEqual(['from 1: rpc Main.hello("a", 1)', 'from 1: rpc Main.hello("b", 2)']);
  });

  test.each([
    [['--godot', '--hide', 'sync,nope'], /--hide nope: there is no such kind of packets\.\nKinds: rpc, /],
    [['--hide', 'sync'], /--hide is used with --godot only/],
  ])('%j is refused', async (words, message) => {
    const run = runCommand(['connect', 'ws://127.0.0.1:1/', ...words]);
    expect(await run.exitCode).toBe(2);
    expect(run.stderr()).toMatch(message);
  });

  test.each([
    ['with an answer', true],
    ['without an answer', false],
  ])('--auth authenticates: a server %s', async (_, answers) => {
    const game = startGame();
    const told: string[] = [];
    game.multiplayer.authCallback = (id, data) => {
      told.push(Buffer.from(data).toString());
      if (answers) game.multiplayer.sendAuth(id, Uint8Array.of(1));
      game.multiplayer.completeAuth(id);
    };
    const run = enter(game, '--auth', 'my name', '--listen');
    const id = await idOf(run);
    await until(() => game.multiplayer.getPeers().includes(id));
    expect(told).toEqual(['my name']);
    await until(() => run.stderr().includes('peer 1 joined'));
    run.interrupt();
    expect(await run.exitCode).toBe(130);
  });

  test('--auth that is refused is exit code 3, and nothing is called before it is accepted', async () => {
    const game = startGame();
    game.multiplayer.authCallback = (id) => game.multiplayer.disconnectPeer(id);
    const refused = enter(game, '--auth', 'nobody', '--listen');
    expect(await refused.exitCode).toBe(3);
    expect(refused.stderr()).toMatch(/The server did not admit this peer: /);
    game.multiplayer.authCallback = (id) => game.multiplayer.completeAuth(id);
    const run = enter(game, '--auth', 'somebody', '--rpc', file, '-m', '{"node": "Main", "method": "move"}');
    const id = await idOf(run);
    await until(() => game.received.length === 1);
    expect(game.received).toEqual([`${id} move()`]);
    run.interrupt();
    expect(await run.exitCode).toBe(130);
  });

  test('on a terminal: /call, /bytes, /peers, and what cannot be called', async () => {
    const game = startGame();
    const run = runCommand(['connect', game.url, '--godot', '--rpc', file], { isTTY: true });
    const id = await idOf(run);
    run.stdin.write(
      '/call Main move 1 "two"\r/bytes ff\r/peers\r/call Main nope\r/call Main move (\r/call @1 Main move\r',
    );
    await until(() => game.received.length === 3);
    expect(game.received).toEqual([`${id} move(1, "two")`, `${id} bytes ff`, `${id} move()`]);
    expect(run.stderr()).toContain(`you are ${id}; peers: 1`);
    expect(run.stderr()).toMatch(/--rpc FILE does not have the method "nope" of "Main"/);
    expect(run.stderr()).toMatch(/It cannot be read: no value at character 1/);
    run.stdin.write('hello\r\u0004');
    expect(await run.exitCode).toBe(0);
    expect(run.stderr()).toMatch(/'hello' is no command\. \/help lists them\./);
  });

  test('a server that closes with 1001 is exit code 0', async () => {
    const game = startGame();
    const run = enter(game, '--listen');
    await idOf(run);
    game.multiplayer.multiplayerPeer?.close();
    expect(await run.exitCode).toBe(0);
    expect(run.stderr()).toMatch(/peer 1 left: the server\nclosed: 1001/);
  });

  test('a server that closes at once: what it has sent before is shown', async () => {
    const { port } = await startAnsweringServer((key, end) => {
      const frame = (opcode: number, payload: string): string =>
        String.fromCharCode(0x80 | opcode, payload.length) + payload;
      const path = 'Ma\u001b[31min';
      const introduction = `\u0001${'0'.repeat(32)}\0\u0001\0\0\0${path}\0`;
      end.write(
        switching(key) +
          frame(2, '\u0007\0\0\0') +
          frame(2, introduction) +
          frame(2, '\u0003hi') +
          frame(8, '\u000f\u00a0full\u001b'),
      );
      return null;
    });
    const run = runCommand(['connect', `ws://127.0.0.1:${port}/`, '--godot', '--listen']);
    expect(await run.exitCode).toBe(4);
    expect(run.stdout()).toBe('from 1: path 1 = Ma\\u001b[31min\nfrom 1: raw 2 bytes 6869\n');
    expect(run.stderr()).toMatch(/joined .* as 7\./);
    expect(run.stderr()).toMatch(/closed: 4000 full\\u001b\n$/);
  });

  test('nobody listens, and Ctrl-C while it connects', async () => {
    const refused = runCommand(['connect', 'ws://127.0.0.1:1/', '--godot']);
    expect([await refused.exitCode, refused.stderr()]).toEqual([
      3,
      expect.stringMatching(/ECONNREFUSED.*\nStart the server/),
    ]);
    const { port } = await startAnsweringServer(() => null);
    const run = runCommand(['connect', `ws://127.0.0.1:${port}/`, '--godot']);
    run.interrupt();
    expect(await run.exitCode).toBe(130);
  });

  test('a server that sends no id is exit code 3', async () => {
    const { port } = await startAnsweringServer((key) => switching(key));
    const run = runCommand(['connect', `ws://127.0.0.1:${port}/`, '--godot', '--timeout', '0.1']);
    expect(await run.exitCode).toBe(3);
    expect(run.stderr()).toMatch(/No id: .*sent no id.*\nWithout --godot/);
  });

  test('a server that sends something else is exit code 3', async () => {
    const { port } = await startAnsweringServer((key, end) => {
      end.write(`${switching(key)}\u0081\u0005hello`);
      return null;
    });
    const run = runCommand(['connect', `ws://127.0.0.1:${port}/`, '--godot']);
    expect(await run.exitCode).toBe(3);
    expect(run.stderr()).toMatch(/is not an id: is it a Godot server/);
  });

  test.each([
    ['{', /cannot be used: /],
    ['[]', /it is no object/],
    ['{"Main": ["move"]}', /it has "Main", and may have nodes, spawners, synchronizers/],
    ['{"nodes": {"Main": 5}}', /cannot be used: .*\nIt is JSON/],
  ])('a file with %j is exit code 5', async (text, message) => {
    writeFileSync(file, text);
    const run = runCommand(['connect', 'ws://127.0.0.1:1/', '--godot', '--rpc', file]);
    expect(await run.exitCode).toBe(5);
    expect(run.stderr()).toMatch(message);
  });

  test.each([
    ['no object', /A line of stdin|It cannot be read/],
    ['{"node": "Main"}', /has "node", "method" and "args"/],
    ['{"node": "Main", "method": "nope"}', /does not have the method "nope"/],
  ])('the line %j ends it with 2', async (line, message) => {
    const run = enter(startGame(), '--rpc', file);
    run.stdin.write(`${line}\n`);
    expect(await run.exitCode).toBe(2);
    expect(run.stderr()).toMatch(message);
  });
});
