import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ask, FakePage, inspect, tokenOf } from '../../test/support/inspected.ts';
import { drive, serve } from '../../test/support/peers.ts';
import { SceneMultiplayer, WebSocketMultiplayerPeer } from '../multiplayer/index.ts';
import { WebSocketPeer, WebSocketServer } from '../websocket/index.ts';
import { startInspector } from './attach-inspector.ts';
import { Access, isLoopback, isToken, randomToken } from './serving/access.ts';

const PAGE = '<!doctype html><script nonce="%NONCE%">1</script>';

describe('the WebSocket', () => {
  test('opens with the token', async () => {
    const inspector = inspect(serve().server);
    expect(await new FakePage(inspector).outcome()).toBe(null);
  });

  test.each([
    ['without a token', ''],
    ['with a wrong one', randomToken()],
    ['with a part of it', 'part'],
  ])('gets 401 %s', async (_, given) => {
    const inspector = inspect(serve().server);
    const token = given === 'part' ? tokenOf(inspector).slice(0, -1) : given;
    expect(await new FakePage(inspector, { token }).outcome()).toBe(401);
  });

  test.each([
    ['http://evil.test', 403],
    ['null', 403],
    ['http://127.0.0.1:1', 403],
  ])('gets a page of the origin %s refused', async (origin, status) => {
    const inspector = inspect(serve().server);
    expect(await new FakePage(inspector, { headers: [`Origin: ${origin}`] }).outcome()).toBe(status);
  });

  test('opens for the page itself', async () => {
    const inspector = inspect(serve().server);
    const headers = [`Origin: http://127.0.0.1:${inspector.port}`];
    expect(await new FakePage(inspector, { headers }).outcome()).toBe(null);
  });

  test('closes after a message that is none', async () => {
    const inspector = inspect(serve().server);
    const page = new FakePage(inspector);
    await page.outcome();
    page.socket.sendText('{"type":"shutdown"}');
    await drive(page, () => page.socket.getReadyState() === WebSocketPeer.STATE_CLOSED);
    expect([page.socket.getCloseCode(), page.socket.getCloseReason()]).toEqual([
      1003,
      'not a message of the inspector',
    ]);
  });
});

