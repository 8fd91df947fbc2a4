import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { unusedPort } from '../../../test/journey/unused-port.ts';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { RawEnd } from '../../../test/support/raw-tcp.ts';
import { until } from '../../../test/support/until.ts';
import { connectToNode, Tunnel } from './tunnel.ts';

/** A TCP server that leaves its connections paused. */
async function listen(): Promise<{ readonly port: number; readonly sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    socket.on('error', () => {});
    sockets.push(socket);
  });
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { port: (server.address() as AddressInfo).port, sockets }; // it listens on a port
}

/** A client, a tunnel and a node. The two ends read only when they are made `RawEnd`s. */
async function make(first = '') {
  const [front, behind] = [await listen(), await listen()];
  const client = connect({ port: front.port, host: '127.0.0.1', allowHalfOpen: true });
  client.on('error', () => {});
  onTestFinished(() => void client.destroy());
  await until(() => front.sockets.length === 1);
  const inner = front.sockets[0]!;
  const outer = await connectToNode({ host: '127.0.0.1', port: behind.port }, new AbortController().signal);
  const clock = new FakeClock();
  let closed = 0;
  const tunnel = new Tunnel(inner, outer, Buffer.from(first), clock, () => void closed++);
  onTestFinished(() => void outer.destroy());
  await until(() => behind.sockets.length === 1);
  return { client, node: behind.sockets[0]!, tunnel, inner, outer, clock, closed: () => closed };
}

test('the first bytes come first, then both directions', async () => {
  const { client, node, tunnel, closed } = await make('first ');
  const [left, right] = [new RawEnd(client), new RawEnd(node)];
  node.resume();
  left.write('one');
  right.write('answer');
  await until(() => left.text === 'answer' && right.text === 'first one');
  expect([tunnel.bytesToNode, tunnel.bytesFromNode, closed()]).toEqual([9, 6, 0]);
});

test.each(['client', 'node'] as const)('when the %s ends, the other direction goes on', async (name) => {
  const { closed, ...sockets } = await make();
  const [near, far] = [new RawEnd(sockets[name]), new RawEnd(name === 'client' ? sockets.node : sockets.client)];
  sockets.node.resume();
  near.socket.end('last');
  await until(() => far.hasEnded);
  expect(far.text).toBe('last');
  far.write('an answer after it');
  await until(() => near.text === 'an answer after it');
  expect([near.hasEnded, closed()]).toEqual([false, 0]);
  far.socket.end();
  await until(() => near.isClosed && far.isClosed && closed() === 1);
});

test.each(['client', 'node'] as const)(
  'a reset by the %s ends the other side, with what was sent to it',
  async (name) => {
    const { closed, inner, outer, ...sockets } = await make();
    const [near, far] = [new RawEnd(sockets[name]), new RawEnd(name === 'client' ? sockets.node : sockets.client)];
    sockets.node.resume();
    near.write('last');
    await until(() => far.text === 'last');
    near.reset();
    await until(() => far.hasEnded);
    expect(closed()).toBe(0);
    far.socket.end();
    await until(() => closed() === 1);
    expect([inner.destroyed, outer.destroyed]).toEqual([true, true]);
  },
);

test.each(['client', 'node'] as const)(
  'bytes that the %s does not read stop the reading of the other side',
  async (slow) => {
    const { client, node, inner, outer, closed } = await make();
    const [reader, writer] = slow === 'client' ? [client, node] : [node, client];
    const size = 24 * 1024 * 1024;
    reader.pause();
    const block = Buffer.alloc(1024 * 1024, 7);
    for (let sent = 0; sent < size; sent += block.length) writer.write(block);
    writer.end();
    // The kernels' buffers are full when no byte has moved for some turns.
    let [before, still] = [-1, 0];
    await until(() => {
      still = writer.writableLength === before ? still + 1 : 0;
      before = writer.writableLength;
      return before > 0 && still > 200;
    });
    expect(writer.writableLength).toBeGreaterThan(1024 * 1024);
    for (const socket of [inner, outer]) {
      expect(socket.readableLength + socket.writableLength).toBeLessThanOrEqual(256 * 1024);
    }
    expect(closed()).toBe(0);
    let received = 0;
    reader.on('data', (chunk) => {
      received += chunk.length;
    });
    reader.resume();
    await once(reader, 'end');
    expect(received).toBe(size);
    reader.end();
    await until(() => closed() === 1);
  },
);

test('end() ends both sides, after the bytes before', async () => {
  const { client, node, tunnel, closed } = await make();
  const [left, right] = [new RawEnd(client), new RawEnd(node)];
  node.resume();
  right.write('last');
  await until(() => left.text === 'last');
  tunnel.end();
  tunnel.end();
  await until(() => left.hasEnded && right.hasEnded);
  left.socket.end();
  right.socket.end();
  await until(() => closed() === 1);
});

test('a side that does not end is dropped 5 s after the other has closed', async () => {
  const { client, node, clock, inner, closed } = await make();
  const [left, right] = [new RawEnd(client), new RawEnd(node)];
  node.resume();
  right.reset();
  await until(() => left.hasEnded);
  clock.advance(4999);
  expect([inner.destroyed, clock.timerCount]).toEqual([false, 1]);
  clock.advance(1);
  expect(inner.destroyed).toBe(true);
  await until(() => closed() === 1);
  expect(clock.timerCount).toBe(0);
});

test('no listener is left at a closed tunnel’s sockets but those for errors', async () => {
  const { client, node, inner, outer, closed } = await make();
  client.destroy();
  node.destroy();
  await until(() => closed() === 1);
  for (const socket of [inner, outer]) {
    for (const event of ['data', 'drain', 'close']) expect(socket.listenerCount(event), event).toBe(0);
  }
});

test('connecting rejects for a port where nobody listens, and for one that cannot be', async () => {
  const { port } = await listen();
  const { signal } = new AbortController();
  const socket = await connectToNode({ host: '127.0.0.1', port }, signal);
  socket.on('error', () => {}).destroy();
  await expect(connectToNode({ host: '127.0.0.1', port: unusedPort() }, signal)).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  });
  await expect(connectToNode({ host: '127.0.0.1', port: 65_536 }, signal)).rejects.toThrow(RangeError);
});

test('connecting ends with its signal', async () => {
  const { port } = await listen();
  const controller = new AbortController();
  const connecting = connectToNode({ host: '127.0.0.1', port }, controller.signal);
  controller.abort(new Error('gone'));
  await expect(connecting).rejects.toThrow('gone');
  await expect(connectToNode({ host: '127.0.0.1', port }, controller.signal)).rejects.toThrow('gone');
});
