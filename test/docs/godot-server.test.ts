import { ErrorCode } from 'tickpeer';
import * as multiplayerRoom from 'tickpeer/multiplayer';
import {
  always,
  type ReplicatedNode,
  rpc,
  SceneMultiplayer,
  scene,
  synchronizer,
  WebSocketMultiplayerPeer,
} from 'tickpeer/multiplayer';
import * as variantRoom from 'tickpeer/variant';
import { float, int, typedDictionary, Vector2, vector2 } from 'tickpeer/variant';
import ts from 'typescript';
import { expect, onTestFinished, test } from 'vitest';
import { drive } from '../support/peers.ts';
import { until } from '../support/until.ts';
import { CodeBlocks } from './document.ts';
import { runProgram } from './program.ts';
import { complaintsAbout } from './types.ts';

const docs = new CodeBlocks('godot-server.md');
const [SERVER, ...FRAGMENTS] = docs.all('ts') as [string, ...string[]];

/** Declarations that the fragments need. */
const PREAMBLE = `
import { ErrorCode } from 'tickpeer';
import { type ConnectingClient, rpc, SceneMultiplayer, WebSocketMultiplayerPeer } from 'tickpeer/multiplayer';
import { float, int, typedDictionary, Vector2, vector2 } from 'tickpeer/variant';
declare const multiplayer: SceneMultiplayer;
declare function nameOf(token: string): Promise<string | null>;
`;

/** Runs one of the document's fragments, with the names that it needs. */
function run(heading: string, names: Readonly<Record<string, unknown>>): void {
  const { outputText } = ts.transpileModule(docs.under(heading, 'ts').replace(/^import .*$/m, ''), {
    compilerOptions: { target: ts.ScriptTarget.ES2022 },
  });
  const all = { ErrorCode, ...multiplayerRoom, ...variantRoom, ...names };
  new Function(...Object.keys(all), outputText)(...Object.values(all));
}

/** The tutorial's player. */
const WALKER = scene('res://player.tscn', { Sync: synchronizer({ position: always(vector2) }) });

/** A server, and as many clients of it; `prepare` sees each before it connects. */
async function meet(count: number, prepare: (multiplayer: SceneMultiplayer, isServer: boolean) => void) {
  const serverPeer = new WebSocketMultiplayerPeer();
  serverPeer.createServer(0, '127.0.0.1');
  onTestFinished(() => serverPeer.close());
  const server = new SceneMultiplayer();
  server.multiplayerPeer = serverPeer;
  prepare(server, true);
  const clients = Array.from({ length: count }, () => {
    const peer = new WebSocketMultiplayerPeer();
    onTestFinished(() => peer.close());
    peer.createClient(`ws://127.0.0.1:${serverPeer.getLocalPort()}`);
    const client = new SceneMultiplayer();
    client.multiplayerPeer = peer;
    prepare(client, false);
    return client;
  });
  return { server, clients, all: [server, ...clients] };
}

test('all of its programs compile', () => {
  expect(FRAGMENTS).toHaveLength(8);
  expect(complaintsAbout([SERVER, ...FRAGMENTS.map((text) => PREAMBLE + text)])).toEqual([]);
}, 60_000);

