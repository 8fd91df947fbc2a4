import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { feed, makeConnection, takePackets } from '../../../test/support/connection.ts';
import { concat, frameTo } from '../../../test/support/frames.ts';
import { patternBytes } from '../../../test/support/payloads.ts';
import { Opcode } from '../opcode.ts';
import { PacketMemory } from './packet-memory.ts';

function buffersOf(packets: readonly { readonly payload: Uint8Array }[]): Set<ArrayBufferLike> {
  return new Set(packets.map(({ payload }) => payload.buffer));
}

function messages(sizes: readonly number[]): Uint8Array[] {
  return sizes.map((size, index) => patternBytes(size).map((byte) => byte ^ index));
}

function chunkOf(payloads: readonly Uint8Array[]): Uint8Array {
  return concat(payloads.map((payload) => frameTo('server', { opcode: Opcode.BINARY, payload })));
}

describe('packets that arrive together', () => {
  const SIZES = [100, 1000, 65, 300, 64, 7, 0, 200];

  test.each([false, true])(
    'are in an ArrayBuffer, for any kind of chunk (packetsShareMemory: %s)',
    (packetsShareMemory) => {
      const bytes = chunkOf(messages(SIZES));
      const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
      for (const size of [bytes.length, 50]) {
        for (const chunk of [shared, Buffer.from(bytes), Buffer.from(shared.buffer)]) {
          const connection = makeConnection('server', { packetsShareMemory });
          chunk.set(bytes);
          for (let at = 0; at < chunk.length; at += size) connection.receive(chunk.subarray(at, at + size), 0);
          chunk.fill(0);
          const packets = takePackets(connection).map(({ payload }) => payload);
          expect(packets).toEqual(messages(SIZES));
          expect(packets.every((packet) => packet.buffer instanceof ArrayBuffer)).toBe(true);
        }
      }
    },
  );

  test('have memory of their own without packetsShareMemory', () => {
    const connection = makeConnection('server');
    feed(connection, chunkOf(messages(SIZES)));
    expect(buffersOf(takePackets(connection)).size).toBe(SIZES.length);
  });

  test('lie one after the other, at multiples of 8; small ones and the last have memory of their own', () => {
    const connection = makeConnection('server', { packetsShareMemory: true });
    const payloads = messages(SIZES);
    feed(connection, chunkOf(payloads));
    const packets = takePackets(connection);
    expect(packets.map(({ payload }) => payload)).toEqual(payloads);
    const shared = packets.filter(({ payload }) => payload.buffer.byteLength > payload.length);
    expect(shared.map(({ payload }) => payload.length)).toEqual([100, 1000, 65, 300, 200]);
    expect(buffersOf(shared).size).toBe(1);
    expect(shared.every(({ payload }) => payload.byteOffset % 8 === 0)).toBe(true);
  });

  test('never change after they were delivered', () => {
    const connection = makeConnection('server', { packetsShareMemory: true });
    const payloads = messages([100, 200, 300, 400]);
    const taken: Uint8Array[] = [];
    for (let n = 0; n < 3; n++) {
      feed(connection, chunkOf(payloads));
      taken.push(...takePackets(connection).map(({ payload }) => payload));
    }
    expect(taken).toEqual([...payloads, ...payloads, ...payloads]);
    taken[1]?.fill(0xee);
    expect([taken[0], taken[2]]).toEqual([payloads[0], payloads[2]]);
  });

  test('that waited for room have memory of their own: each may be kept for long', () => {
    const connection = makeConnection('server', { packetsShareMemory: true, maxQueuedPackets: 1 });
    const payloads = messages([500, 500, 500, 500]);
    feed(connection, chunkOf(payloads));
    const packets = takePackets(connection);
    expect(packets.map(({ payload }) => payload)).toEqual(payloads);
    expect(packets.slice(1).map(({ payload }) => payload.buffer.byteLength)).toEqual([500, 500, 500]);
  });

  test('share no more than inboundBufferSize', () => {
    const connection = makeConnection('server', { packetsShareMemory: true, inboundBufferSize: 1000 });
    feed(connection, chunkOf(messages([300, 300, 300, 300, 300, 300])));
    const packets = takePackets(connection);
    for (const { payload } of packets) expect(payload.buffer.byteLength).toBeLessThanOrEqual(1000);
  });

  test('are the same as without sharing, for any sizes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2000), { maxLength: 30 }), fc.constantFrom('whole', 'random'), (sizes, how) => {
        const connection = makeConnection('server', { packetsShareMemory: true });
        const payloads = messages(sizes);
        feed(connection, chunkOf(payloads), how);
        expect(takePackets(connection).map(({ payload }) => payload)).toEqual(payloads);
      }),
    );
  });
});

test.each([
  { left: 199, isShared: false },
  { left: 200, isShared: true },
  { left: 201, isShared: true },
])('a packet of 100 bytes with $left to the end of its stretch shares: $isShared', ({ left, isShared }) => {
  const memory = new PacketMemory();
  memory.begin(1000);
  expect(memory.copy(new Uint8Array(left), 0, 100).buffer.byteLength > 100).toBe(isShared);
});

test.each([
  { size: 63, isShared: false },
  { size: 64, isShared: false },
  { size: 65, isShared: true },
])('a packet of $size bytes shares: $isShared', ({ size, isShared }) => {
  const memory = new PacketMemory();
  memory.begin(1000);
  expect(memory.copy(new Uint8Array(1000), 0, size).buffer.byteLength > size).toBe(isShared);
});
