import { ErrorCode, State, TCPServer, WebSocketPeer } from 'tickpeer';
import { describe, expect, test } from 'vitest';
import { rawFrame } from '../support/frames.ts';
import {
  dialPeer,
  drive,
  ending,
  isClosed,
  isOpen,
  newPeer,
  openPeer,
  ourPair,
  readAll,
  serve,
} from '../support/peers.ts';
import { dialRaw, startAnsweringServer, startRawServer, switching, upgradeRequest } from '../support/raw-tcp.ts';
import { until } from '../support/until.ts';
import { startWsServer } from '../support/ws-ends.ts';

/** A port of 127.0.0.1 that was free a moment ago. */
async function refusedPort(): Promise<number> {
  const server = serve();
  const { port } = server;
  server.server.stop();
  await drive(server, () => server.server.isStopped());
  return port;
}

describe('a server that cannot be reached', () => {
  test.each(['ws', 'wss'])('%s: a port that refuses', async (scheme) => {
    const port = await refusedPort();
    const peer = dialPeer(`${scheme}://127.0.0.1:${port}`);
    expect(peer.getReadyState()).toBe(State.STATE_CONNECTING);
    await drive(peer, () => isClosed(peer));
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_CANT_CONNECT' });
    expect(peer.getLastFailure()?.cause).toMatchObject({ code: 'ECONNREFUSED' });
    expect(peer.getLastFailure()?.message).toContain(`127.0.0.1:${port}`);
    expect(peer.send(new Uint8Array(1))).toBe(ErrorCode.FAILED);
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_CANT_CONNECT');
    expect(peer.getHandshakeResponse()).toBe(null);
  });

  test('a name that does not exist', async () => {
    const peer = dialPeer('ws://no-such-host.invalid:8080/');
    expect(peer.getReadyState()).toBe(State.STATE_CONNECTING);
    await drive(peer, () => isClosed(peer), 15_000);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_CANT_RESOLVE' });
    expect(peer.getLastFailure()?.message).toContain('no-such-host.invalid');
  });

  test('localhost, where neither family listens', async () => {
    const peer = dialPeer(`ws://localhost:${await refusedPort()}`);
    await drive(peer, () => isClosed(peer));
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_CANT_CONNECT');
    expect(peer.getLastFailure()?.cause).toMatchObject({ code: 'ECONNREFUSED' });
  });
});

test.each(['ws', 'wss'])(
  '%s: a peer that polls only when it is woken reports the handshake’s time limit',
  async (scheme) => {
    const server = new TCPServer();
    server.listen(0, '127.0.0.1');
    const peer = newPeer({ connectTimeLimit: 60, handshakeTimeLimit: 0.05 });
    peer.onWake = () => peer.poll();
    expect(peer.connectToUrl(`${scheme}://127.0.0.1:${server.getLocalPort()}`)).toBe(ErrorCode.OK);
    await until(() => isClosed(peer));
    expect([peer.getLastFailure()?.code, peer.getConnectedPort()]).toEqual([
      'TICKPEER_HANDSHAKE_TIMEOUT',
      server.getLocalPort(),
    ]);
    server.stop();
  },
);

