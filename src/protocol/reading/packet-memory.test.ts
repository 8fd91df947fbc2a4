import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { feed, makeConnection, takePackets } from '../../../test/support/connection.ts';
import { concat, frameTo } from '../../../test/support/frames.ts';
import { patternBytes } from '../../../test/support/payloads.ts';
import { nodePlatform } from '../../../test/support/platform.ts';
import { Opcode } from '../opcode.ts';
import { PacketMemory } from './packet-memory.ts';

/** One below the limit from which on connections share memory with each other. */
const ALONE = { packetsShareMemory: true, inboundBufferSize: 65_534 };

function buffersOf(packets: readonly { readonly payload: Uint8Array }[]): Set<ArrayBufferLike> {
  return new Set(packets.map(({ payload }) => payload.buffer));
}

function messages(sizes: readonly number[]): Uint8Array[] {
  return sizes.map((size, index) => patternBytes(size).map((byte) => byte ^ index));
}

function chunkOf(payloads: readonly Uint8Array[]): Uint8Array {
  return concat(payloads.map((payload) => frameTo('server', { opcode: Opcode.BINARY, payload })));
}

describe('packets of several connections', () => {
  const PAYLOADS = messages([100, 1000, 65, 300, 4000]);

  function taken(count: number, inboundBufferSize: number): Uint8Array[] {
    return Array.from({ length: count }, () => {
      const connection = makeConnection('server', { packetsShareMemory: true, inboundBufferSize });
      feed(connection, chunkOf(PAYLOADS));
      return takePackets(connection).map(({ payload }) => payload);
    }).flat();
  }

  test.each([
    { inboundBufferSize: 65_534, most: 20 },
    { inboundBufferSize: 65_535, most: 3 },
    { inboundBufferSize: 65_536, most: 3 },
  ])('share memory, unless inboundBufferSize is below 65535: $inboundBufferSize', ({ inboundBufferSize, most }) => {
    const packets = taken(20, inboundBufferSize);
    expect(packets).toEqual(Array.from({ length: 20 }, () => PAYLOADS).flat());
    const { size } = new Set(packets.map(({ buffer }) => buffer));
    if (inboundBufferSize < 65_535) expect(size).toBeGreaterThanOrEqual(most);
    else expect(size).toBeLessThanOrEqual(most);
    for (const { buffer } of packets) expect(buffer.byteLength).toBeLessThanOrEqual(65_536);
    for (const { byteOffset } of packets) expect(byteOffset % 8).toBe(0);
  });

  test('do not when others wait: a connection keeps the common memory of one chunk at most', () => {
    const connection = makeConnection('server', { packetsShareMemory: true });
    const chunks = 20;
    for (let count = 0; count < chunks; count++) feed(connection, chunkOf(messages([100, 100])));
    const buffers = takePackets(connection).map(({ payload }) => payload.buffer.byteLength);
    expect(buffers.filter((size) => size === 65_536).length).toBe(2);
    expect(buffers.filter((size) => size < 65_536).every((size) => size <= 300)).toBe(true);
  });

  test.each([
    { size: 8190, isShared: true },
    { size: 8191, isShared: true },
    { size: 8192, isShared: false },
  ])('a packet of $size bytes shares: $isShared', ({ size, isShared }) => {
    const memory = new PacketMemory();
    memory.begin(65_535, true);
    expect(memory.copy(new Uint8Array(40_000), 0, size, nodePlatform).buffer.byteLength > size).toBe(isShared);
  });

  test('memory that is not filled yet is zero', () => {
    const memory = new PacketMemory();
    memory.begin(65_535, true);
    const { buffer } = memory.copy(new Uint8Array(100).fill(1), 0, 100, nodePlatform);
    expect(new Uint8Array(buffer, 100).every((byte) => byte === 0)).toBe(true);
  });
});

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
    const connection = makeConnection('server', ALONE);
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
  memory.begin(1000, true);
  expect(memory.copy(new Uint8Array(left), 0, 100, nodePlatform).buffer.byteLength > 100).toBe(isShared);
});

test.each([
  { size: 63, isShared: false },
  { size: 64, isShared: false },
  { size: 65, isShared: true },
])('a packet of $size bytes shares: $isShared', ({ size, isShared }) => {
  const memory = new PacketMemory();
  memory.begin(1000, true);
  expect(memory.copy(new Uint8Array(1000), 0, size, nodePlatform).buffer.byteLength > size).toBe(isShared);
});

test('a packet whose memory the program transfers by mistake does not break the packets that come later', () => {
  const memory = new PacketMemory();
  memory.begin(65_535, true);
  const chunk = patternBytes(1000);
  structuredClone(0, { transfer: [memory.copy(chunk, 0, 100, nodePlatform).buffer] });
  expect(memory.copy(chunk, 0, 100, nodePlatform)).toEqual(chunk.slice(0, 100));
  memory.begin(1000, true);
  structuredClone(0, { transfer: [memory.copy(chunk, 0, 100, nodePlatform).buffer] });
  expect(memory.copy(chunk, 100, 200, nodePlatform)).toEqual(chunk.slice(100, 200));
});
