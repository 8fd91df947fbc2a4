import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import {
  plain,
  player,
  replicatedTable,
  type Side,
  squad,
  unit,
  unitAt,
} from '../../../test/support/replicated-table.ts';
import { ScriptedPeer } from '../../../test/support/scripted-peer.ts';
import { int, VariantWriter } from '../../variant/index.ts';
import { type PeerLimits, SceneMultiplayer } from '../index.ts';
import { always } from '../nodes/property.ts';
import { scene } from '../nodes/scene.ts';
import { custom, type SpawnerOptions } from '../nodes/spawner-declaration.ts';
import { synchronizer } from '../nodes/synchronizer-declaration.ts';
import { md5 } from '../wire/md5.ts';
import { CUSTOM_SPAWN, writeSpawnHead } from '../wire/spawn-packet.ts';

const HASH = Buffer.from(md5(new Uint8Array(0))).toString('hex');

/** A client whose server is written by the test, with the spawner at number 1. */
function client(
  options: Partial<SpawnerOptions> = {},
  limits: PeerLimits = {},
  id: number = 5,
): {
  peer: ScriptedPeer;
  side: Pick<Side, 'multiplayer' | 'units' | 'told'>;
  /** The codes of what was refused; further ones of the same kind follow a second later. */
  bad: string[];
  receive: (hex: string) => void;
  spawn: (fields: Partial<Parameters<typeof writeSpawnHead>[1]>, rest?: string) => void;
} {
  const peer = new ScriptedPeer(id);
  const from = id === 1 ? 5 : 1;
  const multiplayer = new SceneMultiplayer({ limits, clock: new FakeClock() });
  multiplayer.multiplayerPeer = peer;
  peer.peerConnected.emit(from);
  const units = multiplayer.spawner('World/Spawner', {
    spawnPath: '../Units',
    scenes: [unit, player, squad, plain],
    ...options,
  });
  const told: string[] = [];
  const bad: string[] = [];
  units.spawned.connect((node) => told.push(`+${node.getPath()}`));
  units.despawned.connect((node) => told.push(`-${node.name}`));
  multiplayer.badPacket.connect((_id, { code }) => bad.push(code.replace('TICKPEER_', '')));
  const receive = (hex: string): void => {
    peer.receive(from, hex.replaceAll(' ', ''));
    multiplayer.poll();
  };
  const path = Buffer.from('World/Spawner\0').toString('hex');
  receive(`01${HASH}0001000000${path}`);
  const spawn: ReturnType<typeof client>['spawn'] = (fields, rest = '') => {
    const writer = new VariantWriter();
    writeSpawnHead(writer, { scene: 3, spawner: 1, netId: 1, synchronizers: [], name: 'a', ...fields });
    receive(Buffer.from(writer.toBytes()).toString('hex') + rest);
  };
  return { peer, side: { multiplayer, units, told }, bad, receive, spawn };
}

/** x, hp, title of `unit`. */
const STATE = '0205 0207 04000000 01000000 74000000';

