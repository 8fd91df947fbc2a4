import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createSecureServer as createHttp2Server } from 'node:http2';
import { createServer as createSecureServer } from 'node:https';
import type { Server as NetServer } from 'node:net';
import {
  ErrorCode,
  type FailureCode,
  State,
  StreamPeerUDS,
  TLSOptions,
  UDSServer,
  type WebSocketPeer,
  WebSocketServer,
  type WebSocketServerOptions,
} from 'tickpeer';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocketServer as WsServer } from 'ws';
import { unusedPort } from '../journey/unused-port.ts';
import { makeIdentity, serverOptions } from '../support/certificates.ts';
import { LARGE, patternBytes, sameBytes } from '../support/payloads.ts';
import { dialPeer, drive, ending, isOpen, newPeer, openPeer, type Pollable, readAll } from '../support/peers.ts';
import { startAnsweringServer } from '../support/raw-tcp.ts';
import { pathOfLength, socketFolder, socketPath } from '../support/socket-folder.ts';
import { until } from '../support/until.ts';
import { dialWs, isWsOpen, observe, type WsEnd } from '../support/ws-ends.ts';

const local = await makeIdentity('local', { names: ['localhost'] });
const foreign = await makeIdentity('foreign', { names: ['game.example'] });
const ROOMY = { inboundBufferSize: LARGE + 1, outboundBufferSize: LARGE + 1 };

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A server of the package `ws` on a Unix socket, with a given HTTP server. */
async function startWs(path: string, http: NetServer = createServer()): Promise<WsEnd[]> {
  // It uses only the events of a server of node:http.
  const server = new WsServer({ server: http as Server });
  const ends: WsEnd[] = [];
  server.on('connection', (socket, request) => ends.push(observe(socket, request)));
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    server.close();
    http.close();
  });
  await once(http.listen(path), 'listening');
  return ends;
}

async function decided(peer: WebSocketPeer): Promise<void> {
  await drive(peer, () => peer.getReadyState() !== State.STATE_CONNECTING);
}