describe('failures before anything is sent', () => {
  test.each([
    '',
    'http://127.0.0.1/',
    'https://127.0.0.1/',
    'ftp://127.0.0.1/',
    'ws://',
    'ws:///path',
    'ws://:80/',
    'ws://127.0.0.1:0/',
    'ws://127.0.0.1:65536/',
    'ws://127.0.0.1:http/',
    'ws://::1/',
    'ws://[::1/',
    'ws://[::1]x/',
    'ws://[127.0.0.1]/',
    'ws://a b/',
    'ws://127.0.0.1/\r\nX-Smuggled: 1',
    'ws://127.0.0.1/a\nb',
    'ws://127.0.0.1/\0',
    'ws://[1::2::3]/',
    `ws://${'a'.repeat(300)}/`,
  ])('the URL %j', (url) => {
    const peer = newPeer();
    const result = peer.connectToUrl(url);
    expect(ErrorCode[result]).toBe('ERR_INVALID_PARAMETER');
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_INVALID_URL' });
    expect(isClosed(peer)).toBe(true);
    expect(peer.getRequestedUrl()).toBe('');
  });

  test.each([
    'X-A: b\r\nX-Smuggled: 1',
    'X-A: b\r\n',
    'X-A: b\nX-Smuggled: 1',
    'X-A: b\rc',
    'X-A: \0',
    'no colon',
    ': empty name',
    'X A: space in the name',
    'X-A: €',
    'Upgrade: h2c',
    'Connection: close',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    'Sec-WebSocket-Version: 8',
    'Sec-WebSocket-Protocol: x',
    'Sec-WebSocket-Extensions: permessage-deflate',
    'Content-Length: 5',
    'Transfer-Encoding: chunked',
  ])('the header %j', (header) => {
    const peer = newPeer({ handshakeHeaders: [header] });
    expect(ErrorCode[peer.connectToUrl('ws://127.0.0.1:1/')]).toBe('ERR_INVALID_PARAMETER');
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_INVALID_HEADER' });
    expect(isClosed(peer)).toBe(true);
  });

  test.each([['a b'], ['a,b'], [''], ['a\r\nb'], ['é']])('the sub-protocol %j', (protocol) => {
    const peer = newPeer({ supportedProtocols: [protocol] });
    expect(ErrorCode[peer.connectToUrl('ws://127.0.0.1:1/')]).toBe('ERR_INVALID_PARAMETER');
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_INVALID_PROTOCOL');
    expect(isClosed(peer)).toBe(true);
  });

  test('the same sub-protocol twice', () => {
    const peer = newPeer({ supportedProtocols: ['a', 'a'] });
    expect(ErrorCode[peer.connectToUrl('ws://127.0.0.1:1/')]).toBe('ERR_INVALID_PARAMETER');
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_INVALID_PROTOCOL');
  });

  test('a peer that is CONNECTING or OPEN already, which stays unchanged', async () => {
    const server = await startWsServer();
    const peer = dialPeer(`${server.url}/first`);
    expect(peer.connectToUrl(`${server.url}/second`)).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_ALREADY_IN_USE');
    await drive(peer, () => isOpen(peer) && server.ends.length === 1);
    expect(peer.connectToUrl(`${server.url}/third`)).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    expect(peer.getRequestedUrl()).toBe(`${server.url}/first`);
    server.ends[0]!.socket.send('still here');
    await drive(peer, () => peer.getAvailablePacketCount() === 1);
    expect(readAll(peer)).toEqual(['still here']);
    expect(server.ends[0]!.request?.url).toBe('/first');
  });
});

