// npm run bench -- rooms: what rooms cost. Each room has four players and ticks 30 times a second; in a tick every player sends one RPC
// to its room, and the room sends one to all. The loop polls 60 times a second, so that half of the rooms tick in one poll; with
// `--polls 240`, an eighth.
//
// In memory: the players are in the same process, and only `rooms.poll()` is measured. That is what the rooms cost themselves: RPCs, their
// frames, and all that decides who gets them, without the system's writes and reads.
// Over sockets: the players are in another process, over WebSocket on loopback. The share of a core has the system's writes and reads,
// which are made when the turn ends, and not in a poll.
// All times are CPU time of the process, so that what else runs on the machine does not count.

import { fork } from 'node:child_process';
import { createHistogram } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const PLAYERS = 4;
const HZ = 30;
const IN_MEMORY = [100, 500, 1000];
const OVER_SOCKETS = [50, 100];
const EMPTY = 10_000;
/** Seconds before the measurement, in which V8 compiles. */
const WARM_UP = 2;
/** Milliseconds that p99 of a poll with 1,000 rooms may take. */
const GOAL = 5;

/** CPU time of polls, in microseconds. */
class Meter {
  #histogram = createHistogram();
  spent = 0;

  measure(run) {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    this.#histogram.record(Math.max(1, user + system));
    this.spent += user + system;
  }

  get percentiles() {
    return { p50: this.#histogram.percentile(50), p99: this.#histogram.percentile(99) };
  }
}

const role = process.send === undefined ? 'main' : process.argv[2];
if (role === 'main') await main();
else if (role === 'server') await serve(Number(process.argv[3]), Number(process.argv[4]));
else await join(Number(process.argv[3]), JSON.parse(process.argv[4]));

async function main() {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '5' }, polls: { type: 'string', default: '60' } },
  });
  const [seconds, pollRate] = [Number(values.seconds), Number(values.polls)];
  if (pollRate % HZ !== 0) throw new RangeError(`--polls is a multiple of ${HZ}, not ${values.polls}`);
  console.log(`rooms of ${PLAYERS} players, ${HZ} ticks and ${pollRate} polls a second, ${process.version}\n`);
  console.log('rooms                     p50 of a poll  p99 of a poll  share of a core');
  for (const rooms of IN_MEMORY) print(`${rooms} in memory`, await inMemory(rooms, seconds, pollRate), rooms === 1000);
  for (const rooms of OVER_SOCKETS) print(`${rooms} over sockets`, await overSockets(rooms, seconds, pollRate), false);
  print(`${EMPTY} empty`, await empty(seconds, pollRate), false);
}

function print(name, { p50, p99, share }, isGoal) {
  const column = (value, width) => value.padStart(width);
  const goal = isGoal ? `  (goal: below ${GOAL} ms)` : '';
  console.log(
    `${name.padEnd(24)}  ${column(ms(p50), 13)}  ${column(ms(p99), 13)}  ${column(share.toFixed(3), 15)}${goal}`,
  );
}

/** Of microseconds. */
function ms(microseconds) {
  return `${(microseconds / 1000).toFixed(2)} ms`;
}

/** A server's rooms, all with the same nodes. */
async function makeRooms(server, count, clock) {
  const { Rooms } = await import('../dist/rooms/index.js');
  const { rpc } = await import('../dist/multiplayer/index.js');
  const { Vector2, vector2 } = await import('../dist/variant/index.js');
  const open = (room) => {
    let moved = 0;
    const main = room.multiplayer.node('Main', {
      move: rpc.anyPeer([vector2], () => void moved++),
      state: rpc.authority([vector2]),
    });
    return { onTick: () => main.state.rpc(new Vector2(moved, 2)) };
  };
  const kinds = { match: { capacity: PLAYERS, tickRate: HZ, idleTime: Number.POSITIVE_INFINITY, open } };
  const limits = {
    rooms: Number.POSITIVE_INFINITY,
    players: Number.POSITIVE_INFINITY,
    playersPerAddress: Number.POSITIVE_INFINITY,
  };
  const rooms = new Rooms(server, { kinds, limits, ...(clock === undefined ? {} : { clock }) });
  return { rooms, codes: Array.from({ length: count }, () => rooms.create('match').code) };
}

/** SIMPLIFY_PATH of Main with its two methods, and a call of `move` by that number. */
async function packets() {
  const { createHash } = await import('node:crypto');
  const digits = createHash('md5').update('movestate').digest('hex');
  const introduction = Buffer.concat([
    Buffer.from([1]),
    Buffer.from(digits),
    Buffer.from([0, 1, 0, 0, 0]),
    Buffer.from('Main\0'),
  ]);
  const move = Uint8Array.of(0, 1, 0, 1, 5, 0, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40);
  return { introduction, move };
}

/** Confirms the paths that a player gets, and drops the rest. */
function read(peer) {
  for (const packet of peer.packets()) {
    if (packet[0] === 1 && packet.length > 38) peer.send(Uint8Array.of(2, 1, ...packet.subarray(34, 38)));
  }
}

