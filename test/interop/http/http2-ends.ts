import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type SecureServerOptions,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, expect } from 'vitest';
import { ErrorCode } from '../../../src/error-code.ts';
import { TLSOptions } from '../../../src/stream/index.ts';
import { State, WebSocketPeer, WebSocketServer, type WebSocketServerOptions } from '../../../src/websocket/index.ts';
import { type Identity, makeIdentity } from '../../support/certificates.ts';
import { echoOnWake } from '../../support/echo-server.ts';
import { until } from '../../support/until.ts';

/** Called after the test, the last one first. */
export const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

export const identity: Identity = await makeIdentity('h2.test');

/** An HTTP/2 server on a free port that answers ordinary requests. */
export async function listen<S extends Http2Server | Http2SecureServer>(server: S): Promise<S> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  closers.push(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return server;
}

export function secure(options: SecureServerOptions = {}): Promise<Http2SecureServer> {
  const { keyPem: key, certificatePem: cert } = identity;
  const server = createSecureServer({ key, cert, allowHTTP1: true, ...options }, (request, response) => {
    response.end(`page ${request.method} ${request.url}`);
  });
  return listen(server);
}

export function portOf(server: Http2Server | Http2SecureServer): number {
  return (server.address() as AddressInfo).port; // it listens on a port
}

/** The bytes below are only those of the messages. */
export const NO_HEARTBEAT: WebSocketServerOptions = { heartbeatInterval: 0 };

/** A server that echoes. */
export function echo(options: WebSocketServerOptions = {}): WebSocketServer {
  const server = new WebSocketServer({ allowedOrigins: '*', ...NO_HEARTBEAT, ...options });
  echoOnWake(server);
  closers.push(() => server[Symbol.dispose]());
  return server;
}

export async function session(server: Http2Server | Http2SecureServer): Promise<ClientHttp2Session> {
  const scheme = server instanceof (await plainServerClass()) ? 'http' : 'https';
  const client = connect(`${scheme}://127.0.0.1:${portOf(server)}`, { rejectUnauthorized: false });
  closers.push(() => client.destroy());
  await once(client, 'remoteSettings');
  return client;
}

async function plainServerClass() {
  return createServer().constructor as typeof Object; // Node does not export the class
}

export const ASK = {
  ':method': 'CONNECT',
  ':protocol': 'websocket',
  ':scheme': 'https',
  ':authority': 'h2.test',
  'sec-websocket-version': '13',
};

export async function ask(client: ClientHttp2Session, path: string, headers: Record<string, string> = {}) {
  const stream = client.request({ ...ASK, ':path': path, ...headers }, { endStream: false });
  stream.on('error', () => {}); // it may be reset
  const [response] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  return { stream, response };
}

export function trust(): TLSOptions {
  return TLSOptions.client(identity.certificate, 'localhost');
}

/** A client that polls itself. */
export function join(url: string, options: ConstructorParameters<typeof WebSocketPeer>[0] = {}): WebSocketPeer {
  const peer = new WebSocketPeer({ http2: true, ...options });
  peer.onWake = () => peer.poll();
  closers.push(() => peer.close(-1));
  expect(peer.connectToUrl(url, trust())).toBe(ErrorCode.OK);
  return peer;
}

export async function opened(peer: WebSocketPeer): Promise<void> {
  await until(() => peer.getReadyState() !== State.STATE_CONNECTING);
  expect([peer.getReadyState(), peer.getLastFailure()]).toEqual([State.STATE_OPEN, null]);
}

export async function packet(peer: WebSocketPeer): Promise<unknown> {
  await until(() => peer.getAvailablePacketCount() > 0);
  const [first] = peer.packets();
  return first;
}