describe('a reset', () => {
  test('before TLS', async () => {
    const server = await startRawServer((end) => end.socket.once('data', () => end.reset()));
    const peer = dialPeer(`wss://127.0.0.1:${server.port}`);
    await drive(peer, () => isClosed(peer));
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_TLS' });
    expect(peer.getLastFailure()?.cause).toMatchObject({ code: 'ECONNRESET' });
    expect(peer.send(new Uint8Array(1))).toBe(ErrorCode.FAILED);
  });

  test('during the opening handshake', async () => {
    const server = await startRawServer((end) => end.socket.once('data', () => end.reset()));
    const peer = dialPeer(`ws://127.0.0.1:${server.port}`);
    await drive(peer, () => isClosed(peer));
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_CONNECTION_RESET' });
    expect(peer.getLastFailure()?.cause).toMatchObject({ code: 'ECONNRESET' });
    expect(peer.getHandshakeResponse()).toBe(null);
    expect(peer.send(new Uint8Array(1))).toBe(ErrorCode.FAILED);
  });

  test('in the middle of the answer', async () => {
    const server = await startRawServer((end) =>
      end.socket.once('data', () => end.socket.write('HTTP/1.1 101 Switching', () => end.reset())),
    );
    const peer = dialPeer(`ws://127.0.0.1:${server.port}`);
    await drive(peer, () => isClosed(peer));
    expect(peer.getCloseCode()).toBe(-1);
    // libuv reports bytes and a reset that arrive together as bytes and an end.
    expect(peer.getLastFailure()?.code).toMatch(/^TICKPEER_CONNECTION_(LOST|RESET)$/);
  });

  test('in OPEN, idle', async () => {
    const server = await startAnsweringServer((key) => switching(key));
    const peer = await openPeer(`ws://127.0.0.1:${server.port}`);
    server.ends[0]!.reset();
    await drive(peer, () => isClosed(peer));
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_CONNECTION_RESET' });
    expect(peer.getLastFailure()?.cause).toMatchObject({ code: 'ECONNRESET' });
    expect(peer.send(new Uint8Array(1))).toBe(ErrorCode.FAILED);
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_CONNECTION_RESET');
  });

  test('in OPEN, while sending more than the kernel takes', async () => {
    const server = await startAnsweringServer((key) => switching(key));
    const peer = await openPeer(`ws://127.0.0.1:${server.port}`, { outboundBufferSize: 0 });
    server.ends[0]!.socket.pause();
    for (let i = 0; i < 100; i++) expect(peer.send(new Uint8Array(1_000_000))).toBe(ErrorCode.OK);
    await drive(peer, () => peer.getStatistics().packetsSent === 100);
    expect(peer.getCurrentOutboundBufferedAmount()).toBeGreaterThan(0);
    server.ends[0]!.reset();
    await drive(peer, () => isClosed(peer));
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_CONNECTION_RESET' });
    expect(peer.getCurrentOutboundBufferedAmount()).toBe(0);
  });

  test('in OPEN, behind packets, which stay readable', async () => {
    const server = await startAnsweringServer((key) => switching(key));
    const peer = await openPeer(`ws://127.0.0.1:${server.port}`);
    for (let i = 0; i < 3; i++) server.ends[0]!.write(rawFrame({ opcode: 1, payload: `packet ${i}` }));
    await drive(peer, () => peer.getAvailablePacketCount() === 3);
    server.ends[0]!.reset();
    await drive(peer, () => isClosed(peer));
    expect(readAll(peer)).toEqual(['packet 0', 'packet 1', 'packet 2']);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_CONNECTION_RESET' });
  });

  test('in CLOSING', async () => {
    const server = await startAnsweringServer((key) => switching(key));
    const peer = await openPeer(`ws://127.0.0.1:${server.port}`);
    peer.close(1000, 'bye');
    expect(peer.getReadyState()).toBe(State.STATE_CLOSING);
    await drive(peer, () => server.ends[0]!.body.length > 0);
    server.ends[0]!.reset();
    await drive(peer, () => isClosed(peer));
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_CONNECTION_RESET' });
  });

  test('of a client, seen by our server in OPEN', async () => {
    const server = serve();
    const client = await dialRaw(server.port);
    client.write(upgradeRequest());
    await drive(server, () => server.peers.length === 1 && client.hasHead);
    client.reset();
    const peer = server.peers[0]!;
    await drive(server, () => isClosed(peer));
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_CONNECTION_RESET' });
    expect(server.server.getPeerCount()).toBe(0);
  });
});

describe('a server that does not complete the closing handshake', () => {
  test('it never answers our Close: closeTimeLimit', async () => {
    const server = await startAnsweringServer((key) => switching(key));
    const peer = await openPeer(`ws://127.0.0.1:${server.port}`, { closeTimeLimit: 0.05 });
    peer.close();
    await drive(peer, () => isClosed(peer));
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_CLOSE_TIMEOUT' });
  });

  test('it ends TCP instead of answering our Close', async () => {
    const server = await startAnsweringServer((key) => switching(key));
    const peer = await openPeer(`ws://127.0.0.1:${server.port}`);
    peer.close();
    server.ends[0]!.socket.end();
    await drive(peer, () => isClosed(peer));
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_CONNECTION_LOST' });
  });

  test('it ends TCP in OPEN', async () => {
    const server = await startAnsweringServer((key) => switching(key));
    const peer = await openPeer(`ws://127.0.0.1:${server.port}`);
    server.ends[0]!.socket.end();
    await drive(peer, () => isClosed(peer));
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_CONNECTION_LOST' });
  });

  test('it keeps TCP open after the closing handshake: ours still ends', async () => {
    const server = await startAnsweringServer((key) => switching(key));
    const peer = await openPeer(`ws://127.0.0.1:${server.port}`);
    server.ends[0]!.write(rawFrame({ opcode: 8, payload: Uint8Array.of(0x03, 0xe8) }));
    await drive(peer, () => isClosed(peer));
    expect(ending(peer)).toEqual({ code: 1000, reason: '', failure: null });
    await drive(peer, () => server.ends[0]!.hasEnded);
  });
});

