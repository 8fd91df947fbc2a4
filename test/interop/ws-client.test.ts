import { once } from 'node:events';
import { ErrorCode, State, type WebSocketPeer } from 'tickpeer';
import { WebSocket as UndiciWebSocket, ping as undiciPing } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LARGE, patternBytes, patternText, SIZES, sameBytes } from '../support/payloads.ts';
import { drive, ending, isClosed, type OurServer, readAll, type Serve, serve, serveByHand } from '../support/peers.ts';
import { dialWs, isWsOpen } from '../support/ws-ends.ts';

/** Another implementation's client. */
interface OtherClient {
  readonly isOpen: () => boolean;
  /** Text as a string, the rest as bytes. */
  readonly messages: (string | Uint8Array)[];
  readonly closed: () => { code: number; reason: string } | null;
  readonly protocol: () => string;
  send(message: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
}

type Dial = (url: string, protocols?: string[], headers?: Record<string, string>) => OtherClient;

const dialWsClient: Dial = (url, protocols = [], headers = {}) => {
  const end = dialWs(url, protocols, { headers });
  return {
    isOpen: () => isWsOpen(end),
    messages: end.messages,
    closed: () => end.closed,
    protocol: () => end.socket.protocol,
    send: (message) => end.socket.send(message),
    close: (code, reason) => end.socket.close(code, reason),
  };
};

const dialUndici: Dial = (url, protocols = [], headers = {}) => {
  const socket = new UndiciWebSocket(url, { protocols, headers });
  socket.binaryType = 'arraybuffer';
  const messages: (string | Uint8Array)[] = [];
  let closed: { code: number; reason: string } | null = null;
  socket.addEventListener('message', (event) => {
    messages.push(typeof event.data === 'string' ? event.data : new Uint8Array(event.data));
  });
  socket.addEventListener('error', () => {});
  socket.addEventListener('close', ({ code, reason }) => {
    closed = { code, reason };
  });
  onTestFinished(() => socket.close());
  return {
    isOpen: () => socket.readyState === UndiciWebSocket.OPEN,
    messages,
    closed: () => closed,
    protocol: () => socket.protocol,
    send: (message) => socket.send(message),
    close: (code, reason) => socket.close(code, reason),
  };
};

const SERVERS: [string, Serve][] = [
  ['WebSocketServer', serve],
  ['TCPServer and acceptStream', serveByHand],
];
const CLIENTS: [string, Dial][] = [
  ['ws', dialWsClient],
  ['undici', dialUndici],
];
const PAIRS = SERVERS.flatMap(([serverName, start]) =>
  CLIENTS.map(([clientName, dial]) => [clientName, serverName, dial, start] as const),
);
const ROOMY = { inboundBufferSize: LARGE + 1, outboundBufferSize: LARGE + 1 };

describe.each(PAIRS)('a client of %s with our %s', (_clientName, _serverName, dial, start) => {
  async function pair(options = {}): Promise<{ peer: WebSocketPeer; other: OtherClient; server: OurServer }> {
    const server = start(options);
    const other = dial(`ws://127.0.0.1:${server.port}/`);
    await drive(server, () => server.peers.length === 1 && other.isOpen());
    return { peer: server.peers[0]!, other, server };
  }

  test.each([...SIZES, LARGE])('%i bytes, binary, there and back', async (size) => {
    const { peer, other, server } = await pair(ROOMY);
    const message = patternBytes(size);
    other.send(message);
    await drive(server, () => peer.getAvailablePacketCount() === 1);
    expect(sameBytes(peer.getPacket(), message)).toBe(true);
    expect(peer.wasStringPacket()).toBe(false);
    expect(peer.send(message)).toBe(ErrorCode.OK);
    await drive(server, () => other.messages.length === 1);
    expect(sameBytes(other.messages[0] as Uint8Array, message)).toBe(true);
  });

  test.each([...SIZES, LARGE])('%i bytes, text, there and back', async (size) => {
    const { peer, other, server } = await pair(ROOMY);
    const message = patternText(size);
    other.send(message);
    await drive(server, () => peer.getAvailablePacketCount() === 1);
    expect([...peer.packets()][0] === message).toBe(true);
    expect(peer.wasStringPacket()).toBe(true);
    expect(peer.sendText(message)).toBe(ErrorCode.OK);
    await drive(server, () => other.messages.length === 1);
    expect(other.messages[0] === message).toBe(true);
  });

  test('many small ones keep their order and their kind', async () => {
    const { peer, other, server } = await pair();
    const sent = Array.from({ length: 500 }, (_, i) => (i % 3 === 0 ? Uint8Array.of(i & 0xff, i >> 8) : `text ${i}`));
    for (const message of sent) {
      if (typeof message === 'string') peer.sendText(message);
      else peer.send(message);
      other.send(message);
    }
    const received: (string | Uint8Array)[] = [];
    await drive(server, () => {
      readAll(peer, received);
      return received.length === sent.length && other.messages.length === sent.length;
    });
    expect(received).toEqual(sent);
    expect(other.messages).toEqual(sent);
  });

  test('fragments of ours are joined', async () => {
    const { peer, other, server } = await pair({ fragmentSize: 1000, ...ROOMY });
    peer.send(patternBytes(100_001));
    peer.sendText(patternText(5003));
    await drive(server, () => other.messages.length === 2);
    expect(sameBytes(other.messages[0] as Uint8Array, patternBytes(100_001))).toBe(true);
    expect(other.messages[1]).toBe(patternText(5003));
    expect(peer.getStatistics().framesSent).toBe(101 + 6);
  });

  test('the heartbeat is answered and measures the round trip', async () => {
    const { peer, server } = await pair({ heartbeatInterval: 0.02, pongTimeLimit: 5 });
    await drive(server, () => peer.getStatistics().pongsReceived >= 3);
    expect(peer.getStatistics().roundTripTime).toBeGreaterThanOrEqual(0);
    expect(peer.getStatistics().roundTripTime).toBeLessThan(1000);
    expect(peer.getReadyState()).toBe(State.STATE_OPEN);
  });

  test('a sub-protocol is agreed on: the first of theirs that we have', async () => {
    const server = start({ supportedProtocols: ['chat.v1', 'chat.v2'] });
    const other = dial(`ws://127.0.0.1:${server.port}/`, ['chat.v3', 'chat.v2', 'chat.v1']);
    await drive(server, () => server.peers.length === 1 && other.isOpen());
    expect(other.protocol()).toBe('chat.v2');
    expect(server.peers[0]!.getSelectedProtocol()).toBe('chat.v2');
    expect(server.peers[0]!.getHandshakeRequest()?.protocols).toEqual(['chat.v3', 'chat.v2', 'chat.v1']);
  });

  test('headers go both ways, and the URL arrives', async () => {
    const server = start({ handshakeHeaders: ['X-Server: ours', 'Set-Cookie: a=1', 'Set-Cookie: b=2'] });
    const other = dial(`ws://127.0.0.1:${server.port}/room/7?name=a%20b&x=é`, [], {
      'X-Client': 'theirs',
      Cookie: 'c=3',
    });
    await drive(server, () => server.peers.length === 1 && other.isOpen());
    const peer = server.peers[0]!;
    const request = peer.getHandshakeRequest();
    expect(request?.headers.get('x-client')).toBe('theirs');
    expect(request?.headers.get('cookie')).toBe('c=3');
    expect(request?.host).toBe(`127.0.0.1:${server.port}`);
    expect(request?.path).toBe('/room/7');
    expect(request?.query).toBe('name=a%20b&x=%C3%A9');
    expect(peer.getRequestedUrl()).toBe(`ws://127.0.0.1:${server.port}/room/7?name=a%20b&x=%C3%A9`);
    expect(peer.getHandshakeResponse()).toBe(null);
    expect(peer.getConnectedHost()).toBe('127.0.0.1');
    expect(peer.getConnectedPort()).toBeGreaterThan(0);
  });

  test.each([1000, 3000, 4999])('they close with %i and a reason', async (code) => {
    const { peer, other, server } = await pair();
    other.close(code, 'until later, é');
    await drive(server, () => isClosed(peer) && other.closed() !== null);
    expect(ending(peer)).toEqual({ code, reason: 'until later, é', failure: null });
    expect(other.closed()?.code).toBe(code);
  });

  test('they close without a code', async () => {
    const { peer, other, server } = await pair();
    other.close();
    await drive(server, () => isClosed(peer) && other.closed() !== null);
    expect(ending(peer)).toEqual({ code: 1005, reason: '', failure: null });
    expect(other.closed()?.code).toBe(1005);
  });

  test.each([1000, 1001, 3000, 4999])('we close with %i and a reason', async (code) => {
    const { peer, other, server } = await pair();
    peer.close(code, 'until later, é');
    expect(peer.getReadyState()).toBe(State.STATE_CLOSING);
    await drive(server, () => isClosed(peer) && other.closed() !== null);
    expect(other.closed()).toEqual({ code, reason: 'until later, é' });
    expect(peer.getCloseCode()).toBe(code);
    expect(peer.getLastFailure()).toBe(null);
  });

  test('both close at once', async () => {
    const { peer, other, server } = await pair();
    peer.close(3001, 'ours');
    other.close(3002, 'theirs');
    await drive(server, () => isClosed(peer) && other.closed() !== null);
    expect(peer.getCloseCode()).toBe(3002);
    expect(other.closed()?.code).toBe(3001);
  });

  test('we drop the connection', async () => {
    const { peer, other, server } = await pair();
    peer.close(-1);
    await drive(server, () => other.closed() !== null);
    expect(other.closed()?.code).toBe(1006);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_DROPPED' });
  });

  test('what they sent before their Close can be read', async () => {
    const { peer, other, server } = await pair();
    for (let i = 0; i < 20; i++) other.send(`packet ${i}`);
    other.close(4000, 'bye');
    await drive(server, () => isClosed(peer));
    expect(peer.getCloseCode()).toBe(4000);
    expect(readAll(peer)).toEqual(Array.from({ length: 20 }, (_, i) => `packet ${i}`));
  });

  test('what we sent before close() arrives', async () => {
    const { peer, other, server } = await pair({ outboundBufferSize: 10_000_000 });
    const sent = Array.from({ length: 200 }, (_, i) => patternBytes(10_000, i));
    for (const message of sent) expect(peer.send(message)).toBe(ErrorCode.OK);
    peer.close(1000, 'done');
    await drive(server, () => isClosed(peer) && other.closed() !== null);
    expect(other.messages.length).toBe(200);
    expect(other.messages.every((message, i) => sameBytes(message as Uint8Array, sent[i]!))).toBe(true);
    expect(other.closed()).toEqual({ code: 1000, reason: 'done' });
  });

  test('a message above inboundBufferSize ends the connection with 1009', async () => {
    const { peer, other, server } = await pair();
    other.send(new Uint8Array(65_536));
    await drive(server, () => isClosed(peer) && other.closed() !== null);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_MESSAGE_TOO_BIG' });
    expect(other.closed()?.code).toBe(1009);
  });
});

describe.each(SERVERS)('further features of a ws client with our %s', (_name, start) => {
  test('fragments of theirs are joined, a ping in between is answered', async () => {
    const server = start();
    const end = dialWs(`ws://127.0.0.1:${server.port}/`);
    await drive(server, () => server.peers.length === 1 && isWsOpen(end));
    const peer = server.peers[0]!;
    end.socket.send('one ', { fin: false });
    end.socket.ping('in between');
    end.socket.send('', { fin: false });
    end.socket.send('two é', { fin: true });
    end.socket.send(Uint8Array.of(1), { fin: false });
    end.socket.send(Uint8Array.of(2), { fin: true });
    await drive(server, () => peer.getAvailablePacketCount() === 2 && end.pongs.length === 1);
    expect(readAll(peer)).toEqual(['one two é', Uint8Array.of(1, 2)]);
    expect(end.pongs).toEqual(['in between']);
  });

  test('it offers permessage-deflate, which we decline', async () => {
    const server = start();
    const end = dialWs(`ws://127.0.0.1:${server.port}/`, [], { perMessageDeflate: true });
    await drive(server, () => server.peers.length === 1 && isWsOpen(end));
    expect(end.socket.extensions).toBe('');
    end.socket.send('x'.repeat(5000), { compress: true });
    const peer = server.peers[0]!;
    await drive(server, () => peer.getAvailablePacketCount() === 1);
    expect(readAll(peer)).toEqual(['x'.repeat(5000)]);
  });

  test('it terminates', async () => {
    const server = start();
    const end = dialWs(`ws://127.0.0.1:${server.port}/`);
    await drive(server, () => server.peers.length === 1 && isWsOpen(end));
    end.socket.terminate();
    const peer = server.peers[0]!;
    await drive(server, () => isClosed(peer));
    expect(peer.getCloseCode()).toBe(-1);
    expect(peer.getLastFailure()?.code).toMatch(/^TICKPEER_CONNECTION_(LOST|RESET)$/);
  });

  test('it does not answer our heartbeat', async () => {
    const server = start({ heartbeatInterval: 0.03 });
    const end = dialWs(`ws://127.0.0.1:${server.port}/`, [], { autoPong: false });
    await drive(server, () => server.peers.length === 1 && isClosed(server.peers[0]!));
    expect(ending(server.peers[0]!)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_HEARTBEAT_TIMEOUT' });
    await drive(server, () => end.closed !== null);
    expect(end.closed?.code).toBe(1006);
  });

  test.each<[string, string[], string[], string]>([
    ['the client asks, the server has none', ['a', 'b'], [], 'the client asked for [a, b], the server supports none'],
    ['the server has some, the client asks for none', [], ['c'], 'the client asked for none, the server supports [c]'],
    ['the two lists differ', ['a', 'b'], ['c', 'd'], 'the client asked for [a, b], the server supports [c, d]'],
  ])('sub-protocols do not agree: %s', async (_case, theirs, ours, words) => {
    const server = start({ supportedProtocols: ours });
    const end = dialWs(`ws://127.0.0.1:${server.port}/`, theirs);
    const answer = once(end.socket, 'unexpected-response');
    let body: string | null = null;
    void answer.then(async ([, response]) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      expect(response.statusCode).toBe(400);
      body = text;
    });
    await drive(server, () => body !== null);
    expect(body).toContain(words);
    if ('accepted' in server) {
      const [peer] = server.accepted as WebSocketPeer[];
      expect(ending(peer!)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_HANDSHAKE_PROTOCOL' });
      expect(peer!.getLastFailure()?.message).toContain(words);
      expect(peer!.getSelectedProtocol()).toBe('');
    }
    expect(server.peers.length).toBe(0);
  });
});

test('a ping of undici is answered', async () => {
  const server = serve();
  const socket = new UndiciWebSocket(`ws://127.0.0.1:${server.port}/`);
  onTestFinished(() => socket.close());
  await drive(server, () => server.peers.length === 1 && socket.readyState === UndiciWebSocket.OPEN);
  undiciPing(socket, Buffer.from('payload'));
  const peer = server.peers[0]!;
  await drive(server, () => peer.getStatistics().pongsSent === 1);
  expect(peer.getStatistics().pingsReceived).toBe(1);
});

test('hundreds of ws clients at once on one WebSocketServer', async () => {
  const server = serve();
  const count = 200;
  const ends = Array.from({ length: count }, (_, i) => dialWs(`ws://127.0.0.1:${server.port}/${i}`));
  await drive(server, () => server.peers.length === count && ends.every(isWsOpen));
  for (const peer of server.peers) peer.sendText(peer.getHandshakeRequest()?.path ?? '');
  expect(server.server.broadcast(server.server.getPeers(), 'to all')).toEqual([]);
  await drive(server, () => ends.every((end) => end.messages.length === 2));
  expect(ends.map((end) => end.messages)).toEqual(ends.map((_, i) => [`/${i}`, 'to all']));
  server.server.stop({ code: 1012, reason: 'restart' });
  await drive(server, () => server.server.isStopped() && ends.every((end) => end.closed !== null));
  expect(ends.every((end) => end.closed?.code === 1012 && end.closed.reason === 'restart')).toBe(true);
});
