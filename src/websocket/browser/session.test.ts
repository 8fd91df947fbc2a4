import { describe, expect, onTestFinished, test } from 'vitest';
import { type FakeSocket, fakeBrowser, type Kind } from '../../../test/support/fake-browser.ts';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { turn } from '../../../test/support/until.ts';
import { ErrorCode } from '../../error-code.ts';
import { StreamPeerMemory, TLSOptions, X509Certificate } from '../../stream/index.ts';
import { WebSocketPeer } from '../peer/websocket-peer.browser.ts';
import type { WebSocketPeerOptions } from '../settings/peer-properties.ts';
import { State, WriteMode } from '../state.ts';

interface Scene {
  readonly peer: WebSocketPeer;
  readonly socket: FakeSocket;
  readonly clock: FakeClock;
}

/** A peer that has begun to connect. */
function dial(kind: Kind, options: WebSocketPeerOptions = {}, url = 'ws://game.test/room?x=1#top'): Scene {
  const browser = fakeBrowser(kind);
  const clock = new FakeClock();
  const peer = new WebSocketPeer({ clock, ...options });
  onTestFinished(() => peer[Symbol.dispose]());
  expect(peer.connectToUrl(url)).toBe(ErrorCode.OK);
  return { peer, socket: browser.last, clock };
}

/** One that is OPEN. */
async function open(kind: Kind, options: WebSocketPeerOptions = {}): Promise<Scene> {
  const scene = dial(kind, options);
  scene.socket.open();
  await turn();
  scene.peer.poll();
  expect(scene.peer.getReadyState()).toBe(State.STATE_OPEN);
  return scene;
}

function ending({ peer }: Scene): [State, number, string, string | undefined] {
  return [peer.getReadyState(), peer.getCloseCode(), peer.getCloseReason(), peer.getLastFailure()?.code];
}

const bytes = (size: number): Uint8Array => new Uint8Array(size).fill(7);

