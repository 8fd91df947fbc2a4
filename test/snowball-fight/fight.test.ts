import { always, rpc, SceneMultiplayer, scene, synchronizer, WebSocketMultiplayerPeer } from 'tickpeer/multiplayer';
import { string, Vector2, vector2 } from 'tickpeer/variant';
import { expect, onTestFinished, test } from 'vitest';
import { EDGE, FULL_HEALTH } from '../../examples/snowball-fight/fight.ts';
import { playerScene } from '../../examples/snowball-fight/scenes.ts';
import { drive } from '../support/peers.ts';
import { until } from '../support/until.ts';
import { newBot, openFight } from './support.ts';

test('players enter, walk where their inputs say, and leave', async () => {
  const { fight, url } = await openFight();
  const [ada, bob] = [newBot(url, 'Ada'), newBot(url, '<Bob>')] as const;
  await drive([ada, bob], () => ada.players.length === 2 && bob.players.length === 2);
  const names = fight.players.map(({ player_name, place }) => `${place} ${player_name}`);
  expect(names.map((name) => name.slice(2)).toSorted()).toEqual(['Ada', 'Nobody']);
  expect(names.map((name) => name[0])).toEqual(['0', '1']);
  expect(ada.self?.position).toEqual(new Vector2(400, 300));

  ada.self!.getNode('Inputs').motion = new Vector2(-1, 0);
  await drive([ada, bob], () => ada.self!.position.x < 390);
  expect(bob.players.find(({ player_name }) => player_name === 'Ada')!.position.y).toBe(300);

  fight.players.find(({ player_name }) => player_name === 'Ada')!.position = new Vector2(60, 300);
  await drive([ada, bob], () => ada.self!.position.x === EDGE);
  bob.leave();
  await drive(ada, () => ada.players.length === 1);
  expect(fight.players.map(({ player_name }) => player_name)).toEqual(['Ada']);
});

test('snowballs are spawned from their data, hit, bury, and are despawned', async () => {
  const { fight, url } = await openFight();
  const [ada, bob] = [newBot(url, 'Ada'), newBot(url, 'Bob')] as const;
  await drive([ada, bob], () => ada.self !== null && bob.self !== null && bob.players.length === 2);
  const [adas, bobs] = ['Ada', 'Bob'].map((name) => fight.players.find(({ player_name }) => player_name === name)!);
  adas!.position = new Vector2(200, 300);
  bobs!.position = new Vector2(300, 300);
  let thrown = 0;
  let ended = 0;
  bob.snowballs.spawned.connect(() => thrown++);
  bob.snowballs.despawned.connect(() => ended++);
  for (let health = FULL_HEALTH - 1; health >= 0; health--) {
    const inputs = ada.self!.getNode('Inputs');
    inputs.aim = new Vector2(1, 0);
    const before = thrown;
    await drive([ada, bob], () => {
      if (thrown === before) inputs.throws++; // until the pause after the last throw is over
      return bob.self!.health === health;
    });
  }
  await drive([ada, bob], () => ended === thrown && ada.self!.score === 1 && bob.round.news !== '');
  expect(thrown).toBeGreaterThanOrEqual(FULL_HEALTH); // a late input may throw once more
  expect(bob.round.news).toBe('Ada buried Bob');
  await drive([ada, bob], () => bob.self!.health === FULL_HEALTH);
  expect(bobs!.position).toEqual(new Vector2(400, 300));
}, 20_000);

/** A client that accepts every motion, and is ten times as fast. */
function intrude(url: string): SceneMultiplayer {
  const multiplayer = new SceneMultiplayer();
  const player = scene('res://player.tscn', {
    Sync: synchronizer(playerScene.layout.synchronizers[0]!.declaration.properties),
    'Inputs/Sync': synchronizer(
      { motion: always(vector2) },
      { authority: ({ name }) => Number(name), replicationInterval: 0.1 },
    ),
  });
  const players = multiplayer.spawner('Main/PlayerSpawner', { spawnPath: '../Arena/Players', scenes: [player] });
  players.spawned.connect((node) => {
    if (player.isInstance(node)) node.getNode('Inputs').motion = new Vector2(10, 0);
  });
  const main = multiplayer.node('Main', { enter: rpc.anyPeer([string]) });
  multiplayer.connectedToServer.connect(() => main.enter.rpcId(1, 'Mallory'));
  const peer = new WebSocketMultiplayerPeer();
  onTestFinished(() => peer.close());
  peer.createClient(url.replace('http', 'ws'));
  multiplayer.multiplayerPeer = peer;
  return multiplayer;
}

test('an input that is no direction does not reach the game', async () => {
  const { server, fight, url } = await openFight();
  const refused: string[] = [];
  server.multiplayer.badPacket.connect((_id, { code }) => refused.push(code));
  const mallory = intrude(url);
  await drive(mallory, () => refused.length > 0);
  expect(new Set(refused)).toEqual(new Set(['TICKPEER_REPLICATION_STATE']));
  expect(fight.players[0]!.getNode('Inputs').motion).toEqual(new Vector2());
});

test('robots fight without a player, and nobody sends what is refused', async () => {
  const { server, fight } = await openFight(3);
  const refused: string[] = [];
  server.multiplayer.badPacket.connect((_id, { message }) => refused.push(message));
  await until(() => fight.players.length === 3 && fight.players.some(({ health }) => health < FULL_HEALTH), 15_000);
  expect(refused).toEqual([]);
}, 20_000);
