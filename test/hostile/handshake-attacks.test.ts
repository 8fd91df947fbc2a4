import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { constants, deflateRawSync } from 'node:zlib';
import { State } from 'tickpeer';
import { expect, onTestFinished, test } from 'vitest';
import { Opcode } from '../../src/protocol/index.ts';
import { concat, KEY, rawFrame } from '../support/frames.ts';
import { type Damage, REQUEST, Siege } from './siege.ts';

const MIB = 1024 * 1024;

/** As in attacks.test.ts: generous bounds for two busy cores. */
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

test('1,000 garbage requests that do not end TCP, and 10 honest clients among them', async () => {
  const siege = await Siege.begin({ maxPendingHandshakes: 100, maxRefusedClients: 100, backlog: 1000 });
  let closed = 0;
  const honest: string[] = [];
  let dropped = 0;
  for (let wave = 0; wave < 10; wave++) {
    for (let count = 0; count < 100; count++) siege.attack('garbage\r\n\r\n').on('close', () => closed++);
    siege
      .attack(REQUEST)
      .on('data', (data) => honest.push(`${data}`.slice(9, 12)))
      .on('close', () => dropped++);
    await siege.until(() => siege.sockets.every((socket) => !socket.connecting) && honest.length === wave + 1);
  }
  await siege.until(() => closed >= 900, 30_000);
  expect([new Set(honest), dropped]).toEqual([new Set(['101']), 0]);
  expect(siege.intruders).toHaveLength(10);
  expectHarmless('1,000 garbage requests', siege.damage(), 64 * MIB);
}, 60_000);

test('500 silent connections from one address, with a cap on all and on each address', async () => {
  const options = { maxConnections: 50, maxConnectionsPerAddress: 5, maxWaitingConnections: 100 };
  const siege = await Siege.begin(options);
  let closed = 0;
  for (let wave = 0; wave < 10; wave++) {
    for (let count = 0; count < 50; count++) siege.attack().on('close', () => closed++);
    await siege.until(() => siege.sockets.every((socket) => !socket.connecting || socket.destroyed));
  }
  // The well-behaved client has one of the five places.
  await siege.until(() => closed >= 496, 30_000);
  expect(siege.server.server.getPendingCount()).toBe(4);
  const statuses: string[] = [];
  for (let count = 0; count < 20; count++) {
    const socket = connect({ port: siege.server.port, host: '127.0.0.1', localAddress: `127.0.0.${count + 2}` });
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {});
    socket.on('data', (data) => statuses.push(`${data}`.slice(9, 12)));
    socket.write(REQUEST);
  }
  await siege.until(() => statuses.length === 20);
  expect(new Set(statuses)).toEqual(new Set(['101']));
  expectHarmless('500 silent connections of one address', siege.damage(), 64 * MIB);
}, 60_000);

test('requests with 15 KB of headers and 60 KB behind them, which are not taken, and are reset', async () => {
  const siege = await Siege.begin({ manualHandshake: true });
  const { server } = siege.server;
  const large = REQUEST.replace('Host: h', `Host: h\r\nX-Large: ${'x'.repeat(15_000)}`);
  for (let wave = 0; wave < 6; wave++) {
    const sockets = Array.from({ length: 50 }, () => siege.attack(large, new Uint8Array(60_000)));
    await siege.until(() => sockets.every(({ writableLength, connecting }) => !connecting && writableLength === 0));
    await siege.until(() => server.isRequestAvailable());
    for (const socket of sockets) socket.resetAndDestroy();
    await siege.until(() => server.getPendingCount() === 0);
    expect(server.isRequestAvailable()).toBe(false);
  }
  // 300 of them held 18 MB.
  expectHarmless('300 requests that wait, and are reset', siege.damage(), 4 * MIB);
}, 60_000);

test('500 clients that close, and do not end TCP', async () => {
  const siege = await Siege.begin({ maxConnections: 20, maxConnectionsPerAddress: 20, backlog: 1000 });
  const { server } = siege.server;
  const statuses: string[] = [];
  for (let wave = 0; wave < 50; wave++) {
    // One of the 20 places is the well-behaved client's.
    const sockets = Array.from({ length: 10 }, () =>
      siege.attack(REQUEST).once('data', (data) => statuses.push(`${data}`.slice(9, 12))),
    );
    await siege.until(() => statuses.length === 10 * (wave + 1));
    for (const socket of sockets) socket.write(rawFrame({ opcode: Opcode.CLOSE, key: KEY }));
    await siege.until(() => server.getPeerCount() === 1 && sockets.every(({ readableEnded }) => readableEnded));
  }
  expect(new Set(statuses)).toEqual(new Set(['101']));
  expectHarmless('500 clients that close and stay', siege.damage(), 16 * MIB);
}, 60_000);

test('messages that refer to what lies before a final block, with context takeover', async () => {
  const siege = await Siege.begin({ compression: { clientNoContextTakeover: false } });
  const request = REQUEST.replace('\r\n\r\n', '\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n');
  const dictionary = randomBytes(32_000);
  const compressed = (payload: Uint8Array): Uint8Array => {
    return rawFrame({ opcode: Opcode.BINARY, rsv: 0x40, payload, key: KEY });
  };
  const window = compressed(deflateRawSync(dictionary, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4));
  const costly = compressed(concat([deflateRawSync(dictionary.subarray(100, 130), { dictionary }), Uint8Array.of(0)]));
  const many = concat(Array.from({ length: 5000 }, () => costly));
  for (let count = 0; count < 10; count++) siege.attack(request, window, many);
  await siege.until(
    () => siege.intruders.length === 10 && siege.intruders.every((peer) => peer.getReadyState() === State.STATE_CLOSED),
  );
  for (const peer of siege.intruders) {
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_INVALID_COMPRESSION');
    // A budget of 64, and one more for each KiB.
    expect(peer.getStatistics().packetsReceived).toBeLessThan(70);
  }
  expectHarmless('50,000 references behind final blocks', siege.damage(), 16 * MIB);
}, 60_000);
