import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { dialPeer, drive, isClosed } from '../../../test/support/peers.ts';
import { dialRaw, upgradeRequest } from '../../../test/support/raw-tcp.ts';
import { until } from '../../../test/support/until.ts';
import { systemClock } from '../../stream/index.ts';
import { isRefusalCode, Refusals } from './refusals.ts';

/** An HTTP server that refuses every WebSocket with its path. */
async function make(mostClients?: number) {
  const refusals = new Refusals(systemClock, mostClients);
  const http = createServer();
  let arrived = 0;
  http.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    arrived++;
    refusals.refuse(request, socket, head, { code: 4503, reason: request.url ?? '' });
  });
  onTestFinished(() => {
    refusals.close();
    http.closeAllConnections();
    http.close();
  });
  await once(http.listen(0, '127.0.0.1'), 'listening');
  const { port } = http.address() as AddressInfo; // it listens on a port
  return { refusals, port, arrived: () => arrived };
}

test('each client gets its own code and reason, and its connection ends', async () => {
  const { refusals, port } = await make();
  const clients = ['/a', '/b?c=d'].map((target) => dialPeer(`ws://127.0.0.1:${port}${target}`));
  await drive([refusals, ...clients], () => clients.every(isClosed));
  expect(clients.map((client) => [client.getCloseCode(), client.getCloseReason()])).toEqual([
    [4503, '/a'],
    [4503, '/b?c=d'],
  ]);
  await drive(refusals, () => refusals.size === 0);
});

test('a client that offers sub-protocols gets one, because it would not read the code otherwise', async () => {
  const { refusals, port } = await make();
  const client = dialPeer(`ws://127.0.0.1:${port}/`, { supportedProtocols: ['game.2', 'game.1'] });
  await drive([refusals, client], () => isClosed(client));
  expect(client.getCloseCode()).toBe(4503);
});

test('a request that is wrong gets the response that any server gives', async () => {
  const { refusals, port } = await make();
  const end = await dialRaw(port);
  end.write(upgradeRequest({ 'Sec-WebSocket-Version': '12' }));
  await drive(refusals, () => end.hasHead);
  expect(end.status).toBe(426);
});

test.each([
  [1, 0],
  [2, 0],
  [3, 1],
])('of %i clients, %i are above the limit of 2 and get 503', async (count, above) => {
  const { refusals, port, arrived } = await make(2);
  const ends = await Promise.all(Array.from({ length: count }, () => dialRaw(port)));
  for (const end of ends) end.write(upgradeRequest());
  await until(() => arrived() === count);
  await drive(refusals, () => ends.every((end) => end.hasHead));
  expect(ends.filter((end) => end.status === 503).length).toBe(above);
  expect(ends.filter((end) => end.status === 101).length).toBe(count - above);
});

test('a refusal has a code of applications, or 1011', () => {
  const codes = [1000, 1011, 3999, 4000, 4999, 5000, 4000.5, Number.NaN];
  expect(codes.filter(isRefusalCode)).toEqual([1011, 4000, 4999]);
});