test('the server of forty lines serves its game, and the bot plays it', async () => {
  expect(
    SERVER.trimEnd()
      .split('\n')
      .filter((line) => line !== '').length,
  ).toBeLessThanOrEqual(40);
  const server = await runProgram(SERVER, { PORT: '0' });
  onTestFinished(server.end);
  await until(() => server.output().includes('listens on port'), 20_000);
  const port = /port (\d+)/.exec(server.output())![1];

  const bot = docs.under('Bots and load tests', 'ts').replace('127.0.0.1:9080', `127.0.0.1:${port}`);
  const program = await runProgram(PREAMBLE.replace(/^declare.*$/gm, '') + bot, {});
  onTestFinished(program.end);
  await until(() => /Vector2 \{ x: [5-9]\d\d/.test(program.output()), 20_000);
  expect(program.output()).toContain('y: 300');

  const { multiplayer, main } = visitor(`ws://127.0.0.1:${port}`);
  await drive(multiplayer, () => multiplayer.getPeers().length === 1);
  main.steer.rpcId(1, new Vector2(Number.NaN, 0));
  await drive(multiplayer, () => server.output().includes('a direction'));
  expect(server.output()).toContain('"steer" of "Main"');
}, 60_000);

function visitor(url: string) {
  const peer = new WebSocketMultiplayerPeer();
  onTestFinished(() => peer.close());
  peer.createClient(url);
  const multiplayer = new SceneMultiplayer();
  multiplayer.multiplayerPeer = peer;
  const main = multiplayer.node('Main', {
    steer: rpc.anyPeer([vector2]),
    state: rpc.authority([typedDictionary(int, vector2)]),
  });
  return { multiplayer, main };
}

test('many nodes of one kind: only their owners call them', async () => {
  const heard: unknown[][] = [];
  const printed: unknown[] = [];
  const refused: string[] = [];
  const { server, clients, all } = await meet(2, (multiplayer, isServer) => {
    if (isServer) {
      const console = { log: (text: string) => printed.push(text) };
      run('Many nodes of one kind', { multiplayer, console });
    }
  });
  server.badPacket.connect((_id, { code }) => refused.push(code));
  const avatars = clients.map((client) =>
    client.nodes('Main/Players/*', {
      jump: rpc.authority([float]),
      hurt: rpc.anyPeer([int], (from, points) => heard.push([client.getCalledPath(), from, points])),
    }),
  );
  await drive(all, () => heard.length === 2);
  const [one, two] = clients.map((client) => client.getUniqueId());
  expect(heard.map(([path]) => path).toSorted()).toEqual([`Main/Players/${one}`, `Main/Players/${two}`].toSorted());
  expect(heard[0]!.slice(1)).toEqual([1, 10]);
  avatars[0]!.at(`Main/Players/${two}`).jump.rpcId(1, 9);
  avatars[0]!.at(`Main/Players/${one}`).hurt.rpcId(1, 9);
  avatars[0]!.at(`Main/Players/${one}`).jump.rpcId(1, 1.5);
  await drive(all, () => printed.length === 1);
  expect(printed).toEqual([`${one} jumps 1.5 high`]);
  expect(refused).toEqual(['TICKPEER_RPC_NOT_ALLOWED', 'TICKPEER_RPC_NOT_ALLOWED']);
});

test('accepting players: a token is looked up, and a refused player gets the reason', async () => {
  const answers: string[] = [];
  const tokens = ['good', 'bad'];
  const { server, clients, all } = await meet(2, (multiplayer, isServer) => {
    if (isServer) {
      const nameOf = (token: string): Promise<string | null> => Promise.resolve(token === 'good' ? 'Ada' : null);
      run('Authentication', { multiplayer, nameOf });
      return;
    }
    const token = tokens.pop()!;
    multiplayer.authCallback = (id, data) => {
      answers.push(new TextDecoder().decode(data));
      if (answers.at(-1) === 'welcome') multiplayer.completeAuth(id);
    };
    multiplayer.peerAuthenticating.connect((id) => multiplayer.sendAuth(id, new TextEncoder().encode(token)));
  });
  await drive(all, () => answers.length === 2 && server.getPeers().length === 1);
  expect(answers.toSorted()).toEqual(['Please sign in again.', 'welcome']);
  expect(clients.map((client) => client.getPeers().length).toSorted()).toEqual([0, 1]);
});

test('players who come back have the id from before, also while the old connection is there', async () => {
  const { outputText } = ts.transpileModule(docs.under('Players who reconnect', 'ts'), {
    compilerOptions: { target: ts.ScriptTarget.ES2022 },
  });
  const { Host, tickets } = new Function('WebSocketMultiplayerPeer', `${outputText}; return { Host, tickets };`)(
    WebSocketMultiplayerPeer,
  ) as { Host: typeof WebSocketMultiplayerPeer; tickets: Map<string, number> };
  tickets.set('T1', 0);
  const host = new Host();
  onTestFinished(() => host.close());
  host.createServer(0, '127.0.0.1');
  const server = new SceneMultiplayer();
  server.multiplayerPeer = host;
  const told: string[] = [];
  server.peerConnected.connect((id) => told.push(`+${id}`));
  server.peerDisconnected.connect((id) => told.push(`-${id}`));
  const join = (query: string): WebSocketMultiplayerPeer => {
    const peer = new WebSocketMultiplayerPeer();
    onTestFinished(() => peer.close());
    peer.createClient(`ws://127.0.0.1:${host.getLocalPort()}/${query}`);
    return peer;
  };
  const isIn = (peer: WebSocketMultiplayerPeer): boolean => peer.getUniqueId() !== 0;
  const first = join('?ticket=T1');
  await drive([server, first], () => isIn(first));
  const id = first.getUniqueId();
  const [second, stranger] = [join('?ticket=T1'), join('?ticket=T2')];
  await drive([server, first, second, stranger], () => isIn(second) && isIn(stranger) && !isIn(first));
  expect([second.getUniqueId(), tickets.get('T1'), stranger.getUniqueId() === id]).toEqual([id, id, false]);
  expect(told.filter((line) => line.endsWith(`${id}`))).toEqual([`+${id}`, `-${id}`, `+${id}`]);
  expect(server.getPeers().toSorted()).toEqual([id, stranger.getUniqueId()].toSorted());
}, 20_000);

test('clients among themselves: short bytes pass, calls and long ones do not', async () => {
  const heard: number[] = [];
  const called: number[] = [];
  const { clients, all } = await meet(2, (multiplayer, isServer) => {
    if (isServer) run('Packets between clients', { multiplayer });
    multiplayer.peerPacket.connect((_id, packet) => heard.push(packet.length));
  });
  const [one, two] = clients as [SceneMultiplayer, SceneMultiplayer];
  await drive(all, () => one.getPeers().length === 2 && two.getPeers().length === 2);
  two.node('Main', { poke: rpc.anyPeer([int], (from) => called.push(from)) });
  one.node('Main', { poke: rpc.anyPeer([int]) }).poke.rpcId(two.getUniqueId(), 1);
  for (const size of [1000, 10]) one.sendBytes(new Uint8Array(size), two.getUniqueId());
  await drive(all, () => heard.length > 0);
  expect([heard, called]).toEqual([[10], []]);
});

test('with spawners and synchronizers: a client gets the players, and steers its own', async () => {
  const ticks: (() => void)[] = [];
  const seen: ReplicatedNode[] = [];
  const { server, clients, all } = await meet(1, (multiplayer, isServer) => {
    if (isServer) {
      run('With spawners and synchronizers', { multiplayer, setInterval: (tick: () => void) => ticks.push(tick) });
      return;
    }
    const spawner = multiplayer.spawner('Main/Spawner', { spawnPath: '../Players', scenes: [WALKER] });
    spawner.spawned.connect((node) => seen.push(node));
  });
  const [client] = clients as [SceneMultiplayer];
  await drive(all, () => seen.length === 1);
  const [node] = seen as [ReplicatedNode];
  if (!WALKER.isInstance(node)) throw new Error('another node was spawned');
  expect([node.getPath(), node.position]).toEqual([`Main/Players/${client.getUniqueId()}`, new Vector2(400, 300)]);
  client.node('Main', { steer: rpc.anyPeer([vector2]) }).steer.rpcId(1, new Vector2(0, 1));
  await drive([{ poll: () => ticks[0]!() }, client], () => node.position.y > 320);
  expect(node.position.x).toBe(400);
  client.multiplayerPeer?.close();
  await drive(server, () => server.getNodeOrNull(`Main/Players/${node.name}`) === null);
});

test('its limits exist', () => {
  expect(() => run('Clients that misbehave', {})).not.toThrow();
});

test('the message about lists that differ is as shown', async () => {
  const messages: string[] = [];
  const { clients, all } = await meet(1, (multiplayer, isServer) => {
    if (!isServer) return;
    multiplayer.node('Main', { dance: rpc.anyPeer(), steer: rpc.anyPeer([vector2]), state: rpc.authority() });
    multiplayer.checksumMismatch.connect((_id, { message }) => messages.push(message));
  });
  const [client] = clients as [SceneMultiplayer];
  const main = client.node('Main', { steer: rpc.anyPeer([vector2]), state: rpc.authority() });
  await drive(all, () => client.getPeers().length === 1);
  main.steer.rpcId(1, new Vector2());
  await drive(all, () => messages.length === 1);
  const shown = messages[0]!.replace(/(?<=\b[0-9a-f]{3})[0-9a-f]{29}\b/g, '…');
  expect(docs.quotation()).toBe(shown);
});