describe('our client at a ws server on a Unix socket', () => {
  test('requests the path behind the ":" from localhost, and messages pass in both directions', async () => {
    const path = socketPath('chat.sock');
    const ends = await startWs(path);
    const url = `ws+unix://${path}:/chat?room=1`;
    const peer = await openPeer(url, ROOMY);
    await drive(peer, () => ends.length === 1);
    const { request, messages, socket } = ends[0]!;
    expect([request?.url, request?.headers.host]).toEqual(['/chat?room=1', 'localhost']);
    expect([peer.getRequestedUrl(), peer.getConnectedHost(), peer.getConnectedPort()]).toEqual([url, '', 0]);
    const large = patternBytes(LARGE);
    expect([peer.sendText('hello'), peer.send(large)]).toEqual([ErrorCode.OK, ErrorCode.OK]);
    await drive(peer, () => messages.length === 2);
    expect(messages[0]).toBe('hello');
    expect(sameBytes(messages[1] as Uint8Array, large)).toBe(true);
    socket.send(large);
    await drive(peer, () => peer.getAvailablePacketCount() === 1);
    expect(sameBytes(peer.getPacket(), large)).toBe(true);
    peer.setNoDelay(false);
    peer.close(1000, 'bye');
    await drive(peer, () => peer.getReadyState() === State.STATE_CLOSED && ends[0]!.closed !== null);
    expect(ends[0]!.closed).toEqual({ code: 1000, reason: 'bye' });
    expect(ending(peer)).toEqual({ code: 1000, reason: 'bye', failure: null });
  });

  test('a path with everything that a URL has to encode', async () => {
    const path = socketPath('a ü:?#%@.sock');
    const ends = await startWs(path);
    const peer = await openPeer(`ws+unix://${path.split('/').map(encodeURIComponent).join('/')}`);
    await drive(peer, () => ends.length === 1);
    expect(ends[0]!.request?.url).toBe('/');
  });

  test('wss+unix: the certificate is for localhost, or for what commonNameOverride says', async () => {
    const path = socketPath();
    await startWs(path, createSecureServer({ key: local.keyPem, cert: local.certificatePem }));
    const peer = newPeer();
    expect(peer.connectToUrl(`wss+unix://${path}:/`, TLSOptions.client(local.certificate))).toBe(ErrorCode.OK);
    await drive(peer, () => isOpen(peer));

    const other = socketPath();
    await startWs(other, createSecureServer({ key: foreign.keyPem, cert: foreign.certificatePem }));
    const refused = newPeer();
    refused.connectToUrl(`wss+unix://${other}:/`, TLSOptions.client(foreign.certificate));
    await decided(refused);
    expect(ending(refused).failure).toBe('TICKPEER_TLS_HOSTNAME_MISMATCH');
    const named = newPeer();
    named.connectToUrl(`wss+unix://${other}:/`, TLSOptions.client(foreign.certificate, 'game.example'));
    await drive(named, () => isOpen(named));
  });

  test('http2 is offered on it, too, and a server without it is dialled once more', async () => {
    const path = socketPath();
    const tls = { key: local.keyPem, cert: local.certificatePem, allowHTTP1: true };
    const http = createHttp2Server(tls);
    let connections = 0;
    http.on('secureConnection', () => connections++);
    await startWs(path, http);
    const peer = newPeer({ http2: true });
    peer.connectToUrl(`wss+unix://${path}:/`, TLSOptions.client(local.certificate));
    await drive(peer, () => isOpen(peer));
    expect(connections).toBe(2);
  });

  test('no proxy is used, neither a given one nor the environment’s', async () => {
    const path = socketPath();
    await startWs(path);
    const unusedProxy = `http://127.0.0.1:${await unusedPort()}`;
    await openPeer(`ws+unix://${path}:/`, { proxy: unusedProxy });
    vi.stubEnv('http_proxy', unusedProxy);
    vi.stubEnv('all_proxy', unusedProxy);
    await openPeer(`ws+unix://${path}:/`, { proxy: 'environment' });
  });

  test('by hand: connectToStream takes a StreamPeerUDS, and its URL is an ordinary one', async () => {
    const path = socketPath();
    const ends = await startWs(path);
    const stream = new StreamPeerUDS();
    stream.connectToHost(path);
    await until(() => stream.poll() === ErrorCode.OK && stream.getStatus() === StreamPeerUDS.STATUS_CONNECTED);
    const peer = newPeer();
    expect(peer.connectToStream(stream, `ws+unix://${path}:/`)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(peer.connectToStream(stream, 'ws://game.example/')).toBe(ErrorCode.OK);
    await drive(peer, () => isOpen(peer) && ends.length === 1);
    expect(ends[0]!.request?.headers.host).toBe('game.example');
  });
});

describe('failures of a client on a Unix socket', () => {
  test('no listener', async () => {
    const path = socketPath();
    const peer = dialPeer(`ws+unix://${path}:/`);
    await decided(peer);
    expect([peer.getReadyState(), peer.getLastFailure()]).toMatchObject([
      State.STATE_CLOSED,
      {
        code: 'TICKPEER_CANT_CONNECT',
        message: `could not connect to the Unix socket ${path}: there is no such file: no server listens, or at another path (ENOENT)`,
        cause: { code: 'ENOENT' },
      },
    ]);
  });

  test('a path of 107 bytes is tried; one of 108 bytes and one with a NUL are refused', async () => {
    const folder = socketFolder();
    const path = pathOfLength(folder, 107);
    await startWs(path);
    await openPeer(`ws+unix://${path}:/`);
    for (const wrong of [pathOfLength(folder, 108), `${folder}/a%00b`]) {
      const peer = newPeer();
      expect(peer.connectToUrl(`ws+unix://${wrong}:/`)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
      expect(peer.getLastFailure()?.code).toBe('TICKPEER_INVALID_URL');
      expect(peer.getLastFailure()?.message).toMatch(/the Unix socket has (108 bytes, and the system takes 107|a NUL)/);
    }
  });

  test('a redirect from HTTP to a Unix socket is not followed', async () => {
    for (const location of ['ws+unix:///run/secret.sock:/', 'wss+unix:/run/secret.sock', 'unix:///run/secret.sock']) {
      const server = await startAnsweringServer((_key, end) => {
        end.socket.on('end', () => end.socket.end());
        return `HTTP/1.1 302 X\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`;
      });
      const peer = dialPeer(`ws://127.0.0.1:${server.port}/`, { maxRedirects: 5 });
      await decided(peer);
      expect(ending(peer).failure).toBe('TICKPEER_REDIRECT_LOCATION');
    }
  });

  test('redirects from a Unix socket are not followed', async () => {
    const path = socketPath();
    const http = createServer((_request, response) => response.writeHead(302, { Location: 'ws://127.0.0.1:1/' }).end());
    onTestFinished(() => void http.close());
    await once(http.listen(path), 'listening');
    const peer = dialPeer(`ws+unix://${path}:/`, { maxRedirects: 5 });
    await decided(peer);
    expect(ending(peer).failure).toBe('TICKPEER_HANDSHAKE_STATUS');
    expect(peer.getHandshakeResponse()?.status).toBe(302);
  });
});

describe('a server by hand on a Unix socket', () => {
  test('acceptStream accepts connections of a UDSServer', async () => {
    const path = socketPath();
    const server = new UDSServer();
    onTestFinished(() => server.stop());
    server.listen(path);
    const client = dialPeer(`ws+unix://${path}:/a`);
    await until(() => server.isConnectionAvailable());
    const served = newPeer();
    expect(served.acceptStream(server.takeConnection()!)).toBe(ErrorCode.OK);
    await drive([client, served], () => isOpen(client) && isOpen(served));
    expect([served.getRequestedUrl(), served.getConnectedHost()]).toEqual(['ws://localhost/a', '']);
    client.sendText('over');
    await drive([client, served], () => served.getAvailablePacketCount() === 1);
    expect(readAll(served)).toHaveLength(1);
  });
});

interface UnixServer extends Pollable {
  readonly server: WebSocketServer;
  readonly peers: WebSocketPeer[];
}

/** A tickpeer server that listens at `path`. */
function serveUnix(path: string, options: WebSocketServerOptions = {}, tls: TLSOptions | null = null): UnixServer {
  const server = new WebSocketServer(options);
  onTestFinished(() => server[Symbol.dispose]());
  expect(server.listenUnix(path, tls)).toBe(ErrorCode.OK);
  const peers: WebSocketPeer[] = [];
  return {
    server,
    peers,
    poll() {
      server.poll();
      for (let peer = server.takePeer(); peer !== null; peer = server.takePeer()) peers.push(peer);
    },
  };
}

describe('WebSocketServer.listenUnix', () => {
  test('a client of the package ws: messages pass in both directions, and a Close', async () => {
    const path = socketPath('game.sock');
    const ours = serveUnix(path, ROOMY);
    expect([ours.server.isListening(), ours.server.getLocalPort()]).toEqual([true, 0]);
    const client = dialWs(`ws+unix://${path}:/lobby?room=1`);
    await drive(ours, () => ours.peers.length === 1 && isWsOpen(client));
    const peer = ours.peers[0]!;
    expect(peer.getHandshakeRequest()).toMatchObject({ path: '/lobby', query: 'room=1' });
    expect([peer.getConnectedHost(), peer.getConnectedPort(), ours.server.getClientAddress(peer)]).toEqual(['', 0, '']);
    const large = patternBytes(LARGE);
    client.socket.send(large);
    await drive(ours, () => peer.getAvailablePacketCount() === 1);
    expect(sameBytes(peer.getPacket(), large)).toBe(true);
    expect(peer.send(large)).toBe(ErrorCode.OK);
    await drive(ours, () => client.messages.length === 1);
    expect(sameBytes(client.messages[0] as Uint8Array, large)).toBe(true);
    client.socket.close(4000, 'bye');
    await drive(ours, () => client.closed !== null && peer.getReadyState() === State.STATE_CLOSED);
    expect(ending(peer)).toEqual({ code: 4000, reason: 'bye', failure: null });
  });

  test('a client of ours, without TLS and with it; another certificate meanwhile', async () => {
    const path = socketPath();
    const plain = serveUnix(path);
    const client = await openPeer(`ws+unix://${path}`, {}, [plain]);
    client.sendText('hello');
    await drive([client, plain], () => plain.peers[0]?.getAvailablePacketCount() === 1);
    expect(plain.server.setTlsOptions(serverOptions(local))).toBe(ErrorCode.ERR_UNCONFIGURED);

    const secret = socketPath();
    const secure = serveUnix(secret, {}, serverOptions(foreign));
    const refused = newPeer();
    refused.connectToUrl(`wss+unix://${secret}:/`, TLSOptions.client(foreign.certificate));
    await drive([refused, secure], () => refused.getReadyState() === State.STATE_CLOSED);
    expect(ending(refused).failure).toBe('TICKPEER_TLS_HOSTNAME_MISMATCH');
    expect(secure.server.setTlsOptions(serverOptions(local))).toBe(ErrorCode.OK);
    const trusting = newPeer();
    trusting.connectToUrl(`wss+unix://${secret}:/`, TLSOptions.client(local.certificate));
    await drive([trusting, secure], () => isOpen(trusting) && secure.peers.length === 1);
  });

  test('stop() removes the file and closes the peers; then it can listen anew, here or at a port', async () => {
    const path = socketPath();
    const ours = serveUnix(path);
    const client = await openPeer(`ws+unix://${path}`, {}, [ours]);
    await drive([client, ours], () => ours.peers.length === 1);
    ours.server.stop();
    expect([existsSync(path), ours.server.isListening()]).toEqual([false, false]);
    await drive([client, ours], () => client.getReadyState() === State.STATE_CLOSED && ours.server.isStopped());
    expect(client.getCloseCode()).toBe(1001);
    expect(ours.server.listen(0, '127.0.0.1')).toBe(ErrorCode.OK);
    await openPeer(`ws://127.0.0.1:${ours.server.getLocalPort()}`, {}, [ours]);
    ours.server.stop();
    expect(ours.server.listenUnix(path)).toBe(ErrorCode.OK);
    await openPeer(`ws+unix://${path}`, {}, [ours]);
  });

  test('the failure of listenUnix() says what is wrong', () => {
    const folder = socketFolder();
    const path = pathOfLength(folder, 107);
    const { server } = serveUnix(path);
    expect(server.listenUnix(path)).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    expect(server.listen(0)).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    expect(server.getLastFailure()?.code).toBe('TICKPEER_LISTEN_FAILED');

    const other = new WebSocketServer();
    const failing = (at: string): [ErrorCode, FailureCode | undefined, string | undefined] => {
      const result = other.listenUnix(at);
      const { code, message } = other.getLastFailure() ?? {};
      return [result, code, message];
    };
    const { ERR_ALREADY_IN_USE, ERR_CANT_CREATE, ERR_INVALID_PARAMETER } = ErrorCode;
    const taken = expect.stringContaining('remove the file, and listen again');
    expect(failing(path)).toEqual([ERR_ALREADY_IN_USE, 'TICKPEER_LISTEN_FAILED', taken]);
    const missing = expect.stringContaining(`there is no directory ${folder}/no`);
    expect(failing(`${folder}/no/s`)).toEqual([ERR_CANT_CREATE, 'TICKPEER_LISTEN_FAILED', missing]);
    const long = expect.stringContaining('has 108 bytes, and the system takes 107 at most');
    expect(failing(pathOfLength(folder, 108))).toEqual([ERR_INVALID_PARAMETER, 'TICKPEER_INVALID_PATH', long]);
    expect(other.listenUnix(`${folder}/s`, TLSOptions.client())).toBe(ERR_INVALID_PARAMETER);
    expect(other.getLastFailure()?.code).toBe('TICKPEER_INVALID_TLS_OPTIONS');
    expect(other.isListening()).toBe(false);
    server.stop();
    expect(other.listen(0, '127.0.0.1')).toBe(ErrorCode.OK);
    expect(other.listenUnix(path)).toBe(ERR_ALREADY_IN_USE);
    other.stop();
  });

  test('behind a gateway: clients have the addresses that it reports, and are counted by them', async () => {
    const path = socketPath();
    const { server, ...ours } = serveUnix(path, { trustedProxies: ['unix'], maxConnectionsPerAddress: 1 });
    const join = (address: string): WebSocketPeer => {
      const headers = address === '' ? [] : [`X-Forwarded-For: ${address}`];
      return dialPeer(`ws+unix://${path}`, { handshakeHeaders: headers });
    };
    for (const [address, isLetIn] of [
      ['203.0.113.7', true],
      ['203.0.113.7', false],
      ['203.0.113.8', true],
      ['', true],
      ['', true],
    ] as const) {
      const client = join(address);
      await drive([client, ours], () => client.getReadyState() !== State.STATE_CONNECTING);
      expect([address, isOpen(client)]).toEqual([address, isLetIn]);
    }
    await drive(ours, () => ours.peers.length === 4);
    const addresses = ours.peers.map((peer) => server.getClientAddress(peer));
    expect(addresses).toEqual(['203.0.113.7', '203.0.113.8', '', '']);
  });

  test('onWake is called when a client connects', async () => {
    const path = socketPath();
    const { server } = serveUnix(path);
    let wakes = 0;
    server.onWake = () => {
      wakes++;
      server.poll();
    };
    const client = dialPeer(`ws+unix://${path}`);
    await drive(client, () => isOpen(client));
    expect(wakes).toBeGreaterThan(0);
  });
});
