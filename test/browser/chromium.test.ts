import type { CompressionOptions, WebSocketPeer } from 'tickpeer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeBrowser, newPage } from '../support/chromium.ts';
import { serve } from '../support/peers.ts';
import { turn } from '../support/until.ts';

/** What the page reports; it runs in the browser, with the browser's own WebSocket. */
interface Seen {
  readonly extensions: string;
  readonly protocol: string;
  readonly echoes: readonly string[];
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

/** Sends each text and as many zeros, receives all of them again, and waits for the server to close. */
async function inPage(page: Awaited<ReturnType<typeof newPage>>, url: string, texts: readonly string[]): Promise<Seen> {
  return page.evaluate(
    ([address, messages]) =>
      new Promise<Seen>((resolve) => {
        const socket = new WebSocket(address, ['game']);
        socket.binaryType = 'arraybuffer';
        const echoes: string[] = [];
        let extensions = '';
        socket.onopen = () => {
          extensions = socket.extensions;
          for (const message of messages) {
            socket.send(message);
            socket.send(new Uint8Array(message.length));
          }
        };
        socket.onmessage = ({ data }) => {
          echoes.push(typeof data === 'string' ? data : `${data.byteLength} bytes`);
          if (echoes.length === 2 * messages.length) socket.send('done');
        };
        socket.onclose = ({ code, reason, wasClean }) =>
          resolve({ extensions, protocol: socket.protocol, echoes, code, reason, wasClean });
      }),
    [url, texts] as const,
  );
}

beforeAll(async () => {
  // The first start unpacks the browser.
  await (await newPage()).close();
}, 60_000);
afterAll(closeBrowser);

const KINDS: readonly [string, CompressionOptions | null][] = [
  ['without compression', null],
  ['with compression', { threshold: 0 }],
  ['with context takeover', { threshold: 0, serverNoContextTakeover: false, clientNoContextTakeover: false }],
  [
    'with small windows',
    { threshold: 0, serverMaxWindowBits: 9, clientMaxWindowBits: 9, serverNoContextTakeover: false },
  ],
];

describe.each(KINDS)('Chromium and our server, %s', (_name, compression) => {
  test('exchange text and bytes, and close with code and reason', async () => {
    const server = serve({
      compression,
      supportedProtocols: ['game'],
      allowedOrigins: '*',
      inboundBufferSize: 1_000_000,
      outboundBufferSize: 10_000_000,
    });
    const texts = [0, 1, 125, 126, 1024, 65_535, 65_536, 100_000].map((size) =>
      'grüß dich, κόσμε; '.repeat(Math.ceil(size / 18)).slice(0, size),
    );
    const page = await newPage();
    const seen = inPage(page, `ws://127.0.0.1:${server.port}`, texts);
    let isDone = false;
    let peer: WebSocketPeer | undefined;
    void seen.then(() => {
      isDone = true;
    });
    while (!isDone) {
      server.poll();
      peer ??= server.peers[0];
      for (const packet of peer?.packets() ?? []) {
        if (packet === 'done') peer?.close(4321, 'danke schön');
        else if (typeof packet === 'string') peer?.sendText(packet);
        else peer?.send(packet);
      }
      await turn();
    }
    const { echoes, extensions, ...rest } = await seen;
    expect(rest).toEqual({ protocol: 'game', code: 4321, reason: 'danke schön', wasClean: true });
    expect(echoes).toEqual(texts.flatMap((text) => [text, `${text.length} bytes`]));
    expect(extensions.startsWith('permessage-deflate')).toBe(compression !== null);
    const plain = texts.reduce((sum, text) => sum + 2 * text.length, 0);
    const { bytesReceived, bytesSent } = peer?.getStatistics() ?? { bytesReceived: 0, bytesSent: 0 };
    expect([bytesReceived < plain / 5, bytesSent < plain / 5]).toEqual([compression !== null, compression !== null]);
    await page.close();
  }, 30_000);
});
