import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { startRawServer } from '../../../test/support/raw-tcp.ts';
import { until } from '../../../test/support/until.ts';
import { connectToNode } from './tunnel.ts';
import { WaitingClient } from './waiting-client.ts';

const EVENTS = ['data', 'end', 'error', 'close'];

function countListeners(socket: Socket): number[] {
  return EVENTS.map((event) => socket.listenerCount(event));
}

async function make(head = '') {
  const server = await startRawServer();
  const socket = await connectToNode({ host: '127.0.0.1', port: server.port }, new AbortController().signal);
  onTestFinished(() => void socket.destroy());
  const before = countListeners(socket);
  const client = new WaitingClient(socket, Buffer.from(head));
  await until(() => server.ends.length === 1);
  return { client, socket, before, other: server.ends[0]! };
}

test('a released socket has the listeners that it had before', async () => {
  const { client, socket, before, other } = await make('head ');
  other.write('early');
  await until(() => client.early.toString() === 'head early');
  expect(client.release()?.toString()).toBe('head early');
  expect([countListeners(socket), socket.isPaused(), client.isGone]).toEqual([before, true, false]);
});

test('a held socket is not read at all until it goes on', async () => {
  const { client, socket, other } = await make();
  other.write('a');
  await until(() => client.early.length === 1);
  expect(client.hold()).toBe(true);
  const { bytesRead } = socket;
  other.write('bc');
  await until(() => other.socket.writableLength === 0);
  for (let count = 0; count < 20; count++) await new Promise((resolve) => setImmediate(resolve));
  expect(socket.bytesRead).toBe(bytesRead);
  client.goOn();
  await until(() => socket.bytesRead === bytesRead + 2);
  expect(client.release()?.toString()).toBe('a');
  expect(socket.read()?.toString()).toBe('bc');
});

test('a socket with TLS, one that is not connected and one that is gone cannot be held', async () => {
  expect(new WaitingClient(new TLSSocket(new Socket()), Buffer.alloc(0)).hold()).toBe(false);
  expect(new WaitingClient(new Socket(), Buffer.alloc(0)).hold()).toBe(false);
  const { client, other } = await make();
  other.reset();
  await until(() => client.isGone);
  expect([client.hold(), client.release(), client.ended.aborted]).toEqual([false, null, true]);
});

test('a socket that has closed before is gone', () => {
  const socket = new Socket();
  socket.destroy();
  const client = new WaitingClient(socket, Buffer.alloc(0));
  expect([client.isGone, client.release()]).toEqual([true, null]);
});

test('stop() ends the waiting, and the socket can be released', async () => {
  const { client } = await make('x');
  client.stop();
  expect([client.ended.aborted, client.isGone, client.release()?.toString()]).toEqual([true, false, 'x']);
});
