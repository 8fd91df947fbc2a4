import { always, onChange, rpc, scene, synchronizer } from 'tickpeer/multiplayer';
import { int, Vector2, vector2 } from 'tickpeer/variant';
import { expect, onTestFinished, test } from 'vitest';
import { isClosed, openPeer } from '../support/peers.ts';
import { CodeBlocks } from './document.ts';
import { runProgram } from './program.ts';
import { joinGame, portOf, wait } from './recipe.ts';

/** The last program of a page. */
async function start(page: string) {
  const program = await runProgram(new CodeBlocks(page).all('ts').at(-1)!, { PORT: '0' });
  onTestFinished(program.end);
  return { program, url: `ws://127.0.0.1:${await portOf(program)}` };
}

test('from socket.io: messages with names reach their handlers, and others end the connection', async () => {
  const { program, url } = await start('moving/from-socket-io.md');
  const one = await openPeer(url);
  one.sendText(JSON.stringify(['move', { x: 1, y: 2 }]));
  one.sendText(JSON.stringify(['chat', { text: 'hello' }]));
  await wait(one, () => one.getAvailablePacketCount() > 0);
  expect([...one.packets()]).toEqual(['["chat",{"name":"player 1","text":"hello"}]']);
  expect(program.output()).toContain('player 1 1 2\n');
  const bad = ['["move",{"x":null,"y":2}]', '["toString",{}]', '["chat"]', '{', '["chat",{"text":7}]'];
  for (const text of bad) {
    const other = await openPeer(url);
    other.sendText(text);
    await wait(other, () => isClosed(other));
    expect([text, other.getCloseCode(), other.getCloseReason()]).toEqual([text, 1008, 'unknown message']);
  }
}, 60_000);

test('from Colyseus: a client gets the players and their state', async () => {
  const { url } = await start('moving/from-colyseus.md');
  const player = scene('res://player.tscn', {
    Sync: synchronizer({ position: always(vector2), points: onChange(int, 0) }),
  });
  const { multiplayer } = joinGame(url);
  const players = multiplayer.spawner('Main/Spawner', { spawnPath: '../Players', scenes: [player] });
  const main = multiplayer.node('Main', { move: rpc.anyPeer([vector2]) });
  const own = () =>
    players.getChildren().find((node) => player.isInstance(node) && node.name === `${multiplayer.getUniqueId()}`);
  await wait(multiplayer, () => own() !== undefined);
  main.move.rpcId(1, new Vector2(3, 4));
  main.move.rpcId(1, new Vector2(300, 4));
  const node = own()!;
  if (!player.isInstance(node)) throw new Error('another scene');
  await wait(multiplayer, () => node.points === 1 && node.position.x === 3);
  expect(node.position).toEqual(new Vector2(3, 4));
}, 60_000);
