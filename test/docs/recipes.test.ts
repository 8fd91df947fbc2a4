import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSOptions, type WebSocketPeer } from 'tickpeer';
import { rpc } from 'tickpeer/multiplayer';
import { RoomCloseCode } from 'tickpeer/rooms';
import { int, string } from 'tickpeer/variant';
import { expect, onTestFinished, test } from 'vitest';
import { makeIdentity } from '../support/certificates.ts';
import { dialPeer, isClosed, isOpen, newPeer, openPeer, serve } from '../support/peers.ts';
import { allPages } from './pages.ts';
import { ended, joinGame, portOf, runRecipe, untilPrinted, wait } from './recipe.ts';

test('every recipe is listed', () => {
  const names = readdirSync(new URL('../../docs/recipes/', import.meta.url)).filter((name) => name !== 'README.md');
  const list = allPages().find(({ path }) => path === 'docs/recipes/README.md');
  expect(names).toHaveLength(12);
  expect(list?.links.toSorted()).toEqual(names.toSorted());
});

test('cookie authentication: who has logged in gets in, with the name', async () => {
  const server = await runRecipe('recipes/cookie-authentication.md', 'server.ts');
  const port = await portOf(server);
  const logIn = (password: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/login`, { method: 'POST', body: new URLSearchParams({ name: 'Ada', password }) });
  expect((await logIn('wrong')).status).toBe(403);
  const response = await logIn('secret');
  expect(await response.text()).toBe('Hello, Ada.');
  const [cookie = ''] = response.headers.getSetCookie();
  expect(cookie).toMatch(/^session=[\w-]+; Path=\/; HttpOnly; SameSite=Strict$/);

  const stranger = dialPeer(`ws://127.0.0.1:${port}/game`, { handshakeHeaders: ['Cookie: session=guess'] });
  await wait(stranger, () => isClosed(stranger));
  expect(stranger.getHandshakeResponse()?.status).toBe(401);
  const ada = await openPeer(`ws://127.0.0.1:${port}/game`, { handshakeHeaders: [`Cookie: ${cookie.split(';')[0]}`] });
  ada.sendText('hello');
  await wait(ada, () => ada.getAvailablePacketCount() > 0);
  expect([...ada.packets()]).toEqual(['Ada: hello']);
}, 60_000);

test('reconnecting: the waits grow, and the client comes back', async () => {
  const port = await freePort();
  const client = await runRecipe('recipes/reconnecting.md', 'client.ts', { URL: `ws://127.0.0.1:${port}` });
  await untilPrinted(client, /ECONNREFUSED.*the next try is in [\s\S]*the next try is in /);
  const waits = [...client.output().matchAll(/next try is in ([\d.]+) s/g)].map(([, wait]) => Number(wait));
  for (const [index, wait] of waits.entries()) {
    expect(wait).toBeGreaterThanOrEqual(0.25 * 2 ** index);
    expect(wait).toBeLessThanOrEqual(0.5 * 2 ** index);
  }
  const server = serve({}, { port });
  await wait(server, () => server.peers.length === 1);
  server.peers[0]?.sendText('welcome');
  await wait(server, () => client.output().includes('connected\nwelcome\n'));
  server.peers[0]?.close(4000, 'again');
  await wait(server, () => server.peers.length === 2);
}, 60_000);

test('rooms: players of one room do not hear the other; a room that there is not, a full one', async () => {
  const server = await runRecipe('recipes/rooms.md', 'server.ts');
  const host = `127.0.0.1:${await portOf(server)}`;
  const codes: string[] = [];
  for (const _room of ['red', 'blue']) {
    const response = await fetch(`http://${host}/rooms`, { method: 'POST' });
    const { code }: { code: string } = JSON.parse(await response.text());
    expect([response.status, code]).toEqual([201, expect.stringMatching(/^[A-Z\d]{5,}$/)]);
    codes.push(code);
  }
  const [red = '', blue = ''] = codes;
  const heard: string[] = [];
  const join = (room: string) => {
    const { multiplayer } = joinGame(`ws://${host}/play?room=${room}`);
    const main = multiplayer.node('Main', {
      say: rpc.anyPeer([string]),
      heard: rpc.authority([int, string], (_from, _id, text) => heard.push(`${room}: ${text}`)),
    });
    return { multiplayer, main };
  };
  const [one, two, other] = [join(red), join(red), join(blue)];
  const all = [one.multiplayer, two.multiplayer, other.multiplayer];
  await wait(all, () => all.every((each) => each.getPeers().includes(1)));
  const list: unknown = await (await fetch(`http://${host}/rooms`)).json();
  expect(list).toEqual([
    { code: red, taken: 2, capacity: 8 },
    { code: blue, taken: 1, capacity: 8 },
  ]);
  one.main.say.rpcId(1, 'hi');
  await wait(all, () => heard.length === 2);
  other.main.say.rpcId(1, 'hello');
  await wait(all, () => heard.length === 3);
  expect(heard).toEqual([`${red}: hi`, `${red}: hi`, `${blue}: hello`]);

  const lost = dialPeer(`ws://${host}/play?room=green`);
  await wait([lost, ...all], () => isClosed(lost));
  expect([lost.getCloseCode(), lost.getCloseReason()]).toEqual([RoomCloseCode.UNKNOWN_ROOM, 'there is no room GREEN']);
  const crowd = Array.from({ length: 7 }, () => dialPeer(`ws://${host}/play?room=${red}`));
  await wait([...crowd, ...all], () => crowd.some(isClosed));
  const codesOfClosed = crowd.filter(isClosed).map((peer) => peer.getCloseCode());
  expect(codesOfClosed).toEqual([RoomCloseCode.FULL]);
  expect((await fetch(`http://${host}/nothing`)).status).toBe(404);
  const most = await Promise.all(Array.from({ length: 99 }, () => fetch(`http://${host}/rooms`, { method: 'POST' })));
  expect(most.map(({ status }) => status).toSorted()).toEqual([...Array(98).fill(201), 503]);
}, 60_000);

test('bots: percentiles, and the exit code of a server that is too slow', async () => {
  const server = serve({});
  const url = `ws://127.0.0.1:${server.port}`;
  const echo = {
    poll(): void {
      server.poll();
      for (const peer of server.peers) for (const packet of peer.packets()) peer.send(packet);
    },
  };
  const environment = { URL: url, BOTS: '5', RATE: '50', SECONDS: '1' };
  const quick = await runRecipe('recipes/bots.md', 'bots.ts', { ...environment, P99: '10000' });
  await wait(echo, () => quick.process.exitCode !== null);
  expect(quick.output()).toMatch(/^p50: [\d.]+ ms\np95: .*\np99: .*\np99.9: .*\n\d\d+ round trips, 0 failures\n$/);
  const slow = await runRecipe('recipes/bots.md', 'bots.ts', { ...environment, SECONDS: '0.3', P99: '0.000001' });
  await wait(echo, () => slow.process.exitCode !== null);
  expect([quick.process.exitCode, slow.process.exitCode]).toEqual([0, 1]);
}, 60_000);

test('TLS with reload: new connections get the new certificate, open ones stay', async () => {
  const [first, second] = [await makeIdentity('first'), await makeIdentity('second')];
  const files = { 'server.key': first.keyPem, 'server.crt': first.certificatePem };
  const server = await runRecipe('recipes/tls-reload.md', 'server.ts', {}, { files });
  const url = `wss://127.0.0.1:${await portOf(server)}`;
  const dial = (identity: typeof first): WebSocketPeer => {
    const peer = newPeer();
    peer.connectToUrl(url, TLSOptions.client(identity.certificate));
    return peer;
  };
  const old = dial(first);
  await wait(old, () => isOpen(old));

  rmSync(join(server.folder, 'server.key'));
  server.process.kill('SIGHUP');
  await untilPrinted(server, 'server.key: ERR_');
  writeFileSync(join(server.folder, 'server.key'), second.keyPem);
  server.process.kill('SIGHUP');
  await untilPrinted(server, 'do not fit: the old ones stay');
  writeFileSync(join(server.folder, 'server.crt'), second.certificatePem);
  server.process.kill('SIGHUP');
  await untilPrinted(server, 'the new certificate is used');

  const [late, distrusting] = [dial(second), dial(first)];
  await wait([late, distrusting], () => isOpen(late) && isClosed(distrusting));
  expect(distrusting.getLastFailure()?.code).toBe('TICKPEER_TLS_CERTIFICATE');
  old.sendText('still here');
  await wait(old, () => old.getAvailablePacketCount() > 0);
}, 60_000);

test('behind Cloudflare: the client’s address is what the trusted proxy adds', async () => {
  const server = await runRecipe('recipes/cloudflare.md', 'server.ts');
  const port = await portOf(server);
  await openPeer(`ws://127.0.0.1:${port}`, {
    handshakeHeaders: ['X-Forwarded-For: 6.6.6.6, 203.0.113.9', 'CF-Connecting-IP: 203.0.113.9', 'CF-Ray: 8a1-FRA'],
  });
  await untilPrinted(server, 'client 203.0.113.9, ray "8a1-FRA"');
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  server.end();

  const direct = await runRecipe('recipes/cloudflare.md', 'server.ts', { TRUSTED_PROXIES: '203.0.113.0/24' });
  await openPeer(`ws://127.0.0.1:${await portOf(direct)}`, { handshakeHeaders: ['X-Forwarded-For: 203.0.113.9'] });
  await untilPrinted(direct, 'client 127.0.0.1, ray ');
}, 60_000);

test('Prometheus: what it reads', async () => {
  const server = await runRecipe('recipes/prometheus.md', 'server.ts');
  const port = await portOf(server);
  const scrape = async (): Promise<Map<string, number>> => {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    const lines = (await response.text()).trimEnd().split('\n');
    const samples = lines.filter((line) => !line.startsWith('#')).map((line) => line.split(' '));
    for (const [name, value] of samples)
      expect(`${name} ${Number(value)}`).toMatch(/^game_\w+({le="[\d.+Inf]+"})? [\d.e-]+$/);
    return new Map(samples.map(([name = '', value]) => [name, Number(value)]));
  };
  const one = await openPeer(`ws://127.0.0.1:${port}/game`);
  one.sendText('12345');
  await wait(one, () => one.getAvailablePacketCount() > 0);
  const refused = dialPeer(`ws://127.0.0.1:${port}/game`, { handshakeHeaders: ['Origin: https://evil.test'] });
  await wait(refused, () => isClosed(refused));
  const during = await scrape();
  expect([during.get('game_players'), during.get('game_refused_total')]).toEqual([1, 1]);
  expect(during.get('game_received_bytes_total')).toBeGreaterThanOrEqual(11); // one masked frame
  one.close();
  await wait(one, () => isClosed(one));
  const after = await scrape();
  expect(after.get('game_received_bytes_total')).toBeGreaterThanOrEqual(during.get('game_received_bytes_total')!);
  expect(after.get('game_tick_seconds_bucket{le="+Inf"}')).toBe(after.get('game_tick_seconds_count'));
}, 60_000);

test('a health answer: full, and stopping', async () => {
  const server = await runRecipe('recipes/health.md', 'server.ts', { MOST_PLAYERS: '1', DRAIN: '1500' });
  const port = await portOf(server);
  const ask = async (): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${port}/healthz`);
    return `${response.status} ${(await response.text()).trim()}`;
  };
  while ((await ask()) !== '200 ok'); // the first ticks are late while the program starts
  const one = await openPeer(`ws://127.0.0.1:${port}/game`);
  let answer = await ask();
  while (answer === '200 ok') answer = await ask(); // the server's next tick counts the client
  expect(answer).toBe('503 full');
  server.process.kill('SIGTERM');
  while (answer === '503 full') answer = await ask();
  expect([answer, isOpen(one)]).toEqual(['503 stopping', true]);
  await wait(one, () => isClosed(one));
  expect([one.getCloseCode(), one.getCloseReason()]).toEqual([1001, 'restart']);
  expect(await ended(server)).toBe(0);
}, 60_000);

test('testing a game: its tests pass', async () => {
  const tests = await runRecipe('recipes/testing-a-game.md', 'game.test.ts', { NODE_TEST_CONTEXT: '' });
  expect(await ended(tests), tests.output()).toBe(0);
  expect(tests.output()).toMatch(/pass 3\n/);
}, 60_000);

test('a version check: an old client reads why', async () => {
  const server = await runRecipe('recipes/version-check.md', 'server.ts');
  const url = `ws://127.0.0.1:${await portOf(server)}`;
  const answers: string[] = [];
  const join = (version: string) => {
    const { multiplayer } = joinGame(url);
    multiplayer.authCallback = (id, data) => {
      const answer = new TextDecoder().decode(data);
      answers.push(`${version}: ${answer}`);
      if (answer === 'welcome') multiplayer.completeAuth(id);
      else multiplayer.multiplayerPeer?.close();
    };
    multiplayer.peerAuthenticating.connect((id) => multiplayer.sendAuth(id, new TextEncoder().encode(version)));
    return multiplayer;
  };
  const [fit, old, young] = [join('7'), join('6'), join('8')];
  await wait([fit, old, young], () => answers.length === 3 && fit.getPeers().includes(1));
  expect(answers.toSorted()).toEqual(['6: Please update the game.', '7: welcome', '8: The server is updated soon.']);
  await untilPrinted(server, / plays/);
  await untilPrinted(server, /was not admitted[\s\S]*was not admitted/);
}, 60_000);

test('saving and restoring: what was saved at the stop is there after the start', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickpeer-state-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const environment = { FILE: join(folder, 'game.state') };
  const points: string[] = [];
  for (const restored of [/restored: tick 0, 0 players/, /restored: tick [1-9]\d*, 1 players/]) {
    const server = await runRecipe('recipes/saving-and-restoring.md', 'server.ts', environment);
    await untilPrinted(server, restored);
    const ada = await openPeer(`ws://127.0.0.1:${await portOf(server)}`);
    ada.sendText('Ada');
    await wait(ada, () => ada.getAvailablePacketCount() > 0);
    points.push(...[...ada.packets()].map(String));
    server.process.kill('SIGTERM');
    await wait(ada, () => isClosed(ada));
    expect([await ended(server), ada.getCloseReason()]).toEqual([0, 'back in a minute']);
  }
  expect(points).toEqual(['Ada: 1', 'Ada: 2']);
  expect(readdirSync(folder)).toEqual(['game.state']);

  writeFileSync(environment.FILE, 'not a state');
  const broken = await runRecipe('recipes/saving-and-restoring.md', 'server.ts', environment);
  expect(await ended(broken)).toBe(1);
  expect(broken.output()).toContain('game.state: ');
}, 60_000);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
