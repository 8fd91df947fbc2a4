import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, test } from 'vitest';
import { frameTo, type RawFrame, readFrames } from '../../../test/support/frames.ts';
import { MemoryPeers } from '../../../test/support/memory-peers.ts';
import { ErrorCode } from '../../error-code.ts';
import { Opcode } from '../../protocol/index.ts';
import { StreamPeerMemory } from '../../stream/index.ts';
import { WebSocketServer } from '../server/websocket-server.ts';
import { State } from '../state.ts';

const { TEXT, CLOSE } = Opcode;
const ENDS: readonly [string, RawFrame, number, number][] = [
  ['a Close', { opcode: CLOSE, payload: Uint8Array.of(0x0f, 0xa0) }, 4000, 4000],
  ['a violation', { opcode: 3 }, 1002, -1],
];

/** What `role` gets, and what it has sent since, as `opcode:text` or `8:code`. */
class RawOther {
  readonly peers = MemoryPeers.open();
  readonly role: 'client' | 'server';

  constructor(role: 'client' | 'server', options: { closeTimeLimit?: number } = {}) {
    this.role = role;
    this.peers.from(role).peer.closeTimeLimit = options.closeTimeLimit ?? 10;
  }

  /** As if the other end had sent `frames` in one chunk. */
  receive(...frames: RawFrame[]): void {
    const { otherStream } = this.peers.from(this.role);
    otherStream.setSink(null);
    otherStream.write(Buffer.concat(frames.map((frame) => frameTo(this.role, frame))));
    this.peers.deliver();
  }

  get sent(): string[] {
    const { otherStream } = this.peers.from(this.role);
    this.peers.deliver();
    const [, bytes] = otherStream.getPartialData(1 << 20);
    return readFrames(bytes).map(({ opcode, payload }) =>
      opcode === CLOSE ? `8:${Buffer.from(payload).readUInt16BE(0)}` : `${opcode}:${Buffer.from(payload)}`,
    );
  }
}

