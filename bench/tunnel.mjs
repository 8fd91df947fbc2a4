// npm run bench -- tunnel: what it costs when a client arrives at another node of the cluster than its room is on. Three processes on
// loopback: clients, a front (`tickpeer/cluster`) and the node that has the server, which sends every message back. Clients connect to
// the node directly, and through the front; the two are measured in turns, in the same rounds.
//
// Latency: one connection with one message in flight, from send to the arrival of its echo.
// CPU time: connections that send at a steady rate, as games do. Divided by the echoes, so one message has both its ways. The node's own
// part is the same in both rows, so that of the front is what the tunnel costs.

import { fork } from 'node:child_process';
import { createHistogram } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const SIZES = [64, 16_384];
const CONNECTIONS = 100;
const HZ = 30;
const WAYS = ['direct', 'tunnel'];

const role = process.send === undefined ? 'main' : process.argv[2];
if (role === 'main') await main();
else if (role === 'node') await serveNode();
else if (role === 'front') await serveFront(Number(process.argv[3]));
else await connectClients();

async function main() {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '2' }, rounds: { type: 'string', default: '5' } },
  });
  const start = (...args) => fork(fileURLToPath(import.meta.url), args.map(String));
  const node = start('node');
  const { port } = await message(node);
  const front = start('front', port);
  const ports = { direct: port, tunnel: (await message(front)).port };
  const clients = start('clients');
  await message(clients);

  const cpu = async (child) => (await ask(child, 'cpu')).cpu;
  const run = async (order) => {
    const before = await Promise.all([cpu(node), cpu(front)]);
    const result = await ask(clients, order);
    const after = await Promise.all([cpu(node), cpu(front)]);
    return { ...result, node: (after[0] - before[0]) / result.count, front: (after[1] - before[1]) / result.count };
  };
  const rows = new Map();
  const note = (name, way, result) => {
    const row = rows.get(name) ?? { direct: [], tunnel: [] };
    rows.set(name, row);
    row[way].push(result);
  };
  const seconds = Number(values.seconds);
  for (let round = -1; round < Number(values.rounds); round++) {
    for (const size of SIZES) {
      for (const load of ['latency', 'rate']) {
        for (const way of round % 2 === 0 ? WAYS : WAYS.toReversed()) {
          const result = await run({ load, size, port: ports[way], seconds });
          if (round >= 0) note(`${load} ${size}`, way, result); // the first round is to warm up
        }
      }
    }
  }
  for (const child of [clients, front, node]) child.kill();

  console.log(`${process.version}, ${values.rounds} rounds of ${values.seconds} s, medians of the rounds\n`);
  console.log('one message in flight     p50, direct  tunnel  ratio   p99, direct  tunnel  ratio');
  for (const size of SIZES) print(`${size} bytes`, rows.get(`latency ${size}`), ['p50', 'p99']);
  console.log(`\n${CONNECTIONS} connections at ${HZ} Hz   CPU, node alone  node and front  ratio   front`);
  for (const size of SIZES) printCpu(`${size} bytes`, rows.get(`rate ${size}`));
}

function print(name, row, keys) {
  const cells = keys.map((key) => {
    const [direct, tunnel] = WAYS.map((way) => median(row[way].map((result) => result[key])));
    const ratio = median(row.direct.map((result, round) => row.tunnel[round][key] / result[key]));
    return `${us(direct).padStart(13)} ${us(tunnel).padStart(8)} ${ratio.toFixed(2).padStart(6)}`;
  });
  console.log(`${name.padEnd(22)} ${cells.join(' ')}`);
}

function printCpu(name, { direct, tunnel }) {
  const alone = median(direct.map(({ node }) => node));
  const both = median(tunnel.map(({ node, front }) => node + front));
  const ratio = median(direct.map(({ node }, round) => (tunnel[round].node + tunnel[round].front) / node));
  const front = median(tunnel.map((result) => result.front));
  console.log(
    `${name.padEnd(24)} ${us(alone).padStart(16)} ${us(both).padStart(15)} ${ratio.toFixed(2).padStart(6)} ${us(front).padStart(9)}`,
  );
}

/** Of microseconds. */
function us(value) {
  return `${value.toFixed(1)} µs`;
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function message(child) {
  return new Promise((resolve, reject) => {
    const onExit = (code) => reject(new Error(`a process ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (value) => {
      child.off('exit', onExit);
      resolve(value);
    });
  });
}

function ask(child, order) {
  const answer = message(child);
  child.send(order);
  return answer;
}

/** Sends the CPU time of this process, in microseconds, when it is asked. */
function tellCpu() {
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send({ cpu: user + system });
  });
}

async function serveNode() {
  const { WebSocketServer } = await import('../dist/index.js');
  const server = new WebSocketServer({ trustedProxies: ['127.0.0.1'] });
  server.listen(0, '127.0.0.1');
  server.onWake = () => {
    server.poll();
    for (const peer of server.readyPeers()) for (const packet of peer.packets()) peer.send(packet);
  };
  tellCpu();
  process.send({ port: server.getLocalPort() });
}

async function serveFront(port) {
  const { createServer } = await import('node:http');
  const { WebSocketServer } = await import('../dist/index.js');
  const { Front } = await import('../dist/cluster/index.js');
  const front = new Front(new WebSocketServer(), () => ({ to: 'node', id: 'node', host: '127.0.0.1', port }));
  const http = createServer();
  front.attach(http);
  http.listen(0, '127.0.0.1', () => process.send({ port: http.address().port }));
  tellCpu();
}

async function connectClients() {
  const { WebSocketPeer } = await import('../dist/index.js');
  const open = (port, onPacket) => {
    const peer = new WebSocketPeer();
    return new Promise((resolve, reject) => {
      peer.onWake = () => {
        peer.poll();
        if (peer.getReadyState() === WebSocketPeer.STATE_CLOSED) reject(new Error('a client was not connected'));
        if (peer.getReadyState() === WebSocketPeer.STATE_OPEN) resolve(peer);
        for (const _ of peer.packets()) onPacket(peer);
      };
      peer.connectToUrl(`ws://127.0.0.1:${port}`);
      peer.poll();
    });
  };
  /** In nanoseconds, one message after the other. */
  const latency = async ({ size, port, seconds }) => {
    const [message, histogram] = [new Uint8Array(size), createHistogram()];
    let [sent, count] = [0n, 0];
    const end = performance.now() + seconds * 1000;
    await new Promise((resolve, reject) => {
      const next = (peer) => {
        sent = process.hrtime.bigint();
        peer.send(message);
      };
      open(port, (peer) => {
        histogram.record(process.hrtime.bigint() - sent);
        count++;
        if (performance.now() < end) next(peer);
        else {
          peer.close(-1);
          resolve();
        }
      }).then(next, reject);
    });
    return { count, p50: histogram.percentile(50) / 1000, p99: histogram.percentile(99) / 1000 };
  };
  const rate = async ({ size, port, seconds }) => {
    const message = new Uint8Array(size);
    let [count, sent] = [0, 0];
    const peers = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(port, () => count++)));
    await new Promise((resolve) => {
      const end = performance.now() + seconds * 1000;
      const timer = setInterval(() => {
        if (performance.now() < end) {
          for (const peer of peers) peer.send(message);
          sent += peers.length;
        } else if (count === sent) {
          clearInterval(timer);
          resolve();
        }
      }, 1000 / HZ);
    });
    for (const peer of peers) peer.close(-1);
    return { count };
  };
  process.on('message', async (order) => {
    process.send(order.load === 'latency' ? await latency(order) : await rate(order));
  });
  process.send('ready');
}
