// What the inspector costs a server: node scripts/measure-inspector.mjs [ROUNDS [LOAD]]. It needs a build.
// One process has a SceneMultiplayer with players and replicated nodes at 30 ticks a second; another one has the clients. LOAD is `idle`
// (40 players, who do nothing), `light` (40, each with a node that moves; the default) or `busy` (120 of them). In turn, without an
// inspector, with one, and with one whose page shows the peers, the traffic or the nodes, the processor time of the server is measured
// for some seconds. The order changes from round to round; the figures are medians of the ratios
// within a round.
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

const SECONDS = 4;
/** Players, and whether they do anything. */
const LOADS = { idle: [40, false], light: [40, true], busy: [120, true] };
const MODES = ['off', 'attached', 'peers', 'traffic', 'nodes'];
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
const [, , first = '8', second = 'light', third = '0'] = process.argv;
if (first === 'clients') clients(second, Number(third));
else if (second in LOADS) await measure(Number(first), second);
else throw new Error(`LOAD is one of ${Object.keys(LOADS).join(', ')}`);

async function measure(rounds, load) {
  const [players, isMoving] = LOADS[load];
  const peer = new WebSocketMultiplayerPeer();
  peer.createServer(0, '127.0.0.1');
  const server = new SceneMultiplayer();
  server.multiplayerPeer = peer;
  const [main, spawner] = declare(server);
  const bodies = [];
  const makes = isMoving ? players : 0;
  for (let n = 0; n < makes; n++) {
    const body = player.instantiate({ name: `p${n}` });
    bodies.push(body);
    spawner.addChild(body);
  }
  let tick = 0;
  setInterval(() => {
    server.poll();
    if (!isMoving) return;
    for (const body of bodies) body.position = new Vector2(Math.random(), tick);
    bodies[tick % players].health = tick % 100;
    main.score.rpc(tick, 2);
    tick++;
  }, 1000 / 30);
  const child = fork(process.argv[1], ['clients', load, String(peer.getLocalPort())]);
  while (server.getPeers().length < players) await pause(100);
  await pause(2000);
  const ratios = Object.fromEntries(MODES.slice(1).map((mode) => [mode, []]));
  const all = Object.fromEntries(MODES.map((mode) => [mode, []]));
  for (let round = 0; round < rounds; round++) {
    const used = {};
    for (const mode of round % 2 === 0 ? MODES : [...MODES].reverse()) used[mode] = await usedIn(mode, server, child);
    for (const mode of MODES) all[mode].push(used[mode]);
    for (const mode of MODES.slice(1)) ratios[mode].push(used[mode] / used.off);
    console.log(MODES.map((mode) => `${mode} ${used[mode].toFixed(2)} %`).join('  '));
  }
  console.log(`medians: ${MODES.map((mode) => `${mode} ${median(all[mode]).toFixed(2)} %`).join('  ')}`);
  for (const [mode, found] of Object.entries(ratios)) {
    const sorted = found.toSorted((a, b) => a - b);
    console.log(`${mode} / off: median ${median(found).toFixed(3)}, ${sorted.map((r) => r.toFixed(3)).join(' ')}`);
  }
  child.kill();
  process.exit();
}

async function usedIn(mode, server, child) {
  const inspector = mode === 'off' ? null : attachInspector(server);
  if (mode !== 'off' && mode !== 'attached') {
    child.send({ port: inspector.port, token: new URL(inspector.url).hash.slice(1), mode });
  }
  await pause(1000);
  const start = process.cpuUsage();
  await pause(SECONDS * 1000);
  const { user, system } = process.cpuUsage(start);
  child.send({ port: 0 });
  inspector?.close();
  await pause(300);
  return (user + system) / 1e4 / SECONDS;
}

function clients(load, port) {
  const [players, isMoving] = LOADS[load];
  const all = Array.from({ length: players }, () => {
    const peer = new WebSocketMultiplayerPeer();
    peer.createClient(`ws://127.0.0.1:${port}/`);
    const multiplayer = new SceneMultiplayer();
    multiplayer.multiplayerPeer = peer;
    return { peer, multiplayer, main: declare(multiplayer)[0] };
  });
  let page = null;
  let shown = '';
  process.on('message', ({ port: own, token, mode }) => {
    shown = mode;
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
      if (isMoving && peer.getUniqueId() > 1 && tick % 10 === 0) main.say.rpcId(1, 'hello there');
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
      const showsPeers = shown === 'peers';
      page.sendText(
        JSON.stringify({ ...view, showsPeers, showsTraffic: shown === 'traffic', showsNodes: shown === 'nodes' }),
      );
    }
  }, 1000 / 30);
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
