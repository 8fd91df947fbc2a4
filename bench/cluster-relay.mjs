// What more processes bring: npm run bench -- cluster-relay [--rounds 3] [--seconds 4]
// One, two and four processes of a cluster (`tickpeer/cluster`, a real nats-server) with 32 rooms of two players, which keep calls on
// their way to each other: each goes from one player to the server, and from there to the other. Clients connect to the process that has
// their room. `npm run build` first; nats-server has to be installed. Two processes are the clients, so that on two cores the servers
// share them with their own load.
import { fork, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { connect } from '@nats-io/transport-node';
import { Cluster, natsBroker } from '../dist/cluster/index.js';
import { WebSocketServer } from '../dist/index.js';
import { rpc, SceneMultiplayer, WebSocketMultiplayerPeer } from '../dist/multiplayer/public.js';
import { Rooms } from '../dist/rooms/public.js';
import { int } from '../dist/variant/index.js';
import { cpuOf } from './cpu.mjs';

const COUNTS = [1, 2, 4];
const ROOMS = 32;
/** Calls that are on their way in a room. */
const CALLS = 64;

const [role, natsPort] = process.argv.slice(2);
if (role === 'server') await serve();
else if (role === 'clients') play();
else await measure();

async function measure() {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '4' }, rounds: { type: 'string', default: '3' } },
  });
  const folder = mkdtempSync(join(tmpdir(), 'tickpeer-bench-'));
  const config = join(folder, 'nats.conf');
  writeFileSync(config, `listen: "127.0.0.1:-1"\njetstream { store_dir: "${folder}/store" }\n`);
  const nats = spawn('nats-server', ['-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  const port = await portOf(nats);
  const rows = new Map(COUNTS.map((count) => [count, []]));
  try {
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const count of round % 2 === 0 ? COUNTS : COUNTS.toReversed()) {
        rows.get(count).push(await measureOnce(port, count, Number(values.seconds)));
      }
    }
  } finally {
    nats.kill();
    rmSync(folder, { recursive: true, force: true });
  }
  const median = (count, key) =>
    rows
      .get(count)
      .map((row) => row[key])
      .sort((a, b) => a - b)[rows.get(count).length >> 1];
  console.log(`${availableParallelism()} cores, medians of ${values.rounds} rounds of ${values.seconds} s`);
  for (const count of COUNTS) {
    console.log(
      `${count} processes: ${Math.round(median(count, 'rate'))} calls a second, ` +
        `${(median(count, 'rate') / median(1, 'rate')).toFixed(2)} of one process; ` +
        `${(1e6 * median(count, 'cpu')).toFixed(1)} µs of the servers' CPU a call, ` +
        `${median(count, 'cores').toFixed(2)} cores of the servers`,
    );
  }
}

async function measureOnce(port, count, seconds) {
  const start = (what) => fork(fileURLToPath(import.meta.url), [what, String(port)]);
  const servers = Array.from({ length: count }, () => start('server'));
  const clients = [start('clients'), start('clients')];
  try {
    const rooms = [];
    for (const server of servers) rooms.push(...(await ask(server, { rooms: ROOMS / count })));
    await Promise.all(clients.map((client, index) => ask(client, { urls: rooms.filter((_, at) => at % 2 === index) })));
    await Promise.all(clients.map((client) => ask(client, { seconds: 1 }))); // V8 compiles
    const before = servers.map(({ pid }) => cpuOf(pid));
    const results = await Promise.all(clients.map((client) => ask(client, { seconds })));
    const cpu = servers.reduce((sum, { pid }, index) => sum + cpuOf(pid) - before[index], 0);
    const calls = results.reduce((sum, one) => sum + one.calls, 0);
    return { rate: calls / seconds, cpu: cpu / calls, cores: cpu / seconds };
  } finally {
    for (const child of [...servers, ...clients]) child.kill();
  }
}

function ask(child, question) {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`a process has ended with ${code}`)));
    child.send(question);
  });
}

/** A process of the cluster. */
async function serve() {
  const sockets = new WebSocketServer({ allowedOrigins: '*' });
  sockets.listen(0, '127.0.0.1');
  const connection = await connect({ servers: `127.0.0.1:${natsPort}` });
  const cluster = await Cluster.join(await natsBroker(connection), {
    address: { host: '127.0.0.1', port: sockets.getLocalPort() },
  });
  const open = (room) => room.multiplayer.node('Main', { hit: rpc.anyPeer([int], () => undefined) });
  const kinds = { pair: { capacity: 2, tickRate: 1000, idleTime: Number.POSITIVE_INFINITY, open } };
  const rooms = new Rooms(sockets, { kinds, directory: cluster.directory });
  cluster.serve(rooms);
  const http = createServer();
  cluster.attach(http);
  http.listen(0, '127.0.0.1');
  setInterval(() => cluster.poll(), 1);
  process.on('message', async ({ rooms: wanted }) => {
    const urls = [];
    while (urls.length < wanted) {
      const room = await cluster.createRoom('pair', { where: 'here' });
      if ('node' in room) urls.push(`ws://127.0.0.1:${http.address().port}/?room=${room.code}`);
      else await new Promise((resolve) => setTimeout(resolve, 50));
    }
    process.send(urls);
  });
}

/** Players. */
function play() {
  const players = [];
  let calls = 0;
  const join = (url) => {
    const peer = new WebSocketMultiplayerPeer();
    peer.createClient(url);
    const multiplayer = new SceneMultiplayer();
    multiplayer.multiplayerPeer = peer;
    const main = multiplayer.node('Main', {
      hit: rpc.anyPeer([int], (from, number) => {
        calls++;
        main.hit.rpcId(from, number);
      }),
    });
    players.push({ multiplayer, main });
  };
  const others = ({ multiplayer }) => multiplayer.getPeers().filter((id) => id !== 1);
  let onIn = null;
  setInterval(() => {
    for (const { multiplayer } of players) multiplayer.poll();
    if (onIn !== null && players.every((player) => others(player).length === 1)) {
      onIn();
      onIn = null;
    }
  }, 1);
  process.on('message', ({ urls, seconds }) => {
    if (urls !== undefined) {
      for (const url of urls) for (let seat = 0; seat < 2; seat++) join(url);
      onIn = () => {
        // One of each room begins.
        for (let at = 0; at < players.length; at += 2) {
          for (let call = 0; call < CALLS; call++) players[at].main.hit.rpcId(others(players[at])[0], call);
        }
        process.send('in');
      };
    } else {
      calls = 0;
      setTimeout(() => process.send({ calls }), 1000 * seconds);
    }
  });
}

function portOf(nats) {
  return new Promise((resolve, reject) => {
    let text = '';
    nats.once('error', reject);
    nats.stderr.on('data', (part) => {
      text += part;
      const found = /Listening for client connections on [^:]*:(\d+)/.exec(text);
      if (found !== null) resolve(Number(found[1]));
    });
  });
}
