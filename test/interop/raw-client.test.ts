import { State, type WebSocketServerOptions } from 'tickpeer';
import { describe, expect, test } from 'vitest';
import { bytesOf, concat, KEY, type RawFrame, rawFrame, readFrames } from '../support/frames.ts';
import { drive, ending, isClosed, type OurServer, readAll, serve, serveByHand } from '../support/peers.ts';
import { dialRaw, type RawEnd, upgradeRequest } from '../support/raw-tcp.ts';

/** Sends `request` to a server with `options` and waits for the whole response. */
async function ask(
  request: string | Uint8Array,
  options: WebSocketServerOptions = {},
): Promise<{ raw: RawEnd; server: ReturnType<typeof serve> }> {
  const server = serve(options);
  const raw = await dialRaw(server.port);
  raw.write(request);
  await drive(server, () => raw.hasEnded || raw.isClosed);
  return { raw, server };
}

function expectRefusal(raw: RawEnd, status: number): void {
  expect(raw.status).toBe(status);
  expect(raw.header('Connection')).toContain('close');
  expect(raw.header('Content-Type')).toBe('text/plain; charset=utf-8');
  expect(Number(raw.header('Content-Length'))).toBe(raw.body.length);
  expect(raw.body.length).toBeGreaterThan(10);
}

/** A raw client whose request was accepted. */
async function upgrade(server: OurServer, headers: Record<string, string> = {}): Promise<RawEnd> {
  const raw = await dialRaw(server.port);
  const before = server.peers.length;
  raw.write(upgradeRequest(headers));
  await drive(server, () => raw.hasHead && server.peers.length === before + 1);
  expect(raw.status).toBe(101);
  return raw;
}

/** A masked frame, as a client sends it. */
function frame(opcode: number, payload: string | Uint8Array = '', more: Partial<RawFrame> = {}): Uint8Array {
  return rawFrame({ opcode, payload, key: KEY, ...more });
}

function closeFrame(code: number, reason = ''): Uint8Array {
  return frame(8, concat([Uint8Array.of(code >> 8, code & 0xff), Buffer.from(reason)]));
}

/** The Close frame among what the server sent: its code and reason. */
function closeOf(raw: RawEnd): { code: number; reason: string } | null {
  const close = readFrames(raw.body).find(({ opcode }) => opcode === 8);
  if (close === undefined) return null;
  if (close.payload.length === 0) return { code: 1005, reason: '' };
  return { code: (close.payload[0]! << 8) | close.payload[1]!, reason: Buffer.from(close.payload.slice(2)).toString() };
}

