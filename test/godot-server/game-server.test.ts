import { request } from 'node:http';
import { rpc, SceneMultiplayer, WebSocketMultiplayerPeer } from 'tickpeer/multiplayer';
import { Vector2, vector2 } from 'tickpeer/variant';
import { expect, onTestFinished, test, vi } from 'vitest';
import { drive } from '../support/peers.ts';
import { until } from '../support/until.ts';
import { newBot, openHost } from './support.ts';

test('players join, see each other, walk, take coins, and leave', async () => {
  const { game, url } = await openHost();
  const [ada, bob] = [newBot(url, 'Ada'), newBot(`${url}play`, 'Bob')] as const;
  await drive([ada, bob], () => ada.playerNames.length === 2 && bob.playerNames.length === 2 && ada.position.x > 0);
  expect(ada.playerNames.toSorted()).toEqual(['Ada', 'Bob']);
  expect([...game.players.keys()].toSorted()).toEqual([ada.id, bob.id].toSorted());

  const player = game.players.get(ada.id)!;
  player.position = { x: 100, y: 300 };
  game.coins.fill({ x: 400, y: 20 });
  game.coins[0] = { x: 300, y: 300 };
  ada.steer(new Vector2(1, 0));
  await drive([ada, bob], () => ada.score > 0);
  expect([ada.coinsTaken, player.score]).toEqual([ada.score, ada.score]);
  expect(ada.position.x).toBeGreaterThan(200);

  bob.leave();
  await drive(ada, () => ada.playerNames.length === 1);
  expect([...game.players.keys()]).toEqual([ada.id]);
});

test('a handler that throws is reported, and the game continues', async () => {
  const told = vi.spyOn(console, 'error').mockImplementation(() => {});
  onTestFinished(() => told.mockRestore());
  const { game, url } = await openHost();
  const bot = newBot(url, 'Ada');
  await drive(bot, () => bot.isPlaying);
  vi.spyOn(game, 'steer').mockImplementationOnce(() => {
    throw new Error('on purpose');
  });
  bot.steer(new Vector2(1, 0));
  await drive(bot, () => told.mock.calls.length === 1);
  expect(told.mock.calls[0]).toMatchObject([{ name: 'RpcHandlerError', path: 'Main', method: 'steer', from: bot.id }]);
  const before = bot.position.x;
  bot.steer(new Vector2(before > 500 ? -1 : 1, 0.1));
  await drive(bot, () => bot.position.x !== before);
});

test('a robot plays without a player', async () => {
  const { game } = await openHost(2);
  await until(() => [...game.players.values()].some(({ score }) => score > 0), 15_000);
  expect([...game.players.values()].map(({ name }) => name).toSorted()).toEqual(['Robot 1', 'Robot 2']);
});

test.each([
  ['', 'A name has 1 to 16 letters or digits.'],
  ['<b>', 'A name has 1 to 16 letters or digits.'],
  ['x'.repeat(17), 'A name has 1 to 16 letters or digits.'],
])('the name "%s" is refused with a reason', async (name, reason) => {
  const { game, url } = await openHost();
  const bot = newBot(url, `${name}\n`);
  await drive(bot, () => bot.refusal !== '');
  expect([bot.refusal, game.players.size, bot.isPlaying]).toEqual([reason, 0, false]);
});

/** A client with other methods, or one that sends bad calls. */
async function intrude(url: string) {
  const peer = new WebSocketMultiplayerPeer();
  peer.createClient(url.replace('http', 'ws'));
  const multiplayer = new SceneMultiplayer();
  multiplayer.multiplayerPeer = peer;
  multiplayer.authCallback = () => undefined;
  multiplayer.peerAuthenticating.connect((id) => {
    multiplayer.sendAuth(id, new TextEncoder().encode('Mallory'));
    multiplayer.completeAuth(id);
  });
  onTestFinished(() => peer.close());
  await drive(multiplayer, () => multiplayer.getPeers().length === 1);
  return multiplayer;
}

test('an invalid direction does not reach the game; packets that no engine sends end the connection', async () => {
  const { host, game, url } = await openHost();
  const complaints: string[] = [];
  const reasons: (string | undefined)[] = [];
  host.server.multiplayer.badPacket.connect((_id, { message }, count) => complaints.push(`${count}: ${message}`));
  host.server.multiplayer.peerDisconnected.connect((_id, failure) => reasons.push(failure?.message));
  const multiplayer = await intrude(url);
  const methods = { roster: rpc.authority(), state: rpc.authority(), taken: rpc.authority() };
  const main = multiplayer.node('Main', { ...methods, steer: rpc.anyPeer([vector2]) });
  const player = game.players.get(multiplayer.getUniqueId())!;
  for (const wrong of [new Vector2(Number.NaN, 0), new Vector2(1e30, 0), new Vector2(2, 0)]) main.steer.rpcId(1, wrong);
  for (let n = 0; n < 8; n++) main.steer.rpcId(1, new Vector2(2, 0));
  await drive(multiplayer, () => complaints.length === 2);
  expect(complaints[0]).toMatch(/^1: "steer" of "Main": .*a direction/);
  expect(complaints[1]).toMatch(/^10: "steer" of "Main": /);
  expect([player.direction, game.players.size]).toEqual([{ x: 0, y: 0 }, 1]);
  for (let n = 0; n < 11; n++) multiplayer.multiplayerPeer?.putPacket(Uint8Array.of(0x30, 0, 0));
  await drive(multiplayer, () => multiplayer.getPeers().length === 0);
  expect([game.players.size, reasons]).toEqual([0, ['more than badPackets, 10']]);
});

test('a client of another version is detected by its checksum', async () => {
  const { host, url } = await openHost();
  const messages: string[] = [];
  host.server.multiplayer.checksumMismatch.connect((_id, { message }) => messages.push(message));
  const multiplayer = await intrude(url);
  const methods = { roster: rpc.authority(), state: rpc.authority() };
  multiplayer.node('Main', { ...methods, steer: rpc.anyPeer([vector2]) }).steer.rpcId(1, new Vector2(1, 0));
  await drive(multiplayer, () => messages.length > 0);
  expect(messages[0]).toContain('The other side lacks "taken".');
});

test('the server can stop while players are connected', async () => {
  const { host, url } = await openHost();
  const ada = newBot(url, 'Ada');
  await drive(ada, () => ada.isPlaying);
  const stopped = host.stop();
  await drive(ada, () => !ada.isPlaying);
  await stopped;
  await expect(fetch(url)).rejects.toThrow();
});

test('an invalid upgrade is refused', async () => {
  const { url } = await openHost();
  const status = await new Promise((resolve, reject) => {
    const headers = { Connection: 'Upgrade', Upgrade: 'tea' };
    request(url, { headers }, ({ statusCode }) => resolve(statusCode))
      .on('error', reject)
      .end();
  });
  expect(status).toBe(426);
});
