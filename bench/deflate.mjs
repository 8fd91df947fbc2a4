// The cost of compressing and decompressing a message synchronously, by each method: node bench/deflate.mjs
// Rounds are interleaved; the figure is the median CPU time per message. Run `npm run build` first: tickpeer's codecs are among them.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { createNodeCodec } from '../dist/websocket/compression/node-deflate.js';

const ROUNDS = 7;
const SYNC = constants.Z_SYNC_FLUSH;
const TAIL = Buffer.from([0, 0, 255, 255]);

/** A snapshot of a small game, as JSON, cut at `size` bytes; `seed` makes each one different. */
function snapshot(size, seed) {
  const players = [];
  for (let id = seed; JSON.stringify(players).length < size; id++) {
    players.push({ id, name: `player${id}`, x: Math.sin(id) * 100, y: Math.cos(id) * 100, hp: (id * 37) % 100 });
  }
  return Buffer.from(JSON.stringify(players).slice(0, size));
}

function candidates(size) {
  const messages = Array.from({ length: 64 }, (_, index) => snapshot(size, index * 3));
  const packed = messages.map((message) => deflateRawSync(message, { finishFlush: SYNC }).subarray(0, -4));
  const list = [];
  for (const level of [-1, 1]) {
    for (const [form, isFast] of [
      ['fast', true],
      ['public', false],
    ]) {
      for (const keepsContext of [false, true]) {
        const codec = createNodeCodec(isFast);
        const deflater = codec.createDeflater({ windowBits: 15, memLevel: 8, level, keepsContext });
        const context = keepsContext ? 'takeover' : 'no takeover';
        list.push([`deflate, ${form} form, level ${level}, ${context}`, (i) => deflater.deflate(messages[i & 63])]);
      }
    }
  }
  for (const [form, isFast] of [
    ['fast', true],
    ['public', false],
  ]) {
    const inflater = createNodeCodec(isFast).createInflater({ windowBits: 15, keepsContext: false });
    list.push([`inflate, ${form} form, no takeover`, (i) => inflater.inflate(packed[i & 63], 1e6)]);
    const codec = createNodeCodec(isFast);
    const deflater = codec.createDeflater({ windowBits: 15, memLevel: 8, level: -1, keepsContext: true });
    const stream = Array.from({ length: 64 }, (_, i) => Buffer.from(deflater.deflate(messages[i & 63])));
    let takeover = null;
    list.push([
      `inflate, ${form} form, takeover`,
      (i) => {
        if ((i & 63) === 0 || takeover === null)
          takeover = codec.createInflater({ windowBits: 15, keepsContext: true });
        return takeover.inflate(stream[i & 63], 1e6);
      },
    ]);
  }
  list.push([
    '(limit) inflateRawSync alone',
    (i) => inflateRawSync(Buffer.concat([packed[i & 63], TAIL]), { finishFlush: SYNC }),
  ]);
  return list;
}

function cpuPerCall(call, count) {
  const before = process.cpuUsage();
  for (let i = 0; i < count; i++) call(i);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

/** In its own process, where no memory can be reused that was freed before. */
function memoryOf(what, windowBits, memLevel) {
  const args = ['--expose-gc', fileURLToPath(import.meta.url), 'memory', what, String(windowBits), String(memLevel)];
  return execFileSync(process.execPath, args, { encoding: 'utf8' }).trim();
}

function measureMemory(what, windowBits, memLevel) {
  const codec = createNodeCodec(true);
  const message = snapshot(16_384, 1);
  const options = { windowBits, memLevel, level: -1 };
  const deflated = Buffer.from(codec.createDeflater({ ...options, keepsContext: false }).deflate(message));
  const kept = [];
  global.gc();
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 400; i++) {
    const made =
      what === 'deflate'
        ? codec.createDeflater({ ...options, keepsContext: true })
        : codec.createInflater({ windowBits, keepsContext: true });
    if (what === 'deflate') made.deflate(message);
    else made.inflate(deflated, 1e6);
    kept.push(made);
  }
  global.gc();
  console.log(((process.memoryUsage().rss - before) / kept.length / 1024).toFixed(0));
}

if (process.argv[2] === 'memory') {
  measureMemory(process.argv[3], Number(process.argv[4]), Number(process.argv[5]));
  process.exit();
}

console.log(`node ${process.version}`);
for (const size of [256, 1024, 16_384]) {
  const list = candidates(size);
  const count = size > 4096 ? 192 : 1024;
  for (const [, call] of list) cpuPerCall(call, 256);
  const results = list.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (let index = 0; index < list.length; index++) {
      const which = (index + round) % list.length;
      results[which].push(cpuPerCall(list[which][1], count));
    }
  }
  console.log(`\n${size} bytes of JSON, microseconds of CPU per message`);
  list.forEach(([name], index) => {
    console.log(`  ${median(results[index]).toFixed(1).padStart(7)}  ${name}`);
  });
}

console.log('\nKiB of resident memory per connection with context takeover, after one message of 16 KiB');
for (const [windowBits, memLevel] of [
  [15, 8],
  [12, 5],
  [9, 1],
]) {
  console.log(
    `  ${memoryOf('deflate', windowBits, memLevel).padStart(5)}  compressor, window ${windowBits}, memLevel ${memLevel}`,
  );
}
for (const windowBits of [15, 9]) {
  console.log(`  ${memoryOf('inflate', windowBits, 8).padStart(5)}  decompressor, window ${windowBits}`);
}
