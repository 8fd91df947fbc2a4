import { once } from 'node:events';
import { createServer as createSecureServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { ErrorCode, State, StreamPeerMemory, TLSOptions, WebSocketPeer } from 'tickpeer';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { unusedPort } from '../journey/unused-port.ts';
import { makeIdentity, serverOptions } from '../support/certificates.ts';
import { FakeClock } from '../support/fake-clock.ts';
import {
  dialPeer,
  drive,
  ending,
  isClosed,
  isOpen,
  newPeer,
  type OurServer,
  readAll,
  serve,
} from '../support/peers.ts';
import { startProxy } from '../support/proxy.ts';
import { type RawEnd, type RawServer, startAnsweringServer, startRawServer, switching } from '../support/raw-tcp.ts';

const identity = await makeIdentity('good');
const trust = TLSOptions.client(identity.certificate);

const requestLine = (end: RawEnd | undefined): string | undefined => end?.text.split('\r\n')[0];

/** Makes a connection close when the other side has ended it. */
function endAfter(end: RawEnd): void {
  end.socket.on('end', () => end.socket.end());
}

/** A server that redirects every request to the result of `to`, and does not end the connection. */
function startRedirecting(to: string | ((path: string) => string), status = 302): Promise<RawServer> {
  return startAnsweringServer((_key, end) => {
    endAfter(end);
    const path = requestLine(end)?.split(' ')[1] ?? '';
    return `HTTP/1.1 ${status} X\r\nLocation: ${typeof to === 'string' ? to : to(path)}\r\nContent-Length: 0\r\n\r\n`;
  });
}

/** An address of a TCP server is always an object. */
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** Polls until it is decided. */
async function decided(peer: WebSocketPeer, ...servers: readonly OurServer[]): Promise<void> {
  await drive([peer, ...servers], () => peer.getReadyState() !== State.STATE_CONNECTING);
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('maxRedirects', () => {
  test('is 0 by default, and accepts 0 to 20', () => {
    const peer = new WebSocketPeer();
    expect(peer.maxRedirects).toBe(0);
    for (const value of [0, 1, 20]) {
      peer.maxRedirects = value;
      expect(peer.maxRedirects).toBe(value);
    }
    for (const value of [-1, 21, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => new WebSocketPeer({ maxRedirects: value })).toThrow(RangeError);
    }
    // Values that a program in JavaScript might pass.
    expect(() => new WebSocketPeer({ maxRedirects: '5' as unknown as number })).toThrow(TypeError);
  });

  test('0: the failure has the Location', async () => {
    const server = await startRedirecting('ws://127.0.0.1:1/elsewhere');
    const peer = dialPeer(`ws://127.0.0.1:${server.port}`);
    await decided(peer);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_HANDSHAKE_STATUS' });
    expect(peer.getLastFailure()?.message).toContain('redirects to "ws://127.0.0.1:1/elsewhere" and is not followed');
    expect(peer.getHandshakeResponse()?.status).toBe(302);
  });

  test('connectToStream follows none', () => {
    const [stream, other] = StreamPeerMemory.pair();
    const peer = newPeer({ maxRedirects: 5 });
    peer.connectToStream(stream, 'ws://game.example');
    peer.poll();
    other.putData(Buffer.from('HTTP/1.1 302 Found\r\nLocation: /y\r\n\r\n'));
    peer.poll();
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_HANDSHAKE_STATUS');
  });
});

describe('a redirect that is followed', () => {
  test.each([301, 302, 303, 307, 308])('%i', async (status) => {
    const server = serve();
    const first = await startRedirecting(`http://127.0.0.1:${server.port}/there?x`, status);
    const url = `ws://127.0.0.1:${first.port}/here`;
    const peer = dialPeer(url, { maxRedirects: 1, supportedProtocols: [] });
    await decided(peer, server);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: null });
    await drive([peer, server], () => server.peers.length === 1 && first.ends[0]?.isClosed === true);
    // The peer reports the given URL, and the address and the response of the last server.
    expect(peer.getRequestedUrl()).toBe(url);
    expect([peer.getConnectedHost(), peer.getConnectedPort()]).toEqual(['127.0.0.1', server.port]);
    expect(peer.getHandshakeResponse()?.status).toBe(101);
    expect(requestLine(first.ends[0])).toBe('GET /here HTTP/1.1');
    const [served] = server.peers;
    expect(served!.getHandshakeRequest()).toMatchObject({ path: '/there', query: 'x' });
    expect(served!.getHandshakeRequest()?.headers.get('host')).toBe(`127.0.0.1:${server.port}`);
    peer.sendText('one');
    served!.sendText('two');
    await drive([peer, server], () => peer.getAvailablePacketCount() + served!.getAvailablePacketCount() === 2);
    expect([readAll(served!), readAll(peer)]).toEqual([['one'], ['two']]);
    peer.close();
    await drive([peer, server], () => isClosed(peer));
    expect(peer.getCloseCode()).toBe(1000);
  });

  test('from ws to wss', async () => {
    const server = serve({}, { tls: serverOptions(identity) });
    const first = await startRedirecting(`https://127.0.0.1:${server.port}/`);
    const peer = newPeer({ maxRedirects: 1 });
    peer.connectToUrl(`ws://127.0.0.1:${first.port}/`, trust);
    await decided(peer, server);
    expect(peer.getLastFailure()).toBeNull();
    expect(isOpen(peer)).toBe(true);
  });

  test('from wss to wss, relative; never from wss to ws', async () => {
    const paths: (string | undefined)[] = [];
    const http = createSecureServer({ key: identity.keyPem, cert: identity.certificatePem });
    http.on('upgrade', (request, socket) => {
      paths.push(request.url);
      const to = request.url === '/start/one' ? 'two' : `ws://127.0.0.1:${portOf(http)}/`;
      socket.end(`HTTP/1.1 307 X\r\nLocation: ${to}\r\n\r\n`);
    });
    onTestFinished(() => {
      http.close();
    });
    await once(http.listen(0, '127.0.0.1'), 'listening');
    const peer = newPeer({ maxRedirects: 5 });
    peer.connectToUrl(`wss://127.0.0.1:${portOf(http)}/start/one`, trust);
    await decided(peer);
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_REDIRECT_INSECURE');
    expect(paths).toEqual(['/start/one', '/start/two']);
  });

  test('over several servers, with new time limits for each', async () => {
    const clock = new FakeClock();
    const server = serve();
    const last = await startRawServer(endAfter);
    const middle = await startRawServer(endAfter);
    const first = await startRawServer(endAfter);
    const peer = newPeer({ clock, maxRedirects: 3 });
    expect(peer.connectToUrl(`ws://127.0.0.1:${first.port}/`)).toBe(ErrorCode.OK);
    for (const [at, to] of [
      [first, middle.port],
      [middle, last.port],
      [last, server.port],
    ] as const) {
      await drive(peer, () => at.ends[0]?.hasHead === true);
      clock.advance(9999);
      peer.poll();
      expect(peer.getReadyState()).toBe(State.STATE_CONNECTING);
      at.ends[0]!.write(`HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:${to}/\r\n\r\n`);
    }
    await decided(peer, server);
    expect(isOpen(peer)).toBe(true);
    await drive([], () => [first, middle, last].every(({ ends }) => ends[0]?.isClosed === true));
  });

  test('a silent server has a time limit', async () => {
    const clock = new FakeClock();
    const silent = await startRawServer(endAfter);
    const first = await startRedirecting(`ws://127.0.0.1:${silent.port}/`);
    const peer = newPeer({ clock, maxRedirects: 1 });
    peer.connectToUrl(`ws://127.0.0.1:${first.port}/`);
    await drive(peer, () => silent.ends[0]?.hasHead === true);
    clock.advance(9999);
    peer.poll();
    expect(peer.getReadyState()).toBe(State.STATE_CONNECTING);
    clock.advance(1);
    peer.poll();
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_HANDSHAKE_TIMEOUT');
    expect([peer.getConnectedPort(), peer.getHandshakeResponse()]).toEqual([silent.port, null]);
  });

  test('the redirect in pieces, its body behind it', async () => {
    const server = serve();
    const first = await startAnsweringServer((_key, end) => {
      const head = `HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:${server.port}/\r\nContent-Length: 7\r\n\r\n`;
      void end.writeByteByByte(`${head}go away`);
      return null;
    });
    const peer = dialPeer(`ws://127.0.0.1:${first.port}`, { maxRedirects: 1 });
    await decided(peer, server);
    expect(isOpen(peer)).toBe(true);
  });

  test('close(-1) on the way leaves no socket open', async () => {
    const clock = new FakeClock();
    const silent = await startRawServer(endAfter);
    const first = await startRedirecting(`ws://127.0.0.1:${silent.port}/`);
    const peer = newPeer({ clock, maxRedirects: 1 });
    peer.connectToUrl(`ws://127.0.0.1:${first.port}/`);
    await drive(peer, () => silent.ends[0]?.hasHead === true);
    peer.close(-1);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_DROPPED' });
    await drive([], () => silent.ends[0]?.isClosed === true && first.ends[0]?.isClosed === true);
    expect(clock.timerCount).toBe(0);
  });
});

