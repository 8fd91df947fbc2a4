// What a cluster's broker and its processes have to do: node bench/cluster.mjs
// CPU times of a NATS server and of processes at it, on loopback, and memory of what every process knows. `npm run build` first;
// nats-server has to be installed.
// All times are CPU time of one process, so that what else runs on the machine counts little.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from '@nats-io/transport-node';
import { Directory } from '../dist/cluster/directory/directory.js';
import { natsBroker } from '../dist/cluster/index.js';
import { Presence } from '../dist/cluster/messages/presence.js';
import { cpuOf } from './cpu.mjs';

const KEYS = 1000;
const WRITES = 20_000;
const REQUESTS = 50_000;
const UNDER_WAY = 64;
const ENTRIES = 100_000;
/** A record of a room, as a cluster writes it. */
const RECORD = JSON.stringify({
  kind: 'match',
  capacity: 4,
  taken: 3,
  isLocked: false,
  isListed: true,
  metadata: { map: 'ice' },
  owner: '0123456789abcdef',
  state: 'open',
  request: '',
});

const [role, port] = process.argv.slice(2);
if (role === 'follow') await follow(Number(port));
else await measure();

/** Another process: follows the bucket, and answers requests. */
async function follow(natsPort) {
  const broker = await natsBroker(await connect({ servers: `127.0.0.1:${natsPort}` }));
  const bucket = await broker.openBucket('bench');
  let changes = 0;
  await bucket.watch({ onChange: () => void changes++, onReady: () => process.send('ready') });
  broker.respond(`bench.${process.pid}`, () => 'y');
  process.on('message', () => process.send(changes));
}

async function measure() {
  const folder = mkdtempSync(join(tmpdir(), 'tickpeer-bench-'));
  const config = join(folder, 'nats.conf');
  writeFileSync(config, `listen: "127.0.0.1:-1"\njetstream { store_dir: "${folder}/store" }\n`);
  const server = spawn('nats-server', ['-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  const natsPort = await portOf(server);
  const connection = await connect({ servers: `127.0.0.1:${natsPort}` });
  const broker = await natsBroker(connection);
  const bucket = await broker.openBucket('bench');
  const revisions = [];
  for (let n = 0; n < KEYS; n++) revisions.push(await bucket.create(`room.R${n}`, RECORD));

  const write = async (index) => {
    const key = index % KEYS;
    revisions[key] = await bucket.update(`room.R${key}`, RECORD, revisions[key]);
  };
  const followers = [];
  for (const count of [0, 1, 4]) {
    while (followers.length < count) followers.push(await start(natsPort));
    await run(WRITES / 4, write); // V8 compiles
    const before = await Promise.all(followers.map(changesOf));
    const spent = await cpuWhile([server, process, ...followers], () => run(WRITES, write));
    const after = await Promise.all(followers.map(changesOf));
    const told = after.reduce((sum, changes, index) => sum + changes - before[index], 0);
    const [ofServer, ofWriter, ...ofFollowers] = spent.cpu;
    print(`writes of ${RECORD.length} B, ${count} followers`, {
      'a second': Math.round(WRITES / spent.seconds),
      'server, µs a write': micro(ofServer / WRITES),
      'writer, µs a write': micro(ofWriter / WRITES),
      'follower, µs a change': count === 0 ? '' : micro(ofFollowers.reduce((sum, cpu) => sum + cpu, 0) / told),
    });
  }

  const [responder] = followers;
  const text = 'x'.repeat(200);
  const ask = () => broker.request(`bench.${responder.pid}`, text, 5000);
  await run(REQUESTS / 4, ask);
  const { cpu, seconds } = await cpuWhile([server, process, responder], () => run(REQUESTS, ask));
  print('requests of 200 B', {
    'a second': Math.round(REQUESTS / seconds),
    'server, µs a request': micro(cpu[0] / REQUESTS),
    'asker, µs a request': micro(cpu[1] / REQUESTS),
    'answerer, µs a request': micro(cpu[2] / REQUESTS),
  });

  const presence = new Presence({ bucket, isAlive: () => true });
  print('memory of each user that is known', {
    bytes: memoryOf((n) => {
      const name = Buffer.from(`player ${n}`).toString('base64url');
      presence.onChange({ key: `user.${name}.0123456789abcdef`, text: '{"room":"CDFGHJ"}', revision: n + 1 });
    }),
    users: presence.size,
  });
  const directory = new Directory(
    () => 0,
    () => undefined,
    () => undefined,
  );
  let tell;
  await directory.follow({
    watch: async ({ onChange, onReady }) => {
      tell = onChange;
      onReady();
      return { stop: () => undefined };
    },
  });
  print('memory of each room that is known', {
    bytes: memoryOf((n) => tell({ key: `room.R${n}`, text: RECORD, revision: n + 1 })),
    rooms: directory.size,
  });

  for (const follower of followers) follower.kill();
  await connection.close();
  server.kill();
  await once(server, 'exit');
  rmSync(folder, { recursive: true, force: true });
}

function portOf(server) {
  return new Promise((resolve) => {
    let text = '';
    server.stderr.on('data', (chunk) => {
      text += chunk;
      const found = /Listening for client connections on 127\.0\.0\.1:(\d+)/.exec(text);
      if (found !== null && text.includes('Server is ready')) resolve(Number(found[1]));
    });
  });
}

async function start(natsPort) {
  const child = fork(fileURLToPath(import.meta.url), ['follow', String(natsPort)]);
  await once(child, 'message');
  return child;
}

async function changesOf(follower) {
  const answer = once(follower, 'message');
  follower.send('changes');
  return (await answer)[0];
}

/** Calls `work` with 0 to `count` - 1, `UNDER_WAY` at once. */
async function run(count, work) {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, lane));
}

/** Seconds of the CPU of each process, and of the clock. */
async function cpuWhile(processes, work) {
  const before = processes.map(({ pid }) => cpuOf(pid));
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  await new Promise((resolve) => setTimeout(resolve, 200)); // the followers are told the rest
  return { seconds, cpu: processes.map(({ pid }, index) => cpuOf(pid) - before[index]) };
}

function memoryOf(tell) {
  global.gc?.();
  const before = process.memoryUsage().heapUsed;
  for (let n = 0; n < ENTRIES; n++) tell(n);
  global.gc?.();
  return Math.round((process.memoryUsage().heapUsed - before) / ENTRIES);
}

function micro(seconds) {
  return Number((seconds * 1e6).toFixed(1));
}

function print(name, figures) {
  console.log(`${name}: ${JSON.stringify(figures)}`);
}
