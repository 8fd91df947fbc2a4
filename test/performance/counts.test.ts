import { describe, expect, test, vi } from 'vitest';
import { type Extension, Opcode, outputMemory, SharedMessage } from '../../src/protocol/index.ts';
import { ServedPeer } from '../../src/websocket/requests/served-peer.ts';
import { concat, frameTo } from '../support/frames.ts';
import { MemoryPeers } from '../support/memory-peers.ts';
import { CountedServer, chunkOf } from './counted-server.ts';

const MESSAGE = new Uint8Array(128);

/** How many bytes `run` copies from one array to another. */
function bytesCopied(run: () => void): number {
  const typedArrays: Uint8Array = Object.getPrototypeOf(Uint8Array.prototype);
  const { set } = typedArrays;
  let bytes = 0;
  typedArrays.set = function (source, offset): void {
    bytes += source.length;
    set.call(this, source, offset);
  };
  try {
    run();
  } finally {
    typedArrays.set = set;
  }
  return bytes;
}

describe.each(['client', 'server'] as const)('a %s', (role) => {
  test.each([1, 20, 300])('sends %i messages of one turn in one write', (count) => {
    const peers = MemoryPeers.open();
    const { peer, other, stream } = peers.from(role);
    const write = vi.spyOn(stream, 'write');
    const writeAll = vi.spyOn(stream, 'writeAll');
    for (let n = 0; n < count; n++) peer.send(MESSAGE);
    expect(write.mock.calls.length).toBe(0);
    peers.poll();
    expect([write.mock.calls.length, writeAll.mock.calls.length]).toEqual([1, 0]);
    peers.poll();
    expect(other.getAvailablePacketCount()).toBe(count);
  });
});

describe('a server', () => {
  test('echoes all messages of one chunk in one write', () => {
    const counted = new CountedServer(8);
    for (const stream of counted.streams) stream.bring(chunkOf(32, 64));
    counted.server.poll();
    for (const peer of counted.server.readyPeers()) {
      while (peer.getAvailablePacketCount() > 0) peer.send(peer.getPacket());
    }
    counted.clock.endTurn();
    expect([counted.writes, counted.bytes]).toEqual([8, 8 * 32 * (2 + 64)]);
  });

  test('sends a tick of 20 messages to 500 clients in 500 writes', () => {
    const counted = new CountedServer(500);
    for (const peer of counted.server.getPeers()) for (let n = 0; n < 20; n++) peer.send(MESSAGE);
    counted.turn();
    expect([counted.writes, counted.bytes]).toEqual([500, 500 * 20 * (4 + 128)]);
  });

  test('sends a tick of 20 broadcasts to 500 clients in 500 writes', () => {
    const counted = new CountedServer(500);
    const peers = [...counted.server.getPeers()];
    for (let n = 0; n < 20; n++) counted.server.broadcast(peers, MESSAGE);
    counted.turn();
    expect([counted.writes, counted.bytes]).toEqual([500, 500 * 20 * (4 + 128)]);
  });

  test('allocates no memory for output in a turn like the one before', () => {
    const counted = new CountedServer(500);
    const peers = [...counted.server.getPeers()];
    const turn = (): void => {
      for (const peer of peers) for (let n = 0; n < 20; n++) peer.send(MESSAGE);
      counted.turn();
    };
    turn();
    const { size } = outputMemory;
    for (let n = 0; n < 5; n++) turn();
    expect(outputMemory.size).toBe(size);
  });

  test('copies a message once for its peer, and a broadcast once for all', () => {
    const counted = new CountedServer(500);
    const peers = [...counted.server.getPeers()];
    const snapshots = (): void => {
      for (const peer of peers) for (let n = 0; n < 20; n++) peer.send(MESSAGE);
      counted.turn();
    };
    snapshots(); // outputs begin with the size of the turn before
    expect(bytesCopied(snapshots)).toBe(500 * 20 * 128);
    const broadcasts = (): void => {
      for (let n = 0; n < 20; n++) counted.server.broadcast(peers, MESSAGE);
      counted.turn();
    };
    expect(bytesCopied(broadcasts)).toBe(20 * 128);
  });

  test('polls peers with something to do, and no idle ones', () => {
    const counted = new CountedServer(1000);
    const poll = vi.spyOn(ServedPeer.prototype, 'poll');
    for (let n = 0; n < 10; n++) counted.turn();
    expect(poll.mock.calls.length).toBe(0);
    for (const stream of counted.streams.slice(0, 3)) stream.bring(chunkOf(5, 10));
    counted.turn();
    expect(poll.mock.calls.length).toBe(3);
    poll.mockRestore();
  });

  test('answers all Pings of one chunk in one write', () => {
    const counted = new CountedServer(1);
    counted.streams[0]!.bring(concat(Array.from({ length: 10 }, () => frameTo('server', { opcode: Opcode.PING }))));
    counted.turn();
    expect([counted.writes, counted.bytes]).toEqual([1, 10 * 2]);
  });
});

describe('a message shared by many', () => {
  test('is framed once', () => {
    const shared = new SharedMessage(MESSAGE, Opcode.BINARY);
    expect(shared.frameFor(null)).toBe(shared.frameFor(null));
  });

  test('is compressed once', () => {
    const encode = vi.fn(() => new Uint8Array(5));
    const agreed = (): Extension => ({
      name: 'shrink',
      rsv1: true,
      sharingKey: 'the same for all',
      encode,
      decode: (payload) => payload.slice(),
      release: () => {},
    });
    const shared = new SharedMessage(MESSAGE, Opcode.BINARY);
    const frames = Array.from({ length: 3 }, () => shared.frameFor(agreed()));
    expect(encode.mock.calls.length).toBe(1);
    expect(frames[2]).toBe(frames[0]);
  });
});
