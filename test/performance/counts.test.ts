import { describe, expect, test, vi } from 'vitest';
import { type Extension, type Opcode, SharedMessage } from '../../src/protocol/index.ts';
import { WebSocketPeer } from '../../src/websocket/index.ts';
import { MemoryPeers } from '../support/memory-peers.ts';
import { CountedServer, chunkOf } from './counted-server.ts';

const MESSAGE = new Uint8Array(128);

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

  test('answers all Pings of one chunk in one write', () => {
    const peers = MemoryPeers.open({ [role === 'client' ? 'server' : 'client']: { heartbeatInterval: 1 } });
    const { stream } = peers.from(role);
    peers.poll();
    const write = vi.spyOn(stream, 'write');
    peers.clock.advance(1000);
    peers.poll();
    peers.poll();
    expect(write.mock.calls.length).toBe(1);
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

  test('polls those with something to do, and no idle peer', () => {
    const counted = new CountedServer(1000);
    const poll = vi.spyOn(WebSocketPeer.prototype, 'poll');
    for (let n = 0; n < 10; n++) counted.turn();
    expect(poll.mock.calls.length).toBe(0);
    for (const stream of counted.streams.slice(0, 3)) stream.bring(chunkOf(5, 10));
    counted.turn();
    expect(poll.mock.calls.length).toBe(3);
    poll.mockRestore();
  });

  test('compresses a broadcast once', () => {
    const peers = [1, 2, 3].map(() => MemoryPeers.open({ client: { compression: true }, server: { compression: true } }));
    const encode = vi.fn<(payload: Uint8Array, isText: boolean) => Uint8Array>(() => new Uint8Array(5));
    const extension: Extension = Object.assign(Object.create(null), { sharingKey: 'one', encode });
    const shared = new SharedMessage(MESSAGE, 2 satisfies Opcode.BINARY);
    const frames = peers.map(() => shared.frameFor(extension));
    expect(encode.mock.calls.length).toBe(1);
    expect(frames[2]).toBe(frames[0]);
  });
});

test('a message shared by many is framed once', () => {
  const shared = new SharedMessage(MESSAGE, 2 satisfies Opcode.BINARY);
  expect(shared.frameFor(null)).toBe(shared.frameFor(null));
});