describe('headers and credentials', () => {
  const headers = ['Authorization: Bearer t', 'Cookie: a=b', 'Proxy-Authorization: x', 'Host: other', 'X-Game: 1'];

  test('credentials are not sent to another host', async () => {
    const second = await startAnsweringServer((key) => switching(key));
    const first = await startRedirecting(`ws://localhost:${second.port}/`);
    const peer = dialPeer(`ws://user:secret@127.0.0.1:${first.port}/`, {
      maxRedirects: 1,
      handshakeHeaders: headers,
    });
    await decided(peer);
    expect(isOpen(peer)).toBe(true);
    const [asked] = first.ends;
    expect(['Authorization', 'Cookie', 'Host', 'X-Game'].map((name) => asked?.header(name))).toEqual([
      'Bearer t',
      'a=b',
      'other',
      '1',
    ]);
    const [end] = second.ends;
    expect(end?.header('Host')).toBe(`localhost:${second.port}`);
    expect(end?.header('X-Game')).toBe('1');
    expect(end?.text).not.toMatch(/authorization|cookie|bearer|secret/i);
  });

  test('credentials are sent to the same host', async () => {
    const server = await startAnsweringServer((key, end) =>
      requestLine(end) === 'GET /new HTTP/1.1' ? switching(key) : 'HTTP/1.1 302 Found\r\nLocation: /new\r\n\r\n',
    );
    const url = `ws://user:secret@127.0.0.1:${server.port}/old`;
    const peer = dialPeer(url, { maxRedirects: 1, handshakeHeaders: ['Cookie: a=b'] });
    await decided(peer);
    expect(isOpen(peer)).toBe(true);
    for (const end of server.ends) {
      expect(end.header('Authorization')).toBe(`Basic ${Buffer.from('user:secret').toString('base64')}`);
      expect(end.header('Cookie')).toBe('a=b');
    }
    // Every hop has its own key.
    expect(new Set(server.ends.map((end) => end.header('Sec-WebSocket-Key'))).size).toBe(2);
  });
});