describe('requests that are refused', () => {
  test.each<[string, string]>([
    ['not HTTP', 'hello\r\n\r\n'],
    ['two parts in the first line', 'GET /\r\nHost: x\r\n\r\n'],
    ['two spaces in the first line', upgradeRequest({}, 'GET  / HTTP/1.1')],
    ['no Host', upgradeRequest({ Host: null })],
    ['two Hosts', upgradeRequest({ Host: 'a\r\nHost: b' })],
    ['a bare LF', upgradeRequest().replace('\r\n', '\n')],
    ['a bare CR', upgradeRequest({ 'X-A': 'a\rb' })],
    ['a NUL', upgradeRequest({ 'X-A': 'a\0b' })],
    ['a folded line', upgradeRequest({ 'X-A': 'a\r\n b' })],
    ['a space before the colon', upgradeRequest({ 'X-A ': 'a' })],
    ['a line without a colon', upgradeRequest({ 'X-A': 'a\r\nno colon' })],
    ['no key', upgradeRequest({ 'Sec-WebSocket-Key': null })],
    ['a short key', upgradeRequest({ 'Sec-WebSocket-Key': 'AAAA' })],
    [
      'two keys',
      upgradeRequest({ 'Sec-WebSocket-Key': `${'A'.repeat(22)}==\r\nSec-WebSocket-Key: ${'B'.repeat(22)}==` }),
    ],
    ['a key with a line break in between', upgradeRequest({ 'Sec-WebSocket-Key': 'not base64 at all!' })],
    ['a target that is no path', upgradeRequest({}, 'GET game HTTP/1.1')],
    ['a body', upgradeRequest({ 'Content-Length': '5' })],
    ['a chunked body', upgradeRequest({ 'Transfer-Encoding': 'chunked' })],
    ['sub-protocols that are none', upgradeRequest({ 'Sec-WebSocket-Protocol': 'a b' })],
    ['a sub-protocol that we lack', upgradeRequest({ 'Sec-WebSocket-Protocol': 'a' })],
    ['extensions that are none', upgradeRequest({ 'Sec-WebSocket-Extensions': '=;' })],
  ])('400 for %s', async (_name, request) => {
    const { raw, server } = await ask(request);
    expectRefusal(raw, 400);
    await drive(server, () => server.server.getPendingCount() === 0);
    expect(server.peers.length).toBe(0);
  });

  test.each<[string, string, number]>([
    ['http://evil.example', 'game.example', 403],
    ['http://game.example.evil.example', 'game.example', 403],
    ['null', 'game.example', 403],
    ['', 'game.example', 403],
    ['https://game.example', 'game.example', 101],
    ['https://game.example:9080', 'game.example:9080', 101],
    ['https://game.example', 'game.example:9080', 403],
    ['http://GAME.example:8060', 'game.EXAMPLE:8060', 101],
    ['http://GAME.example:8060', 'game.EXAMPLE', 403],
    ['http://[::1]:9080', '[::1]:9080', 101],
    ['http://[::1]:8060', '[::1]:9080', 403],
    ['http://[::1]', '[::2]', 403],
  ])('by default a page of the origin "%s" at the host "%s": %i', async (origin, host, status) => {
    const server = serve();
    const raw = await dialRaw(server.port);
    raw.write(upgradeRequest({ Host: host, Origin: origin }));
    await drive(server, () => raw.hasHead);
    expect(raw.status).toBe(status);
    if (status === 403) {
      await drive(server, () => raw.hasEnded);
      expectRefusal(raw, 403);
      const body = Buffer.from(raw.body).toString();
      expect(body).toContain(host);
      expect(body).not.toContain('allowedOrigins'); // The list is only logged.
    }
  });

  test.each<[WebSocketServerOptions['allowedOrigins'], string, number]>([
    [['https://game.example'], 'https://game.example', 101],
    [['https://game.example'], 'http://game.example', 403],
    [['https://game.example'], 'https://game.example:8443', 403],
    [[], 'http://127.0.0.1', 403],
    ['*', 'http://evil.example', 101],
    ['same-host', 'http://127.0.0.1', 101],
    ['same-host', 'http://127.0.0.1:1', 101],
    ['same-host', 'http://127.0.0.2', 403],
    [['same-host', 'https://game.example'], 'http://127.0.0.1:1', 101],
    [['same-host', 'https://game.example'], 'https://game.example', 101],
  ])('with allowedOrigins %j a page of %s: %i', async (allowedOrigins, origin, status) => {
    const server = serve({ allowedOrigins: allowedOrigins! });
    const raw = await dialRaw(server.port);
    raw.write(upgradeRequest({ Origin: origin }));
    await drive(server, () => raw.hasHead);
    expect(raw.status).toBe(status);
  });

  test('404 for another path', async () => {
    for (const target of ['/', '/game/', '/Game', '/other?x=/game']) {
      const { raw } = await ask(upgradeRequest({}, `GET ${target} HTTP/1.1`), { path: '/game' });
      expectRefusal(raw, 404);
    }
    const server = serve({ path: '/game' });
    const raw = await dialRaw(server.port);
    raw.write(upgradeRequest({}, 'GET /game?token=1 HTTP/1.1'));
    await drive(server, () => raw.hasHead);
    expect(raw.status).toBe(101);
  });

  test.each(['POST', 'OPTIONS', 'get'])('405 for %s, with Allow', async (method) => {
    const { raw } = await ask(upgradeRequest({}, `${method} / HTTP/1.1`));
    expectRefusal(raw, 405);
    expect(raw.header('Allow')).toBe('GET');
  });

  test('405 for HEAD has no body (RFC 9110 9.3.2)', async () => {
    const { raw } = await ask(upgradeRequest({}, 'HEAD / HTTP/1.1'));
    expect([raw.status, raw.header('Allow'), raw.body.length]).toEqual([405, 'GET', 0]);
    expect(Number(raw.header('Content-Length'))).toBeGreaterThan(10);
  });

  test.each<[string, Record<string, string | null>]>([
    ['no Upgrade, such as a browser that just looks', { Upgrade: null, Connection: null }],
    ['another Upgrade', { Upgrade: 'h2c' }],
    ['no Connection: Upgrade', { Connection: 'keep-alive' }],
    ['version 8', { 'Sec-WebSocket-Version': '8' }],
    ['no version', { 'Sec-WebSocket-Version': null }],
  ])('426 for %s, with the version that we speak', async (_name, headers) => {
    const { raw } = await ask(upgradeRequest(headers));
    expectRefusal(raw, 426);
    expect(raw.header('Sec-WebSocket-Version')).toBe('13');
    expect(raw.header('Upgrade')).toBe('websocket');
  });

  test.each<[number, number]>([
    [-1, 431],
    [0, 101],
    [1, 101],
  ])('a head whose size is the limit %i: %i', async (room, status) => {
    const request = upgradeRequest({ 'X-Long': 'x'.repeat(3000) });
    const server = serve({ maxHandshakeSize: request.length + room });
    const raw = await dialRaw(server.port);
    raw.write(request);
    await drive(server, () => raw.hasHead);
    expect(raw.status).toBe(status);
    if (status === 431) expectRefusal(raw, 431);
  });

  test.each<[number, number]>([
    [4, 431],
    [5, 101],
    [6, 101],
  ])('five header lines with maxHandshakeHeaders %i: %i', async (maxHandshakeHeaders, status) => {
    const server = serve({ maxHandshakeHeaders });
    const raw = await dialRaw(server.port);
    raw.write(upgradeRequest());
    await drive(server, () => raw.hasHead);
    expect(raw.status).toBe(status);
  });

  test('431 arrives although more of the head is on its way', async () => {
    const { raw } = await ask(upgradeRequest({ 'X-Long': 'x'.repeat(1_000_000) }));
    expectRefusal(raw, 431);
  });

  test('505 for HTTP/1.0 and 2.0', async () => {
    for (const version of ['1.0', '2.0']) {
      const { raw } = await ask(upgradeRequest({}, `GET / HTTP/${version}`));
      expectRefusal(raw, 505);
    }
    // The first bytes of an HTTP/2 client.
    const { raw } = await ask('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    expect(raw.status).toBeGreaterThanOrEqual(400);
  });

  test('503 beyond maxConnections, and room again when one leaves', async () => {
    const server = serve({ maxConnections: 2 });
    const first = await upgrade(server);
    const second = await upgrade(server);
    const third = await dialRaw(server.port);
    third.write(upgradeRequest());
    await drive(server, () => third.hasEnded);
    expectRefusal(third, 503);
    expect(server.peers.length).toBe(2);
    first.write(closeFrame(1000));
    await drive(server, () => server.server.getPeerCount() === 1 && server.server.getPendingCount() === 0);
    await upgrade(server);
    expect(second.hasEnded).toBe(false);
    expect(server.server.getPeerCount()).toBe(2);
  });

  test.each([
    ['nothing', ''],
    ['half a request', 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n'],
  ])('408 by time for a client that sends %s', async (_name, start) => {
    const { raw, server } = await ask(start, { handshakeTimeLimit: 0.05 });
    expectRefusal(raw, 408);
    expect(server.server.getPendingCount()).toBe(0);
  });

  test('408 by time for a client that never stops sending a little', async () => {
    const server = serve({ handshakeTimeLimit: 0.1 });
    const raw = await dialRaw(server.port);
    raw.write('GET / HTTP/1.1\r\nX-Slow: ');
    await drive(server, () => {
      if (!raw.hasEnded) raw.write('x');
      return raw.hasEnded;
    });
    expect(raw.status).toBe(408);
  });

  test('the peer of a refused request says why', async () => {
    const server = serveByHand();
    const raw = await dialRaw(server.port);
    raw.write(upgradeRequest({ 'Sec-WebSocket-Version': '8' }));
    await drive(server, () => raw.hasEnded && server.accepted.length === 1 && isClosed(server.accepted[0]!));
    const [peer] = server.accepted;
    expect(ending(peer!)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_HANDSHAKE_HEADER' });
    expect(peer!.getLastFailure()?.message).toContain('Sec-WebSocket-Version');
    expect(peer!.getRequestedUrl()).toBe('');
  });

  test.each<[string, string]>([
    ['hangs up before its request', ''],
    ['hangs up in the middle of it', 'GET / HTTP/1.1\r\nHost: x\r\n'],
  ])('a client that %s', async (_name, start) => {
    const server = serveByHand();
    const raw = await dialRaw(server.port);
    raw.write(start);
    raw.socket.end();
    await drive(server, () => server.accepted.length === 1 && isClosed(server.accepted[0]!));
    expect(ending(server.accepted[0]!)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_CONNECTION_LOST' });
    await drive(server, () => raw.isClosed);
  });

  test('a client that resets instead of asking', async () => {
    const server = serveByHand();
    const raw = await dialRaw(server.port);
    await drive(server, () => server.accepted.length === 1);
    raw.reset();
    await drive(server, () => isClosed(server.accepted[0]!));
    expect(ending(server.accepted[0]!)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_CONNECTION_RESET' });
  });
});

describe('requests that are accepted', () => {
  test.each<[string, Record<string, string>]>([
    ['a proxy writes Connection', { Connection: 'keep-alive, Upgrade' }],
    ['other cases are used', { Connection: 'UPGRADE', Upgrade: 'WebSocket' }],
    ['a header is empty', { 'X-Empty': '' }],
    ['bytes are beyond ASCII', { 'X-Latin': 'caf\xe9' }],
    ['a body of none is announced', { 'Content-Length': '0' }],
    ['extensions are offered', { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits, x-other' }],
  ])('when %s', async (_name, headers) => {
    const server = serve();
    const raw = await upgrade(server, headers);
    expect(raw.header('Upgrade')).toBe('websocket');
    expect(raw.header('Connection')).toBe('Upgrade');
    // RFC 6455 1.3: its example.
    expect(raw.header('Sec-WebSocket-Accept')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    expect(raw.header('Sec-WebSocket-Extensions')).toBe(null);
  });

  test('byte by byte, and the frames likewise', async () => {
    const server = serve();
    const raw = await dialRaw(server.port);
    let isSent = false;
    void raw
      .writeByteByByte(
        concat([Buffer.from(upgradeRequest()), frame(1, 'héllo'), frame(9, 'ping'), closeFrame(3000, 'bye')]),
      )
      .then(() => {
        isSent = true;
      });
    await drive(server, () => isSent && server.peers.length === 1 && isClosed(server.peers[0]!));
    expect(readAll(server.peers[0]!)).toEqual(['héllo']);
    expect(ending(server.peers[0]!)).toEqual({ code: 3000, reason: 'bye', failure: null });
    await drive(server, () => raw.hasEnded);
    expect(readFrames(raw.body).map(({ opcode }) => opcode)).toEqual([10, 8]);
  });

  test('frames right behind the request, in the same segment, belong to the connection', async () => {
    const server = serve();
    const raw = await dialRaw(server.port);
    raw.write(concat([Buffer.from(upgradeRequest()), frame(1, 'first'), frame(2, Uint8Array.of(1, 2)), frame(9, 'x')]));
    await drive(server, () => server.peers.length === 1 && server.peers[0]!.getAvailablePacketCount() === 2);
    expect(readAll(server.peers[0]!)).toEqual(['first', Uint8Array.of(1, 2)]);
    await drive(server, () => raw.body.length > 0);
    expect(readFrames(raw.body)).toMatchObject([{ opcode: 10, isMasked: false, payload: Uint8Array.of(0x78) }]);
  });

  test('a request, frames, a Close and the end in one go are all seen', async () => {
    const server = serve();
    const raw = await dialRaw(server.port);
    raw.socket.end(concat([Buffer.from(upgradeRequest()), frame(1, 'all at once'), closeFrame(4001, 'bye')]));
    await drive(server, () => server.peers.length === 1 && isClosed(server.peers[0]!));
    expect(readAll(server.peers[0]!)).toEqual(['all at once']);
    expect(ending(server.peers[0]!)).toEqual({ code: 4001, reason: 'bye', failure: null });
  });

  test('a second request behind the first is no request', async () => {
    const server = serve();
    const raw = await dialRaw(server.port);
    raw.write(upgradeRequest() + upgradeRequest({}, 'GET /admin HTTP/1.1'));
    await drive(server, () => raw.hasEnded);
    expect(raw.text.match(/HTTP\/1\.1 /g)?.length).toBe(1);
    expect(raw.status).toBe(101);
    // "GET " is a frame without a mask, with reserved bits.
    expect(closeOf(raw)?.code).toBe(1002);
    await drive(server, () => isClosed(server.peers[0]!));
    expect(ending(server.peers[0]!)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_PROTOCOL_ERROR' });
    expect(server.peers[0]!.getHandshakeRequest()?.path).toBe('/');
  });

  test('a second request behind a refused one is not answered', async () => {
    const { raw } = await ask(upgradeRequest({ 'Sec-WebSocket-Version': '8' }) + upgradeRequest());
    expect(raw.text.match(/HTTP\/1\.1 /g)?.length).toBe(1);
    expectRefusal(raw, 426);
  });

  test('the whole URL in the first line, as for a proxy: its host counts', async () => {
    const server = serve();
    const raw = await dialRaw(server.port);
    raw.write(upgradeRequest({ Host: 'other.example' }, 'GET http://game.example:81/x?y HTTP/1.1'));
    await drive(server, () => server.peers.length === 1);
    expect(server.peers[0]!.getRequestedUrl()).toBe('ws://game.example:81/x?y');
  });
});

describe('closing, with a raw client', () => {
  test.each([1000, 1001, 1003, 1007, 1011, 1012, 1014, 3000, 4999])(
    'its code %i is echoed, and TCP ended',
    async (code) => {
      const server = serve();
      const raw = await upgrade(server);
      raw.write(closeFrame(code, 'why, é'));
      await drive(server, () => raw.hasEnded && isClosed(server.peers[0]!));
      expect(closeOf(raw)).toEqual({ code, reason: 'why, é' });
      expect(ending(server.peers[0]!)).toEqual({ code, reason: 'why, é', failure: null });
      raw.socket.end();
      await drive(server, () => raw.isClosed);
      expect(raw.error).toBe(null);
    },
  );

  test('a Close without a code is answered by one without a code', async () => {
    const server = serve();
    const raw = await upgrade(server);
    raw.write(frame(8));
    await drive(server, () => raw.hasEnded && isClosed(server.peers[0]!));
    expect(closeOf(raw)).toEqual({ code: 1005, reason: '' });
    expect(ending(server.peers[0]!)).toEqual({ code: 1005, reason: '', failure: null });
  });

  test('what it sends after our close() arrives, until its Close', async () => {
    const server = serve();
    const raw = await upgrade(server);
    const peer = server.peers[0]!;
    peer.close(4000, 'enough');
    await drive(server, () => closeOf(raw) !== null);
    raw.write(frame(1, 'one more'));
    await drive(server, () => peer.getAvailablePacketCount() === 1);
    expect(peer.getReadyState()).toBe(State.STATE_CLOSING);
    raw.write(concat([frame(1, 'and another'), closeFrame(4000)]));
    await drive(server, () => isClosed(peer));
    expect(readAll(peer)).toEqual(['one more', 'and another']);
    expect(ending(peer)).toEqual({ code: 4000, reason: '', failure: null });
    await drive(server, () => raw.hasEnded);
  });

  test('frames behind its Close mean nothing', async () => {
    const server = serve();
    const raw = await upgrade(server);
    raw.write(concat([closeFrame(1000), frame(1, 'too late'), frame(9, 'ping')]));
    await drive(server, () => raw.hasEnded && isClosed(server.peers[0]!));
    expect(readAll(server.peers[0]!)).toEqual([]);
    expect(readFrames(raw.body).map(({ opcode }) => opcode)).toEqual([8]);
  });

  test('it does not answer our Close: closeTimeLimit', async () => {
    const server = serve({ closeTimeLimit: 0.05 });
    const raw = await upgrade(server);
    server.peers[0]!.close();
    await drive(server, () => isClosed(server.peers[0]!) && (raw.isClosed || raw.hasEnded));
    expect(ending(server.peers[0]!)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_CLOSE_TIMEOUT' });
  });

  test('it ends TCP without a Close, behind a packet', async () => {
    const server = serve();
    const raw = await upgrade(server);
    raw.socket.end(frame(1, 'last words'));
    await drive(server, () => isClosed(server.peers[0]!));
    expect(readAll(server.peers[0]!)).toEqual(['last words']);
    expect(ending(server.peers[0]!)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_CONNECTION_LOST' });
    await drive(server, () => raw.isClosed);
  });

  test('it ends TCP in the middle of a frame', async () => {
    const server = serve();
    const raw = await upgrade(server);
    raw.socket.end(frame(1, 'cut off').slice(0, 8));
    await drive(server, () => isClosed(server.peers[0]!));
    expect(readAll(server.peers[0]!)).toEqual([]);
    expect(ending(server.peers[0]!)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_CONNECTION_LOST' });
  });
});

describe('a client that breaks the rules is told so, and TCP is ended', () => {
  test.each<[string, Uint8Array, number, string]>([
    ['a frame without a mask', rawFrame({ opcode: 1, payload: 'x' }), 1002, 'PROTOCOL_ERROR'],
    ['a reserved bit', frame(1, 'x', { rsv: 0x40 }), 1002, 'PROTOCOL_ERROR'],
    ['a reserved opcode', frame(3, 'x'), 1002, 'PROTOCOL_ERROR'],
    ['a reserved control opcode', frame(11, 'x'), 1002, 'PROTOCOL_ERROR'],
    ['a control frame of 126 bytes', frame(9, 'x'.repeat(126)), 1002, 'PROTOCOL_ERROR'],
    ['a fragmented control frame', frame(9, 'x', { fin: false }), 1002, 'PROTOCOL_ERROR'],
    ['a continuation of nothing', frame(0, 'x'), 1002, 'PROTOCOL_ERROR'],
    ['a new message inside a message', concat([frame(1, 'x', { fin: false }), frame(1, 'y')]), 1002, 'PROTOCOL_ERROR'],
    ['a length not in its shortest form', frame(1, 'x', { lengthBytes: 2 }), 1002, 'PROTOCOL_ERROR'],
    ['a length with its top bit set', bytesOf('82 ff 80 00 00 00 00 00 00 00'), 1002, 'PROTOCOL_ERROR'],
    ['a Close of one byte', frame(8, Uint8Array.of(3)), 1002, 'PROTOCOL_ERROR'],
    ['a Close with 1005', closeFrame(1005), 1002, 'PROTOCOL_ERROR'],
    ['a Close with 999', closeFrame(999), 1002, 'PROTOCOL_ERROR'],
    ['a Close with 1016', closeFrame(1016), 1002, 'PROTOCOL_ERROR'],
    ['a Close with 5000', closeFrame(5000), 1002, 'PROTOCOL_ERROR'],
    ['a Close whose reason is not UTF-8', frame(8, Uint8Array.of(3, 232, 0xff)), 1007, 'INVALID_UTF8'],
    ['text that is not UTF-8', frame(1, Uint8Array.of(0xc0, 0x80)), 1007, 'INVALID_UTF8'],
    ['text that is cut inside a character', frame(1, Uint8Array.of(0xc3)), 1007, 'INVALID_UTF8'],
    ['a message above the limit', frame(2, new Uint8Array(65_536)), 1009, 'MESSAGE_TOO_BIG'],
    ['a claim of 2^62 bytes', bytesOf('82 ff 40 00 00 00 00 00 00 00 37 fa 21 3d'), 1009, 'MESSAGE_TOO_BIG'],
  ])('%s', async (_name, bytes, code, failure) => {
    const server = serve();
    const raw = await upgrade(server);
    raw.write(concat([frame(1, 'good'), bytes]));
    await drive(server, () => raw.hasEnded && isClosed(server.peers[0]!));
    expect(closeOf(raw)?.code).toBe(code);
    expect(closeOf(raw)?.reason).not.toBe('');
    expect(ending(server.peers[0]!)).toEqual({ code: -1, reason: '', failure: `TICKPEER_${failure}` });
    expect(readAll(server.peers[0]!)).toEqual(['good']);
    raw.socket.end();
    await drive(server, () => raw.isClosed);
    expect(raw.error).toBe(null);
  });

  test('fragments that add up to more than the limit', async () => {
    const server = serve({ inboundBufferSize: 1000 });
    const raw = await upgrade(server);
    raw.write(frame(2, new Uint8Array(600), { fin: false }));
    raw.write(frame(0, new Uint8Array(401)));
    await drive(server, () => raw.hasEnded);
    expect(closeOf(raw)?.code).toBe(1009);
  });

  test('more fragments than maxFragments', async () => {
    const server = serve({ maxFragments: 10 });
    const raw = await upgrade(server);
    raw.write(frame(2, 'x', { fin: false }));
    for (let i = 0; i < 10; i++) raw.write(frame(0, '', { fin: false }));
    await drive(server, () => raw.hasEnded && isClosed(server.peers[0]!));
    expect(closeOf(raw)?.code).toBe(1008);
    expect(ending(server.peers[0]!).failure).toBe('TICKPEER_TOO_MANY_FRAGMENTS');
  });

  test('the Close arrives although the client goes on sending', async () => {
    const server = serve();
    const raw = await upgrade(server);
    raw.write(frame(3, 'bad'));
    for (let i = 0; i < 100; i++) raw.write(frame(2, new Uint8Array(60_000)));
    await drive(server, () => raw.hasEnded);
    expect(closeOf(raw)?.code).toBe(1002);
    expect(raw.error).toBe(null);
  });
});

describe('connections that never get to speak', () => {
  test('with the cap on handshakes, the oldest is dropped', async () => {
    const server = serve({ maxPendingHandshakes: 3 });
    const raws: RawEnd[] = [];
    for (let i = 0; i < 5; i++) {
      raws.push(await dialRaw(server.port));
      await drive(server, () => server.server.getPendingCount() === Math.min(i + 1, 3));
    }
    await drive(server, () => raws.slice(0, 2).every((raw) => raw.hasEnded || raw.isClosed));
    expect(raws.slice(2).some((raw) => raw.hasEnded || raw.isClosed)).toBe(false);
    for (const raw of raws.slice(2)) raw.write(upgradeRequest());
    await drive(server, () => server.peers.length === 3);
    expect(server.server.getPendingCount()).toBe(0);
  });

  test('open ones do not count for that cap', async () => {
    const server = serve({ maxPendingHandshakes: 1 });
    const raws = [await upgrade(server), await upgrade(server), await upgrade(server)];
    expect(server.server.getPeerCount()).toBe(3);
    expect(raws.some((raw) => raw.hasEnded || raw.isClosed)).toBe(false);
  });

  test('one that never speaks is dropped in time, by hand too', async () => {
    const server = serveByHand({ handshakeTimeLimit: 0.05 });
    const raw = await dialRaw(server.port);
    await drive(server, () => raw.hasEnded && isClosed(server.accepted[0]!));
    expect(raw.status).toBe(408);
    expect(ending(server.accepted[0]!)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_HANDSHAKE_TIMEOUT' });
    raw.socket.end();
    await drive(server, () => raw.isClosed);
  });

  test('stop() drops what is in the handshake', async () => {
    const server = serve();
    const raw = await dialRaw(server.port);
    await drive(server, () => server.server.getPendingCount() === 1);
    server.server.stop();
    expect(server.server.isStopped()).toBe(true);
    await drive(server, () => raw.hasEnded || raw.isClosed);
  });
});
