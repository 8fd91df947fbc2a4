import { expect, test } from 'vitest';
import { converse } from '../../../test/support/conversation.ts';
import { tcpPackets, type WrittenPacket } from '../../../test/support/pcap-writer.ts';
import type { CaptureEvent } from './capture-event.ts';
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
