import { constants, deflateRawSync } from 'node:zlib';
import { State } from 'tickpeer';
import { expect, test } from 'vitest';
import { Opcode } from '../../src/protocol/index.ts';
import { concat, KEY, rawFrame } from '../support/frames.ts';
import { type Damage, REQUEST, Siege } from './siege.ts';

const MIB = 1024 * 1024;

/**
 * Generous bounds for two busy cores; usual values are a few milliseconds. The figures of a run are
 * printed with TICKPEER_FIGURES=1.
 */
function expectHarmless(name: string, damage: Damage, growth: number): void {
  if (process.env['TICKPEER_FIGURES'] !== undefined) {
    const { worstDelay, echoes } = damage;
    process.stdout.write(
      `${name.padEnd(46)} worst echo ${worstDelay.toFixed(0).padStart(5)} ms, ${`${echoes}`.padStart(6)} echoes, ` +
        `${(damage.growth / MIB).toFixed(1).padStart(6)} MiB more\n`,
    );
  }
  expect(damage.echoes).toBeGreaterThan(0);
  expect(damage.worstDelay).toBeLessThan(3000);
  expect(damage.growth).toBeLessThan(growth);
}

test('requests that arrive one byte at a time', async () => {
  const siege = await Siege.begin({ handshakeTimeLimit: 1 });
  const sockets = Array.from({ length: 200 }, () => siege.attack());
  let sent = 0;
  let closed = 0;
  for (const socket of sockets) socket.on('close', () => closed++);
  await siege.until(() => {
    const byte = REQUEST[sent++ % (REQUEST.length - 2)] ?? 'x';
    if (sent % 10 === 0) for (const socket of sockets) socket.write(byte);
    return closed === 200;
  });
  expect(siege.server.server.getPendingCount()).toBe(0);
  expectHarmless('200 slow handshakes', siege.damage(), 8 * MIB);
});

test('5,000 connections that never send', async () => {
  const siege = await Siege.begin({ maxPendingHandshakes: 1000, backlog: 1000 });
  let closed = 0;
  for (let count = 0; count < 5000; count += 100) {
    for (let more = 0; more < 100; more++) siege.attack().on('close', () => closed++);
    await siege.until(() => siege.sockets.every((socket) => !socket.connecting));
  }
  await siege.until(() => closed === 4000);
  expect(siege.server.server.getPendingCount()).toBe(1000);
  // The attackers' own 5,000 sockets are part of this process, too.
  expectHarmless('5,000 silent connections', siege.damage(), 64 * MIB);
}, 60_000);

test('a flood of headers, and a header without an end', async () => {
  const siege = await Siege.begin();
  const answers: string[] = [];
  const head = 'GET / HTTP/1.1\r\nHost: h\r\n';
  for (let count = 0; count < 50; count++) {
    const flood =
      count % 2 === 0 ? `${head}${'X-Flood: 1\r\n'.repeat(20_000)}` : `${head}X-Endless: ${'a'.repeat(500_000)}`;
    siege.attack(flood).on('data', (data) => answers.push(`${data}`));
  }
  await siege.until(() => answers.length === 50);
  for (const answer of answers) expect(answer).toMatch(/^HTTP\/1.1 431 /);
  expectHarmless('50 header floods', siege.damage(), 16 * MIB);
});

test('100,000 Pings from a client that does not read the Pongs', async () => {
  const siege = await Siege.begin();
  const socket = siege.intrude();
  socket.pause();
  const pings = concat(
    Array.from({ length: 1000 }, () => rawFrame({ opcode: Opcode.PING, payload: 'x'.repeat(125), key: KEY })),
  );
  for (let count = 0; count < 100; count++) socket.write(pings);
  await siege.until(() => (siege.intruders[0]?.getStatistics().pingsReceived ?? 0) === 100_000);
  const statistics = siege.intruders[0]?.getStatistics();
  expect(statistics?.pongsSent).toBeLessThan(100_000);
  expectHarmless('100,000 pings', siege.damage(), 16 * MIB);
});

test('empty fragments without end', async () => {
  const siege = await Siege.begin({ maxFragments: 10_000 });
  const fragments = concat(
    Array.from({ length: 20_000 }, (_, index) =>
      rawFrame({ opcode: index === 0 ? Opcode.TEXT : Opcode.CONTINUATION, fin: false, key: KEY }),
    ),
  );
  for (let count = 0; count < 20; count++) siege.intrude().write(fragments);
  await siege.until(
    () => siege.intruders.length === 20 && siege.intruders.every((peer) => peer.getReadyState() === State.STATE_CLOSED),
  );
  for (const peer of siege.intruders) expect(peer.getLastFailure()?.code).toBe('TICKPEER_TOO_MANY_FRAGMENTS');
  expectHarmless('400,000 empty fragments', siege.damage(), 8 * MIB);
});

