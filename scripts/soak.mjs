// A load test on loopback with a time limit: many connections exchange packets for a while; then all are cut at once.
//
//   npm run soak                                   npm run soak -- --connections 1000 --seconds 5
//
// Three processes: this one, a server, and the clients, which are killed at the end. Required: every echo arrived once
// and in order before that; the server detected the end of every peer; its memory returned to within 10 % of the start.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ErrorCode, WebSocketPeer, WebSocketServer } from '../dist/index.js';

const MIB = 1024 * 1024;
const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '60' },
    role: { type: 'string', default: 'main' },
    port: { type: 'string', default: '0' },
  },
});
const connections = Number(values.connections);
const seconds = Number(values.seconds);

const tick = () => new Promise((resolve) => setTimeout(resolve, 1000 / 60));

if (values.role === 'server') await runServer();
else if (values.role === 'clients') await runClients();
else await main();

async function main() {
  // Ends in any case: after twice the time, and the time for connecting and closing.
  const giveUp = setTimeout(
    () => {
      console.log('FAILED: it did not end in time');
      console.log('0 passed, 1 failed');
      process.exit(1);
    },
    (2 * seconds + 180) * 1000,
  );
  giveUp.unref();
  const server = start('server', []);
  const { port } = await message(server, 'listening');

  // A first, short wave of the same size: what a server keeps after it has run (compiled code, pooled buffers, capacity of tables)
  // is not growth. Memory kept for each connection would be.
  await wave(port, connections, 2);
  const { report: before } = await ask(server, 'report');
  const counts = await wave(port, connections, seconds);
  const cutAt = performance.now();
  const { report: after } = await ask(server, 'report');
  const noticedIn = performance.now() - cutAt;
  server.kill();

  const growth = after.held / before.held - 1;
  const print = (name, value) => console.log(`${name.padEnd(34)} ${value}`);
  print('connections', connections);
  print('packets echoed, of those sent', `${counts.echoed} of ${counts.sent}`);
  print('out of order, wrong or doubled', counts.wrong);
  print(
    'peers that the server saw end',
    `${after.ended - before.ended} of ${connections}, within ${noticedIn.toFixed(0)} ms of asking`,
  );
  print('of them with -1 and a failure', after.unclean - before.unclean);
  print(
    'memory held before and after',
    `${(before.held / MIB).toFixed(1)} and ${(after.held / MIB).toFixed(1)} MiB (${(growth * 100).toFixed(1)} %)`,
  );
  print(
    'resident, before, most and after',
    `${[before.rss, after.peakRss, after.rss].map((rss) => (rss / MIB).toFixed(0)).join(', ')} MiB`,
  );
  print('server CPU in all', `${after.cpu.toFixed(1)} s`);

  const faults = [
    counts.echoed !== counts.sent && 'packets were lost',
    counts.wrong > 0 && 'packets were wrong',
    after.ended - before.ended !== connections && 'the server did not notice the end of every peer',
    after.unclean - before.unclean !== connections && 'an end looked clean',
    growth > 0.1 && 'memory grew by more than 10 %',
  ].filter(Boolean);
  for (const fault of faults) console.log(`FAILED: ${fault}`);
  console.log(`${5 - faults.length} passed, ${faults.length} failed`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}

/** One set of clients, from connecting to the cut. */
async function wave(port, count, time) {
  const clients = start('clients', ['--port', `${port}`, '--connections', `${count}`, '--seconds', `${time}`]);
  const { counts } = await message(clients, 'done');
  clients.kill('SIGKILL');
  return counts;
}

function start(role, args) {
  const child = fork(fileURLToPath(import.meta.url), ['--role', role, ...args], { execArgv: ['--expose-gc'] });
  child.once('exit', (code, signal) => {
    if (code) throw new Error(`the ${role} ended with ${code ?? signal}`);
  });
  process.once('exit', () => child.kill('SIGKILL'));
  return child;
}

function message(child, kind) {
  return new Promise((resolve) => {
    const listener = (data) => {
      if (data.kind !== kind) return;
      child.off('message', listener);
      resolve(data);
    };
    child.on('message', listener);
  });
}

function ask(child, kind) {
  child.send(kind);
  return message(child, kind);
}

async function runServer() {
  const server = new WebSocketServer({ maxPendingHandshakes: 20_000, maxWaitingConnections: 20_000 });
  if (server.listen(0) !== ErrorCode.OK) throw new Error(server.getLastFailure()?.message);
  let ended = 0;
  let unclean = 0;
  let peakRss = 0;
  let isAsked = false;
  process.on('message', () => {
    isAsked = true;
  });
  process.once('disconnect', () => process.exit());
  process.send({ kind: 'listening', port: server.getLocalPort() });
  for (let round = 0; ; round++) {
    server.poll();
    while (server.takePeer() !== null);
    for (const peer of server.readyPeers()) {
      while (peer.getAvailablePacketCount() > 0) peer.send(peer.getPacket());
      if (peer.getReadyState() !== WebSocketPeer.STATE_CLOSED) continue;
      ended++;
      if (peer.getCloseCode() === -1 && peer.getLastFailure() !== null) unclean++;
    }
    if (round % 60 === 0) peakRss = Math.max(peakRss, process.memoryUsage().rss);
    if (isAsked && server.getPeerCount() === 0) {
      isAsked = false;
      // Waits for what Node itself still closes, and frees only after a garbage collection.
      for (let count = 0; count < 30; count++) {
        server.poll();
        if (count % 5 === 4) global.gc();
        await tick();
      }
      const { heapUsed, external, rss } = process.memoryUsage();
      const { user, system } = process.cpuUsage();
      const report = { held: heapUsed + external, rss, peakRss, ended, unclean, cpu: (user + system) / 1e6 };
      process.send({ kind: 'report', report });
    }
    await tick();
  }
}

async function runClients() {
  const clients = [];
  const counts = { sent: 0, echoed: 0, wrong: 0 };
  const open = () => clients.every(({ peer }) => peer.getReadyState() === WebSocketPeer.STATE_OPEN);
  while (clients.length < connections || !open()) {
    for (let more = 0; more < 200 && clients.length < connections; more++) {
      const peer = new WebSocketPeer({ connectTimeLimit: 60, handshakeTimeLimit: 60 });
      // Several addresses, since a pair of addresses has a limited number of ports.
      const address = `127.0.0.${1 + (clients.length % 20)}`;
      if (peer.connectToUrl(`ws://${address}:${values.port}`) !== ErrorCode.OK) throw new Error('connectToUrl');
      clients.push({ peer, sent: 0, echoed: 0 });
    }
    for (const { peer } of clients) {
      peer.poll();
      if (peer.getReadyState() === WebSocketPeer.STATE_CLOSED) throw new Error(peer.getLastFailure()?.message);
    }
    await tick();
  }

  const packet = Buffer.alloc(100);
  const end = performance.now() + seconds * 1000;
  // Each client sends about once a second; then this waits for the last echoes.
  for (let round = 0; performance.now() < end || counts.echoed < counts.sent; round++) {
    const isOver = performance.now() >= end;
    if (performance.now() > end + 20_000) break;
    for (let index = 0; index < clients.length; index++) {
      const client = clients[index];
      if (!isOver && (index + round) % 60 === 0) {
        packet.writeUInt32LE(client.sent);
        packet.writeUInt32LE(index, 4);
        if (client.peer.send(packet) === ErrorCode.OK) {
          client.sent++;
          counts.sent++;
        }
      }
      client.peer.poll();
      while (client.peer.getAvailablePacketCount() > 0) {
        const echo = Buffer.from(client.peer.getPacket().buffer);
        if (echo.length !== 100 || echo.readUInt32LE() !== client.echoed || echo.readUInt32LE(4) !== index)
          counts.wrong++;
        client.echoed++;
        counts.echoed++;
      }
    }
    await tick();
  }
  process.send({ kind: 'done', counts });
  setInterval(() => {}, 1000); // until it is cut
}