describe('names and addresses', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '::1'],
  ])('localhost connects at once when only %s is listened on', async (address, host) => {
    const server = serve({}, { address });
    const began = performance.now();
    const peer = await openPeer(`ws://localhost:${server.port}/x`, {}, [server]);
    expect(performance.now() - began).toBeLessThan(240);
    expect(peer.getConnectedHost()).toBe(host);
    await drive(server, () => server.peers.length === 1);
    expect(server.peers[0]!.getRequestedUrl()).toBe(`ws://localhost:${server.port}/x`);
  });

  test('an IPv6 address in brackets', async () => {
    const server = await startAnsweringServer((key) => switching(key), '::1');
    const peer = await openPeer(`ws://[::1]:${server.port}/x`);
    expect(server.ends[0]!.header('Host')).toBe(`[::1]:${server.port}`);
    expect(peer.getConnectedHost()).toBe('::1');
    expect(peer.getConnectedPort()).toBe(server.port);
    expect(peer.getRequestedUrl()).toBe(`ws://[::1]:${server.port}/x`);
  });

  test('an IPv6 address in brackets, at our server', async () => {
    const server = serve({}, { address: '::1' });
    await openPeer(`ws://[::1]:${server.port}/x?y`, {}, [server]);
    await drive(server, () => server.peers.length === 1);
    expect(server.peers[0]!.getRequestedUrl()).toBe(`ws://[::1]:${server.port}/x?y`);
    expect(server.peers[0]!.getConnectedHost()).toBe('::1');
  });

  test('a server on all addresses has the IPv4 address of an IPv4 client', async () => {
    const server = serve({}, { address: '*' });
    await openPeer(`ws://127.0.0.1:${server.port}`, {}, [server]);
    await openPeer(`ws://[::1]:${server.port}`, {}, [server]);
    await drive(server, () => server.peers.length === 2);
    expect(server.peers.map((peer) => peer.getConnectedHost())).toEqual(['127.0.0.1', '::1']);
  });

  test('no scheme means ws, and a missing path is /', async () => {
    const server = serve();
    const peer = await openPeer(`127.0.0.1:${server.port}?q=1`, {}, [server]);
    await drive(server, () => server.peers.length === 1);
    expect(server.peers[0]!.getHandshakeRequest()?.target).toBe('/?q=1');
    expect(peer.getRequestedUrl()).toBe(`127.0.0.1:${server.port}?q=1`);
  });
});

