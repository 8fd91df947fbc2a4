import { expect, test } from 'vitest';
import { table } from '../../../test/support/hub.ts';
import { ErrorCode } from '../../error-code.ts';
import { bool, int, string, Vector2, vector2 } from '../../variant/index.ts';
import { always, onChange, spawnOnly } from '../nodes/property.ts';
import type { ReplicatedNode } from '../nodes/replicated-node.ts';
import { scene } from '../nodes/scene.ts';
import { synchronizer } from '../nodes/synchronizer-declaration.ts';

const player = scene('res://player.tscn', {
  Sync: synchronizer({ position: always(vector2), health: onChange(int, 3), title: spawnOnly(string) }),
  'Inputs/InputsSync': synchronizer(
    { motion: always(vector2), bombing: always(bool) },
    { authority: ({ name }) => Number(name) },
  ),
});
const OPTIONS = { spawnPath: '../Players', scenes: [player] };

test('a node that is spawned by a server appears at its clients, which see its changes and send their inputs', () => {
  const { server, clients, settle } = table([5, 6]);
  const players = server.multiplayer.spawner('World/PlayerSpawner', OPTIONS);
  const seen: ReplicatedNode[][] = clients.map(({ multiplayer }) => {
    const nodes: ReplicatedNode[] = [];
    multiplayer.spawner('World/PlayerSpawner', OPTIONS).spawned.connect((node) => nodes.push(node));
    return nodes;
  });
  const one = player.instantiate({ name: '5', position: new Vector2(1, 2), title: 'p' });
  expect(players.addChild(one)).toBe(ErrorCode.OK);
  settle();
  const [there, other] = seen.map(([node]) => node!);
  if (!player.isInstance(there!) || !player.isInstance(other!)) throw new Error('no player');
  expect([there.getPath(), there.position, there.health, there.title]).toEqual([
    'World/Players/5',
    new Vector2(1, 2),
    3,
    'p',
  ]);
  one.position = new Vector2(3, 4);
  one.health = 2;
  there.getNode('Inputs').motion = new Vector2(0, 1);
  settle();
  expect([other.position, other.health]).toEqual([new Vector2(3, 4), 2]);
  expect(one.getNode('Inputs').motion).toEqual(new Vector2(0, 1));
  expect(other.getNode('Inputs').motion).toEqual(new Vector2(0, 1));
  one.free();
  settle();
  expect([there.isInsideTree(), clients[0]!.multiplayer.getNodeOrNull('World/Players/5')]).toEqual([false, null]);
  expect([server, ...clients].map(({ told }) => told.filter((line) => line.startsWith('bad')))).toEqual([[], [], []]);
});
