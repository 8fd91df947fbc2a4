import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server as SocketIoServer } from 'socket.io';
import { createServer as createVite } from 'vite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer as WsServer } from 'ws';
import { attachEcho } from '../../support/echo-server.ts';
import { until } from '../../support/until.ts';

/** Other packages that take WebSockets at the same HTTP server. */

interface Neighbour {
  /** Attaches it to the server. */
  join(http: Server): Promise<void> | void;
  readonly path: string;
  readonly protocols: readonly string[];
  /** Its first message. */
  readonly greeting: RegExp;
  /** Whether it ends a WebSocket for an unknown path. */
  readonly endsOthers: boolean;
}

const NEIGHBOURS: readonly [string, Neighbour][] = [
  [
    'ws',
    {
      join: (http) => {
        const server = new WsServer({ server: http, path: '/theirs' });
        server.on('connection', (socket) => socket.send('hello of ws'));
        // The HTTP server may be closed before its clients have disconnected.
        onTestFinished(() => server.close());
      },
      path: '/theirs',
      protocols: [],
      greeting: /^hello of ws$/,
      endsOthers: true,
    },
  ],
  [
    'socket.io',
    {
      join: (http) => {
        const server = new SocketIoServer(http, { destroyUpgradeTimeout: 1 });
        onTestFinished(() => server.close().catch(() => {})); // the HTTP server may be closed already
      },
      path: '/socket.io/?EIO=4&transport=websocket',
      protocols: [],
      greeting: /^0\{"sid":/,
      endsOthers: true,
    },
  ],
  [
    'Vite',
    {
      join: async (http) => {
        const vite = await createVite({
          configFile: false,
          logLevel: 'silent',
          root: import.meta.dirname,
          optimizeDeps: { noDiscovery: true },
          server: { middlewareMode: true, watch: null, hmr: { server: http } },
        });
        onTestFinished(() => vite.close());
      },
      path: '/',
      protocols: ['vite-hmr'],
      greeting: /^\{"type":"connected"\}$/,
      endsOthers: false,
    },
  ],
];

async function start(): Promise<Server> {
  const http = createServer((_request, response) => response.end('page'));
  await once(http.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  return http;
}

function dial(http: Server, path: string, protocols: readonly string[] = []): WebSocket {
  const socket = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}${path}`, [...protocols]);
  socket.on('error', () => {}); // told by 'close'
  onTestFinished(() => socket.terminate());
  return socket;
}

async function echo(socket: WebSocket, text: string): Promise<void> {
  const heard = once(socket, 'message');
  socket.send(text);
  expect(String((await heard)[0])).toBe(`echo ${text}`);
}

describe.each(NEIGHBOURS)('%s', (_name, { join, path, protocols, greeting, endsOthers }) => {
  test.each(['before', 'after'])('was attached %s ours: both get their clients', async (order) => {
    const http = await start();
    if (order === 'before') await join(http);
    const server = attachEcho(http, { manualHandshake: true });
    if (order === 'after') await join(http);
    const ours = dial(http, '/game');
    const theirs = dial(http, path, protocols);
    const [greeted] = await once(theirs, 'message');
    expect(String(greeted)).toMatch(greeting);
    // While the decision is pending, no other package decides.
    await until(() => server.isRequestAvailable());
    await new Promise((resolve) => setTimeout(resolve, 5)); // past destroyUpgradeTimeout
    const opened = once(ours, 'open');
    server.takeRequest()?.accept();
    await opened;
    await echo(ours, 'a');
    if (endsOthers) {
      const stranger = dial(http, '/elsewhere');
      await until(() => stranger.readyState === WebSocket.CLOSED);
    }
    expect(ours.readyState).toBe(WebSocket.OPEN);
    await echo(ours, 'b');
    server.stop();
    const [code] = await once(ours, 'close');
    expect(code).toBe(1001);
    // The other package continues without tickpeer.
    expect(theirs.readyState).toBe(WebSocket.OPEN);
    const next = dial(http, path, protocols);
    expect(String((await once(next, 'message'))[0])).toMatch(greeting);
  });
});

test('ws without a path, and ours with one', async () => {
  const http = await start();
  const all = new WsServer({ server: http });
  onTestFinished(() => all.close());
  all.on('connection', (socket) => socket.send('hello of ws'));
  attachEcho(http);
  const theirs = dial(http, '/anything');
  expect(String((await once(theirs, 'message'))[0])).toBe('hello of ws');
  const ours = dial(http, '/game');
  await once(ours, 'open');
  await echo(ours, 'a');
});