describe('a redirect that is not followed', () => {
  test.each<[string, (path: string) => string, number, string, number]>([
    ['one too many', (path) => `${path}x`, 3, 'TICKPEER_REDIRECT_LIMIT', 4],
    ['in a loop', (path) => (path === '/' ? '/a' : '/'), 20, 'TICKPEER_REDIRECT_LOOP', 2],
    ['to itself', () => '/', 20, 'TICKPEER_REDIRECT_LOOP', 1],
    ['to nowhere', () => '', 20, 'TICKPEER_REDIRECT_LOCATION', 1],
    ['to another kind of server', () => 'ftp://127.0.0.1/', 20, 'TICKPEER_REDIRECT_LOCATION', 1],
    ['to a name that no host can have', () => `ws://${'a.'.repeat(150)}example/`, 20, 'TICKPEER_REDIRECT_LOCATION', 1],
  ])('%s', async (_name, to, maxRedirects, failure, asked) => {
    const server = await startRedirecting(to);
    const peer = dialPeer(`ws://127.0.0.1:${server.port}/`, { maxRedirects });
    await decided(peer);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure });
    expect(server.ends).toHaveLength(asked);
    expect(peer.getHandshakeResponse()?.status).toBe(302);
    await drive([], () => server.ends.every(({ isClosed }) => isClosed));
  });

  test('to a server that cannot be reached', async () => {
    const server = await startRedirecting(`ws://127.0.0.1:${unusedPort()}/`);
    const peer = dialPeer(`ws://127.0.0.1:${server.port}/`, { maxRedirects: 1 });
    await decided(peer);
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_CANT_CONNECT');
    expect([peer.getConnectedHost(), peer.getConnectedPort()]).toEqual(['', 0]);
  });

  test('another status keeps its failure', async () => {
    const server = await startAnsweringServer(() => 'HTTP/1.1 404 Not Found\r\nLocation: /x\r\n\r\n');
    const peer = dialPeer(`ws://127.0.0.1:${server.port}/`, { maxRedirects: 5 });
    await decided(peer);
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_HANDSHAKE_STATUS');
  });
});

describe('with a proxy', () => {
  test('every hop uses it', async () => {
    const server = serve();
    const proxy = await startProxy({ credentials: 'u:p', hosts: { 'game.example:80': server.port } });
    const first = await startRedirecting('ws://game.example/');
    const peer = dialPeer(`ws://127.0.0.1:${first.port}/`, {
      proxy: `http://u:p@127.0.0.1:${proxy.port}`,
      maxRedirects: 1,
    });
    await decided(peer, server);
    expect(isOpen(peer)).toBe(true);
    expect(proxy.requests.map(({ url }) => url)).toEqual([`127.0.0.1:${first.port}`, 'game.example:80']);
    await drive([peer, server], () => proxy.connections.size === 1);
    expect([peer.getConnectedHost(), peer.getConnectedPort()]).toEqual(['127.0.0.1', proxy.port]);
  });

  test('the environment is read anew for every hop', async () => {
    const server = serve();
    const proxy = await startProxy({ hosts: { 'game.example:80': server.port } });
    for (const name of ['http_proxy', 'all_proxy', 'ALL_PROXY', 'no_proxy', 'NO_PROXY', 'REQUEST_METHOD']) {
      vi.stubEnv(name, undefined);
    }
    vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${proxy.port}`);
    vi.stubEnv('https_proxy', 'socks5://127.0.0.1');
    const first = await startRedirecting('ws://game.example/');
    const options = { proxy: 'environment', maxRedirects: 1 };
    const peer = dialPeer(`ws://127.0.0.1:${first.port}/`, options);
    await decided(peer, server);
    expect(isOpen(peer)).toBe(true);
    expect(proxy.requests.map(({ url }) => url)).toEqual(['game.example:80']);
    const secure = await startRedirecting('wss://game.example/');
    const other = dialPeer(`ws://127.0.0.1:${secure.port}/`, options);
    await decided(other);
    expect(other.getLastFailure()?.code).toBe('TICKPEER_INVALID_PROXY');
  });
});
