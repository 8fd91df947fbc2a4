import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FakePage, inspect, VIEW } from '../../test/support/inspected.ts';
import { dialPeer, drive, isClosed, openPeer, serve } from '../../test/support/peers.ts';
import { turn } from '../../test/support/until.ts';

/** A TCP proxy that counts the bytes after the opening handshake, as a capture would. */
async function countingProxy(port: number): Promise<{ port: number; toServer: () => number; toClient: () => number }> {
  const counts = { toServer: 0, toClient: 0 };
  const sockets: Socket[] = [];
  const proxy = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    sockets.push(client, server);
    const pipe = (from: Socket, to: Socket, name: keyof typeof counts): void => {
      let head = '';
      let isOver = false;
      from.on('data', (bytes) => {
        to.write(bytes);
        if (isOver) counts[name] += bytes.length;
        else head += bytes.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (isOver || end < 0) return;
        isOver = true;
        counts[name] += head.length - end - 4;
      });
      from.on('close', () => to.destroy());
      from.on('error', () => to.destroy());
    };
    pipe(client, server, 'toServer');
    pipe(server, client, 'toClient');
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
  return { port: address.port, toServer: () => counts.toServer, toClient: () => counts.toClient };
}

describe('the bytes', () => {
  test.each([
    ['without compression', null],
    ['with compression', true],
  ])('agree with a capture within 1 %%, of peers that come and go, %s', async (_, compression) => {
    const server = serve({ outboundBufferSize: 1_000_000, heartbeatInterval: 0.05, compression });
    const inspector = inspect(server.server);
    const page = new FakePage(inspector);
    expect(await page.outcome([server])).toBe(null);
    const proxy = await countingProxy(server.port);
    for (let round = 0; round < 3; round++) {
      const client = await openPeer(`ws://127.0.0.1:${proxy.port}/`, { compression }, [server]);
      for (let n = 0; n < 40; n++) {
        client.send(new Uint8Array(n * 7));
        server.peers.at(-1)!.send(new Uint8Array(500 + n));
        client.poll();
        server.poll();
        await turn();
      }
      client.close();
      await drive([client, server], () => isClosed(client) && server.server.getPeerCount() === 0);
    }
    // The proxy may have the last bytes a moment later.
    const { server: totals } = await page.update(
      ({ server: { totalBytesOut } }) => totalBytesOut === proxy.toClient(),
      [server],
    );
    expect(totals.totalBytesIn).toBeGreaterThan(1000);
    expect(Math.abs(totals.totalBytesIn / proxy.toServer() - 1)).toBeLessThan(0.01);
    expect(Math.abs(totals.totalBytesOut / proxy.toClient() - 1)).toBeLessThan(0.01);
    expect([totals.totalPacketsIn, totals.totalPacketsOut]).toEqual([120, 120]);
  });

  test('sent before the inspector was attached are not counted, but shown at their peer', async () => {
    const server = serve();
    const client = await openPeer(`ws://127.0.0.1:${server.port}/`, {}, [server]);
    client.sendText('before');
    await drive([client, server], () => server.peers[0]?.getAvailablePacketCount() === 1);
    const page = new FakePage(inspect(server.server));
    const update = await page.update(({ peers }) => peers.length === 1, [server]);
    expect(update.server.totalPacketsIn).toBe(0);
    expect(update.peers[0]).toMatchObject({ totalPacketsIn: 1, isEarlier: true, state: 'OPEN', address: '127.0.0.1' });
  });
});

test('a peer is shown with its queues, its sub-protocol and what it asked for', async () => {
  const server = serve({ supportedProtocols: ['game'], maxQueuedPackets: 4, inboundBufferSize: 1000 });
  const page = new FakePage(inspect(server.server));
  const options = { supportedProtocols: ['game'] };
  const client = await openPeer(`ws://127.0.0.1:${server.port}/lobby?x=1`, options, [server]);
  for (let n = 0; n < 3; n++) client.send(new Uint8Array(100));
  const { peers } = await page.update(({ peers: [first] }) => first?.inbound.packets === 3, [server, client]);
  expect(peers[0]).toMatchObject({
    id: 0,
    protocol: 'game',
    url: `ws://127.0.0.1:${server.port}/lobby?x=1`,
    isEarlier: false,
    roundTrip: null,
    inbound: { bytes: 300, mostBytes: 1000, packets: 3, mostPackets: 4 },
    outbound: { bytes: 0, mostPackets: 4 },
    line: null,
    multiplayer: null,
  });
});

