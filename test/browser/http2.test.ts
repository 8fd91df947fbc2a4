import { once } from 'node:events';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { State, WebSocketServer } from '../../src/websocket/index.ts';
import { type Identity, makeIdentity } from '../support/certificates.ts';
import { closeBrowser, newPage } from '../support/chromium.ts';
import { until } from '../support/until.ts';
import { trustArgument } from './site.ts';

let identity: Identity;
let http: Http2SecureServer;
/** The requests over HTTP/1.1. */
let upgrades = 0;
let connections = 0;
const servers: WebSocketServer[] = [];

beforeAll(async () => {
  identity = await makeIdentity('localhost');
  const { keyPem: key, certificatePem: cert } = identity;
  http = createSecureServer({ key, cert, allowHTTP1: true }, (_request, response) => response.end('<!doctype html>'));
  http.on('upgrade', () => upgrades++);
  http.on('secureConnection', () => connections++);
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
}, 60_000);

afterEach(() => {
  for (const server of servers.splice(0)) server[Symbol.dispose]();
});

afterAll(async () => {
  await closeBrowser();
  http.close();
});

function attach(server: WebSocketServer): WebSocketServer {
  servers.push(server);
  server.attach(http);
  return server;
}

async function pageOn() {
  const { keyPem: key, certificatePem: certificate } = identity;
  const page = await newPage([trustArgument({ key, certificate })]);
  const url = `https://127.0.0.1:${(http.address() as AddressInfo).port}/`; // it listens on a port
  await page.goto(url);
  return { page, url: url.replace('https', 'wss') };
}

/**
 * None is empty: over HTTP/2, Chromium 147 sometimes does not deliver an empty binary message if nothing follows it. Seen with a
 * bare server of node:http2, too.
 */
const SIZES = [1, 125, 126, 65_536, 150_000];

test('Chromium’s WebSockets use streams of the page’s connection', async () => {
  const server = attach(
    new WebSocketServer({
      supportedProtocols: ['game'],
      compression: { threshold: 0 },
      inboundBufferSize: 200_000,
      outboundBufferSize: 200_000,
    }),
  );
  server.onWake = () => {
    server.poll();
    for (const peer of server.readyPeers()) {
      for (const packet of peer.packets()) {
        if (packet === 'done') peer.close(4321, 'danke schön');
        else if (typeof packet === 'string') peer.sendText(packet);
        else peer.send(packet);
      }
    }
  };
  const { page, url } = await pageOn();
  const before = connections;
  const seen = await page.evaluate(
    async ([address, sizes]) => {
      const talk = (size: number) =>
        new Promise((resolve) => {
          const socket = new WebSocket(`${address}room/${size}?a=b`, ['game']);
          socket.binaryType = 'arraybuffer';
          const heard: (string | number)[] = [];
          socket.onopen = () => {
            socket.send('grüß dich');
            socket.send(new Uint8Array(size));
          };
          socket.onmessage = ({ data }) => {
            heard.push(typeof data === 'string' ? data : data.byteLength);
            if (heard.length === 2) socket.send('done');
          };
          socket.onclose = ({ code, reason, wasClean }) =>
            resolve([socket.protocol, socket.extensions, ...heard, code, reason, wasClean]);
        });
      return Promise.all(sizes.map(talk));
    },
    [url, SIZES] as const,
  );
  const extension = expect.stringMatching(/^permessage-deflate/);
  expect(seen).toEqual(SIZES.map((size) => ['game', extension, 'grüß dich', size, 4321, 'danke schön', true]));
  expect([upgrades, connections - before]).toEqual([0, 0]);
  await page.close();
}, 60_000);

test('a peer that is not read stalls its own stream only', async () => {
  const server = attach(new WebSocketServer({ inboundBufferSize: 20_000 }));
  const { page, url } = await pageOn();
  await page.evaluate((address) => {
    const open = (name: string) =>
      new Promise<WebSocket>((resolve) => {
        const socket = new WebSocket(`${address}${name}`);
        socket.onopen = () => resolve(socket);
      });
    const ready = Promise.all([open('slow'), open('quick')]).then(([slow, quick]) => {
      for (let n = 0; n < 200; n++) {
        slow.send(new Uint8Array(10_000).fill(n));
        quick.send(new Uint8Array(10_000).fill(n));
      }
      return slow;
    });
    Object.assign(globalThis, { slow: ready });
  }, url);
  await until(() => {
    server.poll();
    return server.getPeerCount() === 2;
  }, 10_000);
  const peers = new Map([...server.getPeers()].map((peer) => [peer.getHandshakeRequest()?.path, peer]));
  const take = async (name: string): Promise<number[]> => {
    const heads: number[] = [];
    await until(() => {
      server.poll();
      for (const packet of peers.get(name)!.packets()) heads.push(Number(packet[0]));
      return heads.length === 200;
    }, 20_000);
    return heads;
  };
  const inOrder = Array.from({ length: 200 }, (_, n) => n);
  expect(await take('/quick')).toEqual(inOrder);
  expect([peers.get('/slow')?.getAvailablePacketCount(), peers.get('/slow')?.getReadyState()]).toEqual([
    2,
    State.STATE_OPEN,
  ]);
  const waiting = await page.evaluate(
    async () => (await (globalThis as unknown as { slow: Promise<WebSocket> }).slow).bufferedAmount,
  );
  expect(waiting).toBeGreaterThan(0);
  expect(await take('/slow')).toEqual(inOrder);
  expect(upgrades).toBe(0);
  await page.close();
}, 60_000);