describe.each(['client', 'server'] as const)('a %s', (role) => {
  describe.each(ENDS)('and %s', (_, end, answer, code) => {
    test('packets before it in one chunk can be read and answered before the connection ends', () => {
      const other = new RawOther(role);
      const { peer } = other.peers.from(role);
      other.receive({ opcode: TEXT, payload: 'question' }, end);
      peer.poll();
      expect([peer.getReadyState(), peer.getAvailablePacketCount()]).toEqual([State.STATE_OPEN, 1]);
      peer.sendText(`${Buffer.from(peer.getPacket())}?`);
      expect(other.sent).toEqual(['1:question?']);
      expect(peer.sendText('more')).toBe(ErrorCode.OK);
      peer.poll();
      expect([peer.getReadyState(), peer.getCloseCode()]).toEqual([State.STATE_CLOSED, code]);
      expect(other.sent).toEqual(['1:more', `8:${answer}`]);
    });

    test('it waits for one poll only, also when nothing is read; the packets stay', () => {
      const other = new RawOther(role);
      const { peer } = other.peers.from(role);
      other.receive({ opcode: TEXT, payload: 'unread' }, end);
      peer.poll();
      expect(peer.getReadyState()).toBe(State.STATE_OPEN);
      peer.poll();
      expect([peer.getReadyState(), peer.getAvailablePacketCount()]).toEqual([State.STATE_CLOSED, 1]);
    });

    test('send() works while the state is OPEN, although it has arrived', () => {
      const other = new RawOther(role);
      const { peer } = other.peers.from(role);
      other.receive(end);
      expect([peer.getReadyState(), peer.sendText('unaware')]).toEqual([State.STATE_OPEN, ErrorCode.OK]);
      expect(other.sent).toEqual(['1:unaware']);
      peer.poll();
      expect(peer.getReadyState()).toBe(State.STATE_CLOSED);
      expect(peer.sendText('too late')).toBe(ErrorCode.FAILED);
      expect(other.sent).toEqual([`8:${answer}`]);
    });

    test('close() meanwhile sends our own Close, after earlier packets', () => {
      const other = new RawOther(role);
      const { peer } = other.peers.from(role);
      other.receive(end);
      peer.sendText('before');
      peer.close(1001);
      peer.poll();
      expect([peer.getReadyState(), peer.getCloseCode()]).toEqual([State.STATE_CLOSED, code]);
      expect(other.sent).toEqual(['1:before', '8:1001']);
    });

    test('nothing after it is read', () => {
      const other = new RawOther(role);
      const { peer, stream } = other.peers.from(role);
      other.receive(end);
      const { bytesReceived } = peer.getStatistics();
      for (let chunk = 0; chunk < 100; chunk++) other.receive({ opcode: TEXT, payload: 'x'.repeat(1000) });
      peer.getStatistics();
      expect(stream.getAvailableBytes()).toBe(0);
      peer.poll();
      expect(peer.getAvailablePacketCount()).toBe(0);
      expect(peer.getStatistics().bytesReceived - bytesReceived).toBeLessThan(100);
    });

    test('without polls the answer is sent after half of closeTimeLimit, not before', () => {
      const other = new RawOther(role, { closeTimeLimit: 4 });
      const { peer } = other.peers.from(role);
      let wakes = 0;
      other.receive({ opcode: TEXT, payload: 'unseen' }, end);
      peer.onWake = () => wakes++;
      other.peers.clock.endTurn();
      other.peers.clock.advance(1999);
      expect(other.sent).toEqual([]);
      other.peers.clock.advance(1);
      expect(other.sent).toEqual([`8:${answer}`]);
      expect(wakes).toBe(1);
      // The exception to the rule: docs/polling.md.
      expect(peer.sendText('late')).toBe(ErrorCode.FAILED);
      expect(peer.getLastFailure()?.code).toBe('TICKPEER_NOT_OPEN');
      peer.poll();
      expect([peer.getReadyState(), peer.getAvailablePacketCount()]).toEqual([State.STATE_OPEN, 1]);
      peer.poll();
      expect([peer.getReadyState(), peer.getCloseCode()]).toEqual([State.STATE_CLOSED, code]);
    });

    test('no timer is left after the end', () => {
      const other = new RawOther(role);
      const { peer } = other.peers.from(role);
      const before = other.peers.clock.timerCount;
      other.receive(end);
      peer.close(-1);
      expect(other.peers.clock.timerCount).toBe(before);
    });

    test('it is not reported as a pause for a full queue', () => {
      const told: unknown[] = [];
      const listener = (message: unknown): void => {
        told.push(message);
      };
      subscribe('tickpeer:limit', listener);
      try {
        const other = new RawOther(role);
        other.receive({ opcode: TEXT, payload: 'a' }, end);
        other.peers.from(role).peer.poll();
      } finally {
        unsubscribe('tickpeer:limit', listener);
      }
      expect(told).toEqual([]);
    });

    test('onWake is called for both polls', () => {
      const other = new RawOther(role);
      const { peer } = other.peers.from(role);
      const seen: string[] = [];
      peer.onWake = () => {
        peer.poll();
        for (const packet of peer.packets()) peer.sendText(`${packet}`);
        seen.push(State[peer.getReadyState()]);
      };
      other.receive({ opcode: TEXT, payload: 'question' }, end);
      for (let turn = 0; turn < 5; turn++) other.peers.deliver();
      expect(seen).toEqual(['STATE_OPEN', 'STATE_CLOSED']);
      expect(other.sent).toEqual(['1:question', `8:${answer}`]);
    });
  });

  test('an opening and a Close in one chunk: the opening is shown first, and can be answered', () => {
    const other = new RawOther(role);
    const { peer } = other.peers.from(role);
    other.receive({ opcode: TEXT, payload: 'last' });
    other.peers.from(role).otherStream.end();
    other.peers.deliver();
    peer.poll();
    expect([peer.getReadyState(), peer.sendText('heard')]).toEqual([State.STATE_OPEN, ErrorCode.OK]);
    expect(other.sent).toEqual(['1:heard']);
    peer.poll();
    expect([peer.getReadyState(), peer.getLastFailure()?.code]).toEqual([
      State.STATE_CLOSED,
      'TICKPEER_CONNECTION_LOST',
    ]);
  });
});

describe('a server', () => {
  function servedClient(): {
    server: WebSocketServer;
    stream: StreamPeerMemory;
    receive: (...frames: RawFrame[]) => void;
  } {
    const server = new WebSocketServer();
    const [stream, served] = StreamPeerMemory.pair();
    server.acceptStream(served);
    const request =
      'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';
    stream.write(Buffer.from(request));
    stream.poll();
    server.poll();
    return {
      server,
      stream,
      receive(...frames) {
        stream.write(Buffer.concat(frames.map((frame) => frameTo('server', frame))));
        stream.poll();
      },
    };
  }

  test('lists the peer with packets before a Close, and again when it is CLOSED', () => {
    const { server, receive } = servedClient();
    receive({ opcode: TEXT, payload: 'question' }, { opcode: CLOSE });
    server.poll();
    const [peer] = server.readyPeers();
    expect([peer?.getReadyState(), peer?.getAvailablePacketCount()]).toEqual([State.STATE_OPEN, 1]);
    expect(server.broadcast(server.getPeers(), 'to all')).toEqual([]);
    server.poll();
    expect(server.readyPeers().map((ready) => ready.getReadyState())).toEqual([State.STATE_CLOSED]);
    expect(server.getPeerCount()).toBe(0);
  });

  test('stop() meanwhile ends the peer with the next poll', () => {
    const { server, receive } = servedClient();
    receive({ opcode: TEXT, payload: 'question' }, { opcode: CLOSE });
    server.stop();
    server.poll();
    expect(server.isStopped()).toBe(true);
    expect(server.getStopResult()).toEqual({ closed: 1, lost: 0, dropped: 0 });
  });
});