describe.each<Kind>(['WebSocket', 'WebSocketStream'])('over a browser’s %s', (kind) => {
  test('the URL is the one that Node would connect to, and the state moves in poll() only', async () => {
    const { peer, socket } = dial(kind, { supportedProtocols: ['a', 'b'] }, 'WS://user@[::1]:80/a b?ü#x');
    expect([socket.url, socket.protocols]).toEqual(['ws://[::1]/a%20b?%C3%BC', ['a', 'b']]);
    expect(peer.getRequestedUrl()).toBe('WS://user@[::1]:80/a b?ü#x');
    socket.open('b');
    await turn();
    expect([peer.getReadyState(), peer.getSelectedProtocol()]).toEqual([State.STATE_CONNECTING, '']);
    peer.poll();
    expect([peer.getReadyState(), peer.getSelectedProtocol()]).toEqual([State.STATE_OPEN, 'b']);
  });

  test('text and bytes keep their kind, also empty', async () => {
    const { peer, socket } = await open(kind);
    for (const message of ['grüß', Uint8Array.of(1, 2), '', new Uint8Array(0)]) socket.message(message);
    await turn();
    expect(peer.getAvailablePacketCount()).toBe(0);
    peer.poll();
    expect([...peer.packets()]).toEqual(['grüß', Uint8Array.of(1, 2), '', new Uint8Array(0)]);
    expect([peer.getPacket().length, peer.getPacketError()]).toEqual([0, ErrorCode.ERR_UNAVAILABLE]);
    const { packetsReceived, bytesReceived, inboundPeakPackets } = peer.getStatistics();
    expect([packetsReceived, bytesReceived, inboundPeakPackets]).toEqual([4, 6 + 2 + 4 * 2, 4]);
  });

  test('text is sent as text, bytes as bytes', async () => {
    const { peer, socket } = await open(kind);
    const writes = [
      () => peer.sendText('grüß \ud800'),
      () => peer.send(new TextEncoder().encode('é'), WriteMode.WRITE_MODE_TEXT),
      () => peer.send(Uint8Array.of(9)),
      () => peer.putPacket(Uint8Array.of(8)),
    ];
    for (const write of writes) {
      expect(write()).toBe(ErrorCode.OK);
      await turn();
      socket.take(4);
      await turn();
    }
    expect(socket.sent.slice(1)).toEqual(['é', Uint8Array.of(9), Uint8Array.of(8)]);
    expect(peer.send(Uint8Array.of(0xff), WriteMode.WRITE_MODE_TEXT)).toBe(ErrorCode.ERR_INVALID_DATA);
    const { packetsSent, bytesSent } = peer.getStatistics();
    expect([packetsSent, bytesSent]).toEqual([4, 10 + 2 + 1 + 1 + 4 * 6]);
  });

  test('a full queue takes no more packets, and loses nothing', async () => {
    const { peer, socket } = await open(kind, { maxQueuedPackets: 3, inboundBufferSize: 10 });
    for (let n = 0; n < 8; n++) socket.message(`#${n}`);
    for (const size of [6, 4, 1]) socket.message(bytes(size));
    await turn();
    const polls: number[] = [];
    const packets: (string | number)[] = [];
    while (packets.length < 11) {
      peer.poll();
      polls.push(peer.getAvailablePacketCount());
      for (const packet of peer.packets()) packets.push(typeof packet === 'string' ? packet : packet.length);
    }
    expect(polls).toEqual([3, 3, 3, 2]);
    expect(packets).toEqual(['#0', '#1', '#2', '#3', '#4', '#5', '#6', '#7', 6, 4, 1].slice(0, 11));
    expect(peer.getStatistics().inboundPeakSize).toBeLessThanOrEqual(10);
  });

  test.each([
    [9, true],
    [10, true],
    [11, false],
  ])('a message of %i bytes with an inboundBufferSize of 10', async (size, fits) => {
    const scene = await open(kind, { inboundBufferSize: 10 });
    scene.socket.message('before');
    scene.socket.message(bytes(size));
    await turn();
    scene.peer.poll();
    expect([...scene.peer.packets()]).toEqual(['before']);
    scene.peer.poll();
    expect(scene.peer.getAvailablePacketCount()).toBe(fits ? 1 : 0);
    if (fits) return;
    expect(ending(scene)).toEqual([State.STATE_CLOSED, -1, '', 'TICKPEER_MESSAGE_TOO_BIG']);
    expect(scene.socket.closedWith?.code).toBe(3009);
  });

  test.each([
    [9, ErrorCode.OK],
    [10, ErrorCode.OK],
    [11, ErrorCode.ERR_OUT_OF_MEMORY],
  ])('%i bytes in all with an outboundBufferSize of 10', async (size, result) => {
    const { peer, socket, clock } = await open(kind, { outboundBufferSize: 10 });
    let wakes = 0;
    peer.onWake = () => wakes++;
    expect(peer.sendText('éé')).toBe(ErrorCode.OK);
    expect(peer.send(bytes(size - 4))).toBe(result);
    expect(peer.getCurrentOutboundBufferedAmount()).toBe(result === ErrorCode.OK ? size : 4);
    if (result === ErrorCode.OK) return;
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_OUTBOUND_LIMIT');
    expect(peer.getStatistics()).toMatchObject({ packetsSent: 1, sendsRefused: 1, outboundPeakSize: 4 });
    clock.advance(15);
    peer.poll();
    expect(wakes).toBe(0);
    clock.advance(1);
    expect(wakes).toBe(1);
    peer.poll();
    socket.take(4);
    await turn();
    clock.advance(16);
    expect(wakes).toBe(2);
    peer.poll();
    clock.advance(100);
    expect(wakes).toBe(2);
    expect(peer.send(bytes(size - 4))).toBe(ErrorCode.OK);
  });

  test('a message is copied: its memory can be reused, and can be shared', async () => {
    const { peer, socket } = await open(kind);
    const memory = new Uint8Array(new SharedArrayBuffer(2));
    for (let n = 1; n <= 3; n++) {
      memory.fill(n);
      expect(peer.send(memory)).toBe(ErrorCode.OK);
    }
    memory.fill(99);
    for (let n = 0; n < 3; n++) {
      await turn();
      socket.take(2);
    }
    await turn();
    expect(socket.sent).toEqual([Uint8Array.of(1, 1), Uint8Array.of(2, 2), Uint8Array.of(3, 3)]);
  });

  test('a close is clean, also while messages wait to be sent', async () => {
    const scene = await open(kind);
    for (let n = 0; n < 3; n++) scene.peer.sendText('on its way');
    await turn();
    scene.socket.end(true, 4001, 'bye');
    await turn();
    scene.peer.poll();
    expect(ending(scene)).toEqual([State.STATE_CLOSED, 4001, 'bye', undefined]);
  });

  test('a Close that arrives while messages wait to be sent has its code, although the browser does not call that clean', async () => {
    const scene = await open(kind);
    scene.peer.sendText('on its way');
    scene.socket.end(false, 4001, 'bye');
    await turn();
    scene.peer.poll();
    expect(ending(scene)).toEqual([State.STATE_CLOSED, 4001, 'bye', undefined]);
  });

  test('an onWake that throws does not end the session', async () => {
    const { peer, socket, clock } = dial(kind);
    peer.onWake = () => {
      throw new Error('on purpose');
    };
    socket.open();
    await turn();
    expect(() => clock.endTurn()).toThrow('on purpose');
    peer.onWake = null;
    peer.poll();
    socket.message('still here');
    await turn();
    peer.poll();
    expect([...peer.packets()]).toEqual(['still here']);
    socket.end(true, 1000);
    await turn();
    peer.poll();
    expect(peer.getReadyState()).toBe(State.STATE_CLOSED);
  });

  test('maxQueuedPackets counts packets that wait to be sent, too', async () => {
    const { peer, socket } = await open(kind, { maxQueuedPackets: 2 });
    const results = [1, 2, 3].map((size) => peer.send(bytes(size)));
    expect(results).toEqual([ErrorCode.OK, ErrorCode.OK, ErrorCode.ERR_OUT_OF_MEMORY]);
    await turn();
    socket.take(1);
    await turn();
    expect(peer.getCurrentOutboundBufferedAmount()).toBe(2);
    expect(peer.send(bytes(3))).toBe(ErrorCode.OK);
  });

  test('a clean close has code and reason, after the packets before it', async () => {
    const scene = await open(kind, { maxQueuedPackets: 2 });
    for (const text of ['one', 'two', 'three']) scene.socket.message(text);
    scene.socket.end(true, 4001, 'enough');
    await turn();
    scene.peer.poll();
    expect([scene.peer.getReadyState(), scene.peer.getAvailablePacketCount()]).toEqual([State.STATE_OPEN, 2]);
    expect(scene.peer.sendText('too late')).toBe(ErrorCode.FAILED);
    expect(scene.peer.getLastFailure()?.message).toContain('the connection has ended');
    expect([...scene.peer.packets()]).toEqual(['one', 'two']);
    scene.peer.poll();
    expect(scene.peer.getReadyState()).toBe(State.STATE_OPEN);
    scene.peer.poll();
    expect([...scene.peer.packets()]).toEqual(['three']);
    expect(ending(scene).slice(0, 3)).toEqual([State.STATE_CLOSED, 4001, 'enough']);
  });

  test.each([
    ['a Close without a code', true, 1005, 1005, undefined],
    ['an end without a Close', false, 1006, -1, 'TICKPEER_CONNECTION_LOST'],
  ])('%s', async (_name, isClean, code, shown, failure) => {
    const scene = await open(kind);
    scene.socket.end(isClean, code);
    await turn();
    scene.peer.poll();
    expect(ending(scene)).toEqual([State.STATE_CLOSED, shown, '', failure]);
  });

  test('a connection that does not open', async () => {
    const scene = dial(kind);
    scene.socket.end(false);
    await turn();
    scene.peer.poll();
    expect(ending(scene)).toEqual([State.STATE_CLOSED, -1, '', 'TICKPEER_CANT_CONNECT']);
  });

  test('one that opens and ends between two polls is OPEN for one poll', async () => {
    const scene = dial(kind);
    scene.socket.open();
    await turn();
    scene.socket.message('hello');
    scene.socket.end(true, 1000);
    await turn();
    scene.peer.poll();
    expect(scene.peer.getReadyState()).toBe(State.STATE_OPEN);
    expect([...scene.peer.packets()]).toEqual(['hello']);
    scene.peer.poll();
    expect(scene.peer.getReadyState()).toBe(State.STATE_CLOSED);
  });

  test('connecting has a time limit', () => {
    const scene = dial(kind, { connectTimeLimit: 2, handshakeTimeLimit: 1 });
    scene.clock.advance(2999);
    scene.peer.poll();
    expect(scene.peer.getReadyState()).toBe(State.STATE_CONNECTING);
    scene.clock.advance(1);
    scene.peer.poll();
    expect(ending(scene)).toEqual([State.STATE_CLOSED, -1, '', 'TICKPEER_CONNECT_TIMEOUT']);
    expect(scene.socket.closedWith?.code).toBe(3006);
  });

  test('a stall of the page does not count against the other side: a connection that opened in time is open', async () => {
    const { peer, socket, clock } = dial(kind, { connectTimeLimit: 2, handshakeTimeLimit: 1 });
    clock.advance(60_000);
    peer.poll();
    expect(peer.getReadyState()).toBe(State.STATE_CONNECTING);
    // The event that has waited behind this task.
    socket.open();
    await turn();
    peer.poll();
    expect([peer.getReadyState(), peer.getLastFailure()]).toEqual([State.STATE_OPEN, null]);
    clock.advance(60_000);
    peer.poll();
    expect(peer.getReadyState()).toBe(State.STATE_OPEN);
  });

  test.each([
    [1, 17],
    [500, 516],
    [60_000, 1000],
  ])('a connecting time limit that is noticed %i ms late is extended by %i ms, once', (late, grace) => {
    const scene = dial(kind, { connectTimeLimit: 2, handshakeTimeLimit: 1 });
    scene.clock.advance(3000 + late);
    scene.peer.poll();
    scene.clock.advance(grace - 1);
    scene.peer.poll();
    expect(scene.peer.getReadyState()).toBe(State.STATE_CONNECTING);
    scene.clock.advance(2);
    scene.peer.poll();
    expect(ending(scene)).toEqual([State.STATE_CLOSED, -1, '', 'TICKPEER_CONNECT_TIMEOUT']);
  });

  test('after a stall while connecting and another one while closing, a Close that came in time counts', async () => {
    const scene = dial(kind, { connectTimeLimit: 2, handshakeTimeLimit: 1, closeTimeLimit: 1 });
    scene.clock.advance(10_000);
    scene.peer.poll();
    scene.socket.open();
    await turn();
    scene.peer.poll();
    scene.peer.close(3000);
    scene.clock.advance(10_000);
    scene.peer.poll();
    expect(scene.peer.getReadyState()).toBe(State.STATE_CLOSING);
    scene.socket.end(true, 3000);
    await turn();
    scene.peer.poll();
    expect(ending(scene)).toEqual([State.STATE_CLOSED, 3000, '', undefined]);
  });

  test('closing has a time limit', async () => {
    const scene = await open(kind, { closeTimeLimit: 1 });
    scene.peer.close(3000);
    scene.clock.advance(999);
    scene.peer.poll();
    expect(scene.peer.getReadyState()).toBe(State.STATE_CLOSING);
    scene.clock.advance(1);
    scene.peer.poll();
    expect(ending(scene)).toEqual([State.STATE_CLOSED, -1, '', 'TICKPEER_CLOSE_TIMEOUT']);
  });

  test.each([
    [1000, 1000],
    [1001, 3001],
    [1011, 3011],
    [1014, 3014],
    [3000, 3000],
    [4999, 4999],
  ])('close(%i) sends %i, and a reason of at most 123 bytes', async (code, sent) => {
    const scene = await open(kind);
    scene.peer.close(code, 'ü'.repeat(100));
    expect(scene.peer.getReadyState()).toBe(State.STATE_CLOSING);
    expect(scene.socket.closedWith).toEqual({ code: sent, reason: 'ü'.repeat(61) });
    scene.socket.end(true, sent, 'bye');
    await turn();
    scene.peer.poll();
    expect(ending(scene)).toEqual([State.STATE_CLOSED, sent, 'bye', undefined]);
  });

  test('codes that may not be sent throw, as in Node', async () => {
    const { peer } = await open(kind);
    for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000]) expect(() => peer.close(code)).toThrow(RangeError);
  });

  test('close(-1) is CLOSED at once, and known packets stay', async () => {
    const scene = await open(kind);
    scene.socket.message('seen');
    await turn();
    scene.peer.poll();
    scene.socket.message('unseen');
    await turn();
    scene.peer.close(-1);
    expect(ending(scene)).toEqual([State.STATE_CLOSED, -1, '', 'TICKPEER_DROPPED']);
    expect(scene.socket.closedWith?.code).toBe(3006);
    scene.socket.message('late');
    await turn();
    scene.peer.poll();
    expect([...scene.peer.packets()]).toEqual(['seen']);
  });

  test('a closing peer that reads nothing still closes, and counts the discarded packets', async () => {
    const scene = await open(kind, { maxQueuedPackets: 1 });
    for (const text of ['one', 'two', 'three']) scene.socket.message(text);
    await turn();
    scene.peer.close();
    scene.socket.end(true, 1000);
    await turn();
    scene.peer.poll();
    expect(ending(scene)).toEqual([State.STATE_CLOSED, 1000, '', undefined]);
    expect([...scene.peer.packets()]).toEqual(['one']);
    expect(scene.peer.getStatistics()).toMatchObject({ packetsReceived: 3, packetsDiscarded: 2 });
  });

  test('onWake is called once between two polls', async () => {
    const { peer, socket } = dial(kind);
    let wakes = 0;
    peer.onWake = () => wakes++;
    socket.open();
    await turn();
    expect(wakes).toBe(1);
    socket.message('one');
    await turn();
    expect(wakes).toBe(1);
    peer.poll();
    socket.message('two');
    socket.end(true, 1000);
    await turn();
    expect(wakes).toBe(2);
  });

  test('a peer can be used again, and nothing of the last connection is left', async () => {
    const { peer, socket } = await open(kind);
    socket.message('old');
    await turn();
    peer.poll();
    expect(peer.connectToUrl('ws://two.test')).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    peer.close(-1);
    const browser = fakeBrowser(kind);
    expect(peer.connectToUrl('two.test')).toBe(ErrorCode.OK);
    expect([browser.last.url, peer.getAvailablePacketCount()]).toEqual(['ws://two.test/', 0]);
    expect([peer.getReadyState(), peer.getLastFailure()]).toEqual([State.STATE_CONNECTING, null]);
    expect(peer.getStatistics().packetsReceived).toBe(0);
  });

  test('options that the browser decides leave a failure as a note, and the peer still connects', () => {
    const { peer } = dial(kind, { handshakeHeaders: ['X-A: b'] }, 'wss://user:secret@game.test');
    expect(peer.getLastFailure()).toMatchObject({ code: 'TICKPEER_UNAVAILABLE' });
    expect(peer.getLastFailure()?.message).toMatch(/handshakeHeaders, credentials/);
    expect(peer.getLastFailure()?.message).not.toContain('secret');
    for (const tls of [TLSOptions.clientUnsafe(), TLSOptions.client(new X509Certificate()), false] as const) {
      peer.close(-1);
      expect(typeof tls === 'boolean' ? peer.connectToUrl('wss://a', tls) : peer.connectToUrl('wss://a', tls)).toBe(0);
      expect(peer.getLastFailure()?.message).toMatch(/how TLS is verified/);
    }
    peer.close(-1);
    peer.handshakeHeaders = [];
    peer.connectToUrl('wss://a', TLSOptions.client());
    expect(peer.getLastFailure()).toBeNull();
    peer.setNoDelay(false);
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_UNAVAILABLE');
  });

  test.each([
    ['SyntaxError', ErrorCode.ERR_INVALID_PARAMETER, 'TICKPEER_INVALID_URL'],
    ['SecurityError', ErrorCode.ERR_UNAVAILABLE, 'TICKPEER_BLOCKED'],
    ['TypeError', ErrorCode.ERR_UNAVAILABLE, 'TICKPEER_BLOCKED'],
  ])('a constructor that throws a %s is a failure of the peer', (name, result, code) => {
    fakeBrowser(kind, Object.assign(new Error('no'), { name }));
    const peer = new WebSocketPeer();
    expect(peer.connectToUrl('ws://game.test')).toBe(result);
    expect([peer.getReadyState(), peer.getLastFailure()?.code]).toEqual([State.STATE_CLOSED, code]);
  });

  test('bad URLs and sub-protocols are refused before', () => {
    fakeBrowser(kind, new Error('was called'));
    const peer = new WebSocketPeer();
    for (const url of ['', 'http://a', 'ws://', 'ws://a:99999', 'ws://a\n']) {
      expect(peer.connectToUrl(url)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
      expect(peer.getLastFailure()?.code).toBe('TICKPEER_INVALID_URL');
    }
    for (const protocols of [['a', 'a'], ['a b'], ['']]) {
      peer.supportedProtocols = protocols;
      expect(peer.connectToUrl('ws://a')).toBe(ErrorCode.ERR_INVALID_PARAMETER);
      expect(peer.getLastFailure()?.code).toBe('TICKPEER_INVALID_PROTOCOL');
    }
  });
});

