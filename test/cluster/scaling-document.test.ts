import { expect, onTestFinished, test } from 'vitest';
import { ErrorCode } from '../../src/index.ts';
import { rpc, SceneMultiplayer, WebSocketMultiplayerPeer } from '../../src/multiplayer/index.ts';
import { RoomCloseCode } from '../../src/rooms/index.ts';
import { int } from '../../src/variant/index.ts';
import { CodeBlocks } from '../docs/document.ts';
import { runProgram } from '../docs/program.ts';
import { drive } from '../support/peers.ts';
import { until } from '../support/until.ts';
import { startNatsServer } from './nats-server.ts';

const SERVER = new CodeBlocks('scaling.md').file('server.ts');

/** Runs the document's server. */
async function start(nats: number, environment: Readonly<Record<string, string>> = {}) {
  const settings = { NATS: `127.0.0.1:${nats}`, PORT: '0', PRIVATE_PORT: '0', OVER: '1', ...environment };
  const program = await runProgram(SERVER, settings);
  onTestFinished(program.end);
  await until(() => program.output().includes('listens on'), 30_000);
  const url = `ws://127.0.0.1:${/port: (\d+)/.exec(program.output())![1]}`;
  return { ...program, url };
}

/** A client of the document's game. */
function enter(url: string, room: string) {
  const multiplayer = new SceneMultiplayer();
  const heard = { total: -1 };
  const club = multiplayer.node('Club', {
    add: rpc.anyPeer([int]),
    give: rpc.anyPeer([int]),
    total: rpc.authority([int], (_, total) => {
      heard.total = total;
    }),
  });
  const peer = new WebSocketMultiplayerPeer();
  onTestFinished(() => peer.close());
  expect(peer.createClient(`${url}/?room=${room}`)).toBe(ErrorCode.OK);
  const socket = peer.getPeer(1)!;
  multiplayer.multiplayerPeer = peer;
  return { multiplayer, socket, heard, club };
}

test('the server of the document: a room is the same everywhere, and comes back elsewhere when its process ends', async () => {
  const nats = await startNatsServer();
  // As in the document's compose file: the others reach it by a name, and it listens on all addresses.
  const one = await start(nats.port, { PRIVATE_HOST: 'localhost', PRIVATE_BIND: '*' });
  const two = await start(nats.port);
  const ada = enter(one.url, 'club');
  await drive([ada.multiplayer], () => ada.heard.total === 0);
  const bob = enter(two.url, 'CLUB');
  const eve = enter(two.url, 'other');
  const all = [ada, bob, eve].map(({ multiplayer }) => multiplayer);
  await drive(all, () => bob.heard.total === 0 && eve.heard.total === 0);
  expect([bob, eve].map(({ multiplayer }) => multiplayer.getPeers().length)).toEqual([2, 1]);

  bob.club.add.rpcId(1, 5);
  await drive(all, () => ada.heard.total === 5);
  bob.club.give.rpcId(1, 2); // to both clubs
  await drive(all, () => ada.heard.total === 7 && eve.heard.total === 2);

  one.process.kill('SIGTERM');
  const codes = () => [ada, bob].map(({ socket }) => socket.getCloseCode());
  await drive(all, () => codes().every((code) => code > 0));
  expect(codes()).toEqual([RoomCloseCode.STOPPING, RoomCloseCode.STOPPING]);
  const back = enter(two.url, 'club');
  await drive([back.multiplayer, eve.multiplayer], () => back.heard.total === 7);
  await until(() => one.process.exitCode !== null, 20_000);
  expect([one.process.exitCode, one.output()]).toEqual([0, expect.not.stringContaining('rror')]);
  expect(eve.multiplayer.getPeers()).toHaveLength(1);
});
