import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Identity } from './certificates.ts';

export interface TestProxyOptions {
  /** TLS to the proxy. */
  readonly identity?: Identity;
  /** `user:password` that must be given. */
  readonly credentials?: string;
  /** Where connections go instead of the client's target: from `host:port` to a port of 127.0.0.1. */
  readonly hosts?: Readonly<Record<string, number>>;
}

export interface TestProxy {
  readonly port: number;
  /** One entry for each CONNECT, in order. */
  readonly requests: IncomingMessage[];
  /** Open tunnels. */
  readonly openTunnels: number;
  /** Connections from clients, in any state. */
  readonly connections: Set<Socket>;
}

/** A proxy on 127.0.0.1 that supports only CONNECT, with `node:http` or `node:https`. It ends with the test. */
export async function startProxy(options: TestProxyOptions = {}): Promise<TestProxy> {
  const { identity, credentials, hosts = {} } = options;
  const server: Server =
    identity === undefined
      ? createServer()
      : createSecureServer({ key: identity.keyPem, cert: identity.certificatePem });
  const requests: IncomingMessage[] = [];
  const connections = new Set<Socket>();
  const tunnels = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    socket.on('error', () => {});
  });
  server.on('connect', (request: IncomingMessage, client: Socket, head: Buffer) => {
    requests.push(request);
    client.on('error', () => {});
    const wanted = `Basic ${Buffer.from(credentials ?? '').toString('base64')}`;
    if (credentials !== undefined && request.headers['proxy-authorization'] !== wanted) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="test"\r\n\r\n');
      return;
    }
    const url = new URL(`http://${request.url}`);
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const known = hosts[request.url ?? ''];
    const upstream = connect(known ?? Number(url.port || 80), known === undefined ? host : '127.0.0.1');
    upstream.on('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
    upstream.on('connect', () => {
      tunnels.add(client);
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('close', () => client.destroy());
    client.on('close', () => {
      tunnels.delete(client);
      upstream.destroy();
    });
  });
  onTestFinished(() => {
    server.close();
    for (const socket of connections) socket.destroy();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    // An address of a TCP server is always an object.
    port: (server.address() as AddressInfo).port,
    requests,
    get openTunnels() {
      return tunnels.size;
    },
    connections,
  };
}
