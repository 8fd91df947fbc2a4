import type { Socket } from 'node:net';
import { ErrorCode, State, type WebSocketPeer } from 'tickpeer';
import { describe, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { LARGE, patternBytes, patternText, SIZES, sameBytes } from '../support/payloads.ts';
import {
  dialPeer,
  drive,
  ending,
  isClosed,
  isOpen,
  newPeer,
  openPeer,
  readAll,
  tickAsInReference,
} from '../support/peers.ts';
import { startWsServer, type WsEnd, type WsServer } from '../support/ws-ends.ts';

const ROOMY = { inboundBufferSize: LARGE + 1, outboundBufferSize: LARGE + 1 };

/** tickpeer's client, OPEN, and the `ws` server's end of the connection. */
async function connectToWs(options = {}): Promise<{ peer: WebSocketPeer; end: WsEnd; server: WsServer }> {
  const server = await startWsServer();
  const peer = await openPeer(`${server.url}/`, options);
  await drive(peer, () => server.ends.length === 1);
  return { peer, end: server.ends[0]!, server };
}

describe('messages between our client and a ws server', () => {
  test.each([...SIZES, LARGE])('%i bytes, binary, there and back', async (size) => {
    const { peer, end } = await connectToWs(ROOMY);
    const message = patternBytes(size);
    expect(peer.send(message)).toBe(ErrorCode.OK);
    await drive(peer, () => end.messages.length === 1);
    expect(sameBytes(end.messages[0] as Uint8Array, message)).toBe(true);
    end.socket.send(message);
    await drive(peer, () => peer.getAvailablePacketCount() === 1);
    expect(sameBytes(peer.getPacket(), message)).toBe(true);
    expect(peer.getPacketError()).toBe(ErrorCode.OK);
    expect(peer.wasStringPacket()).toBe(false);
  });

  test.each([...SIZES, LARGE])('%i bytes, text, there and back', async (size) => {
    const { peer, end } = await connectToWs(ROOMY);
    const message = patternText(size);
    expect(peer.sendText(message)).toBe(ErrorCode.OK);
    await drive(peer, () => end.messages.length === 1);
    expect(end.messages[0] === message).toBe(true);
    end.socket.send(message);
    await drive(peer, () => peer.getAvailablePacketCount() === 1);
    expect([...peer.packets()][0] === message).toBe(true);
    expect(peer.wasStringPacket()).toBe(true);
  });

  test('many small ones keep their order and their kind', async () => {
    const { peer, end } = await connectToWs();
    const sent = Array.from({ length: 500 }, (_, i) => (i % 3 === 0 ? Uint8Array.of(i & 0xff, i >> 8) : `text ${i}`));
    for (const message of sent) {
      if (typeof message === 'string') peer.sendText(message);
      else peer.send(message);
      end.socket.send(message);
    }
    const received: (string | Uint8Array)[] = [];
    await drive(peer, () => {
      readAll(peer, received);
      return received.length === sent.length && end.messages.length === sent.length;
    });
    expect(received).toEqual(sent);
    expect(end.messages).toEqual(sent);
  });

  test('a packet has memory of its own', async () => {
    const { peer, end } = await connectToWs();
    end.socket.send(patternBytes(3));
    end.socket.send(patternBytes(200));
    await drive(peer, () => peer.getAvailablePacketCount() === 2);
    for (const size of [3, 200]) {
      const packet = peer.getPacket();
      expect(packet.constructor).toBe(Uint8Array);
      expect(packet.byteOffset).toBe(0);
      expect(packet.buffer.byteLength).toBe(size);
    }
  });

  test('fragments of theirs are joined, control frames in between and empty ones included', async () => {
    const { peer, end } = await connectToWs();
    end.socket.send('one ', { fin: false });
    end.socket.ping('in between');
    end.socket.send('', { fin: false });
    end.socket.send('two é', { fin: true });
    end.socket.send(Uint8Array.of(1), { fin: false });
    end.socket.send(Uint8Array.of(2), { fin: true });
    await drive(peer, () => peer.getAvailablePacketCount() === 2 && end.pongs.length === 1);
    expect(readAll(peer)).toEqual(['one two é', Uint8Array.of(1, 2)]);
    expect(end.pongs).toEqual(['in between']);
  });

  test('fragments of ours are joined', async () => {
    const { peer, end } = await connectToWs({ fragmentSize: 1000, ...ROOMY });
    const message = patternBytes(100_001);
    peer.send(message);
    peer.sendText(patternText(5003));
    await drive(peer, () => end.messages.length === 2);
    expect(sameBytes(end.messages[0] as Uint8Array, message)).toBe(true);
    expect(end.messages[1]).toBe(patternText(5003));
    expect(peer.getStatistics().framesSent).toBe(101 + 6);
  });

  test('a message of theirs above inboundBufferSize ends the connection with 1009', async () => {
    const { peer, end } = await connectToWs();
    end.socket.send(new Uint8Array(65_536));
    await drive(peer, () => isClosed(peer) && end.closed !== null);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_MESSAGE_TOO_BIG' });
    expect(end.closed?.code).toBe(1009);
  });
});

describe('pings between our client and a ws server', () => {
  test('theirs are answered with their payload', async () => {
    const { peer, end } = await connectToWs();
    end.socket.ping('');
    end.socket.ping('payload');
    end.socket.ping('x'.repeat(125));
    await drive(peer, () => end.pongs.length === 3);
    expect(end.pongs).toEqual(['', 'payload', 'x'.repeat(125)]);
    await drive(peer, () => peer.getStatistics().pingsReceived === 3);
    expect(peer.getStatistics().pongsSent).toBe(3);
  });

  test('the heartbeat is answered and measures the round trip', async () => {
    const { peer, end } = await connectToWs({ heartbeatInterval: 0.02, pongTimeLimit: 5 });
    expect(peer.getStatistics().roundTripTime).toBe(-1);
    await drive(peer, () => peer.getStatistics().pongsReceived >= 3);
    expect(end.pings.length).toBeGreaterThanOrEqual(3);
    expect(peer.getStatistics().roundTripTime).toBeGreaterThanOrEqual(0);
    expect(peer.getStatistics().roundTripTime).toBeLessThan(1000);
    expect(isOpen(peer)).toBe(true);
  });

  test('a server that does not answer is given up', async () => {
    const server = await startWsServer({ autoPong: false });
    const peer = await openPeer(server.url, { heartbeatInterval: 0.03 });
    await drive(peer, () => isClosed(peer));
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_HEARTBEAT_TIMEOUT' });
    await drive(peer, () => server.ends[0]!.closed !== null);
    expect(server.ends[0]!.closed?.code).toBe(1006);
  });
});

describe('the opening handshake of our client with a ws server', () => {
  test('a sub-protocol is agreed on', async () => {
    const server = await startWsServer({
      handleProtocols: (protocols) => [...protocols].find((protocol) => protocol === 'chat.v2') ?? false,
    });
    const peer = await openPeer(server.url, { supportedProtocols: ['chat.v3', 'chat.v2'] });
    expect(peer.getSelectedProtocol()).toBe('chat.v2');
    expect(server.ends[0]!.socket.protocol).toBe('chat.v2');
    expect(server.ends[0]!.request?.headers['sec-websocket-protocol']).toBe('chat.v3,chat.v2');
  });

  test('a server that has none of the sub-protocols is refused', async () => {
    const server = await startWsServer({ handleProtocols: () => false });
    const peer = dialPeer(server.url, { supportedProtocols: ['chat.v3', 'chat.v2'] });
    await drive(peer, () => isClosed(peer));
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_HANDSHAKE_PROTOCOL' });
    expect(peer.getLastFailure()?.message).toContain('[chat.v3, chat.v2]');
    expect(peer.getSelectedProtocol()).toBe('');
    await drive(peer, () => server.ends[0]?.closed?.code === 1006);
  });

  test('headers go both ways, and the URL arrives', async () => {
    const server = await startWsServer();
    server.server.on('headers', (headers) => headers.push('X-Server: theirs', 'Set-Cookie: a=1', 'Set-Cookie: b=2'));
    const url = `${server.url}/room/7?name=a%20b&x=é#fragment`;
    const peer = await openPeer(url, { handshakeHeaders: ['X-Client: ours', 'Cookie: c=3'] });
    const request = server.ends[0]!.request!;
    expect(request.headers['x-client']).toBe('ours');
    expect(request.headers.cookie).toBe('c=3');
    expect(request.headers.host).toBe(`127.0.0.1:${server.port}`);
    expect(request.url).toBe('/room/7?name=a%20b&x=%C3%A9');
    expect(peer.getRequestedUrl()).toBe(url);
    expect(peer.getHandshakeRequest()).toBe(null);
    const response = peer.getHandshakeResponse();
    expect(response?.status).toBe(101);
    expect(response?.headers.get('x-server')).toBe('theirs');
    expect(response?.headers.getAll('set-cookie')).toEqual(['a=1', 'b=2']);
    expect(peer.getConnectedHost()).toBe('127.0.0.1');
    expect(peer.getConnectedPort()).toBe(server.port);
  });

  test('credentials in the URL become an Authorization header', async () => {
    const server = await startWsServer();
    await openPeer(`ws://us%40er:pass@127.0.0.1:${server.port}/`);
    const expected = `Basic ${Buffer.from('us@er:pass').toString('base64')}`;
    expect(server.ends[0]!.request?.headers.authorization).toBe(expected);
  });

  test('no extension is asked for', async () => {
    const server = await startWsServer({ perMessageDeflate: true });
    await openPeer(server.url);
    expect(server.ends[0]!.request?.headers['sec-websocket-extensions']).toBe(undefined);
    expect(server.ends[0]!.socket.extensions).toBe('');
  });

  test('the failure of a refusal by verifyClient has its status, headers and body', async () => {
    const server = await startWsServer({
      verifyClient: (_info, done) =>
        done(false, 401, 'Who are you?', { 'WWW-Authenticate': 'Basic realm="game"', 'Content-Type': 'text/plain' }),
    });
    const peer = dialPeer(server.url);
    await drive(peer, () => isClosed(peer));
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_HANDSHAKE_STATUS' });
    expect(peer.getHandshakeResponse()?.status).toBe(401);
    expect(peer.getHandshakeResponse()?.headers.get('www-authenticate')).toBe('Basic realm="game"');
    expect(peer.getLastFailure()?.message).toMatch(/401 Unauthorized.*Who are you\?/);
  });

  test('a path that they do not serve is refused with 400', async () => {
    const server = await startWsServer({ path: '/game' });
    const peer = dialPeer(`${server.url}/other`);
    await drive(peer, () => isClosed(peer));
    expect(peer.getHandshakeResponse()?.status).toBe(400);
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_HANDSHAKE_STATUS');
  });
});

const CODES: readonly number[] = [1000, 1001, 3000, 4999];

describe('closing between our client and a ws server', () => {
  test.each(CODES)('we close with %i and a reason', async (code) => {
    const { peer, end } = await connectToWs();
    peer.close(code, 'until later, é');
    expect(peer.getReadyState()).toBe(State.STATE_CLOSING);
    await drive(peer, () => isClosed(peer) && end.closed !== null);
    expect(end.closed).toEqual({ code, reason: 'until later, é' });
    // ws sends the received code back, without a reason.
    expect(peer.getCloseCode()).toBe(code);
    expect(peer.getLastFailure()).toBe(null);
  });

  test.each(CODES)('they close with %i and a reason', async (code) => {
    const { peer, end } = await connectToWs();
    end.socket.close(code, 'until later, é');
    await drive(peer, () => isClosed(peer) && end.closed !== null);
    expect(ending(peer)).toEqual({ code, reason: 'until later, é', failure: null });
    expect(end.closed?.code).toBe(code);
  });

  test('they close without a code', async () => {
    const { peer, end } = await connectToWs();
    end.socket.close();
    await drive(peer, () => isClosed(peer) && end.closed !== null);
    expect(ending(peer)).toEqual({ code: 1005, reason: '', failure: null });
    expect(end.closed?.code).toBe(1005);
  });

  test('both close at once', async () => {
    const { peer, end } = await connectToWs();
    peer.close(3001, 'ours');
    end.socket.close(3002, 'theirs');
    await drive(peer, () => isClosed(peer) && end.closed !== null);
    expect(ending(peer)).toEqual({ code: 3002, reason: 'theirs', failure: null });
    expect(end.closed).toEqual({ code: 3001, reason: 'ours' });
  });

  test('they terminate', async () => {
    const { peer, end } = await connectToWs();
    end.socket.terminate();
    await drive(peer, () => isClosed(peer));
    expect(peer.getCloseCode()).toBe(-1);
    expect(peer.getCloseReason()).toBe('');
    expect(peer.getLastFailure()?.code).toMatch(/^TICKPEER_CONNECTION_(LOST|RESET)$/);
  });

  test('we drop the connection', async () => {
    const { peer, end } = await connectToWs();
    peer.close(-1);
    expect(isClosed(peer)).toBe(true);
    await drive(peer, () => end.closed !== null);
    expect(end.closed?.code).toBe(1006);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_DROPPED' });
  });

  test('what we sent before close() arrives', async () => {
    const { peer, end } = await connectToWs({ outboundBufferSize: 10_000_000 });
    const sent = Array.from({ length: 200 }, (_, i) => patternBytes(10_000, i));
    for (const message of sent) expect(peer.send(message)).toBe(ErrorCode.OK);
    peer.close(1000, 'done');
    await drive(peer, () => isClosed(peer) && end.closed !== null);
    expect(end.messages.length).toBe(200);
    expect(end.messages.every((message, i) => sameBytes(message as Uint8Array, sent[i]!))).toBe(true);
    expect(end.closed).toEqual({ code: 1000, reason: 'done' });
    expect(peer.getCloseCode()).toBe(1000);
  });

  test.each<[string, (socket: WebSocket) => void, number]>([
    ['a Close', (socket) => socket.close(4000, 'bye'), 4000],
    ['an end without a Close', (socket) => endTcp(socket), -1],
  ])('packets right before %s stay readable after it', async (_name, finish, code) => {
    const { peer, end } = await connectToWs();
    for (let i = 0; i < 20; i++) end.socket.send(`packet ${i}`);
    finish(end.socket);
    await drive(peer, () => isClosed(peer));
    expect(peer.getCloseCode()).toBe(code);
    expect(peer.getAvailablePacketCount()).toBe(20);
    expect(readAll(peer)).toEqual(Array.from({ length: 20 }, (_, i) => `packet ${i}`));
  });

  test.each<[string, (socket: WebSocket) => void]>([
    ['a Close', (socket) => socket.close(4000, 'bye')],
    ['an end without a Close', (socket) => endTcp(socket)],
  ])("the reference's loop, which reads only while OPEN, loses nothing before %s", async (_name, finish) => {
    const server = await startWsServer();
    const count = 3000;
    server.server.on('connection', (socket) => {
      for (let i = 0; i < count; i++) socket.send(`packet ${i} ${'x'.repeat(100)}`);
      finish(socket);
    });
    const peer = dialPeer(server.url);
    const received: (string | Uint8Array)[] = [];
    await drive({ poll: () => tickAsInReference(peer, received) }, () => isClosed(peer));
    expect(received.length).toBe(count);
    expect(received.every((packet, i) => String(packet).startsWith(`packet ${i} `))).toBe(true);
    expect(peer.getAvailablePacketCount()).toBe(0);
  });

  test('close() while CONNECTING drops the connection', async () => {
    const server = await startWsServer();
    const peer = newPeer();
    peer.connectToUrl(server.url);
    peer.close();
    expect(isClosed(peer)).toBe(true);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_DROPPED' });
  });
});

/** Ends TCP under a `ws` socket without a Close frame, after what was sent. */
function endTcp(socket: WebSocket): void {
  // The TCP socket of ws is here; there is no public access to it.
  (socket as unknown as { _socket: Socket })._socket.end();
}