describe('SPAWN', () => {
  test('makes the node with its state before anybody is told', () => {
    const { side, spawn, bad } = client();
    const seen: unknown[] = [];
    side.units.spawned.connect((node) => {
      if (unit.isInstance(node)) seen.push([node.getPath(), node.x, node.hp, node.title, node.isInsideTree()]);
    });
    spawn({ scene: 0, synchronizers: [2], name: 'u' }, STATE);
    expect([seen, bad]).toEqual([[['World/Units/u', 5, 7, 't', true]], []]);
  });

  test.each([
    ['a name that is not allowed', { name: 'a.b' }, '', 'SPAWN_REFUSED'],
    ['an empty name', { name: '' }, '', 'SPAWN_REFUSED'],
    ['a scene that is not in the list', { scene: 4 }, '', 'REPLICATION_UNDECLARED'],
    ['the scene 254', { scene: 254 }, '', 'REPLICATION_UNDECLARED'],
    ['a spawner of an unknown number', { spawner: 2 }, '', 'REPLICATION_UNDECLARED'],
    ['data without a spawnFunction', { scene: CUSTOM_SPAWN }, '00000000', 'REPLICATION_UNDECLARED'],
    ['a synchronizer too many', { synchronizers: [2] }, '', 'REPLICATION_STATE'],
    ['a synchronizer too few', { scene: 0 }, '', 'REPLICATION_STATE'],
    ['state that is cut off', { scene: 0, synchronizers: [2] }, '0205', 'REPLICATION_STATE'],
    ['state that is too long', { scene: 0, synchronizers: [2] }, `${STATE}00`, 'REPLICATION_STATE'],
    ['state of another type', { scene: 0, synchronizers: [2] }, '020504000000', 'REPLICATION_STATE'],
    ['state that no scene has', {}, '00', 'REPLICATION_STATE'],
    ['no name at all', { netId: 0 }, '', 'BAD_PACKET'],
  ])('with %s is refused, and leaves nothing behind', (_what, fields, rest, code) => {
    const { side, spawn, bad } = client();
    spawn(fields, rest);
    expect([bad, side.told, side.units.getChildren()]).toEqual([[code], [], []]);
    spawn({ netId: 1, name: 'a' });
    spawn({ scene: 0, netId: 5, synchronizers: [2], name: 'u' }, STATE);
    expect(side.told).toEqual(['+World/Units/a', '+World/Units/u']);
  });

  test('of a name, a net id or a synchronizer that is there is refused', () => {
    const { side, spawn, bad } = client();
    spawn({ scene: 0, synchronizers: [2], name: 'u' }, STATE);
    spawn({ netId: 3, name: 'u' });
    spawn({ netId: 1, name: 'v' });
    spawn({ scene: 0, netId: 3, synchronizers: [2], name: 'w' }, STATE);
    expect([bad, side.units.getChildren().length]).toEqual([['SPAWN_REFUSED', 'SPAWN_REFUSED', 'SPAWN_REFUSED'], 1]);
  });

  test('is refused beyond spawnLimit, and taken again after a DESPAWN', () => {
    const { side, spawn, bad, receive } = client({ spawnLimit: 2 });
    for (const netId of [1, 2, 3]) spawn({ netId, name: `n${netId}` });
    expect([bad, side.told]).toEqual([['SPAWN_REFUSED'], ['+World/Units/n1', '+World/Units/n2']]);
    receive('0501000000');
    spawn({ netId: 3, name: 'n3' });
    expect(side.told.slice(2)).toEqual(['-n1', '+World/Units/n3']);
  });

  test('is refused beyond limits.spawnedNodes', () => {
    // Of a client: the server of a client may spawn any number.
    const { side, spawn, bad } = client({}, { spawnedNodes: 3 }, 1);
    side.units.setMultiplayerAuthority(5);
    for (const netId of [1, 2, 3, 4]) spawn({ netId, name: `n${netId}` });
    expect([bad, side.units.getChildren().length]).toEqual([['SPAWN_REFUSED'], 3]);
    side.units.getChildren()[0]!.free();
    spawn({ netId: 4, name: 'n4' });
    expect(side.units.getChildren()).toHaveLength(3);
  });

  test('from a peer that is not the authority is refused', () => {
    const { side, spawn, bad } = client();
    side.units.setMultiplayerAuthority(7);
    spawn({});
    expect([bad, side.told]).toEqual([['REPLICATION_NOT_ALLOWED'], []]);
  });

  test('with an authority by name that is no number does not throw', () => {
    const { side, spawn, bad } = client();
    spawn({ scene: 1, synchronizers: [2], name: 'abc' }, '0205 0207');
    expect([bad, side.told]).toEqual([[], ['+World/Units/abc']]);
  });

  test('with an authority function that throws ends the poll, and leaves nothing behind', () => {
    const picky = scene('res://picky.tscn', {
      Sync: synchronizer(
        { a: always(int) },
        {
          authority: ({ name }) => {
            if (name === 'bad') throw new RangeError('no such player');
            return 1;
          },
        },
      ),
    });
    const { side, spawn } = client({ scenes: [picky] });
    expect(() => spawn({ scene: 0, synchronizers: [2], name: 'bad' }, '0205')).toThrow('no such player');
    expect([side.units.getChildren(), side.multiplayer.getNodeOrNull('World/Units/bad')]).toEqual([[], null]);
    spawn({ scene: 0, synchronizers: [2], name: 'good' }, '0205');
    expect(side.told).toEqual(['+World/Units/good']);
  });
});

