import { expect, test } from 'vitest';
import type { BrowserWebSocket } from './globals.ts';
import { SocketTransport } from './socket-transport.ts';

function make() {
  const log: unknown[] = [];
  const socket = {
    binaryType: 'blob',
    bufferedAmount: 0,
    protocol: 'game',
    onopen: null,
    onmessage: null,
    onclose: null,
    sent: [] as (string | Uint8Array)[],
    refusesBytes: false,
    send(data: string | Uint8Array): void {
      if (socket.refusesBytes && typeof data !== 'string' && data.buffer instanceof SharedArrayBuffer) {
        throw new TypeError('must not be shared');
      }
      socket.sent.push(data);
    },
    close: (code?: number, reason?: string) => void log.push(['close', code, reason]),
  } as BrowserWebSocket & { bufferedAmount: number; sent: (string | Uint8Array)[]; refusesBytes: boolean };
  const transport = new SocketTransport(socket, {
    onOpen: (protocol) => void log.push(['open', protocol]),
    onMessage: (message) => {
      log.push(['message', message]);
      return false;
    },
    onClose: (code, reason, isComplete) => void log.push(['closed', code, reason, isComplete]),
  });
  return { log, socket, transport };
}

test('it reports what the socket does, and asks for bytes instead of blobs', () => {
  const { log, socket, transport } = make();
  expect([socket.binaryType, transport.canPause]).toEqual(['arraybuffer', false]);
  socket.onopen?.();
  socket.onmessage?.({ data: 'a' });
  transport.resume();
  socket.onmessage?.({ data: 'b' });
  socket.onclose?.({ code: 1006, reason: '' });
  expect(log).toEqual([
    ['open', 'game'],
    ['message', 'a'],
    ['message', 'b'],
    ['closed', 1006, '', true],
  ]);
});

test('memory that the browser does not take is sent as a copy', () => {
  const { socket, transport } = make();
  socket.refusesBytes = true;
  const shared = new Uint8Array(new SharedArrayBuffer(2)).fill(7);
  transport.send(shared, 2);
  expect(socket.sent).toEqual([Uint8Array.of(7, 7)]);
  expect(transport.unsentPackets).toBe(0);
});

test('a message counts whole until the browser has passed on all of it', () => {
  const { socket, transport } = make();
  socket.bufferedAmount = 30;
  transport.send('a', 10);
  transport.send('b', 20);
  expect([transport.unsentBytes, transport.unsentPackets]).toEqual([30, 2]);
  socket.bufferedAmount = 21;
  expect([transport.unsentBytes, transport.unsentPackets]).toEqual([30, 2]);
  socket.bufferedAmount = 20;
  expect([transport.unsentBytes, transport.unsentPackets]).toEqual([20, 1]);
  socket.bufferedAmount = 0;
  expect([transport.unsentBytes, transport.unsentPackets]).toEqual([0, 0]);
});

test('empty messages count while something before them waits', () => {
  const { socket, transport } = make();
  socket.bufferedAmount = 5;
  transport.send('', 0);
  transport.send('abcde', 5);
  transport.send('', 0);
  expect(transport.unsentPackets).toBe(2);
  socket.bufferedAmount = 0;
  expect([transport.unsentBytes, transport.unsentPackets]).toEqual([0, 0]);
});

test('the counts stay exact over many messages', () => {
  const { socket, transport } = make();
  for (let count = 1; count <= 1000; count++) {
    transport.send('ab', 2);
    socket.bufferedAmount = Math.min(count, 10) * 2;
    expect([transport.unsentBytes, transport.unsentPackets]).toEqual([Math.min(count, 10) * 2, Math.min(count, 10)]);
  }
});

test('close begins the closing handshake, and its end is still reported; abandon reports nothing more', () => {
  const { log, socket, transport } = make();
  transport.close(3000, 'bye');
  socket.onclose?.({ code: 3000, reason: 'bye' });
  expect(log.splice(0)).toEqual([
    ['close', 3000, 'bye'],
    ['closed', 3000, 'bye', true],
  ]);
  transport.abandon(1000);
  expect([socket.onopen, socket.onmessage, socket.onclose]).toEqual([null, null, null]);
  expect(log).toEqual([['close', 1000, undefined]]);
});
