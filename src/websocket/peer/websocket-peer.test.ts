import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { bytesOf, frameTo, rawFrame, readFrames } from '../../../test/support/frames.ts';
import { MemoryPeers } from '../../../test/support/memory-peers.ts';
import { ErrorCode } from '../../error-code.ts';
import { Opcode } from '../../protocol/index.ts';
import { StreamPeerMemory, TLSOptions } from '../../stream/index.ts';
import { State, type WriteMode } from '../state.ts';
import { WebSocketPeer } from './websocket-peer.ts';

const ROLES = ['client', 'server'] as const;
const text = (packet: Uint8Array): string => `${Buffer.from(packet)}`;

/** A server's end whose client is made of raw bytes. */
function rawClient(options = {}): {
  peer: WebSocketPeer;
  raw: StreamPeerMemory;
  clock: FakeClock;
  read: () => Uint8Array;
} {
  const clock = new FakeClock();
  const [raw, stream] = StreamPeerMemory.pair();
  const peer = new WebSocketPeer({ ...options, clock });
  peer.acceptStream(stream);
  raw.putData(
    Buffer.from(
      'GET /chat?a=b HTTP/1.1\r\nHost: game.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Token: s3\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    ),
  );
  peer.poll();
  const read = (): Uint8Array => {
    peer.poll();
    raw.poll();
    return raw.getPartialData(1 << 20)[1];
  };
  expect(text(read())).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  return { peer, raw, clock, read };
}

describe('a fresh peer', () => {
  test('has the reference’s defaults', () => {
    const peer = new WebSocketPeer();
    expect(peer.getReadyState()).toBe(WebSocketPeer.STATE_CLOSED);
    expect([peer.getCloseCode(), peer.getCloseReason(), peer.getRequestedUrl()]).toEqual([-1, '', '']);
    expect([peer.inboundBufferSize, peer.outboundBufferSize, peer.maxQueuedPackets]).toEqual([65_535, 65_535, 2048]);
    expect([peer.handshakeHeaders, peer.supportedProtocols]).toEqual([[], []]);
    expect([peer.getAvailablePacketCount(), peer.getPacketError(), peer.wasStringPacket()]).toEqual([
      0,
      ErrorCode.OK,
      false,
    ]);
    expect([peer.getConnectedHost(), peer.getConnectedPort(), peer.getSelectedProtocol()]).toEqual(['', 0, '']);
    expect(peer.getCurrentOutboundBufferedAmount()).toBe(0);
    expect(peer.getLastFailure()).toBeNull();
    expect([WebSocketPeer.STATE_CONNECTING, WebSocketPeer.STATE_OPEN, WebSocketPeer.STATE_CLOSING]).toEqual([0, 1, 2]);
    expect([WebSocketPeer.WRITE_MODE_TEXT, WebSocketPeer.WRITE_MODE_BINARY]).toEqual([0, 1]);
  });

  test('returns from every call, and stays CLOSED', () => {
    const peer = new WebSocketPeer();
    peer.poll();
    peer.close();
    peer.close(-1);
    peer.setNoDelay(false);
    expect(peer.send(new Uint8Array(1))).toBe(ErrorCode.FAILED);
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_NOT_OPEN');
    expect(peer.getPacket()).toHaveLength(0);
    expect(peer.getPacketError()).toBe(ErrorCode.ERR_UNAVAILABLE);
    expect(peer.getReadyState()).toBe(State.STATE_CLOSED);
  });

  test.each([
    ['', 'TICKPEER_INVALID_URL'],
    ['http://example.com', 'TICKPEER_INVALID_URL'],
    ['ws://', 'TICKPEER_INVALID_URL'],
    ['ws://host:0', 'TICKPEER_INVALID_URL'],
    ['ws://host:65536', 'TICKPEER_INVALID_URL'],
    ['ws://host/\r\nX: y', 'TICKPEER_INVALID_URL'],
  ])('refuses the URL %j at once', (url, code) => {
    const peer = new WebSocketPeer();
    expect(peer.connectToUrl(url)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(peer.getLastFailure()?.code).toBe(code);
    expect(peer.getReadyState()).toBe(State.STATE_CLOSED);
  });

  test.each([
    [{ handshakeHeaders: ['X: a\r\nY: b'] }, 'TICKPEER_INVALID_HEADER'],
    [{ handshakeHeaders: ['no colon'] }, 'TICKPEER_INVALID_HEADER'],
    [{ handshakeHeaders: ['Sec-WebSocket-Key: x'] }, 'TICKPEER_INVALID_HEADER'],
    [{ supportedProtocols: ['a b'] }, 'TICKPEER_INVALID_PROTOCOL'],
  ])('refuses %j at once, in both roles', (options, code) => {
    const peer = new WebSocketPeer(options);
    const [stream] = StreamPeerMemory.pair();
    for (const begin of [() => peer.connectToUrl('ws://127.0.0.1:1'), () => peer.acceptStream(stream)]) {
      expect(begin()).toBe(ErrorCode.ERR_INVALID_PARAMETER);
      expect(peer.getLastFailure()?.code).toBe(code);
    }
  });

  test('impossible values throw', () => {
    const peer = new WebSocketPeer();
    for (const value of ['5', null, true] as unknown as number[]) {
      expect(() => new WebSocketPeer({ heartbeatInterval: value })).toThrow(TypeError);
      expect(() => new WebSocketPeer({ maxFragments: value })).toThrow(TypeError);
    }
    for (const name of ['connectTimeLimit', 'handshakeTimeLimit', 'closeTimeLimit']) {
      expect(() => new WebSocketPeer({ [name]: 0 })).toThrow(RangeError);
    }
    for (const value of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => {
        peer.inboundBufferSize = value;
      }).toThrow(RangeError);
      expect(() => new WebSocketPeer({ maxQueuedPackets: value })).toThrow(RangeError);
    }
    expect(() => {
      peer.maxQueuedPackets = 0;
    }).toThrow(RangeError);
    expect(() => {
      peer.heartbeatInterval = -0.1;
    }).toThrow(RangeError);
    for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 1000.5, Number.NaN]) {
      expect(() => peer.close(code)).toThrow(RangeError);
    }
    expect(() => peer.send(5 as unknown as Uint8Array)).toThrow(TypeError);
    expect(() => peer.send(new Uint8Array(1), 7 as WriteMode)).toThrow(RangeError);
    expect(() => peer.connectToUrl('ws://h', 'yes' as unknown as boolean)).toThrow(TypeError);
  });

  test('does not take null for a stream', () => {
    const peer = new WebSocketPeer();
    expect(peer.acceptStream(null as unknown as StreamPeerMemory)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
  });
});