test('tiny packets that are not read', async () => {
  const siege = await Siege.begin();
  siege.readsPackets = false;
  const packets = concat(Array.from({ length: 10_000 }, () => rawFrame({ opcode: Opcode.BINARY, key: KEY })));
  const sockets = Array.from({ length: 20 }, () => siege.intrude());
  for (const socket of sockets) for (let count = 0; count < 50; count++) socket.write(packets);
  await siege.until(
    () => siege.intruders.length === 20 && siege.intruders.every((peer) => peer.getAvailablePacketCount() > 0),
  );
  await siege.steps(300);
  for (const peer of siege.intruders) expect(peer.getAvailablePacketCount()).toBe(2048);
  // The attackers' sockets hold a part of the 60 MB. Each peer holds 2,048 packets and a chunk.
  const theirs = sockets.reduce((sum, socket) => sum + socket.writableLength, 0);
  const damage = siege.damage();
  expectHarmless(
    '10 million tiny packets',
    { ...damage, growth: damage.growth - Math.min(theirs, packets.length) },
    24 * MIB,
  );
}, 30_000);

test('Close frames, one after the other', async () => {
  const siege = await Siege.begin();
  const closes = concat(
    Array.from({ length: 50_000 }, () => rawFrame({ opcode: Opcode.CLOSE, payload: Uint8Array.of(3, 232), key: KEY })),
  );
  const heard: Buffer[] = [];
  for (let count = 0; count < 10; count++)
    siege
      .intrude()
      .on('data', (data) => heard.push(data))
      .write(closes);
  await siege.until(
    () => siege.intruders.length === 10 && siege.intruders.every((peer) => peer.getReadyState() === State.STATE_CLOSED),
  );
  await siege.steps(50);
  for (const peer of siege.intruders) expect([peer.getCloseCode(), peer.getStatistics().framesSent]).toEqual([1000, 1]);
  expectHarmless('500,000 Close frames', siege.damage(), 8 * MIB);
});

test('messages that announce 2^62 bytes, or the most that is allowed', async () => {
  const siege = await Siege.begin({ inboundBufferSize: 16 * MIB });
  const huge = Uint8Array.of(0x82, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, ...KEY);
  const allowed = Uint8Array.of(0x82, 0xff, 0, 0, 0, 0, 0x01, 0, 0, 0, ...KEY, 1, 2, 3);
  for (let count = 0; count < 100; count++) siege.attack(REQUEST, count % 2 === 0 ? huge : allowed);
  await siege.until(
    () =>
      siege.intruders.length === 100 &&
      siege.intruders.filter((peer) => peer.getReadyState() === State.STATE_CLOSED).length === 50,
  );
  const reserved = siege.intruders.filter((peer) => peer.getReadyState() === State.STATE_OPEN);
  expect(reserved).toHaveLength(50);
  // 50 × 16 MiB were announced, and three bytes of each arrived.
  expectHarmless('announcements of 2^62 bytes and of 16 MiB', siege.damage(), 60 * MIB);
});

test('compressed bombs', async () => {
  const siege = await Siege.begin({ compression: true });
  const bomb = deflateRawSync(new Uint8Array(64 * MIB), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
  const request = REQUEST.replace('\r\n\r\n', '\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n');
  const frame = rawFrame({ opcode: Opcode.BINARY, rsv: 0x40, payload: bomb, key: KEY });
  expect(frame.length).toBeLessThan(65_600);
  for (let count = 0; count < 50; count++) siege.attack(request, frame);
  await siege.until(
    () => siege.intruders.length === 50 && siege.intruders.every((peer) => peer.getReadyState() === State.STATE_CLOSED),
  );
  for (const peer of siege.intruders) expect(peer.getLastFailure()?.code).toBe('TICKPEER_MESSAGE_TOO_BIG');
  expectHarmless('50 bombs of 64 MiB', siege.damage(), 16 * MIB);
});

test('messages of nothing but final blocks', async () => {
  const siege = await Siege.begin({ compression: true });
  const request = REQUEST.replace('\r\n\r\n', '\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n');
  const data = deflateRawSync(new Uint8Array(40_000), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
  const window = rawFrame({ opcode: Opcode.BINARY, rsv: 0x40, payload: data, key: KEY });
  const costly = rawFrame({ opcode: Opcode.BINARY, rsv: 0x40, payload: Uint8Array.of(3, 0, 3, 0, 3, 0, 0), key: KEY });
  siege.attack(request, window, concat(Array.from({ length: 5000 }, () => costly)));
  await siege.until(() => siege.intruders[0]?.getStatistics().packetsReceived === 5001);
  expectHarmless('5,000 messages of final blocks', siege.damage(), 16 * MIB);
});

test('masks of zero and the same mask for every frame are legal, and read', async () => {
  const siege = await Siege.begin();
  siege.readsPackets = false;
  const zero = rawFrame({ opcode: Opcode.TEXT, payload: 'zero', key: [0, 0, 0, 0] });
  const same = rawFrame({ opcode: Opcode.TEXT, payload: 'same', key: KEY });
  siege.attack(REQUEST, zero, same, same, zero);
  await siege.until(() => siege.intruders[0]?.getAvailablePacketCount() === 4);
  expect([...(siege.intruders[0]?.packets() ?? [])]).toEqual(['zero', 'same', 'same', 'zero']);
});

test('a second request behind the upgrade is parsed as frames, and fails', async () => {
  const siege = await Siege.begin();
  siege.attack(`${REQUEST}GET /admin HTTP/1.1\r\nHost: h\r\n\r\n`);
  await siege.until(() => siege.intruders[0]?.getReadyState() === State.STATE_CLOSED);
  expect(siege.intruders[0]?.getLastFailure()?.code).toBe('TICKPEER_PROTOCOL_ERROR');
  expect(siege.intruders[0]?.getHandshakeRequest()?.target).toBe('/');
});