describe('the page', () => {
  test('may load and run nothing but itself, and cannot be framed', async () => {
    const { status, headers, body } = await ask(inspect(serve().server, {}, PAGE), '/');
    const nonce = /nonce="([\w+/=]+)"/.exec(body)?.[1];
    expect(status).toBe(200);
    expect(nonce?.length).toBeGreaterThan(20);
    expect(headers['content-security-policy']).toBe(
      `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(headers).toMatchObject({
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
  });

  test('has another nonce each time', async () => {
    const inspector = inspect(serve().server, {}, PAGE);
    const [one, other] = [await ask(inspector, '/'), await ask(inspector, '/')];
    expect(one.body).not.toBe(other.body);
  });

  test.each([
    ['POST', '/', 405],
    ['PUT', '/', 405],
    ['OPTIONS', '/', 405],
    ['GET', '/feed', 404],
    ['GET', '/../etc/passwd', 404],
    ['GET', '//', 404],
    ['HEAD', '/', 200],
    ['GET', '/?x=1', 200],
  ])('%s %s gets %i', async (method, path, status) => {
    expect((await ask(inspect(serve().server, {}, PAGE), path, { method })).status).toBe(status);
  });

  test.each([
    ['evil.test', 403],
    ['evil.test:80', 403],
    ['localhost.evil.test', 403],
    ['127.0.0.1.evil.test', 403],
    ['localhost', 200],
    ['LOCALHOST:1234', 200],
    ['[::1]:1234', 200],
    ['192.168.1.7:1234', 200],
    ['game.example', 200],
  ])('with the Host %s gets %i', async (host, status) => {
    const inspector = inspect(serve().server, { allowedHosts: ['game.example'] }, PAGE);
    expect((await ask(inspector, '/', { headers: { host } })).status).toBe(status);
  });

  test('with the Host of another site, the WebSocket gets 403, too', async () => {
    const inspector = inspect(serve().server);
    const page = new FakePage(inspector, { headers: ['Host: evil.test'] });
    expect(await page.outcome()).toBe(403);
  });
});

describe('attachInspector', () => {
  test('has a new token each time, in the fragment of the URL', () => {
    const { server } = serve();
    const [one, other] = [inspect(server), inspect(server)];
    expect(one.url).toBe(`http://127.0.0.1:${one.port}/#${tokenOf(one)}`);
    expect(tokenOf(one)).toMatch(/^[\w-]{43}$/);
    expect(tokenOf(other)).not.toBe(tokenOf(one));
  });

  test('takes a token of the program, and none on loopback', async () => {
    const { server } = serve();
    expect(tokenOf(inspect(server, { token: 'abcdefgh-12345678' }))).toBe('abcdefgh-12345678');
    const open = inspect(server, { token: null });
    expect(open.url).toBe(`http://127.0.0.1:${open.port}/`);
    expect(await new FakePage(open, { token: '' }).outcome()).toBe(null);
  });

  test.each([
    [{ host: '0.0.0.0', token: null }, 'without a token, host is a loopback address, not "0.0.0.0"'],
    [{ host: 'localhost' }, 'host is an IP address, such as "127.0.0.1" or "::", not "localhost"'],
    [{ token: 'short' }, 'token has 16 or more of the characters A-Z a-z 0-9 _ -'],
    [{ token: 'abcdefgh 12345678' }, 'token has 16 or more of the characters A-Z a-z 0-9 _ -'],
    [{ port: 65_536 }, 'port is 0 to 65535, not 65536'],
    [{ interval: 0 }, 'interval is 0.1 to 60 seconds, not 0'],
  ])('throws for %o', (options, message) => {
    expect(() => startInspector(serve().server, PAGE, options)).toThrow(new RangeError(message));
  });

  test('a port that is taken is a failure', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await new Promise((resolve) => other.once('listening', resolve));
    const address = other.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    expect(startInspector(serve().server, PAGE, { port })).toMatchObject({ code: 'TICKPEER_LISTEN_FAILED' });
  });

  test('a multiplayer that is not a server is a failure, and another object a mistake', () => {
    for (const target of [new WebSocketMultiplayerPeer(), new SceneMultiplayer()]) {
      expect(startInspector(target, PAGE)).toMatchObject({ code: 'TICKPEER_UNAVAILABLE' });
    }
    expect(() => startInspector({} as WebSocketServer, PAGE)).toThrow(TypeError);
  });

  test('after close(), nothing listens, and the target has its own methods', async () => {
    const server = new WebSocketServer();
    const inspector = inspect(server);
    const page = new FakePage(inspector);
    await page.outcome();
    expect(Object.hasOwn(server, 'poll')).toBe(true);
    inspector.close();
    expect(Object.hasOwn(server, 'poll')).toBe(false);
    await expect(ask(inspector, '/')).rejects.toThrow('ECONNREFUSED');
  });
});

test('loopback addresses and tokens', () => {
  expect(['127.0.0.1', '127.1.2.3', '::1', '0.0.0.0', '::', '10.0.0.1'].map(isLoopback)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  expect([isToken('a'.repeat(15)), isToken('a'.repeat(16)), isToken(`${'a'.repeat(16)}"`)]).toEqual([
    false,
    true,
    false,
  ]);
  const access = new Access('abcdefghijklmnop', []);
  expect([access.admits('abcdefghijklmnop'), access.admits('abcdefghijklmnoq'), access.admits('')]).toEqual([
    true,
    false,
    false,
  ]);
  expect([access.isOurHost(undefined), access.isOurHost(''), access.isOurHost('a:b:c')]).toEqual([false, false, false]);
});