/** What one message is counted with beside its payload. */
const EXTRA = 32;

describe('the arrival buffer', () => {
  test.each([
    [-1, true],
    [0, true],
    [1, false],
  ])('of a WebSocket, %i beyond it', async (beyond, holds) => {
    const arrivalBufferSize = 2 * (100 + EXTRA);
    const scene = await open('WebSocket', { maxQueuedPackets: 1, arrivalBufferSize });
    scene.socket.message(bytes(100));
    scene.socket.message(bytes(100 + beyond));
    scene.peer.poll();
    const sizes = [...scene.peer.packets()].map((packet) => packet.length);
    for (let n = 0; n < 3; n++) {
      scene.peer.poll();
      sizes.push(...[...scene.peer.packets()].map((packet) => packet.length));
    }
    expect(sizes).toEqual(holds ? [100, 100 + beyond] : [100]);
    if (holds) return;
    expect(ending(scene)).toEqual([State.STATE_CLOSED, -1, '', 'TICKPEER_ARRIVAL_LIMIT']);
    expect(scene.socket.closedWith?.code).toBe(3008);
  });

  test('empty messages count, too', async () => {
    const scene = await open('WebSocket', { maxQueuedPackets: 1, arrivalBufferSize: 100 * EXTRA });
    for (let n = 0; n < 101; n++) scene.socket.message('');
    let count = 0;
    while (scene.peer.getReadyState() === State.STATE_OPEN) {
      scene.peer.poll();
      count += [...scene.peer.packets()].length;
    }
    expect(count).toBe(100);
    expect(ending(scene)[3]).toBe('TICKPEER_ARRIVAL_LIMIT');
  });

  test('one message of any size is accepted', async () => {
    const { peer, socket } = await open('WebSocket', { arrivalBufferSize: 0 });
    for (let n = 0; n < 3; n++) {
      socket.message('hello');
      peer.poll();
      expect([...peer.packets()]).toEqual(['hello']);
    }
  });

  test('of a WebSocketStream: reading stops and resumes', async () => {
    const { peer, socket } = await open('WebSocketStream', {
      maxQueuedPackets: 1,
      arrivalBufferSize: 3 * (10 + EXTRA),
    });
    for (let n = 0; n < 20; n++) socket.message(bytes(10));
    await turn();
    expect(peer.getStatistics().packetsReceived).toBe(0);
    peer.poll();
    const afterFirst = peer.getStatistics().packetsReceived;
    expect(afterFirst).toBeLessThanOrEqual(4);
    let count = 0;
    while (count < 20) {
      peer.poll();
      count += [...peer.packets()].length;
      await turn();
    }
    expect(peer.getReadyState()).toBe(State.STATE_OPEN);
  });

  test('a WebSocketStream that ends while nothing is read is not reported as complete', async () => {
    const scene = await open('WebSocketStream', { maxQueuedPackets: 1, arrivalBufferSize: 1 });
    for (let n = 0; n < 5; n++) scene.socket.message('x');
    await turn();
    scene.socket.end(true, 4001, 'bye');
    await turn();
    while (scene.peer.getReadyState() !== State.STATE_CLOSED) {
      scene.peer.poll();
      for (const packet of scene.peer.packets()) expect(packet).toBe('x');
      await turn();
    }
    expect(ending(scene)).toEqual([State.STATE_CLOSED, -1, '', 'TICKPEER_ARRIVAL_LIMIT']);
    expect(scene.peer.getLastFailure()?.message).toContain('4001');
  });

  test.each([
    [99, 'TICKPEER_ARRIVAL_LIMIT'],
    [100, undefined],
  ])('a paused one has caught up when nothing arrived for 100 ms: %i ms', async (wait, failure) => {
    const scene = await open('WebSocketStream', { maxQueuedPackets: 1, arrivalBufferSize: 100 });
    const read: unknown[] = [];
    const drain = async (): Promise<void> => {
      for (let n = 0; n < 6; n++) {
        scene.peer.poll();
        read.push(...scene.peer.packets());
        await turn();
      }
    };
    for (let n = 0; n < 3; n++) scene.socket.message('x');
    await turn();
    await drain();
    scene.clock.advance(wait);
    scene.socket.message('y');
    await turn();
    scene.socket.end(true, 4001);
    await drain();
    expect(read).toEqual(['x', 'x', 'x', 'y']);
    expect([scene.peer.getReadyState(), scene.peer.getLastFailure()?.code]).toEqual([State.STATE_CLOSED, failure]);
  });
});

