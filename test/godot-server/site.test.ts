import { request } from 'node:http';
import { expect, test } from 'vitest';
import { drive } from '../support/peers.ts';
import { newBot, openHost, SOURCES } from './support.ts';

const nowhere = { ...SOURCES, engine: new URL('file:///nowhere/') };

/** Without the normalization that `fetch` does to a path. */
function ask(url: string, path: string, method = 'GET'): Promise<number | undefined> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, method }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

test('the page and the game are served, and the engine when it is installed', async () => {
  const { url } = await openHost(0, nowhere);
  for (const [path, type] of [
    ['', 'text/html'],
    ['?name=x', 'text/html'],
    ['style.css', 'text/css'],
    ['page.js', 'text/javascript'],
    ['game.pck', 'application/octet-stream'],
  ]) {
    const response = await fetch(new URL(path!, url));
    expect([response.status, response.headers.get('content-type')?.split(';')[0]]).toEqual([200, type]);
    const { byteLength } = await response.arrayBuffer();
    expect(byteLength).toBe(Number(response.headers.get('content-length')));
  }
  const facts = await (await fetch(new URL('engine.json', url))).json();
  expect(facts).toEqual({ hasEngine: false, fileSizes: { 'game.pck': expect.any(Number) } });
});

test('the game’s package has the project’s files', async () => {
  const { url } = await openHost(0, nowhere);
  const pck = Buffer.from(await (await fetch(new URL('game.pck', url))).arrayBuffer());
  expect(pck.toString('latin1', 0, 4)).toBe('GDPC');
  for (const name of ['project.godot', 'main.tscn', 'theme.tres', 'main.gd', 'field.gd', 'scores.gd']) {
    expect(pck.includes(name)).toBe(true);
  }
  expect(pck.includes('func steer(_direction: Vector2)')).toBe(true);
});

test('nothing else is served', async () => {
  const { url } = await openHost(0, nowhere);
  for (const path of [
    '/../package.json',
    '/..%2f..%2fpackage.json',
    '/%2e%2e/%2e%2e/package.json',
    '/engine/../../../package.json',
    '/engine/index.wasm',
    '/main.ts',
    '/game/main.gd',
    '//etc/passwd',
    'http://127.0.0.1/etc/passwd',
    '/__proto__',
  ]) {
    expect([path, await ask(url, path)]).toEqual([path, 404]);
  }
  expect(await ask(url, '/', 'POST')).toBe(405);
  expect(await ask(url, '/', 'HEAD')).toBe(200);
});

test('without the engine the server still works, for a client from the editor', async () => {
  const { game, url } = await openHost(0, nowhere);
  const ada = newBot(url, 'Ada');
  await drive(ada, () => game.players.size === 1 && ada.isPlaying);
});
