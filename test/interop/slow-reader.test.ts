import { ErrorCode, TLSOptions, type WebSocketPeer } from 'tickpeer';
import { expect, test } from 'vitest';
import { makeIdentity, serverOptions } from '../support/certificates.ts';
import { memoryUse } from '../support/memory-use.ts';
import { patternBytes } from '../support/payloads.ts';
import { drive, isOpen, newPeer, openPeer, ourPair, type Pollable, serve } from '../support/peers.ts';
import { turn } from '../support/until.ts';
import { dialWs, isWsOpen, startWsServer, type WsEnd } from '../support/ws-ends.ts';

const SIZE = 20_000;
const COUNT = 5000;
/** 100 MB of numbered messages, made when they are offered, so that they are never all in memory. */
const TOTAL = SIZE * COUNT;
const DEFAULT_LIMIT = 65_535;
const MEMORY_LIMIT = 30_000_000;

const BODY = Buffer.from(patternBytes(SIZE - 4));

function message(place: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(SIZE);
  bytes.writeUInt32LE(place, 0);
  BODY.copy(bytes, 4);
  return bytes;
}

/** Checks that messages arrive whole, once and in order. */
class Checker {
  received = 0;

  take(bytes: Uint8Array): void {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (buffer.length !== SIZE || buffer.readUInt32LE(0) !== this.received || !BODY.equals(buffer.subarray(4))) {
      throw new Error(`message ${this.received}: ${buffer.length} bytes, place ${buffer.readUInt32LE(0)}`);
    }
    this.received++;
  }
}

interface Transfer {
  /** Offers one message. Returns false if it was refused. */
  readonly offer: (message: Uint8Array) => boolean;
  /** Always polled. */
  readonly pollables: readonly Pollable[];
  /** Polled only after the reader has started to read. */
  readonly stalled?: readonly Pollable[];
  readonly checker: Checker;
  /** The reader starts to read. */
  readonly wake?: () => void;
  /** Reads what has arrived. */
  readonly read?: () => void;
}

/** After so many turns without progress all buffers count as full, also the kernel's. */
const STALL_TURNS = 300;

/**
 * Offers all messages: first to a reader that does not read, until there is no progress, then to one that does.
 * Returns the number of messages accepted before it read.
 */
async function offerAll(transfer: Transfer): Promise<number> {
  const { offer, pollables, stalled = [], checker } = transfer;
  let offered = 0;
  const offerMore = (): boolean => {
    const before = offered;
    while (offered < COUNT && offer(message(offered))) offered++;
    return offered > before;
  };

  const before = memoryUse();
  for (let quiet = 0; quiet < STALL_TURNS; quiet++) {
    for (const pollable of pollables) pollable.poll();
    if (offerMore()) quiet = 0;
    await turn();
  }
  const during = memoryUse();
  const takenWhileStalled = offered;
  expect(takenWhileStalled).toBeLessThan(COUNT);
  expect(checker.received).toBe(0);
  expect(during.arrayBuffers - before.arrayBuffers).toBeLessThan(MEMORY_LIMIT);
  expect(during.rss - before.rss).toBeLessThan(MEMORY_LIMIT);

  transfer.wake?.();
  await drive(
    [...pollables, ...stalled],
    () => {
      offerMore();
      transfer.read?.();
      return checker.received === COUNT;
    },
    15_000,
  );
  const after = memoryUse();
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(MEMORY_LIMIT);
  return takenWhileStalled;
}

/** Sends with `peer`, and checks that every refusal is the expected one. */
function offerBy(peer: WebSocketPeer): (message: Uint8Array) => boolean {
  return (bytes) => {
    const result = peer.send(bytes);
    if (result === ErrorCode.OK) return true;
    if (result !== ErrorCode.ERR_OUT_OF_MEMORY) throw new Error(`send returned ${ErrorCode[result]}`);
    return false;
  };
}

function readBy(peer: WebSocketPeer, checker: Checker): () => void {
  return () => {
    while (peer.getAvailablePacketCount() > 0) checker.take(peer.getPacket());
  };
}

function expectSender(peer: WebSocketPeer): void {
  const statistics = peer.getStatistics();
  expect(statistics.outboundPeakSize).toBeLessThanOrEqual(DEFAULT_LIMIT);
  expect(statistics.packetsSent).toBe(COUNT);
  expect(statistics.sendsRefused).toBeGreaterThan(0);
  expect(peer.getLastFailure()?.code).toBe('TICKPEER_OUTBOUND_LIMIT');
  expect(isOpen(peer)).toBe(true);
}

function expectReader(peer: WebSocketPeer): void {
  const statistics = peer.getStatistics();
  expect(statistics.inboundPeakSize).toBeLessThanOrEqual(DEFAULT_LIMIT);
  expect(statistics.packetsReceived).toBe(COUNT);
  expect(statistics.packetsDiscarded).toBe(0);
  expect(statistics.bytesReceived).toBeGreaterThan(TOTAL);
  expect(isOpen(peer)).toBe(true);
  expect(peer.getLastFailure()).toBe(null);
}

test.each(['is not polled', 'is polled, but not read'])(
  '100 MB from our server to our client, which %s',
  async (how) => {
    const { client, served, server } = await ourPair();
    const checker = new Checker();
    const isPolled = how !== 'is not polled';
    await offerAll({
      offer: offerBy(served),
      pollables: isPolled ? [server, client] : [server],
      stalled: isPolled ? [] : [client],
      checker,
      read: readBy(client, checker),
    });
    await drive([client, server], () => served.getCurrentOutboundBufferedAmount() === 0);
    served.poll();
    expectSender(served);
    expectReader(client);
  },
);