describe('a spawn function', () => {
  test('gets data of its type, and its node has the name of the sender', () => {
    const heard: number[] = [];
    const spawnFunction = custom(int, (data) => {
      heard.push(data);
      return plain.instantiate({ name: 'mine' });
    });
    const { side, spawn, bad } = client({ spawnFunction });
    spawn({ scene: CUSTOM_SPAWN, name: 'c' }, '020000000209');
    spawn({ scene: CUSTOM_SPAWN, netId: 2, name: 'd' }, '0100000000');
    spawn({ scene: CUSTOM_SPAWN, netId: 2, name: 'd' }, '00000000');
    spawn({ scene: CUSTOM_SPAWN, netId: 2, name: 'd' }, '03000000020900');
    expect([heard, side.told, bad]).toEqual([[9], ['+World/Units/c'], ['REPLICATION_STATE']]);
  });

  test('that throws ends the poll, and the next packet is handled in the next one', () => {
    let throws = true;
    const spawnFunction = custom(int, () => {
      if (throws) throw new Error('no node');
      return plain.instantiate();
    });
    const { side, spawn } = client({ spawnFunction });
    expect(() => spawn({ scene: CUSTOM_SPAWN, name: 'c' }, '020000000209')).toThrow('no node');
    throws = false;
    spawn({ scene: CUSTOM_SPAWN, name: 'c' }, '020000000209');
    expect(side.told).toEqual(['+World/Units/c']);
  });

  test('that polls and adds nodes itself cannot make two of one name or net id', () => {
    let depth = 0;
    const spawnFunction = custom(int, () => {
      if (depth++ === 0) {
        all.peer.receive(1, all.again);
        all.side.multiplayer.poll();
      }
      return plain.instantiate();
    });
    const all = { ...client({ spawnFunction }), again: '' };
    const writer = new VariantWriter();
    writeSpawnHead(writer, { scene: CUSTOM_SPAWN, spawner: 1, netId: 1, synchronizers: [], name: 'c' });
    all.again = `${Buffer.from(writer.toBytes()).toString('hex')}020000000209`;
    all.receive(all.again);
    expect([all.side.told, all.bad, all.side.units.getChildren().length]).toEqual([
      ['+World/Units/c'],
      ['SPAWN_REFUSED'],
      1,
    ]);
    all.receive('0501000000');
    expect([all.side.told.at(-1), all.side.units.getChildren()]).toEqual(['-c', []]);
  });

  test('that disconnects the sender leaves no node of it', () => {
    const spawnFunction = custom(int, () => {
      all.side.multiplayer.disconnectPeer(1);
      return plain.instantiate();
    });
    const all = client({ spawnFunction });
    all.spawn({ scene: CUSTOM_SPAWN, name: 'c' }, '020000000209');
    expect([all.side.told, all.side.units.getChildren()]).toEqual([[], []]);
  });
});

describe('DESPAWN', () => {
  test('of an unknown id, or twice, or of the wrong size, is refused', () => {
    const { side, spawn, bad, receive } = client();
    spawn({});
    for (const hex of ['0502000000', '0501000000', '0501000000', '05010000']) receive(hex);
    expect([side.told, bad]).toEqual([
      ['+World/Units/a', '-a'],
      ['REPLICATION_UNDECLARED', 'BAD_PACKET'],
    ]);
  });

  test('of a node that this side has freed before is no fault of the sender', () => {
    const { side, spawn, bad, receive } = client({}, { spawnedNodes: 2 });
    spawn({});
    side.units.getChildren()[0]!.free();
    receive('0501000000');
    expect([side.told, bad]).toEqual([['+World/Units/a'], []]);
    receive('0501000000');
    expect(bad).toEqual(['REPLICATION_UNDECLARED']);
  });

  test('from a peer that is no longer the authority is refused', () => {
    const { side, spawn, bad, receive } = client();
    spawn({});
    side.units.setMultiplayerAuthority(9);
    receive('0501000000');
    expect([side.units.getChildren().length, bad]).toEqual([1, ['REPLICATION_NOT_ALLOWED']]);
  });
});

