import { describe, expect, test } from 'vitest';
import { FakePage, inspect } from '../../test/support/inspected.ts';
import { drive, isClosed, isOpen, openPeer, serve } from '../../test/support/peers.ts';

describe('control', () => {
  test('a kick closes with the reason', async () => {
    const server = serve();
    const page = new FakePage(inspect(server.server));
    const client = await openPeer(`ws://127.0.0.1:${server.port}/`, {}, [server]);
    await page.update(({ peers }) => peers.length === 1, [server, client]);
    page.tell({ type: 'kick', peer: 1, reason: 'come back later' });
    await drive([page, server, client], () => isClosed(client));
    expect([client.getCloseCode(), client.getCloseReason()]).toEqual([1008, 'come back later']);
    await page.update(({ peers }) => peers.length === 0, [server]);
    page.tell({ type: 'kick', peer: 1, reason: '' });
    await drive([page, server], () => page.messages.some((one) => one.type === 'notice' && one.isError));
  });

  test('a delay and a stall take effect, keep the order, and the connection ends cleanly', async () => {
    const server = serve();
    const page = new FakePage(inspect(server.server));
    const client = await openPeer(`ws://127.0.0.1:${server.port}/`, {}, [server]);
    await page.update(({ peers }) => peers.length === 1, [server, client]);
    const received: string[] = [];
    const trip = async (text: string): Promise<number> => {
      const start = performance.now();
      client.sendText(text);
      await drive([server, client, page], () => {
        for (const packet of server.peers[0]?.packets() ?? []) server.peers[0]?.sendText(String(packet));
        received.push(...[...client.packets()].map(String));
        return received.includes(text);
      });
      return performance.now() - start;
    };
    await trip('before');
    page.tell({ type: 'line', peer: 1, latency: 60, jitter: 0 });
    const { peers } = await page.update(({ peers: [first] }) => first?.line?.latency === 60, [server, client]);
    expect(peers[0]?.line).toEqual({ latency: 60, jitter: 0, stalledFor: 0 });
    expect(await trip('delayed')).toBeGreaterThanOrEqual(119);
    page.tell({ type: 'line', peer: 1, latency: 0, jitter: 0 });
    page.tell({ type: 'stall', peer: 1, milliseconds: 200 });
    await page.update(({ peers: [first] }) => (first?.line?.stalledFor ?? 0) > 0, [server, client]);
    await trip('stalled');
    expect(received).toEqual(['before', 'delayed', 'stalled']);
    client.close(1000, 'done');
    await drive([server, client], () => isClosed(client) && server.server.getPeerCount() === 0);
    expect([client.getCloseCode(), server.peers[0]?.getCloseCode()]).toEqual([1000, 1000]);
  });

  test('a line takes over while much is on its way in both directions', async () => {
    const server = serve({ outboundBufferSize: 8_000_000, inboundBufferSize: 200_000, maxQueuedPackets: 100 });
    const page = new FakePage(inspect(server.server));
    const client = await openPeer(`ws://127.0.0.1:${server.port}/`, { outboundBufferSize: 8_000_000 }, [server]);
    await page.update(({ peers }) => peers.length === 1, [server, client]);
    const payload = (n: number): Uint8Array => new Uint8Array(50_000).fill(n);
    // The client does not read, and the server neither: both systems' buffers are full.
    for (let n = 0; n < 100; n++) {
      client.send(payload(n));
      server.peers[0]!.send(payload(n));
    }
    page.tell({ type: 'line', peer: 1, latency: 5, jitter: 5 });
    await page.update(({ peers: [first] }) => first?.line?.latency === 5, [server]);
    const [there, back]: [number[], number[]] = [[], []];
    await drive([server, client], () => {
      for (const packet of server.peers[0]!.packets()) there.push((packet as Uint8Array)[0]!);
      for (const packet of client.packets()) back.push((packet as Uint8Array)[0]!);
      return there.length === 100 && back.length === 100;
    });
    const inOrder = Array.from({ length: 100 }, (_, n) => n);
    expect([there, back]).toEqual([inOrder, inOrder]);
    expect(isOpen(client)).toBe(true);
    client.close(-1);
    await drive(server, () => server.server.getPeerCount() === 0);
  });

  test('a followed peer: its packets in both directions, and nothing of others', async () => {
    const server = serve();
    const page = new FakePage(inspect(server.server));
    const url = `ws://127.0.0.1:${server.port}/`;
    const client = await openPeer(url, {}, [server]);
    const other = await openPeer(url, {}, [server]);
    const all = [server, client, other];
    await page.update(({ peers }) => peers.length === 2, all);
    page.tell({ type: 'follow', peer: 1 });
    await page.update(() => Object.hasOwn(server.peers[0]!.inspected!, 'send'), all);
    expect(Object.hasOwn(server.peers[1]!.inspected!, 'send')).toBe(false);
    client.sendText('<b>hello</b>');
    other.sendText('not this');
    await drive(all, () => server.peers.every((peer) => peer.getAvailablePacketCount() === 1));
    for (const peer of server.peers) peer.getPacket();
    server.peers[0]!.send(Uint8Array.of(1, 255));
    server.server.broadcast(server.peers, 'to all');
    const { packets } = await page.update((update) => update.packets.length > 0, all);
    expect(packets.map(({ isSent, size, summary, hex }) => [isSent, size, summary, hex])).toEqual([
      [false, 12, '<b>hello</b>', ''],
      [true, 2, 'bytes', '01 ff'],
      [true, 6, 'to all', ''],
    ]);
    page.tell({ type: 'follow', peer: 0 });
    await page.update(() => !Object.hasOwn(server.peers[0]!.inspected!, 'send'), all);
  });

  describe('of a line that is stalled for a minute', () => {
    async function stalled() {
      const server = serve();
      const inspector = inspect(server.server);
      const page = new FakePage(inspector);
      const client = await openPeer(`ws://127.0.0.1:${server.port}/`, {}, [server]);
      await page.update(({ peers }) => peers.length === 1, [server, client]);
      page.tell({ type: 'line', peer: 1, latency: 10_000, jitter: 10_000 });
      page.tell({ type: 'stall', peer: 1, milliseconds: 60_000 });
      await page.update(({ peers: [first] }) => (first?.line?.stalledFor ?? 0) > 0, [server, client]);
      server.peers[0]!.sendText('late');
      client.sendText('late');
      return { server, inspector, page, client };
    }

    test('the delay and the stall end with the inspector', async () => {
      const { server, inspector, client } = await stalled();
      inspector.close();
      const read: string[] = [];
      await drive([server, client], () => {
        for (const peer of [client, server.peers[0]!]) read.push(...[...peer.packets()].map(String));
        return read.length === 2;
      });
      expect(read).toEqual(['late', 'late']);
      client.close(1000, 'done');
      await drive([server, client], () => isClosed(client) && server.server.getPeerCount() === 0);
      expect(client.getCloseCode()).toBe(1000);
    });

    test('a peer that is dropped does not wait for it', async () => {
      const { server, client } = await stalled();
      server.peers[0]!.close(-1);
      await drive([server, client], () => isClosed(client));
      expect(client.getCloseCode()).toBe(-1);
    });

    test('a server that ends does not wait for it', async () => {
      const { server, client } = await stalled();
      server.server[Symbol.dispose]();
      await drive(client, () => isClosed(client));
      expect(client.getCloseCode()).toBe(-1);
    });

    test('a peer that is kicked does not wait for it', async () => {
      const { server, client, page } = await stalled();
      page.tell({ type: 'kick', peer: 1, reason: 'at once' });
      await drive([server, client, page], () => isClosed(client));
      expect([client.getCloseCode(), client.getCloseReason(), [...client.packets()]]).toEqual([
        1008,
        'at once',
        ['late'],
      ]);
    });

    test('a peer whose client has vanished can be dropped', async () => {
      const { server, client } = await stalled();
      client.close(-1);
      server.peers[0]!.close(-1);
      await drive([server, client], () => server.server.getPeerCount() === 0);
    });
  });
});