test('polls are counted and timed, also those that throw', async () => {
  const server = serve();
  const page = new FakePage(inspect(server.server));
  const { sample } = await page.update(({ sample: { polls } }) => polls > 0, [server]);
  expect(sample.pollMean).toBeGreaterThanOrEqual(0);
  expect(sample.pollMost).toBeGreaterThanOrEqual(sample.pollMean!);
});

test('the search, the order and the chosen peer are those of the page', async () => {
  const server = serve();
  const page = new FakePage(inspect(server.server));
  const first = await openPeer(`ws://127.0.0.1:${server.port}/`, {}, [server]);
  const second = await openPeer(`ws://127.0.0.1:${server.port}/`, {}, [server]);
  await page.update(({ peers }) => peers.length === 2, [server, first, second]);
  const view = { ...VIEW, isDescending: true, search: '127', chosen: 1 } as const;
  page.tell(view);
  const update = await page.update(({ chosen }) => chosen !== null, [server]);
  expect([update.peers.map(({ key }) => key), update.peerCount, update.chosen?.key]).toEqual([[2, 1], 2, 1]);
  page.tell({ ...view, search: 'elsewhere', chosen: 9 });
  const none = await page.update(({ peerCount }) => peerCount === 0, [server]);
  expect([none.peers, none.chosen]).toEqual([[], null]);
  page.tell({ ...view, showsPeers: false });
  await page.update(
    ({ peers, peerCount, chosen }) => peers.length === 0 && peerCount === 2 && chosen !== null,
    [server],
  );
});

describe('the log', () => {
  test('has the refusals of this server, and not those of others', async () => {
    const server = serve({ path: '/game' });
    const other = serve({ path: '/other' });
    const page = new FakePage(inspect(server.server));
    const refused = [
      dialPeer(`ws://127.0.0.1:${server.port}/<img src=x>`),
      dialPeer(`ws://127.0.0.1:${other.port}/wrong`),
    ];
    await drive([server, other, ...refused], () => refused.every(isClosed));
    await drive([page, server], () => page.log.length > 0);
    const { log } = page;
    expect(log.map(({ level, count }) => [level, count])).toEqual([['warn', 1]]);
    expect(log[0]?.text).toContain('/<img%20src=x>');
  });

  test('counts what repeats', async () => {
    const server = serve({ path: '/game' });
    const page = new FakePage(inspect(server.server));
    for (let n = 0; n < 9; n++) {
      const client = dialPeer(`ws://127.0.0.1:${server.port}/wrong`);
      await drive([server, client], () => isClosed(client));
    }
    await drive([page, server], () => page.log.some(({ count }) => count === 5));
    expect(page.log.map(({ count }) => count)).toEqual([1, 1, 1, 1, 5]);
  });

  test('shows an entry once that was repeated several times between two updates', async () => {
    const server = serve({ path: '/game' });
    const page = new FakePage(inspect(server.server, { interval: 2 }));
    const refuse = async (): Promise<void> => {
      const client = dialPeer(`ws://127.0.0.1:${server.port}/wrong`);
      await drive([server, client], () => isClosed(client));
    };
    for (let n = 0; n < 5; n++) await refuse();
    await page.outcome([server]);
    await drive([page, server], () => page.log.length === 5);
    for (let n = 0; n < 4; n++) await refuse();
    await drive([page, server], () => page.log.some(({ count }) => count === 5));
    expect(page.log.map(({ count }) => count)).toEqual([1, 1, 1, 1, 5]);
  });

  test('has what a limit refused before the server knew the client', async () => {
    const server = serve({ maxPendingHandshakes: 1 });
    const page = new FakePage(inspect(server.server));
    const sockets = [connect(server.port, '127.0.0.1'), connect(server.port, '127.0.0.1')];
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
    });
    await drive([page, server], () => page.log.length > 0);
    expect(page.log[0]?.text).toContain('refused with 503');
  });
});
