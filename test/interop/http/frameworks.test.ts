import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { ErrorCode, WebSocketServer } from 'tickpeer';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { until } from '../../support/until.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** An application with one page, `/hello`, on its own port. */
interface Application {
  readonly http: Server;
  /** Listens on a free port of 127.0.0.1. */
  listen(): Promise<unknown>;
  /** The text of its page for unknown paths. */
  readonly notFound: RegExp;
}

const APPLICATIONS: readonly [string, () => Application][] = [
  [
    'Express',
    () => {
      const app = express();
      app.get('/hello', (_request, response) => void response.send('hello'));
      // As in its documentation: `listen` returns the server.
      const http = app.listen(0, '127.0.0.1');
      return { http, listen: () => once(http, 'listening'), notFound: /Cannot GET \/other/ };
    },
  ],
  [
    'Fastify',
    () => {
      const app = fastify();
      app.get('/hello', () => 'hello');
      return {
        http: app.server,
        listen: () => app.listen({ port: 0, host: '127.0.0.1' }),
        notFound: /Route GET:\/other not found/,
      };
    },
  ],
  [
    'Hono',
    () => {
      const app = new Hono();
      app.get('/hello', (context) => context.text('hello'));
      const http = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server; // by default it is one of node:http
      return { http, listen: () => once(http, 'listening'), notFound: /404 Not Found/ };
    },
  ],
];

/** A server that echoes, with a name before it. */
function echo(name: string): WebSocketServer {
  const server = new WebSocketServer();
  server.onWake = () => {
    server.poll();
    for (const peer of server.readyPeers()) for (const packet of peer.packets()) peer.sendText(`${name}: ${packet}`);
  };
  closers.push(() => server[Symbol.dispose]());
  return server;
}

async function say(url: string, text: string): Promise<string> {
  const socket = new WebSocket(url);
  closers.push(() => socket.terminate());
  await once(socket, 'open');
  socket.send(text);
  const [answer] = await once(socket, 'message');
  return String(answer);
}

describe.each(APPLICATIONS)('under %s', (_name, make) => {
  test('WebSockets by path, pages beside them, and the framework’s 404 for other upgrades', async () => {
    const { http, listen, notFound } = make();
    const [chat, game] = [echo('chat'), echo('game')];
    expect(chat.attach(http, { path: '/chat' })).toBe(ErrorCode.OK);
    expect(game.attach(http, { path: '/game' })).toBe(ErrorCode.OK);
    await listen();
    closers.push(() => {
      http.closeAllConnections();
      http.close();
    });
    const { port } = http.address() as AddressInfo; // it listens on a port
    const base = `127.0.0.1:${port}`;
    expect(await say(`ws://${base}/chat?room=1`, 'a')).toBe('chat: a');
    expect(await say(`ws://${base}/game`, 'b')).toBe('game: b');
    expect(await (await fetch(`http://${base}/hello`)).text()).toBe('hello');

    const socket = new WebSocket(`ws://${base}/other`);
    const [request, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(404);
    let body = '';
    for await (const chunk of response) body += chunk;
    expect(body).toMatch(notFound);
    request.destroy();

    game.stop();
    await until(() => game.isStopped());
    expect(await say(`ws://${base}/chat`, 'c')).toBe('chat: c');
    expect(await (await fetch(`http://${base}/hello`)).text()).toBe('hello');
  });
});