async function inMemory(count, seconds, pollRate) {
  const { StreamPeerMemory, WebSocketPeer, WebSocketServer } = await import('../dist/index.js');
  let now = 0;
  let turnEnds = [];
  const clock = {
    now: () => now,
    setTimeout: () => null,
    clearTimeout: () => {},
    atTurnEnd: (callback) => void turnEnds.push(callback),
  };
  const endTurn = () => {
    const callbacks = turnEnds;
    turnEnds = [];
    for (const callback of callbacks) callback();
  };
  const server = new WebSocketServer({ clock });
  const { rooms, codes } = await makeRooms(server, count, clock);
  const { introduction, move } = await packets();
  const players = codes.flatMap((code) =>
    Array.from({ length: PLAYERS }, () => {
      const [near, far] = StreamPeerMemory.pair();
      const peer = new WebSocketPeer({ clock });
      peer.connectToStream(near, `ws://bench.example/?room=${code}`);
      server.acceptStream(far);
      return { peer, near };
    }),
  );
  let meter = new Meter();
  const turn = (polls) => {
    now += 1000 / pollRate;
    endTurn();
    for (const { near } of players) near.poll();
    endTurn();
    meter.measure(() => rooms.poll());
    for (const { peer } of players) {
      peer.poll();
      read(peer);
      if (polls % (pollRate / HZ) === 0 && polls > 20) peer.send(move);
    }
  };
  for (let polls = 0; polls < 20; polls++) turn(polls);
  for (const { peer } of players) peer.send(introduction);
  const warm = 20 + WARM_UP * pollRate;
  for (let polls = 20; polls < warm; polls++) turn(polls);
  if (rooms.playerCount !== count * PLAYERS) throw new Error(`${rooms.playerCount} players came`);
  meter = new Meter();
  for (let polls = 0; polls < seconds * pollRate; polls++) turn(polls + warm);
  return { ...meter.percentiles, share: meter.spent / 1e6 / seconds };
}

/** Rooms without players. */
async function empty(seconds, pollRate) {
  const { WebSocketServer } = await import('../dist/index.js');
  const before = process.memoryUsage().heapUsed;
  const { rooms } = await makeRooms(new WebSocketServer(), EMPTY);
  const bytes = (process.memoryUsage().heapUsed - before) / EMPTY;
  const meter = new Meter();
  for (let polls = 0; polls < seconds * pollRate; polls++) meter.measure(() => rooms.poll());
  console.log(`an empty room takes ${(bytes / 1024).toFixed(1)} KiB of the heap`);
  return { ...meter.percentiles, share: meter.spent / 1e6 / seconds };
}

async function overSockets(count, seconds, pollRate) {
  const start = (...args) => fork(fileURLToPath(import.meta.url), args.map(String));
  const server = start('server', count, pollRate);
  const { port, codes } = await message(server);
  const players = start('players', port, JSON.stringify(codes));
  await message(players);
  server.send(seconds);
  const result = await message(server);
  for (const child of [server, players]) child.kill();
  return result;
}

function message(child) {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`a process ended with ${code}`)));
  });
}

async function serve(count, pollRate) {
  const { WebSocketServer } = await import('../dist/index.js');
  const server = new WebSocketServer({ handshakeTimeLimit: 60 });
  server.listen(0, '127.0.0.1');
  const { rooms, codes } = await makeRooms(server, count);
  let meter = new Meter();
  setInterval(() => meter.measure(() => rooms.poll()), 1000 / pollRate);
  process.send({ port: server.getLocalPort(), codes });
  const seconds = await new Promise((resolve) => process.once('message', resolve));
  while (rooms.playerCount < count * PLAYERS) await new Promise((resolve) => setTimeout(resolve, 50));
  await new Promise((resolve) => setTimeout(resolve, 2000));
  meter = new Meter();
  const [cpu, start] = [process.cpuUsage(), performance.now()];
  await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
  const { user, system } = process.cpuUsage(cpu);
  const share = (user + system) / 1000 / (performance.now() - start);
  process.send({ ...meter.percentiles, share });
}

async function join(port, codes) {
  const { WebSocketPeer } = await import('../dist/index.js');
  const { introduction, move } = await packets();
  const peers = codes.flatMap((code) =>
    Array.from({ length: PLAYERS }, () => {
      const peer = new WebSocketPeer({ handshakeTimeLimit: 60 });
      peer.connectToUrl(`ws://127.0.0.1:${port}/?room=${code}`);
      return peer;
    }),
  );
  const poll = () => {
    for (const peer of peers) {
      peer.poll();
      read(peer);
    }
  };
  while (peers.some((peer) => peer.getReadyState() !== WebSocketPeer.STATE_OPEN)) {
    poll();
    if (peers.some((peer) => peer.getReadyState() === WebSocketPeer.STATE_CLOSED))
      throw new Error('a player did not get in');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  for (const peer of peers) peer.send(introduction);
  setInterval(() => {
    poll();
    for (const peer of peers) peer.send(move);
  }, 1000 / HZ);
  process.send('open');
}
