import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createSecureServer as createHttp2Server } from 'node:http2';
import { createServer as createSecureServer } from 'node:https';
import type { Server as NetServer } from 'node:net';
import { ErrorCode, State, StreamPeerUDS, TLSOptions, UDSServer, type WebSocketPeer } from 'tickpeer';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocketServer as WsServer } from 'ws';
import { unusedPort } from '../journey/unused-port.ts';
import { makeIdentity } from '../support/certificates.ts';
import { LARGE, patternBytes, sameBytes } from '../support/payloads.ts';
import { dialPeer, drive, ending, isOpen, newPeer, openPeer, readAll } from '../support/peers.ts';
import { startAnsweringServer } from '../support/raw-tcp.ts';
import { pathOfLength, socketFolder, socketPath } from '../support/socket-folder.ts';
import { until } from '../support/until.ts';
import { observe, type WsEnd } from '../support/ws-ends.ts';

const local = await makeIdentity('local', { names: ['localhost'] });
const foreign = await makeIdentity('foreign', { names: ['game.example'] });
const ROOMY = { inboundBufferSize: LARGE + 1, outboundBufferSize: LARGE + 1 };

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A server of the package `ws` on a Unix socket, over whichever HTTP server. */
async function startWs(path: string, http: NetServer = createServer()): Promise<WsEnd[]> {
  // It asks for no more than the events of one of node:http.
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
  test('asks localhost for the path behind the ":", and messages go both ways', async () => {
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

  test('http2 is offered there, too, and a server without it is dialled once more', async () => {
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

  test('no proxy is asked, neither a given one nor the environment’s', async () => {
    const path = socketPath();
    await startWs(path);
    const nobody = `http://127.0.0.1:${await unusedPort()}`;
    await openPeer(`ws+unix://${path}:/`, { proxy: nobody });
    vi.stubEnv('http_proxy', nobody);
    vi.stubEnv('all_proxy', nobody);
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

describe('what a client on a Unix socket is told', () => {
  test('nobody there', async () => {
    const path = socketPath();
    const peer = dialPeer(`ws+unix://${path}:/`);
    await decided(peer);
    expect([peer.getReadyState(), peer.getLastFailure()]).toMatchObject([
      State.STATE_CLOSED,
      {
        code: 'TICKPEER_CANT_CONNECT',
        message: `could not connect to the Unix socket ${path}: there is no such file: nobody listens, or elsewhere (ENOENT)`,
        cause: { code: 'ENOENT' },
      },
    ]);
  });

  test('a path of 107 bytes is tried, one of 108 is no URL that can be used; nor is a NUL', async () => {
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

  test('a server of HTTP that leads to a Unix socket is not followed', async () => {
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

  test('redirects from there are answers like all others', async () => {
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
  test('acceptStream takes what UDSServer has', async () => {
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
