// What the inspector costs a server: node scripts/measure-inspector.mjs [ROUNDS]. It needs a build.
// One process has a SceneMultiplayer with 40 players and 40 replicated nodes at 30 ticks a second; another one has the clients. In turn,
// without an inspector, with one, and with one whose page is open on its costliest view, the processor time of the server is
// measured for some seconds. The order changes from round to round; the figures are medians of the ratios within a round.
import { fork } from 'node:child_process';
import { WebSocketPeer } from '../dist/index.js';
import { attachInspector } from '../dist/inspector/index.js';
import {
  always,
  onChange,
  rpc,
  SceneMultiplayer,
  scene,
  synchronizer,
  WebSocketMultiplayerPeer,
} from '../dist/multiplayer/index.js';
import { int, string, Vector2, vector2 } from '../dist/variant/index.js';

const PLAYERS = 40;
const SECONDS = 4;
const player = scene('res://player.tscn', {
  Sync: synchronizer({ position: always(vector2), health: onChange(int, 3) }),
});
const declare = (multiplayer) => [
  multiplayer.node('Main', {
    say: rpc.anyPeer([string], () => undefined),
    score: rpc.authority([int, int], () => undefined),
  }),
  multiplayer.spawner('World/PlayerSpawner', { spawnPath: '../Players', scenes: [player] }),
];
if (process.argv[2] === 'clients') clients(Number(process.argv[3]), process.argv[4] ?? '');
else await measure(Number(process.argv[2] ?? 8));

async function measure(rounds) {
  const peer = new WebSocketMultiplayerPeer();
  peer.createServer(0, '127.0.0.1');
  const server = new SceneMultiplayer();
  server.multiplayerPeer = peer;
  const [main, spawner] = declare(server);
  const bodies = [];
  for (let n = 0; n < PLAYERS; n++) {
    const body = player.instantiate({ name: `p${n}` });
    bodies.push(body);
    spawner.addChild(body);
  }
  let tick = 0;
  setInterval(() => {
    server.poll();
    for (const body of bodies) body.position = new Vector2(Math.random(), tick);
    bodies[tick % PLAYERS].health = tick % 100;
    main.score.rpc(tick, 2);
    tick++;
  }, 1000 / 30);
  const child = fork(process.argv[1], ['clients', String(peer.getLocalPort())]);
  while (server.getPeers().length < PLAYERS) await pause(100);
  await pause(2000);
  const modes = ['off', 'attached', 'open'];
  const ratios = { attached: [], open: [] };
  for (let round = 0; round < rounds; round++) {
    const used = {};
    for (const mode of round % 2 === 0 ? modes : [...modes].reverse()) used[mode] = await usedIn(mode, server, child);
    for (const mode of ['attached', 'open']) ratios[mode].push(used[mode] / used.off);
    console.log(modes.map((mode) => `${mode} ${used[mode].toFixed(2)} %`).join('  '));
  }
  for (const [mode, all] of Object.entries(ratios)) {
    const sorted = all.toSorted((a, b) => a - b);
    console.log(
      `${mode} / off: median ${sorted[Math.floor(sorted.length / 2)].toFixed(3)}, ${sorted.map((r) => r.toFixed(3)).join(' ')}`,
    );
  }
  child.kill();
  process.exit();
}

async function usedIn(mode, server, child) {
  const inspector = mode === 'off' ? null : attachInspector(server);
  if (mode === 'open') child.send({ port: inspector.port, token: new URL(inspector.url).hash.slice(1) });
  await pause(1000);
  const start = process.cpuUsage();
  await pause(SECONDS * 1000);
  const { user, system } = process.cpuUsage(start);
  child.send({ port: 0 });
  inspector?.close();
  await pause(300);
  return (user + system) / 1e4 / SECONDS;
}

function clients(port) {
  const all = Array.from({ length: PLAYERS }, () => {
    const peer = new WebSocketMultiplayerPeer();
    peer.createClient(`ws://127.0.0.1:${port}/`);
    const multiplayer = new SceneMultiplayer();
    multiplayer.multiplayerPeer = peer;
    return { peer, multiplayer, main: declare(multiplayer)[0] };
  });
  let page = null;
  process.on('message', ({ port: own, token }) => {
    page?.close(-1);
    page = null;
    if (own === 0) return;
    page = new WebSocketPeer({ supportedProtocols: ['tickpeer-inspector', token], inboundBufferSize: 4_000_000 });
    page.connectToUrl(`ws://127.0.0.1:${own}/feed`);
  });
  let tick = 0;
  setInterval(() => {
    tick++;
    for (const { multiplayer, peer, main } of all) {
      multiplayer.poll();
      if (peer.getUniqueId() > 1 && tick % 10 === 0) main.say.rpcId(1, 'hello there');
    }
    page?.poll();
    while ((page?.getAvailablePacketCount() ?? 0) > 0) page?.getPacket();
    if (page?.getReadyState() === WebSocketPeer.STATE_OPEN && tick % 15 === 0) {
      const view = {
        type: 'view',
        order: 'bytesOut',
        isDescending: true,
        search: '',
        chosen: 1,
        nodeSearch: '',
        node: '',
      };
      page.sendText(JSON.stringify({ ...view, showsTraffic: tick % 30 === 0, showsNodes: tick % 30 !== 0 }));
    }
  }, 1000 / 30);
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
