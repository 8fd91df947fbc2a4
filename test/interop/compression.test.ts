import { createHash } from 'node:crypto';
import { type CompressionOptions, ErrorCode, type WebSocketPeer, WebSocketServer } from 'tickpeer';
import { WebSocket as UndiciWebSocket } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { PerMessageDeflateOptions } from 'ws';
import { dialPeer, drive, isOpen, openPeer } from '../support/peers.ts';
import { until } from '../support/until.ts';
import { dialWs, isWsOpen, startWsServer } from '../support/ws-ends.ts';

/** Texts that repeat themselves, bytes that do not, at sizes around every limit of the framing and of the window. */
const SIZES = [0, 1, 16, 125, 126, 1023, 1024, 4096, 32_768, 65_535, 65_536, 131_072];
const TEXTS = SIZES.map((size) => `${size}:grüß dich, `.repeat(Math.ceil(size / 12)).slice(0, size));
const NOISE = SIZES.map((size) => {
  let state = size + 1;
  return new Uint8Array(size).map(() => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 16;
  });
});

const OURS: readonly [string, CompressionOptions][] = [
  ['every option at its default', {}],
  ['context takeover', { serverNoContextTakeover: false, clientNoContextTakeover: false, threshold: 0 }],
  ['small windows', { serverMaxWindowBits: 9, clientMaxWindowBits: 10, serverNoContextTakeover: false, threshold: 0 }],
  ['the smallest window', { serverMaxWindowBits: 8, clientMaxWindowBits: 8, threshold: 0 }],
  ['best compression', { level: 9, memLevel: 9, threshold: 1 }],
];

/** A message's type, size and digest: comparing a megabyte element by element takes seconds. */
function brief(message: unknown): string {
  if (typeof message !== 'string' && !(message instanceof Uint8Array)) return `unexpected ${message}`;
  return `${typeof message} ${message.length} ${createHash('sha1').update(message).digest('hex')}`;
}

const ALL = [...TEXTS, ...NOISE].map(brief);
const LIMITS = { inboundBufferSize: 1_000_000, outboundBufferSize: 10_000_000 };

function sendAll(peer: WebSocketPeer): void {
  for (const text of TEXTS) expect(peer.sendText(text)).toBe(ErrorCode.OK);
  for (const bytes of NOISE) expect(peer.send(bytes)).toBe(ErrorCode.OK);
}

async function serve(compression: CompressionOptions): Promise<WebSocketServer> {
  const server = new WebSocketServer({ ...LIMITS, compression });
  onTestFinished(() => server[Symbol.dispose]());
  expect(server.listen(0, '127.0.0.1')).toBe(ErrorCode.OK);
  return server;
}

describe.each(OURS)('ours with %s', (_name, compression) => {
  test('and a ws server exchange everything', async () => {
    // ws compresses with threads of its own: one at a time keeps its order.
    const perMessageDeflate: PerMessageDeflateOptions = { threshold: 0, concurrencyLimit: 1 };
    const ws = await startWsServer({ perMessageDeflate });
    const peer = await openPeer(ws.url, { ...LIMITS, compression });
    expect(peer.getHandshakeResponse()?.headers.get('sec-websocket-extensions')).toContain('permessage-deflate');
    sendAll(peer);
    const [end] = ws.ends;
    await drive(peer, () => end?.messages.length === 2 * SIZES.length);
    expect(end?.messages.map(brief)).toEqual(ALL);
    for (const message of [...TEXTS, ...NOISE]) end?.socket.send(message);
    const got: unknown[] = [];
    await drive(peer, () => {
      got.push(...peer.packets());
      return got.length === 2 * SIZES.length;
    });
    expect(got.map(brief)).toEqual(ALL);
    const { bytesSent, bytesReceived } = peer.getStatistics();
    const plain = 2 * SIZES.reduce((sum, size) => sum + size, 0);
    expect(bytesReceived).toBeLessThan(plain);
    // With the smallest window only messages up to 256 bytes can be compressed.
    if (compression.clientMaxWindowBits !== 8) expect(bytesSent).toBeLessThan(plain);
  });

  test('and a ws client exchange everything', async () => {
    const server = await serve(compression);
    const end = dialWs(`ws://127.0.0.1:${server.getLocalPort()}`, [], { perMessageDeflate: { threshold: 0 } });
    await drive(server, () => isWsOpen(end) && server.isPeerAvailable());
    expect(end.socket.extensions).toContain('permessage-deflate');
    const peer = server.takePeer();
    if (peer === null) throw new Error('no peer');
    sendAll(peer);
    for (const message of [...TEXTS, ...NOISE]) end.socket.send(message);
    const got: unknown[] = [];
    await drive(server, () => {
      got.push(...peer.packets());
      return got.length === 2 * SIZES.length && end.messages.length === 2 * SIZES.length;
    });
    expect(got.map(brief)).toEqual(ALL);
    expect(end.messages.map(brief)).toEqual(ALL);
  });

  test('and an undici client exchange everything', async () => {
    const server = await serve(compression);
    const client = new UndiciWebSocket(`ws://127.0.0.1:${server.getLocalPort()}`);
    client.binaryType = 'arraybuffer';
    onTestFinished(() => client.close());
    const heard: unknown[] = [];
    client.addEventListener('message', ({ data }) => {
      heard.push(typeof data === 'string' ? data : new Uint8Array(data));
    });
    await drive(server, () => client.readyState === UndiciWebSocket.OPEN && server.isPeerAvailable());
    expect(client.extensions).toContain('permessage-deflate');
    const peer = server.takePeer();
    if (peer === null) throw new Error('no peer');
    sendAll(peer);
    for (const message of [...TEXTS, ...NOISE]) client.send(message);
    const got: unknown[] = [];
    await drive(server, () => {
      got.push(...peer.packets());
      return got.length === 2 * SIZES.length && heard.length === 2 * SIZES.length;
    });
    expect(got.map(brief)).toEqual(ALL);
    expect(heard.map(brief)).toEqual(ALL);
  });

  test('on both ends exchange everything', async () => {
    const server = await serve(compression);
    const client = await openPeer(`ws://127.0.0.1:${server.getLocalPort()}`, { ...LIMITS, compression }, [server]);
    await drive([server, client], () => server.isPeerAvailable());
    const peer = server.takePeer();
    if (peer === null) throw new Error('no peer');
    sendAll(peer);
    sendAll(client);
    const got: unknown[][] = [[], []];
    await drive([server, client], () => {
      got[0]?.push(...peer.packets());
      got[1]?.push(...client.packets());
      return got.every((packets) => packets.length === 2 * SIZES.length);
    });
    expect(got.map((messages) => messages.map(brief))).toEqual([ALL, ALL]);
  });
});