describe('one peer object for several connections', () => {
  test('nothing of the last connection is left in the next', async () => {
    const server = await startWsServer({ handleProtocols: (protocols) => [...protocols][0] ?? false });
    const peer = newPeer({ supportedProtocols: ['one'] });

    peer.connectToUrl(`${server.url}/first`);
    await drive(peer, () => isOpen(peer) && server.ends.length === 1);
    expect(peer.getSelectedProtocol()).toBe('one');
    for (const text of ['a', 'b', 'c']) server.ends[0]!.socket.send(text);
    server.ends[0]!.socket.close(4001, 'the first is over');
    await drive(peer, () => isClosed(peer));
    expect(peer.getPacket()).toEqual(new Uint8Array(Buffer.from('a')));
    expect(peer.wasStringPacket()).toBe(true);
    expect(ending(peer)).toEqual({ code: 4001, reason: 'the first is over', failure: null });

    peer.supportedProtocols = [];
    expect(peer.connectToUrl(`${server.url}/second`)).toBe(ErrorCode.OK);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: null });
    expect(peer.getReadyState()).toBe(State.STATE_CONNECTING);
    expect(peer.getSelectedProtocol()).toBe('');
    expect(peer.getAvailablePacketCount()).toBe(0);
    expect(peer.wasStringPacket()).toBe(false);
    expect(peer.getRequestedUrl()).toBe(`${server.url}/second`);
    expect(peer.getHandshakeResponse()).toBe(null);
    expect(peer.getStatistics().packetsReceived).toBe(0);
    await drive(peer, () => isOpen(peer) && server.ends.length === 2);
    expect(peer.getSelectedProtocol()).toBe('');
    expect(server.ends[1]!.request?.url).toBe('/second');
    server.ends[1]!.socket.terminate();
    await drive(peer, () => isClosed(peer));
    expect(peer.getCloseCode()).toBe(-1);
    expect(peer.getLastFailure()).not.toBe(null);

    expect(peer.connectToUrl('http://wrong/')).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_INVALID_URL' });
    expect(peer.getRequestedUrl()).toBe('');

    expect(peer.connectToUrl(`${server.url}/third`)).toBe(ErrorCode.OK);
    expect(peer.getLastFailure()).toBe(null);
    await drive(peer, () => isOpen(peer) && server.ends.length === 3);
    peer.close(3000, 'bye');
    await drive(peer, () => isClosed(peer));
    expect(ending(peer)).toEqual({ code: 3000, reason: 'bye', failure: null });
  });

  test('a CLOSING peer connects anew, and the old connection is dropped', async () => {
    const server = await startAnsweringServer((key) => switching(key));
    const peer = await openPeer(`ws://127.0.0.1:${server.port}/first`);
    peer.close(3000, 'bye');
    expect(peer.getReadyState()).toBe(State.STATE_CLOSING);
    expect(peer.connectToUrl(`ws://127.0.0.1:${server.port}/second`)).toBe(ErrorCode.OK);
    await drive(peer, () => isOpen(peer) && server.ends.length === 2);
    await drive(peer, () => server.ends[0]!.hasEnded || server.ends[0]!.isClosed);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: null });
  });

  test('a client becomes a server', async () => {
    const { client, served, server } = await ourPair();
    client.close(3000);
    await drive([client, server], () => isClosed(client) && isClosed(served));
    const listener = new TCPServer();
    listener.listen(0, '127.0.0.1');
    const other = dialPeer(`ws://127.0.0.1:${listener.getLocalPort()}/turned`);
    await drive(other, () => listener.isConnectionAvailable());
    expect(client.acceptStream(listener.takeConnection()!)).toBe(ErrorCode.OK);
    listener.stop();
    await drive([client, other], () => isOpen(client) && isOpen(other));
    expect(client.getRequestedUrl()).toMatch(/\/turned$/);
    expect(client.getHandshakeResponse()).toBe(null);
    expect(client.getHandshakeRequest()?.path).toBe('/turned');
    other.sendText('hello');
    await drive([client, other], () => client.getAvailablePacketCount() === 1);
    expect(readAll(client)).toEqual(['hello']);
  });

  test('many connections one after the other', async () => {
    const server = serve();
    const peer = newPeer();
    for (let i = 0; i < 50; i++) {
      expect(peer.connectToUrl(`ws://127.0.0.1:${server.port}/${i}`)).toBe(ErrorCode.OK);
      await drive([peer, server], () => isOpen(peer) && server.peers.length === i + 1);
      peer.sendText(`message ${i}`);
      const served = server.peers[i]!;
      await drive([peer, server], () => served.getAvailablePacketCount() === 1);
      expect(readAll(served)).toEqual([`message ${i}`]);
      peer.close(3000 + i, `reason ${i}`);
      await drive([peer, server], () => isClosed(peer) && isClosed(served));
      expect(peer.getCloseCode()).toBe(3000 + i);
      expect(served.getCloseReason()).toBe(`reason ${i}`);
    }
    expect(server.server.getPeerCount()).toBe(0);
  });
});

test('a fresh peer', () => {
  const peer = new WebSocketPeer();
  peer.poll();
  peer.close();
  expect(peer.getReadyState()).toBe(State.STATE_CLOSED);
  expect(ending(peer)).toEqual({ code: -1, reason: '', failure: null });
  expect(peer.send(new Uint8Array(1))).toBe(ErrorCode.FAILED);
  expect(peer.getLastFailure()?.code).toBe('TICKPEER_NOT_OPEN');
  expect(peer.getPacket()).toEqual(new Uint8Array(0));
  expect(peer.getPacketError()).toBe(ErrorCode.ERR_UNAVAILABLE);
});
