import { expect, test } from 'vitest';
import { converse } from '../../../test/support/conversation.ts';
import { tcpPackets, type WrittenPacket } from '../../../test/support/pcap-writer.ts';
import type { CaptureEvent } from './capture-event.ts';
import { LONGEST_MESSAGE } from './frame-direction.ts';
import { HeldBytes } from './held-bytes.ts';
import { TcpConnections } from './tcp-connections.ts';

test.each([
  [99, true],
  [100, true],
  [101, false],
])('of 100 bytes, %i fit: %s', (count, fits) => {
  const held = new HeldBytes(100);
  expect(held.add(count)).toBe(fits);
  expect(held.total).toBe(fits ? count : 0);
});

/** A connection with messages, and one that is in the middle of its message. */
function packets(): { whole: WrittenPacket[]; message: number } {
  const { client, server, step, sent } = converse({ fragmentSize: 500 });
  for (let count = 0; count < 20; count++) {
    client.send(new Uint8Array(2000));
    server.sendText('answer '.repeat(100));
    step();
  }
  client.close();
  step();
  return { whole: tcpPackets(sent, { linkType: 1 }, 300), message: 2000 };
}

function run(held: HeldBytes, all: readonly WrittenPacket[]): CaptureEvent[] {
  const events: CaptureEvent[] = [];
  const connections = new TcpConnections((event) => events.push(event), held);
  for (const { time, data } of all) connections.take({ time, linkType: 1, data, cut: 0 });
  expect(held.total).toBeGreaterThanOrEqual(0);
  connections.finish(0);
  return events;
}

test('nothing is held behind the end of a connection, also of one that is disturbed', () => {
  const { whole } = packets();
  const variants = [
    whole,
    whole.slice(0, -40),
    whole.filter((_, index) => index !== 30),
    whole.slice(20),
    whole.toReversed(),
    whole.flatMap((packet, index) => (index % 3 === 0 ? [packet, packet] : [packet])),
  ];
  for (const variant of variants) {
    const held = new HeldBytes();
    run(held, variant);
    expect(held.total).toBe(0);
  }
});

/** A connection whose server begins a frame of this size, and sends ten bytes of it. */
function announcing(size: number, port: number): WrittenPacket[] {
  const request = 'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n';
  const answer = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n';
  const head = Buffer.alloc(20);
  head.set([0x82, 127]);
  head.writeBigUInt64BE(BigInt(size), 2);
  const sent = [
    { isFromClient: true, bytes: Buffer.from(request) },
    { isFromClient: false, bytes: Buffer.from(answer) },
    { isFromClient: false, bytes: head },
  ];
  return tcpPackets(sent, { linkType: 1 }, 1448, port).slice(0, -2); // it does not end
}

test.each([
  [1, 0],
  [2, 0],
  [3, 1],
])('frames that announce 60 MiB reserve 1 MiB each: of 2, %i connections have %i notices', (count, notices) => {
  const held = new HeldBytes(2 * 2 ** 20 + 10_000);
  const all = Array.from({ length: count }, (_, index) => announcing(60 * 2 ** 20, 50_000 + index)).flat();
  const events = run(held, all);
  const texts = events.flatMap((event) => (event.kind === 'notice' ? [event.text] : []));
  expect(texts).toEqual(Array(notices).fill(expect.stringMatching(/too much of other connections waits/)));
  expect(events.filter(({ kind }) => kind === 'open')).toHaveLength(count);
  expect(held.total).toBe(0);
});

test('a message of 64 MiB has room', () => {
  const { client, step, sent } = converse({ outboundBufferSize: 2 ** 27, inboundBufferSize: 2 ** 27 });
  client.send(new Uint8Array(LONGEST_MESSAGE));
  step();
  const events = run(new HeldBytes(), tcpPackets(sent, { linkType: 1 }, 60_000));
  expect(events.flatMap((event) => (event.kind === 'message' ? [event.data.length] : []))).toEqual([LONGEST_MESSAGE]);
});

test('a connection that would exceed the limit is not read any further, and says so', () => {
  const { whole } = packets();
  const enough = run(new HeldBytes(20_000), whole);
  expect(enough.filter(({ kind }) => kind === 'message')).toHaveLength(40);
  expect(enough.filter(({ kind }) => kind === 'notice')).toEqual([]);
  const held = new HeldBytes(1000);
  const events = run(held, whole);
  expect(held.total).toBe(0);
  expect(events.filter(({ kind }) => kind === 'notice')).toMatchObject([
    { text: expect.stringMatching(/too much of other connections waits/) },
  ]);
});
