// npm run bench -- replication: the server's share of a core for replicated nodes, and for one broadcast RPC, at 30 Hz.
//
// One process is the server, another one all clients, over WebSocket on loopback. The clients confirm the spawner's path and drop
// the rest. Measured is the server's CPU time (user and system) divided by the time.

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const HZ = 30;
/**
 * Nodes, clients, what the clients see, and the most of a core that is wanted; null for no goal. `engine`: what a native server of the
 * engine took on another machine.
 */
const SCENARIOS = [
  { nodes: 0, clients: 20, sees: 'nothing: an empty loop', goal: null, engine: null },
  { nodes: 0, clients: 20, sees: 'one RPC to all', goal: 0.013, engine: 0.013 },
  { nodes: 0, clients: 100, sees: 'one RPC to all', goal: null, engine: null },
  { nodes: 100, clients: 20, sees: 'all', goal: null, engine: 0.044 },
  { nodes: 100, clients: 100, sees: 'all', goal: null, engine: 0.204 },
  { nodes: 500, clients: 100, sees: 'all', goal: 0.25, engine: null },
  { nodes: 500, clients: 100, sees: 'a tenth, by an interest grid', goal: 0.08, engine: null },
];

if (process.send !== undefined) await (process.argv[2] === 'server' ? serve() : join());
else await main();

async function main() {
  const { values } = parseArgs({ options: { seconds: { type: 'string', default: '5' } } });
  console.log(`position always and health on change of every node, ${HZ} times a second, ${process.version}\n`);
  console.log('nodes  clients  sees                          share of a core  goal  engine  sent       heap');
  for (const scenario of SCENARIOS) {
    const server = fork(fileURLToPath(import.meta.url), ['server', JSON.stringify(scenario)], {
      execArgv: ['--expose-gc'],
    });
    const { port } = await message(server);
    const clients = fork(fileURLToPath(import.meta.url), ['clients', String(port), String(scenario.clients)]);
    await message(clients);
    server.send(Number(values.seconds));
    const result = await message(server);
    server.kill();
    clients.kill();
    print(scenario, result);
  }
}

function print({ nodes, clients, sees, goal, engine }, { share, sent, allocated }) {
  const number = (value, width) => String(value ?? '').padStart(width);
  console.log(
    `${number(nodes, 5)}  ${number(clients, 7)}  ${sees.padEnd(28)}  ${number(share.toFixed(3), 15)}  ${number(goal, 4)}  ${number(engine, 6)}  ` +
      `${number((sent / 1e6).toFixed(1), 4)} MB/s  ${number((allocated / 1024).toFixed(0), 4)} KiB a tick`,
  );
}

function message(child) {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`a process ended with ${code}`)));
  });
}

async function serve() {
  const { WebSocketMultiplayerPeer, SceneMultiplayer, InterestGrid, scene, synchronizer, always, onChange, rpc } =
    await import('../dist/multiplayer/index.js');
  const { Vector2, vector2, int } = await import('../dist/variant/index.js');
  const { nodes, clients, sees } = JSON.parse(process.argv[3]);
  const peer = new WebSocketMultiplayerPeer();
  peer.createServer(0, '127.0.0.1');
  const multiplayer = new SceneMultiplayer();
  multiplayer.multiplayerPeer = peer;
  const unit = scene('res://unit.tscn', {
    Sync: synchronizer({ position: always(vector2), health: onChange(int, 100) }),
  });
  const units = multiplayer.spawner('World/Spawner', { spawnPath: '../Units', scenes: [unit] });
  // Nodes in a square field; of a grid of 30 by 30 cells with a reach of 4, a client sees 9 by 9, a tenth.
  const FIELD = 3000;
  const grid = !sees.includes('grid') ? null : new InterestGrid(multiplayer, { cellSize: FIELD / 30, reach: 4 });
  let seed = 1;
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  const all = Array.from({ length: nodes }, (_, index) => {
    const node = unit.instantiate({ name: `unit${index}`, position: new Vector2(random() * FIELD, random() * FIELD) });
    const way = { node, dx: random() * 6 - 3, dy: random() * 6 - 3 };
    grid?.add(node, () => node.position);
    units.addChild(node);
    return way;
  });
  let count = 0;
  multiplayer.peerConnected.connect((id) => {
    const { node } = all[(count++ * 7) % nodes] ?? {};
    grid?.addViewer(id, () => node.position);
  });
  const main = multiplayer.node('Main', { state: rpc.authority([vector2]) });
  let ticks = 0;
  const tick = () => {
    if (sees === 'one RPC to all') main.state.rpc(new Vector2(++ticks, 2));
    for (const way of all) {
      const { x, y } = way.node.position;
      if (x < 0 || x > FIELD) way.dx = -way.dx;
      if (y < 0 || y > FIELD) way.dy = -way.dy;
      way.node.position = new Vector2(x + way.dx, y + way.dy);
      if (random() < 0.01) way.node.health--;
    }
    grid?.update();
    multiplayer.poll();
  };
  setInterval(tick, 1000 / HZ);
  process.send({ port: peer.getLocalPort() });
  const seconds = await new Promise((resolve) => process.once('message', resolve));
  while (multiplayer.getPeers().length < clients) await new Promise((resolve) => setTimeout(resolve, 50));
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const sentBytes = () =>
    multiplayer.getPeers().reduce((sum, id) => sum + peer.getPeer(id).getStatistics().bytesSent, 0);
  const [cpu, start, sent] = [process.cpuUsage(), performance.now(), sentBytes()];
  await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
  const { user, system } = process.cpuUsage(cpu);
  const elapsed = performance.now() - start;
  const sentNow = sentBytes();
  process.send({
    share: (user + system) / 1000 / elapsed,
    sent: (1000 * (sentNow - sent)) / elapsed,
    allocated: allocatedBy(tick),
  });
}

/** Bytes of the heap that a tick takes, over some of them without a collection in between. */
function allocatedBy(tick) {
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  for (let count = 0; count < 20; count++) tick();
  return (process.memoryUsage().heapUsed - before) / 20;
}

async function join() {
  const { WebSocketPeer } = await import('../dist/index.js');
  const peers = Array.from({ length: Number(process.argv[4]) }, () => {
    const peer = new WebSocketPeer();
    peer.inboundBufferSize = 1 << 20;
    peer.connectToUrl(`ws://127.0.0.1:${process.argv[3]}`);
    peer.onWake = () => {
      peer.poll();
      for (const packet of peer.packets()) if (packet[0] === 1 && packet.length > 38) confirm(peer, packet);
    };
    return peer;
  });
  while (peers.some((peer) => peer.getReadyState() !== WebSocketPeer.STATE_OPEN)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  process.send('open');
}

/** CONFIRM_PATH of a SIMPLIFY_PATH. */
function confirm(peer, packet) {
  peer.send(Uint8Array.of(2, 1, ...packet.subarray(34, 38)));
}