test('what a browser cannot do is refused', () => {
  const peer = new WebSocketPeer();
  const [stream] = StreamPeerMemory.pair();
  expect(peer.acceptStream(stream)).toBe(ErrorCode.ERR_UNAVAILABLE);
  expect(peer.connectToStream(stream, 'ws://a')).toBe(ErrorCode.ERR_UNAVAILABLE);
  expect(peer.getLastFailure()?.code).toBe('TICKPEER_UNAVAILABLE');
  expect([peer.getConnectedHost(), peer.getConnectedPort(), peer.getHandshakeResponse()]).toEqual(['', 0, null]);
});

test('usesWebSocketStream = false: the WebSocket is used, although there is a WebSocketStream', async () => {
  const scene = dial('WebSocketStream');
  const NoStream = Reflect.get(globalThis, 'WebSocketStream');
  fakeBrowser('WebSocket');
  let streams = 0;
  Reflect.set(globalThis, 'WebSocketStream', function (this: object, url: string, options: object) {
    streams++;
    return Reflect.construct(NoStream, [url, options]);
  });
  onTestFinished(() => {
    WebSocketPeer.usesWebSocketStream = true;
  });
  WebSocketPeer.usesWebSocketStream = false;
  const peer = new WebSocketPeer({ clock: scene.clock });
  expect([peer.connectToUrl('ws://game.test/'), streams]).toEqual([ErrorCode.OK, 0]);
  WebSocketPeer.usesWebSocketStream = true;
  const other = new WebSocketPeer({ clock: scene.clock });
  expect([other.connectToUrl('ws://game.test/'), streams]).toEqual([ErrorCode.OK, 1]);
  peer[Symbol.dispose]();
  other[Symbol.dispose]();
});