describe('SYNC and DELTA', () => {
  const begin = (): ReturnType<typeof client> & { one: ReturnType<typeof unit.instantiate>; news: string[] } => {
    const all = client();
    all.spawn({ scene: 0, synchronizers: [2], name: 'u' }, STATE);
    const one = all.side.units.getChildren()[0];
    if (!unit.isInstance(one!)) throw new Error('no unit');
    const news: string[] = [];
    one.getNode('Sync').synchronized.connect(() => news.push(`sync ${one.x}`));
    one.getNode('Sync').deltaSynchronized.connect(() => news.push(`delta ${one.hp} ${JSON.stringify(one.tags)}`));
    return { ...all, one, news };
  };
  const sync = (time: string, value: string): string => `06${time}020000000200000002${value}`;

  test.each([
    [['0100', '0100'], 1],
    [['0100', '0200'], 2],
    [['0200', '0100'], 1],
    [['ff7f', '0000'], 2],
    [['fe7f', '0000'], 1],
    [['0080', '0000'], 2],
    [['0080', '0100'], 2],
    [['0080', '0200'], 1],
    [['ffff', '0000'], 2],
    [['0000', 'ffff'], 2],
    [['0000', '0000'], 1],
  ])('of the times %j, %d are taken', (times, count) => {
    const { receive, news } = begin();
    for (const time of times) receive(sync(time, '09'));
    expect(news).toHaveLength(count);
  });

  test('set their values, or none of them', () => {
    const { receive, one, news, bad } = begin();
    receive(sync('0100', '09'));
    receive('16 02000000 0300000000000000 0a000000 0204 1c00000000000000');
    receive('16 02000000 0300000000000000 04000000 0205 0205');
    receive('16 02000000 0100000000000000 03000000 020600');
    receive('16 02000000 0400000000000000 02000000 0206');
    receive('16 02000000 0000000001000000 02000000 0206');
    receive('06 0200 02000000 03000000 020600');
    receive('06 0200 02000000 01000000 02');
    expect([one.x, one.hp, one.tags, news]).toEqual([9, 4, [], ['sync 9', 'delta 4 []']]);
    expect(bad).toEqual(['REPLICATION_STATE']);
    // A SYNC that was refused does not count as the last one.
    receive(sync('0200', '0a'));
    expect(one.x).toBe(10);
  });

  test('skip the blocks of unknown nodes', () => {
    const { receive, one, bad } = begin();
    receive('06 0100 63000000 01000000 ff 01000080 00000000 02000000 02000000 020b');
    expect([one.x, bad]).toEqual([11, []]);
  });

  test('handle the other blocks when a handler throws, and then end the poll', () => {
    const { receive, spawn, side, one } = begin();
    spawn({ scene: 0, netId: 3, synchronizers: [4], name: 'v' }, STATE);
    const other = side.units.getChildren()[1]!;
    if (!unit.isInstance(other)) throw new Error('no unit');
    one.getNode('Sync').deltaSynchronized.connect(() => {
      throw new Error('handler');
    });
    const block = (id: string): string => `${id}000000 0100000000000000 02000000 0209`;
    expect(() => receive(`16 ${block('02')} ${block('04')}`)).toThrow('handler');
    expect([one.hp, other.hp]).toEqual([9, 9]);
  });

  test('a handler may free the node, or poll', () => {
    const { receive, one, side, peer, bad, news } = begin();
    one.getNode('Sync').synchronized.connect(() => {
      peer.receive(1, '16020000000100000000000000020000000208');
      side.multiplayer.poll();
      one.free();
    });
    receive('06 0100 02000000 02000000 0209 02000000 02000000 020a');
    expect([news, one.isInsideTree(), bad]).toEqual([['sync 9', 'delta 8 []'], false, []]);
  });
});

test('a handler of replicationPacket that throws does not lose the packet', () => {
  const { side, spawn } = client();
  let throws = true;
  side.multiplayer.replicationPacket.connect(() => {
    if (throws) throw new Error('log');
  });
  expect(() => spawn({})).toThrow('log');
  throws = false;
  expect(side.told).toEqual(['+World/Units/a']);
});

describe('a peer that leaves', () => {
  test('takes its nodes with it: despawned is emitted at the next poll, once, also when a handler throws', () => {
    const { ours, sides, clients, settle, server, bad } = replicatedTable([5, 6]);
    for (const { units } of sides) units.setMultiplayerAuthority(5);
    for (const name of ['a', 'b']) sides[1]!.units.addChild(plain.instantiate({ name }));
    settle();
    expect(ours.units.getChildren()).toHaveLength(2);
    ours.units.despawned.connect((node) => {
      if (node.name === 'a') throw new Error('handler');
    });
    clients[0]!.peer.close();
    expect(() => server.multiplayer.poll()).toThrow('handler');
    settle();
    expect(ours.told).toEqual(['+World/Units/a', '+World/Units/b', '-a', '-b']);
    expect(sides[2]!.told).toEqual(['+World/Units/a', '+World/Units/b', '-a', '-b']);
    expect([ours.units.getChildren(), bad()]).toEqual([[], []]);
  });
});

test('a spawned handler may free, add and poll', () => {
  const { ours, theirs, settle, bad } = replicatedTable([5]);
  theirs.units.spawned.connect((node) => {
    theirs.multiplayer.poll();
    if (node.name === 'u1') node.free();
    theirs.multiplayer.addChild('World', plain.instantiate({ name: 'mark' }));
  });
  const [one, two] = ['u1', 'u2'].map((name) => unit.instantiate({ name }));
  for (const node of [one!, two!]) ours.units.addChild(node);
  settle();
  two!.hp = 9;
  one!.hp = 9;
  settle();
  one!.free();
  settle();
  expect([unitAt(theirs, 'u2').hp, theirs.multiplayer.getNodeOrNull('World/mark2') !== null, bad()]).toEqual([
    9,
    true,
    [],
  ]);
});

test('the checksum of a spawner is that of a node without methods', () => {
  const { peer } = client();
  expect(peer.sent.map(({ hex }) => hex)).toContain('020101000000');
});
