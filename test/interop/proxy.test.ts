import {
  ErrorCode,
  State,
  StreamPeerMemory,
  TLSOptions,
  type WebSocketPeer,
  type WebSocketPeerOptions,
} from 'tickpeer';
import { WebSocketMultiplayerPeer } from 'tickpeer/multiplayer';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { unusedPort } from '../journey/unused-port.ts';
import { makeIdentity, serverOptions } from '../support/certificates.ts';
import { concat, rawFrame } from '../support/frames.ts';
import { patternBytes, sameBytes } from '../support/payloads.ts';
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
import { startProxy, type TestProxyOptions } from '../support/proxy.ts';
import { startAnsweringServer, startRawServer, switching } from '../support/raw-tcp.ts';
import { startWsServer } from '../support/ws-ends.ts';

const identity = await makeIdentity('good');
const otherHost = await makeIdentity('other host', { names: ['elsewhere.example'] });
const trust = TLSOptions.client(identity.certificate);

const VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY', 'REQUEST_METHOD'];
beforeEach(() => {
  for (const name of VARIABLES) {
    vi.stubEnv(name, undefined);
    vi.stubEnv(name.toLowerCase(), undefined);
  }
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const SCHEMES = ['ws', 'wss'] as const;
const PROXY_SCHEMES = ['http', 'https'] as const;
const WAYS = SCHEMES.flatMap((scheme) => PROXY_SCHEMES.map((proxyScheme) => [scheme, proxyScheme] as const));

function serveBy(scheme: (typeof SCHEMES)[number], address = '127.0.0.1'): OurServer {
  const large = { inboundBufferSize: 1 << 23, outboundBufferSize: 1 << 23 };
  return serve(large, { address, ...(scheme === 'wss' ? { tls: serverOptions(identity) } : {}) });
}

/** A client through a proxy, and its result. */
async function connect(
  server: OurServer,
  url: string,
  options: WebSocketPeerOptions,
  tls: TLSOptions = trust,
): Promise<WebSocketPeer> {
  const peer = newPeer(options);
  expect(peer.connectToUrl(url, tls)).toBe(ErrorCode.OK);
  await drive([peer, server], () => isClosed(peer) || (isOpen(peer) && server.peers.length > 0));
  return peer;
}

describe.each(WAYS)('%s through an %s proxy', (scheme, proxyScheme) => {
  const through = (port: number, credentials = ''): WebSocketPeerOptions => ({
    proxy: { url: `${proxyScheme}://${credentials}127.0.0.1:${port}`, tls: trust },
    inboundBufferSize: 1 << 23,
    outboundBufferSize: 1 << 23,
  });
  const start = (options: TestProxyOptions = {}): ReturnType<typeof startProxy> =>
    startProxy({ ...options, ...(proxyScheme === 'https' ? { identity } : {}) });

  test('messages pass both ways, large ones too, and the closing is clean', async () => {
    const server = serveBy(scheme);
    const proxy = await start();
    const peer = await connect(server, `${scheme}://127.0.0.1:${server.port}/x?y`, through(proxy.port));
    expect(peer.getLastFailure()).toBeNull();
    const [served] = server.peers;
    const large = patternBytes(5_000_000);
    for (const [from, to] of [
      [peer, served!],
      [served!, peer],
    ] as const) {
      from.sendText('héllo');
      from.send(large);
      await drive([peer, server], () => to.getAvailablePacketCount() === 2);
      const [text, binary] = readAll(to);
      expect(text).toBe('héllo');
      expect(binary instanceof Uint8Array && sameBytes(binary, large)).toBe(true);
    }
    peer.close(4000, 'done');
    await drive([peer, server], () => isClosed(peer) && isClosed(served!) && proxy.connections.size === 0);
    expect([ending(peer), ending(served!)]).toEqual(
      Array.from({ length: 2 }, () => ({ code: 4000, reason: 'done', failure: null })),
    );
    expect(proxy.requests.map(({ url }) => url)).toEqual([`127.0.0.1:${server.port}`]);
  });

  test('the peer shows the proxy’s address, and the URL as it was given', async () => {
    const server = serveBy(scheme);
    const proxy = await start();
    const url = `${scheme}://127.0.0.1:${server.port}/x`;
    const peer = await connect(server, url, through(proxy.port));
    expect([peer.getConnectedHost(), peer.getConnectedPort()]).toEqual(['127.0.0.1', proxy.port]);
    expect(peer.getRequestedUrl()).toBe(url);
    expect(peer.getHandshakeResponse()?.status).toBe(101);
    peer.setNoDelay(false);
    peer.setNoDelay(true);
  });

  test('credentials of one side never reach the other', async () => {
    const server = serveBy(scheme);
    const proxy = await start({ credentials: 'us er:pä:ss' });
    const peer = await connect(server, `${scheme}://su:sp@127.0.0.1:${server.port}/secret?path`, {
      ...through(proxy.port, 'us%20er:p%C3%A4:ss@'),
      handshakeHeaders: ['Cookie: session=1', 'X-Token: 2'],
    });
    expect(isOpen(peer)).toBe(true);
    expect(proxy.requests[0]?.rawHeaders).toEqual([
      'Host',
      `127.0.0.1:${server.port}`,
      'Proxy-Authorization',
      `Basic ${Buffer.from('us er:pä:ss').toString('base64')}`,
    ]);
    const { headers } = server.peers[0]!.getHandshakeRequest()!;
    expect(headers.get('host')).toBe(`127.0.0.1:${server.port}`);
    expect(headers.get('authorization')).toBe('Basic c3U6c3A=');
    expect(headers.get('cookie')).toBe('session=1');
    expect(headers.has('proxy-authorization')).toBe(false);
  });

  test.each(['', 'user:wrong@'])('credentials %j where others are required', async (credentials) => {
    const server = serveBy(scheme);
    const proxy = await start({ credentials: 'user:right' });
    const url = `${scheme}://127.0.0.1:${server.port}`;
    const peer = await connect(server, url, through(proxy.port, credentials));
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_PROXY_AUTHENTICATION' });
    const { message } = peer.getLastFailure()!;
    expect(message).toContain(`127.0.0.1:${proxy.port}`);
    expect(message).toContain('407 Proxy Authentication Required');
    expect(message).not.toContain('wrong');
    expect(peer.getHandshakeResponse()).toBeNull();
    await drive([server], () => proxy.connections.size === 0);
  });

  test('a server that the proxy cannot reach', async () => {
    const server = serveBy(scheme);
    const proxy = await start();
    const { port } = await startRawServer((end) => end.reset());
    // No server listens on 127.255.255.254 there.
    const peer = await connect(server, `${scheme}://127.255.255.254:${port}`, through(proxy.port));
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_PROXY_STATUS');
    expect(peer.getLastFailure()?.message).toContain('502 Bad Gateway');
    await drive([server], () => proxy.connections.size === 0);
  });

  test('a name that only the proxy can look up', async () => {
    const server = serveBy(scheme);
    const proxy = await start({ hosts: { 'inside.invalid:4433': server.port } });
    const override = TLSOptions.client(identity.certificate, '127.0.0.1');
    const peer = await connect(server, `${scheme}://Inside.Invalid:4433`, through(proxy.port), override);
    expect(isOpen(peer)).toBe(true);
    expect(server.peers[0]?.getHandshakeRequest()?.headers.get('host')).toBe('inside.invalid:4433');
  });

  test('an IPv6 address', async () => {
    const server = serveBy(scheme, '::1');
    const proxy = await start();
    const peer = await connect(server, `${scheme}://[::1]:${server.port}`, through(proxy.port));
    expect(isOpen(peer)).toBe(true);
    expect(proxy.requests[0]?.url).toBe(`[::1]:${server.port}`);
  });

  test('a client that does not read stops the server, through the tunnel, and loses nothing', async () => {
    const server = serveBy(scheme);
    const proxy = await start();
    const options = { ...through(proxy.port), inboundBufferSize: 100_000 };
    const peer = await connect(server, `${scheme}://127.0.0.1:${server.port}`, options);
    const served = server.peers[0]!;
    served.outboundBufferSize = 1 << 26;
    for (let index = 0; index < 600; index++) {
      const message = new Uint8Array(65_000);
      new DataView(message.buffer).setUint32(0, index);
      expect(served.send(message)).toBe(ErrorCode.OK);
    }
    // Until there is no progress: the rest is more than all buffers on the way hold.
    let [waiting, stillFor] = [0, 0];
    await drive([peer, server], () => {
      const now = served.getCurrentOutboundBufferedAmount();
      stillFor = now === waiting && peer.getAvailablePacketCount() > 0 ? stillFor + 1 : 0;
      waiting = now;
      return stillFor === 500;
    });
    expect(waiting).toBeGreaterThan(1_000_000);
    const indices: number[] = [];
    await drive([peer, server], () => {
      for (const packet of peer.packets()) {
        if (packet instanceof Uint8Array) indices.push(new DataView(packet.buffer).getUint32(packet.byteOffset));
      }
      return indices.length === 600;
    });
    expect(indices).toEqual(Array.from({ length: 600 }, (_, index) => index));
  });

  test('the server is killed: the end is unclean, and the tunnel is closed', async () => {
    const server = serveBy(scheme);
    const proxy = await start();
    const peer = await connect(server, `${scheme}://127.0.0.1:${server.port}`, through(proxy.port));
    server.peers[0]!.close(-1);
    await drive([peer, server], () => isClosed(peer) && proxy.connections.size === 0);
    expect(peer.getCloseCode()).toBe(-1);
    expect(peer.getLastFailure()?.code).toMatch(/^TICKPEER_CONNECTION_(LOST|RESET)$/);
  });
});

describe('against the package ws', () => {
  test('messages pass', async () => {
    const server = await startWsServer();
    const proxy = await startProxy();
    const peer = dialPeer(server.url, { proxy: `http://127.0.0.1:${proxy.port}` });
    await drive(peer, () => isOpen(peer));
    peer.sendText('hello');
    await drive(peer, () => server.ends[0]?.messages.length === 1);
    expect(server.ends[0]?.messages).toEqual(['hello']);
  });
});

test('Godot’s multiplayer works through it, too', async () => {
  const server = new WebSocketMultiplayerPeer();
  const port = unusedPort();
  expect(server.createServer(port, '127.0.0.1')).toBe(ErrorCode.OK);
  const proxy = await startProxy();
  const client = new WebSocketMultiplayerPeer({ proxy: `http://127.0.0.1:${proxy.port}` });
  onTestFinished(() => {
    client.close();
    server.close();
  });
  expect(client.createClient(`ws://127.0.0.1:${port}`)).toBe(ErrorCode.OK);
  const connected = WebSocketMultiplayerPeer.CONNECTION_CONNECTED;
  await drive([client, server], () => client.getConnectionStatus() === connected);
  expect(proxy.requests).toHaveLength(1);
});

describe('certificates', () => {
  test('of the proxy are checked by the proxy’s options', async () => {
    const server = serveBy('wss');
    const url = `wss://127.0.0.1:${server.port}`;
    const proxy = await startProxy({ identity });
    const peer = await connect(server, url, { proxy: `https://127.0.0.1:${proxy.port}` });
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_PROXY_TLS');
    expect(peer.getLastFailure()?.message).toMatch(/^no tunnel through the proxy .* was refused: /);
    const wrongName = await startProxy({ identity: otherHost });
    const tls = TLSOptions.client(otherHost.certificate);
    const other = await connect(server, url, { proxy: { url: `https://127.0.0.1:${wrongName.port}`, tls } });
    expect(other.getLastFailure()?.code).toBe('TICKPEER_PROXY_TLS');
    expect(other.getLastFailure()?.message).toContain('is not for "127.0.0.1"');
    await drive([server], () => proxy.connections.size + wrongName.connections.size === 0);
  });

  test('of the server are checked by connectToUrl’s, through the tunnel', async () => {
    const server = serveBy('wss');
    const proxy = await startProxy();
    const options = { proxy: `http://127.0.0.1:${proxy.port}` };
    const peer = await connect(server, `wss://127.0.0.1:${server.port}`, options, TLSOptions.client());
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_TLS_CERTIFICATE');
    await drive([server], () => proxy.connections.size === 0);
  });
});

describe('a proxy that cannot be reached, or is not a proxy', () => {
  test('no listener', async () => {
    const server = serve();
    const { port } = server;
    server.server.stop();
    await drive(server, () => server.server.isStopped());
    const peer = dialPeer('ws://game.example', { proxy: `http://u:topsecret@127.0.0.1:${port}` });
    await drive(peer, () => isClosed(peer));
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_PROXY_UNREACHABLE' });
    const { message, cause } = peer.getLastFailure()!;
    expect(message).toContain(`127.0.0.1:${port}`);
    expect(message).not.toContain('topsecret');
    expect(cause).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('its name does not exist', async () => {
    const peer = dialPeer('ws://127.0.0.1', { proxy: 'http://no-such-host.invalid:1' });
    await drive(peer, () => isClosed(peer), 15_000);
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_PROXY_UNREACHABLE');
    expect(peer.getLastFailure()?.message).toContain('no-such-host.invalid');
  });

  test('its name is impossible', () => {
    const peer = newPeer({ proxy: `http://${'a'.repeat(300)}` });
    expect(peer.connectToUrl('ws://127.0.0.1')).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_INVALID_PROXY');
    expect(peer.getReadyState()).toBe(State.STATE_CLOSED);
  });

  test('it ends TCP', async () => {
    const raw = await startRawServer((end) => end.socket.end());
    const peer = dialPeer('ws://game.example', { proxy: `http://127.0.0.1:${raw.port}` });
    await drive(peer, () => isClosed(peer) && raw.ends[0]?.isClosed === true);
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_PROXY_LOST');
  });

  test('a server of ours, which is no proxy', async () => {
    const server = serve();
    const peer = dialPeer('ws://game.example', { proxy: `http://127.0.0.1:${server.port}` });
    await drive([peer, server], () => isClosed(peer));
    expect(peer.getLastFailure()?.code).toMatch(/^TICKPEER_PROXY_STATUS$/);
  });
});

describe('bytes right after the response', () => {
  test('are the server’s: the 101 and frames in the same packet', async () => {
    // A proxy that is also the server: the key is known only after the CONNECT, so the response waits for the request.
    const raw = await startRawServer((end) => {
      let hasTunnel = false;
      end.socket.on('data', () => {
        if (!hasTunnel && end.hasHead) {
          hasTunnel = true;
          end.write('HTTP/1.1 200 OK\r\n\r\n');
        }
        const key = /Sec-WebSocket-Key: (\S+)\r\n/.exec(end.text)?.[1];
        if (key !== undefined && end.text.endsWith('\r\n\r\n')) {
          end.write(concat([Buffer.from(switching(key)), rawFrame({ opcode: 1, payload: 'first' })]));
        }
      });
    });
    const peer = dialPeer('ws://game.example', { proxy: `http://127.0.0.1:${raw.port}` });
    await drive(peer, () => peer.getAvailablePacketCount() === 1);
    expect(readAll(peer)).toEqual(['first']);
  });

  test('a response that the server sent before the request is checked as the server’s', async () => {
    const raw = await startAnsweringServer(() => 'HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 503 Busy\r\n\r\n');
    const peer = dialPeer('ws://game.example', { proxy: `http://127.0.0.1:${raw.port}` });
    await drive(peer, () => isClosed(peer));
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_HANDSHAKE_STATUS');
    expect(peer.getHandshakeResponse()?.status).toBe(503);
  });
});

describe("'environment'", () => {
  test('uses the proxy that the variables name when connectToUrl is called', async () => {
    const server = serveBy('ws');
    const proxy = await startProxy({ hosts: { 'game.example:80': server.port } });
    const peer = newPeer({ proxy: 'environment' });
    vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${proxy.port}`);
    expect(peer.connectToUrl('ws://game.example')).toBe(ErrorCode.OK);
    vi.stubEnv('HTTP_PROXY', undefined);
    await drive([peer, server], () => isOpen(peer));
    expect(proxy.requests).toHaveLength(1);
  });

  test('connects directly to this machine, and to the hosts of NO_PROXY', async () => {
    const server = serveBy('ws');
    vi.stubEnv('ALL_PROXY', 'http://127.0.0.1:1');
    const peer = await connect(server, `ws://127.0.0.1:${server.port}`, { proxy: 'environment' });
    expect(isOpen(peer)).toBe(true);
    vi.stubEnv('NO_PROXY', '.invalid');
    const other = dialPeer('ws://no-such-host.invalid', { proxy: 'environment' });
    await drive(other, () => isClosed(other), 15_000);
    expect(other.getLastFailure()?.code).toBe('TICKPEER_CANT_RESOLVE');
  });

  test('a variable that cannot be used', () => {
    vi.stubEnv('https_proxy', 'socks5://u:topsecret@127.0.0.1:1080');
    const peer = newPeer({ proxy: 'environment' });
    expect(peer.connectToUrl('wss://game.example')).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(peer.getLastFailure()).toEqual({
      code: 'TICKPEER_INVALID_PROXY',
      message:
        'The environment variable https_proxy: the proxy\'s URL cannot be used: its scheme "socks5" is neither "http" nor "https".',
    });
    expect(peer.getReadyState()).toBe(State.STATE_CLOSED);
  });

  test('without it the variables are ignored', async () => {
    const server = serveBy('ws');
    vi.stubEnv('ALL_PROXY', 'socks5://127.0.0.1:1');
    const peer = await connect(server, `ws://127.0.0.1:${server.port}`, {});
    expect(isOpen(peer)).toBe(true);
  });
});

test('connectToStream does not dial, so it uses no proxy', () => {
  const [stream, other] = StreamPeerMemory.pair();
  const peer = newPeer({ proxy: 'http://127.0.0.1:1' });
  expect(peer.connectToStream(stream, 'ws://game.example')).toBe(ErrorCode.OK);
  peer.poll();
  expect(Buffer.from(other.getPartialData(5)[1]).toString()).toBe('GET /');
});
