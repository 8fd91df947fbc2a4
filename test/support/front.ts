import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ErrorCode, WebSocketServer, type WebSocketServerOptions } from 'tickpeer';
import { onTestFinished } from 'vitest';
import { Front } from '../../src/cluster/routing/front.ts';
import type { FrontOptions } from '../../src/cluster/routing/front-options.ts';
import type { FindRoute, Route } from '../../src/cluster/routing/route.ts';

export interface FrontEnd {
  readonly front: Front;
  /** The server of the rooms behind the front's process. */
  readonly sockets: WebSocketServer;
  readonly http: Server;
  readonly port: number;
  readonly url: string;
  poll(): void;
}

/** A front at an HTTP server on loopback, which ends with the test. */
export async function startFront(
  findRoute: FindRoute,
  options: FrontOptions = {},
  { http = createServer(), path = null, ...settings }: WebSocketServerOptions & { readonly http?: Server } = {},
): Promise<FrontEnd> {
  const sockets = new WebSocketServer(settings);
  const front = new Front(sockets, findRoute, options);
  const result = front.attach(http, { path });
  if (result !== ErrorCode.OK) throw new Error(ErrorCode[result]);
  onTestFinished(() => {
    front[Symbol.dispose]();
    sockets[Symbol.dispose]();
    http.closeAllConnections();
    http.close();
  });
  await once(http.listen(0, '127.0.0.1'), 'listening');
  const { port } = http.address() as AddressInfo; // it listens on a port
  const poll = (): void => {
    front.poll();
    sockets.poll();
  };
  return { front, sockets, http, port, url: `ws://127.0.0.1:${port}`, poll };
}

/** The server of another node, on its private address. */
export function startNode(id: string, settings: WebSocketServerOptions = {}) {
  const sockets = new WebSocketServer({ trustedProxies: ['127.0.0.1'], ...settings });
  if (sockets.listen(0, '127.0.0.1') !== ErrorCode.OK) throw new Error(sockets.getLastFailure()?.message);
  onTestFinished(() => sockets[Symbol.dispose]());
  const route: Route = { to: 'node', id, host: '127.0.0.1', port: sockets.getLocalPort() };
  return { sockets, route, poll: () => sockets.poll() };
}
