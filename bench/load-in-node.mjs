// load.c in JavaScript, for systems without a C compiler: the same arguments, commands and results. It is slower, so the load may
// limit a measurement; the report shows its share of its core.
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { createInterface } from 'node:readline';
import tls from 'node:tls';
import { cpuOf } from './cpu.mjs';

const IN_FLIGHT = 64;
const ADDRESSES = 20; // 127.0.0.1 and the next ones: more connections than one address has ports
const CAPTURED = 65_536;

const options = Object.fromEntries(process.argv.slice(2).map((argument) => argument.split(/=(.*)/s, 2)));
const isTls = options.tls === '1';
const { request, turns } = readPlan(options.plan);
const countsFrames = turns[0].back.length === 0;

let connections = [];
let goesOn = false;
let messages = 0;
let turnsDone = 0;
let nextTick = 0;
const ticks = new Map();
let latencies = [];
let capture = Buffer.alloc(0);

/** See plan.mjs. */
function readPlan(path) {
  const bytes = readFileSync(path);
  let at = 0;
  const take = (size) => {
    at += size;
    return bytes.subarray(at - size, at);
  };
  const number = () => take(4).readUInt32LE();
  const requestSize = number();
  const count = number();
  const plan = { request: take(requestSize), turns: [] };
  for (let n = 0; n < count; n++) {
    const [inTurn, out, back] = [number(), number(), number()];
    plan.turns.push({ messages: inTurn, out: take(out), back: take(back) });
  }
  return plan;
}

class Connection {
  turn = 0;
  arrived = 0;
  sentAt = 0;
  /** For a frame that is only counted: the header bytes so far, and how much of its payload is missing. */
  header = Buffer.alloc(0);
  left = 0;

  constructor(index) {
    const port = Number(options.port);
    const host = `127.0.0.${1 + (index % ADDRESSES)}`;
    this.socket = isTls ? tls.connect({ port, host, rejectUnauthorized: false }) : net.connect({ port, host });
    this.socket.setNoDelay(true);
    this.socket.on('error', (error) => fail(error.message));
    this.socket.on('close', () => fail('the server closed a connection'));
  }

  async open() {
    await new Promise((resolve) => this.socket.once(isTls ? 'secureConnect' : 'connect', resolve));
    if (request.length > 0) {
      this.socket.write(request);
      const answer = await new Promise((resolve) => this.socket.once('data', resolve));
      const head = answer.toString('latin1');
      if (!head.startsWith('HTTP/1.1 101') || !head.endsWith('\r\n\r\n')) fail('the handshake was refused');
    }
    this.socket.on('data', (chunk) => (countsFrames ? this.count(chunk) : this.compare(chunk)));
  }

  send(which) {
    this.sentAt = performance.now();
    this.socket.write(turns[which % turns.length].out);
  }

  compare(chunk) {
    for (let at = 0; at < chunk.length; ) {
      const { back } = turns[this.turn % turns.length];
      const size = Math.min(back.length - this.arrived, chunk.length - at);
      if (back.compare(chunk, at, at + size, this.arrived, this.arrived + size) !== 0) {
        fail('what came back is not what was expected');
      }
      this.arrived += size;
      at += size;
      if (this.arrived === back.length) this.complete();
    }
  }

  count(chunk) {
    if (this === connections[0] && capture.length < CAPTURED) capture = Buffer.concat([capture, chunk]);
    for (let at = 0; at < chunk.length; ) {
      if (this.left > 0) {
        const part = Math.min(this.left, chunk.length - at);
        this.left -= part;
        at += part;
      } else {
        this.header = Buffer.concat([this.header, chunk.subarray(at, ++at)]);
        if (this.header.length < 2) continue;
        const short = this.header[1] & 127;
        const size = short === 126 ? 4 : short === 127 ? 10 : 2;
        if (this.header.length < size) continue;
        this.left = short === 126 ? this.header.readUInt16BE(2) : short === 127 ? this.header.readUInt32BE(6) : short;
      }
      if (this.left > 0 || this.header.length < 2) continue;
      this.header = Buffer.alloc(0);
      if (++this.arrived === turns[this.turn % turns.length].messages) this.complete();
    }
  }

  /** The answer to a turn is complete. */
  complete() {
    const which = this.turn++;
    this.arrived = 0;
    messages += turns[which % turns.length].messages;
    turnsDone++;
    if (options.mode === 'echo') {
      latencies.push(performance.now() - this.sentAt);
      if (goesOn) this.send(this.turn);
    } else if (options.mode === 'tick') {
      const tick = ticks.get(which);
      if (++tick.done < connections.length) return;
      ticks.delete(which);
      latencies.push(performance.now() - tick.sentAt);
      if (goesOn) sendTick();
    }
  }
}

function sendTick() {
  ticks.set(nextTick, { done: 0, sentAt: performance.now() });
  connections[0].send(nextTick++);
}

function startTurns() {
  if (options.mode === 'echo') for (const connection of connections) connection.send(connection.turn);
  else if (options.mode === 'receive') connections[0].send(0);
  else for (let n = 0; n < Number(options.window); n++) sendTick();
}

// ---------------------------------------------------------------- orders

const ORDERS = {
  async connect(wanted) {
    const cpu = cpuOf(options.pid);
    const began = performance.now();
    while (connections.length < wanted) {
      const size = Math.min(IN_FLIGHT, wanted - connections.length);
      const batch = Array.from({ length: size }, (_, index) => new Connection(connections.length + index));
      await Promise.all(batch.map((connection) => connection.open()));
      connections.push(...batch);
    }
    return { connections: wanted, seconds: (performance.now() - began) / 1000, serverCpu: cpuOf(options.pid) - cpu };
  },

  async once() {
    turnsDone = 0;
    startTurns();
    while (turnsDone < connections.length) await sleep(1);
    return { turns: turnsDone };
  },

  async run(warmup, measured) {
    goesOn = true;
    startTurns();
    await sleep(warmup);
    messages = turnsDone = 0;
    latencies = [];
    const before = { server: cpuOf(options.pid), own: process.cpuUsage(), at: performance.now() };
    await sleep(measured);
    const server = cpuOf(options.pid) - before.server;
    const { user, system } = process.cpuUsage(before.own);
    const seconds = (performance.now() - before.at) / 1000;
    latencies.sort((a, b) => a - b);
    const percentile = (share) => (latencies[Math.floor(latencies.length * share)] ?? 0) * 1000;
    const [p50, p90, p99] = [percentile(0.5), percentile(0.9), percentile(0.99)];
    const loadCpu = (user + system) / 1e6;
    const sample = capture.toString('hex', 0, CAPTURED);
    return { messages, turns: turnsDone, seconds, serverCpu: server, loadCpu, p50, p90, p99, capture: sample };
  },

  async close() {
    for (const { socket } of connections) socket.removeAllListeners('close').destroy();
    connections = [];
    return {};
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...numbers] = line.split(' ');
  console.log(JSON.stringify(await ORDERS[name](...numbers.map(Number))));
}

function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function fail(error) {
  console.log(JSON.stringify({ error }));
  process.exit(1);
}