test.each(['is not polled', 'is polled, but not read'])(
  '100 MB from our client to our server, which %s',
  async (how) => {
    const { client, served, server } = await ourPair();
    const checker = new Checker();
    const isPolled = how !== 'is not polled';
    await offerAll({
      offer: offerBy(client),
      pollables: isPolled ? [client, server] : [client],
      stalled: isPolled ? [] : [server],
      checker,
      read: readBy(served, checker),
    });
    await drive([client, server], () => client.getCurrentOutboundBufferedAmount() === 0);
    expectSender(client);
    served.poll();
    expectReader(served);
  },
);

test('100 MB over TLS from our server to our client, which is not read', async () => {
  const identity = await makeIdentity('slow reader');
  const server = serve({}, { tls: serverOptions(identity) });
  const client = newPeer();
  client.connectToUrl(`wss://127.0.0.1:${server.port}`, TLSOptions.client(identity.certificate));
  await drive([client, server], () => isOpen(client) && server.peers.length === 1);
  const checker = new Checker();
  const served = server.peers[0]!;
  await offerAll({ offer: offerBy(served), pollables: [server, client], checker, read: readBy(client, checker) });
  served.poll();
  expectSender(served);
  expectReader(client);
});

/** Counts what a `ws` end receives; it does not read yet. */
function pausedEnd(end: WsEnd, checker: Checker): void {
  end.socket.removeAllListeners('message');
  end.socket.on('message', (data: Buffer) => checker.take(data));
  end.socket.pause();
}

test('100 MB from our server to a ws client that is paused', async () => {
  const server = serve();
  const end = dialWs(`ws://127.0.0.1:${server.port}`);
  await drive(server, () => server.peers.length === 1 && isWsOpen(end));
  const checker = new Checker();
  pausedEnd(end, checker);
  const peer = server.peers[0]!;
  await offerAll({ offer: offerBy(peer), pollables: [server], checker, wake: () => end.socket.resume() });
  peer.poll();
  expectSender(peer);
});

test('100 MB from our client to a ws server that is paused', async () => {
  const server = await startWsServer();
  const peer = await openPeer(server.url);
  await drive(peer, () => server.ends.length === 1);
  const checker = new Checker();
  pausedEnd(server.ends[0]!, checker);
  await offerAll({ offer: offerBy(peer), pollables: [peer], checker, wake: () => server.ends[0]!.socket.resume() });
  expectSender(peer);
});

/** A `ws` end refuses nothing: it is offered more while little waits. */
function offerByWs(end: WsEnd): (message: Uint8Array) => boolean {
  return (bytes) => {
    if (end.socket.bufferedAmount > DEFAULT_LIMIT) return false;
    end.socket.send(bytes);
    return true;
  };
}

test('100 MB from a ws server to our client, which is not read', async () => {
  const server = await startWsServer();
  const peer = await openPeer(server.url);
  await drive(peer, () => server.ends.length === 1);
  const checker = new Checker();
  await offerAll({ offer: offerByWs(server.ends[0]!), pollables: [peer], checker, read: readBy(peer, checker) });
  expectReader(peer);
});

test('100 MB from a ws client to our server, which is not read', async () => {
  const server = serve();
  const end = dialWs(`ws://127.0.0.1:${server.port}`);
  await drive(server, () => server.peers.length === 1 && isWsOpen(end));
  const checker = new Checker();
  const peer = server.peers[0]!;
  await offerAll({ offer: offerByWs(end), pollables: [server], checker, read: readBy(peer, checker) });
  peer.poll();
  expectReader(peer);
});

test('one client that does not read does not delay a broadcast to the others', async () => {
  const server = serve();
  const slow = await openPeer(`ws://127.0.0.1:${server.port}/slow`, {}, [server]);
  const quick = await openPeer(`ws://127.0.0.1:${server.port}/quick`, {}, [server]);
  await drive(server, () => server.peers.length === 2);
  const [toSlow, toQuick] = server.peers;
  const checker = new Checker();
  const before = memoryUse();
  let refusals = 0;
  for (let place = 0; place < COUNT / 2; place++) {
    const refused = server.server.broadcast(server.peers, message(place));
    expect(refused).not.toContain(toQuick);
    refusals += refused.length;
    await drive([server, quick], () => {
      readBy(quick, checker)();
      return checker.received === place + 1;
    });
  }
  expect(refusals).toBeGreaterThan(0);
  const during = memoryUse();
  expect(during.arrayBuffers - before.arrayBuffers).toBeLessThan(MEMORY_LIMIT);
  expect(toSlow!.getStatistics().outboundPeakSize).toBeLessThanOrEqual(DEFAULT_LIMIT);
  expect(isOpen(slow) && isOpen(toSlow!)).toBe(true);

  // Exactly the messages that were accepted for the slow one reach it.
  let arrived = 0;
  await drive([server, slow], () => {
    for (; slow.getAvailablePacketCount() > 0; arrived++) expect(slow.getPacket().length).toBe(SIZE);
    return arrived === COUNT / 2 - refusals;
  });
});

test('an end while the reader did not read is reported after its packets', async () => {
  const { client, served, server } = await ourPair();
  let sent = 0;
  while (served.send(message(sent)) === ErrorCode.OK) sent++;
  served.close(4000, 'after all of these');
  const checker = new Checker();
  for (let i = 0; i < STALL_TURNS; i++) {
    client.poll();
    server.poll();
    await turn();
  }
  expect(isOpen(client)).toBe(true);
  await drive([client, server], () => {
    readBy(client, checker)();
    return client.getReadyState() === 3;
  });
  expect(checker.received).toBe(sent);
  expect(client.getCloseCode()).toBe(4000);
});