describe('opening', () => {
  test('both ends change from CONNECTING to OPEN in polls, and have each other’s address', () => {
    const peers = new MemoryPeers({
      client: { supportedProtocols: ['b', ' a '], handshakeHeaders: ['X-Client: 1'] },
      server: { supportedProtocols: ['a'], handshakeHeaders: ['X-Server: 2'] },
    });
    expect(peers.states).toEqual([State.STATE_CONNECTING, State.STATE_CONNECTING]);
    expect(peers.client.acceptStream(peers.serverStream)).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    expect(peers.client.connectToUrl('ws://x')).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    expect(peers.client.getLastFailure()?.code).toBe('TICKPEER_ALREADY_IN_USE');
    peers.pollUntil(() => peers.states.every((state) => state === State.STATE_OPEN));
    expect(peers.both.map((peer) => peer.getSelectedProtocol())).toEqual(['a', 'a']);
    expect(peers.both.map((peer) => peer.getRequestedUrl())).toEqual([
      'ws://memory.example/room?x=1',
      'ws://memory.example/room?x=1',
    ]);
    const request = peers.server.getHandshakeRequest();
    expect(request).toMatchObject({ method: 'GET', path: '/room', query: 'x=1', host: 'memory.example' });
    expect(request?.headers.get('x-client')).toBe('1');
    expect(peers.client.getHandshakeResponse()?.headers.get('X-Server')).toBe('2');
    expect(peers.client.getHandshakeResponse()?.status).toBe(101);
  });

  test('the state does not change between polls', () => {
    const peers = new MemoryPeers();
    // The server's polls deliver everything in both directions, to both ends.
    for (let polls = 0; polls < 5; polls++) {
      peers.server.poll();
      peers.deliver();
    }
    expect(peers.states).toEqual([State.STATE_CONNECTING, State.STATE_OPEN]);
    peers.server.sendText('early');
    peers.deliver();
    expect(peers.client.getAvailablePacketCount()).toBe(0);
    peers.client.poll();
    expect(peers.states).toEqual([State.STATE_OPEN, State.STATE_OPEN]);
    expect([...peers.client.packets()]).toEqual(['early']);
  });

  test('a server’s TLS options are refused for a client', () => {
    const options = Object.create(TLSOptions.prototype, { isServer: { value: () => true } }) as TLSOptions;
    const peer = new WebSocketPeer();
    expect(peer.connectToUrl('wss://127.0.0.1:1', options)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_INVALID_TLS_OPTIONS');
  });

  test('on both sides a handshake ends on its time limit, not one below', () => {
    for (const role of ROLES) {
      const clock = new FakeClock();
      const [stream, other] = StreamPeerMemory.pair();
      const peer = new WebSocketPeer({ handshakeTimeLimit: 2, clock });
      if (role === 'client') peer.connectToStream(stream, 'ws://h');
      else peer.acceptStream(stream);
      clock.advance(1999);
      peer.poll();
      expect(peer.getReadyState()).toBe(State.STATE_CONNECTING);
      clock.advance(1);
      peer.poll();
      expect(peer.getReadyState()).toBe(State.STATE_CLOSED);
      expect(peer.getLastFailure()?.code).toBe('TICKPEER_HANDSHAKE_TIMEOUT');
      expect(peer.getCloseCode()).toBe(-1);
      other.poll();
      expect(text(other.getPartialData(1000)[1])).toMatch(role === 'client' ? /^GET / : /^HTTP\/1.1 408 /);
    }
  });

  test('close() while CONNECTING ends it at once', () => {
    const peers = new MemoryPeers();
    peers.client.close(1000);
    expect(peers.client.getReadyState()).toBe(State.STATE_CLOSED);
    expect(peers.client.getLastFailure()?.code).toBe('TICKPEER_DROPPED');
    peers.pollUntil(() => peers.server.getReadyState() === State.STATE_CLOSED);
    expect(peers.server.getCloseCode()).toBe(-1);
  });

  test('after a refused handshake both sides have the reason', () => {
    const peers = new MemoryPeers({
      client: { supportedProtocols: ['chess'] },
      server: { supportedProtocols: ['go'] },
    });
    peers.pollUntil(() => peers.states.every((state) => state === State.STATE_CLOSED));
    expect(peers.server.getLastFailure()?.code).toBe('TICKPEER_HANDSHAKE_PROTOCOL');
    expect(peers.client.getLastFailure()?.code).toBe('TICKPEER_HANDSHAKE_STATUS');
    expect(peers.client.getLastFailure()?.message).toMatch(/400.*chess.*go/);
    expect(peers.client.getHandshakeResponse()?.status).toBe(400);
  });
});

describe.each(ROLES)('an open %s', (role) => {
  test('sends and receives by every method', () => {
    const peers = MemoryPeers.open();
    const { peer, other } = peers.from(role);
    expect(peer.putPacket(bytesOf('00ff'))).toBe(ErrorCode.OK);
    expect(peer.putPacket(new Uint8Array(0))).toBe(ErrorCode.OK);
    expect(peer.sendText('grüß\ud800')).toBe(ErrorCode.OK);
    expect(peer.send(Buffer.from('as text'), WebSocketPeer.WRITE_MODE_TEXT)).toBe(ErrorCode.OK);
    expect(peer.send(new Uint8Array(0))).toBe(ErrorCode.OK);
    expect(peer.send(bytesOf('ff'), WebSocketPeer.WRITE_MODE_TEXT)).toBe(ErrorCode.ERR_INVALID_DATA);
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_INVALID_TEXT');
    peers.poll();
    expect(other.getAvailablePacketCount()).toBe(4);
    const got: unknown[] = [];
    while (other.getAvailablePacketCount() > 0) {
      const packet = other.getPacket();
      expect(other.getPacketError()).toBe(ErrorCode.OK);
      got.push(other.wasStringPacket() ? text(packet) : [...packet]);
    }
    expect(got).toEqual([[0, 255], 'grüß\ufffd', 'as text', []]);
    expect(other.getPacket()).toHaveLength(0);
    expect(other.getPacketError()).toBe(ErrorCode.ERR_UNAVAILABLE);
  });

  test('returns packets that the program may keep, and copies those that are sent', () => {
    const peers = MemoryPeers.open();
    const { peer, other } = peers.from(role);
    const message = bytesOf('0102');
    peer.send(message);
    message.fill(9);
    peers.poll();
    const packet = other.getPacket();
    expect([...packet]).toEqual([1, 2]);
    expect(packet.buffer.byteLength).toBe(2);
  });

  test('everything sent in a turn leaves in one write when the turn ends', () => {
    const peers = MemoryPeers.open();
    const { peer, stream } = peers.from(role);
    const writes: number[] = [];
    const write = stream.write.bind(stream);
    stream.write = (bytes) => {
      writes.push(bytes.length);
      write(bytes);
    };
    for (let count = 0; count < 20; count++) peer.send(new Uint8Array(100));
    expect(writes).toEqual([]);
    peers.clock.endTurn();
    expect(writes).toEqual([20 * (role === 'client' ? 106 : 102)]);
    peer.send(new Uint8Array(1));
    peer.poll();
    expect(writes).toHaveLength(2);
  });

  test('refuses a send above its limits with ERR_OUT_OF_MEMORY, only while the stream takes no more', () => {
    const peers = MemoryPeers.open({
      stream: { capacity: 1000 },
      client: { outboundBufferSize: 500 },
      server: { outboundBufferSize: 500 },
    });
    const { peer, other } = peers.from(role);
    expect(peer.send(new Uint8Array(501))).toBe(ErrorCode.ERR_OUT_OF_MEMORY);
    let sent = 0;
    while (peer.send(new Uint8Array(100).fill(sent)) === ErrorCode.OK) sent++;
    // What the stream took does not count; what it did not take does.
    expect(sent).toBeGreaterThanOrEqual(9);
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_OUTBOUND_LIMIT');
    expect(peer.getCurrentOutboundBufferedAmount()).toBeGreaterThan(400);
    expect(peer.getCurrentOutboundBufferedAmount()).toBeLessThanOrEqual(500);
    const got: number[] = [];
    peers.pollUntil(() => {
      while (other.getAvailablePacketCount() > 0) got.push(other.getPacket()[0] ?? -1);
      return got.length === sent;
    });
    expect(got).toEqual(Array.from({ length: sent }, (_, index) => index));
    expect(peer.getCurrentOutboundBufferedAmount()).toBe(0);
    expect(peer.getStatistics().sendsRefused).toBe(2);
    expect(peer.getStatistics().outboundPeakSize).toBeLessThanOrEqual(500);
  });

  test('closes cleanly: queued data first, both ends learn code and reason', () => {
    const peers = MemoryPeers.open();
    const { peer, other } = peers.from(role);
    peer.sendText('last');
    peer.close(4321, 'enough');
    expect(peer.getReadyState()).toBe(State.STATE_CLOSING);
    expect(peer.send(new Uint8Array(1))).toBe(ErrorCode.FAILED);
    const seen: State[] = [];
    const got: unknown[] = [];
    peers.pollUntil(() => {
      seen.push(other.getReadyState());
      // As the reference's sample: packets are read in OPEN only.
      if (other.getReadyState() === State.STATE_OPEN) got.push(...other.packets());
      return peers.states.every((state) => state === State.STATE_CLOSED);
    });
    expect(got).toEqual(['last']);
    expect(seen).not.toContain(State.STATE_CONNECTING);
    for (const end of peers.both) {
      expect([end.getCloseCode(), end.getCloseReason()]).toEqual([4321, 'enough']);
      expect(end.getStatistics().packetsDiscarded).toBe(0);
    }
    expect(other.getLastFailure()).toBeNull();
  });

  test('with a negative code drops at once: the other side sees an unclean end', () => {
    const peers = MemoryPeers.open();
    const { peer, other } = peers.from(role);
    peer.close(-1);
    expect(peer.getReadyState()).toBe(State.STATE_CLOSED);
    expect(peer.getCloseCode()).toBe(-1);
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_DROPPED');
    peers.pollUntil(() => other.getReadyState() === State.STATE_CLOSED);
    expect(other.getCloseCode()).toBe(-1);
    expect(other.getLastFailure()?.code).toBe('TICKPEER_CONNECTION_LOST');
  });

  test('the failure of a dropped peer is TICKPEER_DROPPED, whatever happened before', () => {
    const peers = MemoryPeers.open();
    const { peer, other } = peers.from(role);
    expect(peer.send(Uint8Array.of(255), WebSocketPeer.WRITE_MODE_TEXT)).toBe(ErrorCode.ERR_INVALID_DATA);
    other.sendText('not shown yet');
    peers.deliver();
    peer.close(-1);
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_DROPPED');
    expect([...peer.packets()]).toEqual(['not shown yet']);
  });

  test('a second close() does nothing; a negative one drops a closing peer', () => {
    const peers = MemoryPeers.open();
    const { peer } = peers.from(role);
    peer.close(4000);
    peer.close(4001);
    peer.close(-1);
    expect(peer.getReadyState()).toBe(State.STATE_CLOSED);
    peer.close(1000);
    expect(peer.getReadyState()).toBe(State.STATE_CLOSED);
  });

  test('a broken stream ends it with the cause; packets that had arrived stay readable', () => {
    const peers = MemoryPeers.open();
    const { peer, other, stream } = peers.from(role);
    other.sendText('before');
    peers.deliver();
    stream.breakBoth();
    peers.poll();
    expect(peer.getReadyState()).toBe(State.STATE_OPEN);
    peers.poll();
    expect(peer.getReadyState()).toBe(State.STATE_CLOSED);
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_CONNECTION_RESET');
    expect([...peer.packets()]).toEqual(['before']);
  });

  test('a peer that does not answer the Close is dropped after the time limit', () => {
    const peers = MemoryPeers.open({ client: { closeTimeLimit: 3 }, server: { closeTimeLimit: 3 } });
    const { peer, otherStream } = peers.from(role);
    otherStream.pauseReading();
    peer.close();
    peer.poll();
    peers.clock.advance(2999);
    peer.poll();
    expect(peer.getReadyState()).toBe(State.STATE_CLOSING);
    peers.clock.advance(1);
    peer.poll();
    expect(peer.getReadyState()).toBe(State.STATE_CLOSED);
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_CLOSE_TIMEOUT');
  });

  test('a full queue stops reading the stream; taking packets resumes it, and so does a higher limit', () => {
    const peers = MemoryPeers.open({
      client: { maxQueuedPackets: 2 },
      server: { maxQueuedPackets: 2 },
      stream: { chunkSize: 10 },
    });
    const { peer, other, stream } = peers.from(role);
    let reading = true;
    const pause = stream.pauseReading.bind(stream);
    const resume = stream.resumeReading.bind(stream);
    stream.pauseReading = () => {
      reading = false;
      pause();
    };
    stream.resumeReading = () => {
      reading = true;
      resume();
    };
    for (let index = 0; index < 9; index++) {
      other.send(Uint8Array.of(index, 0, 0, 0, 0));
      if (index % 2 === 1) other.poll();
    }
    peers.poll();
    expect(peer.getAvailablePacketCount()).toBe(2);
    expect(reading).toBe(false);
    peer.maxQueuedPackets = 4;
    peers.poll();
    peers.poll();
    expect(peer.getAvailablePacketCount()).toBe(4);
    const got: number[] = [];
    peers.pollUntil(() => {
      while (peer.getAvailablePacketCount() > 0) got.push(peer.getPacket()[0] ?? -1);
      return got.length === 9;
    });
    expect(got).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(reading).toBe(true);
  });

  test('the heartbeat measures the round-trip time, and detects a dead link', () => {
    const peers = MemoryPeers.open({
      client: { heartbeatInterval: 1, pongTimeLimit: 0.5 },
      server: { heartbeatInterval: 1, pongTimeLimit: 0.5 },
    });
    const { peer } = peers.from(role);
    peers.poll();
    peers.poll();
    expect(peer.getStatistics().roundTripTime).toBe(0);
    peers.clock.advance(1000);
    peer.poll();
    peers.clock.advance(40);
    peers.deliver();
    peers.deliver();
    peer.poll();
    expect(peer.getStatistics().roundTripTime).toBe(40);
    peers.clock.advance(1000);
    peer.poll();
    peers.clock.advance(500);
    peer.poll();
    expect(peer.getReadyState()).toBe(State.STATE_CLOSED);
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_HEARTBEAT_TIMEOUT');
    expect(peer.getCloseCode()).toBe(-1);
  });

  test('can be used again, and nothing of the last connection is left', () => {
    const peers = MemoryPeers.open({ client: { supportedProtocols: ['a'] }, server: { supportedProtocols: ['a'] } });
    const { peer, other } = peers.from(role);
    other.sendText('unread');
    other.close(4000, 'over');
    peers.pollUntil(() => peer.getReadyState() === State.STATE_CLOSED);
    expect(peer.getAvailablePacketCount()).toBe(1);
    const [stream] = StreamPeerMemory.pair();
    const result = role === 'client' ? peer.connectToStream(stream, 'ws://next') : peer.acceptStream(stream);
    expect(result).toBe(ErrorCode.OK);
    expect(peer.getReadyState()).toBe(State.STATE_CONNECTING);
    expect([peer.getCloseCode(), peer.getCloseReason(), peer.getSelectedProtocol()]).toEqual([-1, '', '']);
    expect([peer.getAvailablePacketCount(), peer.getLastFailure(), peer.wasStringPacket()]).toEqual([0, null, false]);
    expect(peer.getStatistics().packetsReceived).toBe(0);
  });

  test('a failing call on a closing peer does not reopen it', () => {
    const { peer } = MemoryPeers.open().from(role);
    peer.close();
    expect(peer.connectToUrl('http://wrong')).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(peer.getReadyState()).toBe(State.STATE_CLOSED);
  });

  test('wakes at most once between two polls: for packets, the end, a time limit, room after a refusal', () => {
    const peers = MemoryPeers.open({
      stream: { capacity: 100 },
      client: { outboundBufferSize: 100 },
      server: { outboundBufferSize: 100 },
    });
    const { peer, other } = peers.from(role);
    let wakes = 0;
    peer.onWake = () => wakes++;
    other.sendText('a');
    peers.deliver();
    other.sendText('b');
    peers.deliver();
    expect(wakes).toBe(1);
    peer.poll();
    other.sendText('c');
    peers.deliver();
    expect(wakes).toBe(2);
    [...peer.packets()];
    peer.poll();
    while (peer.send(new Uint8Array(50)) === ErrorCode.OK);
    for (let turns = 0; turns < 3; turns++) peers.deliver();
    expect(wakes).toBe(3);
    peer.poll();
    peer.heartbeatInterval = 1;
    peers.clock.advance(0);
    peer.poll();
    const before = wakes;
    peers.clock.advance(1000);
    expect(wakes).toBe(before + 1);
    peer[Symbol.dispose]();
    expect(peer.onWake).toBeNull();
    expect(peers.clock.timerCount).toBe(0);
  });

  test('setting an invalid limit keeps the old one', () => {
    const { peer } = MemoryPeers.open().from(role);
    expect(() => {
      peer.outboundBufferSize = 0.5;
    }).toThrow(RangeError);
    expect(peer.outboundBufferSize).toBe(65_535);
    const protocols = peer.supportedProtocols;
    protocols.push('x');
    expect(peer.supportedProtocols).toEqual([]);
  });
});

describe('a server’s end with a raw client', () => {
  test('reads the request, sends Pongs, and closes as the RFC says', () => {
    const { peer, raw, read } = rawClient();
    expect(peer.getRequestedUrl()).toBe('ws://game.example/chat?a=b');
    expect(peer.getHandshakeRequest()?.headers.get('X-Token')).toBe('s3');
    raw.putData(frameTo('server', { opcode: Opcode.PING, payload: 'now' }));
    peer.poll();
    expect(readFrames(read())).toMatchObject([{ opcode: Opcode.PONG }]);
    raw.putData(frameTo('server', { opcode: Opcode.CLOSE, payload: bytesOf('0fa1') }));
    peer.poll();
    expect(readFrames(read())).toMatchObject([{ opcode: Opcode.CLOSE, payload: bytesOf('0fa1') }]);
    expect(peer.getCloseCode()).toBe(4001);
  });

  test('a violation is answered with a Close, ends in CLOSED with -1, and the failure says what was wrong', () => {
    const { peer, raw, read } = rawClient();
    raw.putData(rawFrame({ opcode: Opcode.TEXT, payload: 'no mask' }));
    peer.poll();
    const [close] = readFrames(read());
    expect(close?.opcode).toBe(Opcode.CLOSE);
    expect([...(close?.payload.subarray(0, 2) ?? [])]).toEqual([3, 234]);
    expect([peer.getReadyState(), peer.getCloseCode()]).toEqual([State.STATE_CLOSED, -1]);
    expect(peer.getLastFailure()).toMatchObject({ code: 'TICKPEER_PROTOCOL_ERROR' });
  });

  test('Pings are answered without a poll, when the turn ends', () => {
    const { raw, clock } = rawClient();
    raw.putData(frameTo('server', { opcode: Opcode.PING, payload: 'x' }));
    raw.poll();
    clock.endTurn();
    raw.poll();
    expect(readFrames(raw.getPartialData(100)[1])).toMatchObject([{ opcode: Opcode.PONG }]);
  });

  test('a connection that opened and ended between two polls is shown as OPEN first', () => {
    const clock = new FakeClock();
    const [raw, stream] = StreamPeerMemory.pair();
    const peer = new WebSocketPeer({ clock });
    peer.acceptStream(stream);
    raw.putData(
      Buffer.concat([
        Buffer.from(
          'GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n' +
            'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
        ),
        frameTo('server', { opcode: Opcode.TEXT, payload: 'hello' }),
        frameTo('server', { opcode: Opcode.CLOSE, payload: bytesOf('03e8') }),
      ]),
    );
    peer.poll();
    expect(peer.getReadyState()).toBe(State.STATE_OPEN);
    expect([...peer.packets()]).toEqual(['hello']);
    peer.poll();
    expect([peer.getReadyState(), peer.getCloseCode()]).toEqual([State.STATE_CLOSED, 1000]);
  });
});

test('for a stream’s first bytes onWake is called once, when the turn ends, and can poll', () => {
  const clock = new FakeClock();
  const [raw, stream] = StreamPeerMemory.pair();
  raw.putData(Buffer.from('GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'));
  raw.putData(Buffer.from('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n'));
  raw.poll();
  const peer = new WebSocketPeer({ clock });
  let wakes = 0;
  peer.onWake = () => {
    wakes++;
    peer.poll();
  };
  expect(peer.acceptStream(stream)).toBe(ErrorCode.OK);
  expect(wakes).toBe(0);
  expect(peer.getRequestedUrl()).toBe('');
  clock.endTurn();
  expect([wakes, peer.getReadyState(), peer.getRequestedUrl()]).toEqual([1, State.STATE_OPEN, 'ws://h/']);
});

test('onWake is called once between two polls, also when packets are taken one by one', () => {
  const peers = MemoryPeers.open({ client: { maxQueuedPackets: 1 } });
  let wakes = 0;
  for (let count = 0; count < 5; count++) peers.server.sendText(`${count}`);
  peers.deliver();
  peers.client.onWake = () => wakes++;
  peers.clock.endTurn();
  expect(wakes).toBe(1);
  peers.client.poll();
  for (let count = 0; count < 4; count++) {
    peers.client.getPacket();
    peers.client.poll();
  }
  peers.clock.endTurn();
  expect(wakes).toBe(1);
  peers.client.getPacket();
  expect(peers.client.getAvailablePacketCount()).toBe(0);
});

test('onWake is called when there is room after a refusal, also with a poll in between', () => {
  const peers = MemoryPeers.open({ stream: { capacity: 100 }, client: { outboundBufferSize: 100 } });
  while (peers.client.send(new Uint8Array(50)) === ErrorCode.OK);
  peers.serverStream.pauseReading();
  peers.client.poll();
  let wakes = 0;
  peers.client.onWake = () => wakes++;
  peers.serverStream.resumeReading();
  for (let count = 0; count < 3; count++) peers.deliver();
  expect(wakes).toBe(1);
});

test('statistics count both directions, frames and bytes as on the wire', () => {
  const peers = MemoryPeers.open();
  peers.client.sendText('12345');
  peers.client.send(new Uint8Array(200));
  peers.poll();
  expect(peers.client.getStatistics()).toMatchObject({ packetsSent: 2, framesSent: 2, bytesSent: 11 + 208 });
  expect(peers.server.getStatistics()).toMatchObject({
    packetsReceived: 2,
    framesReceived: 2,
    bytesReceived: 11 + 208,
    inboundPeakPackets: 2,
    inboundPeakSize: 205,
    roundTripTime: -1,
  });
});