test('nothing is compressed when only one side enables it', async () => {
  const plain = await startWsServer({ perMessageDeflate: false });
  const peer = await openPeer(plain.url, { compression: true });
  expect(peer.getHandshakeResponse()?.headers.has('sec-websocket-extensions')).toBe(false);
  peer.sendText('x'.repeat(2000));
  await drive(peer, () => plain.ends[0]?.messages.length === 1);
  expect(peer.getStatistics().bytesSent).toBeGreaterThan(2000);
});

test('one message can be left uncompressed', async () => {
  const ws = await startWsServer({ perMessageDeflate: true });
  const peer = await openPeer(ws.url, { compression: { threshold: 0 } });
  peer.sendText('x'.repeat(2000), false);
  const plain = peer.getStatistics().bytesSent;
  peer.sendText('x'.repeat(2000));
  const both = peer.getStatistics().bytesSent;
  expect(plain).toBeGreaterThan(2000);
  expect(both - plain).toBeLessThan(100);
  await drive(peer, () => ws.ends[0]?.messages.length === 2);
});

test('the threshold: a message one byte below is not compressed, one on it is', async () => {
  const ws = await startWsServer({ perMessageDeflate: true });
  const peer = await openPeer(ws.url, { compression: { threshold: 500 } });
  peer.sendText('x'.repeat(499));
  const below = peer.getStatistics().bytesSent;
  peer.sendText('x'.repeat(500));
  expect(below).toBeGreaterThan(499);
  expect(peer.getStatistics().bytesSent - below).toBeLessThan(50);
});

test('a message that inflates above the limit ends with 1009; at the limit it is read', async () => {
  for (const [size, code] of [
    [10_000, null],
    [10_001, 1009],
  ] as const) {
    const server = await serve({});
    const ws = await startWsServer({ perMessageDeflate: { threshold: 0 } });
    const peer = await openPeer(ws.url, { inboundBufferSize: 10_000, compression: true }, [server]);
    const [end] = ws.ends;
    end?.socket.send(new Uint8Array(size));
    await drive(peer, () => peer.getAvailablePacketCount() > 0 || !isOpen(peer));
    if (code === null) {
      expect(peer.getPacket()).toHaveLength(size);
    } else {
      expect(peer.getLastFailure()?.code).toBe('TICKPEER_MESSAGE_TOO_BIG');
      await until(() => end?.closed != null);
      expect(end?.closed?.code).toBe(code);
    }
  }
});

test('a broadcast is compressed once for all, and read by all', async () => {
  const server = await serve({ threshold: 0 });
  const url = `ws://127.0.0.1:${server.getLocalPort()}`;
  const clients = [
    dialPeer(url, { compression: true }),
    dialPeer(url),
    dialPeer(url, { compression: { serverMaxWindowBits: 10 } }),
  ];
  await drive([server, ...clients], () => clients.every(isOpen) && server.getPeerCount() === 3);
  const message = 'to everybody: '.repeat(100);
  expect(server.broadcast(server.getPeers(), message)).toEqual([]);
  await drive([server, ...clients], () => clients.every((client) => client.getAvailablePacketCount() === 1));
  for (const client of clients) expect([...client.packets()]).toEqual([message]);
  expect(clients.map((client) => client.getStatistics().bytesReceived < 200)).toEqual([true, false, true]);
});
