import {
  always,
  onChange,
  rpc,
  SceneMultiplayer,
  scene,
  spawnOnly,
  synchronizer,
  WebSocketMultiplayerPeer,
} from 'tickpeer/multiplayer';
import { int, string, Vector2, vector2 } from 'tickpeer/variant';
import { expect, onTestFinished, test } from 'vitest';
import { drive } from '../support/peers.ts';
import { until } from '../support/until.ts';
import { CodeBlocks } from './document.ts';
import { runProgram } from './program.ts';
import { complaintsAbout } from './types.ts';

const docs = new CodeBlocks('replication.md');
const [SERVER, ...FRAGMENTS] = docs.all('ts') as [string, ...string[]];

/** Declarations that the fragments need. */
const PREAMBLE = `
import { always, custom, onChange, rpc, SceneMultiplayer, scene, spawner, synchronizer } from 'tickpeer/multiplayer';
import { array, dictionary, int, string, Vector2, vector2 } from 'tickpeer/variant';
declare const multiplayer: SceneMultiplayer;
declare function teamOf(id: number): number;
`;

/** A client of the document's game. */
function join(url: string, name: string) {
  const multiplayer = new SceneMultiplayer();
  const player = scene('res://player.tscn', {
    Sync: synchronizer({ position: always(vector2), health: onChange(int, 3), player_name: spawnOnly(string) }),
    'Inputs/InputsSync': synchronizer(
      { motion: always(vector2) },
      { authority: (root) => Number(root.name), replicationInterval: 0.03 },
    ),
  });
  const players = multiplayer.spawner('World/Spawner', { spawnPath: '../Players', scenes: [player] });
  const world = multiplayer.node('World', { ready_to_play: rpc.anyPeer([string]) });
  multiplayer.connectedToServer.connect(() => world.ready_to_play.rpcId(1, name));
  const peer = new WebSocketMultiplayerPeer();
  onTestFinished(() => peer.close());
  peer.createClient(url);
  multiplayer.multiplayerPeer = peer;
  const find = (wanted: string) =>
    players.getChildren().find((node) => player.isInstance(node) && node.player_name === wanted) as
      | ReturnType<typeof player.instantiate>
      | undefined;
  return { multiplayer, peer, find };
}

test('all of its programs compile', () => {
  expect(FRAGMENTS).toHaveLength(7);
  // The fragments continue each other.
  expect(complaintsAbout([SERVER, PREAMBLE + FRAGMENTS.join('')])).toEqual([]);
}, 60_000);

test('its game: players are spawned, move by their inputs, and are despawned', async () => {
  const server = await runProgram(SERVER, { PORT: '0' });
  onTestFinished(server.end);
  await until(() => server.output().includes('listens on port'), 20_000);
  const url = `ws://127.0.0.1:${/port (\d+)/.exec(server.output())![1]}`;
  const ada = join(url, 'Ada');
  await drive(ada.multiplayer, () => ada.find('Ada') !== undefined);
  const bob = join(url, 'Bob');
  const both = [ada.multiplayer, bob.multiplayer];
  await drive(both, () => ada.find('Bob') !== undefined && bob.find('Ada') !== undefined);
  ada.find('Ada')!.getNode('Inputs').motion = new Vector2(1, 0);
  await drive(both, () => bob.find('Ada')!.position.x > 420);
  expect(bob.find('Ada')).toMatchObject({ health: 3, player_name: 'Ada' });
  expect(bob.find('Ada')!.position.y).toBe(300);
  ada.find('Ada')!.getNode('Inputs').motion = new Vector2(3, 0);
  await drive(both, () => server.output().includes('a direction'));
  ada.peer.close();
  await drive(bob.multiplayer, () => bob.find('Ada') === undefined);
}, 60_000);
