import type { WebSocketServerOptions } from 'tickpeer';
import { describe, expect, test } from 'vitest';
import { drive, ending, isClosed, serve, serveByHand } from '../support/peers.ts';
import { ask, closeFrame, expectRefusal, upgrade } from '../support/raw-client.ts';
import { dialRaw, upgradeRequest } from '../support/raw-tcp.ts';

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
  ])('426 for %s, with the supported version', async (_name, headers) => {
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
  ])('408 at the time limit for a client that sends %s', async (_name, start) => {
    const { raw, server } = await ask(start, { handshakeTimeLimit: 0.05 });
    expectRefusal(raw, 408);
    expect(server.server.getPendingCount()).toBe(0);
  });

  test('408 at the time limit for a client that keeps sending a little', async () => {
    const server = serve({ handshakeTimeLimit: 0.1 });
    const raw = await dialRaw(server.port);
    raw.write('GET / HTTP/1.1\r\nX-Slow: ');
    await drive(server, () => {
      if (!raw.hasEnded) raw.write('x');
      return raw.hasEnded;
    });
    expect(raw.status).toBe(408);
  });

  test('the peer of a refused request has the reason', async () => {
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
    ['ends TCP before its request', ''],
    ['ends TCP in the middle of it', 'GET / HTTP/1.1\r\nHost: x\r\n'],
  ])('a client that %s', async (_name, start) => {
    const server = serveByHand();
    const raw = await dialRaw(server.port);
    raw.write(start);
    raw.socket.end();
    await drive(server, () => server.accepted.length === 1 && isClosed(server.accepted[0]!));
    expect(ending(server.accepted[0]!)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_CONNECTION_LOST' });
    await drive(server, () => raw.isClosed);
  });

  test('a client that resets before its request', async () => {
    const server = serveByHand();
    const raw = await dialRaw(server.port);
    await drive(server, () => server.accepted.length === 1);
    raw.reset();
    await drive(server, () => isClosed(server.accepted[0]!));
    expect(ending(server.accepted[0]!)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_CONNECTION_RESET' });
  });
});
