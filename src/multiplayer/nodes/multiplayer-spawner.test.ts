import { describe, expect, test } from 'vitest';
import { table } from '../../../test/support/hub.ts';
import { ErrorCode } from '../../error-code.ts';
import { dictionary, int, string } from '../../variant/index.ts';
import type { MultiplayerSpawner } from './multiplayer-spawner.ts';
import { onChange } from './property.ts';
import { scene } from './scene.ts';
import { custom, spawner } from './spawner-declaration.ts';
import { synchronizer } from './synchronizer-declaration.ts';

const unit = scene('res://unit.tscn', { Sync: synchronizer({ health: onChange(int, 3) }) });
const other = scene('res://other.tscn', {});
const squad = scene('res://squad.tscn', { Spawner: spawner({ spawnPath: '../Members', scenes: [unit] }) });
const OPTIONS = {
  spawnPath: '../Units',
  scenes: [unit, squad],
  spawnFunction: custom(dictionary({ name: string, hp: int }), ({ name, hp }) =>
    unit.instantiate({ name, health: hp }),
  ),
};

describe('addChild', () => {
  test('adds an instance below the spawn path, with a free name', () => {
    const { server } = table([]);
    const units = server.multiplayer.spawner('World/Spawner', OPTIONS);
    const [one, two] = [unit.instantiate(), unit.instantiate()];
    expect([units.addChild(one), units.addChild(two)]).toEqual([ErrorCode.OK, ErrorCode.OK]);
    expect([one.getPath(), two.getPath(), units.getSpawnPath()]).toEqual([
      'World/Units/unit',
      'World/Units/unit2',
      'World/Units',
    ]);
    expect(units.getChildren()).toEqual([one, two]);
    one.free();
    expect(units.getChildren()).toEqual([two]);
    expect(server.multiplayer.getLastFailure()).toBeNull();
  });

  test('refuses what is not in the list, was added before, or was freed', () => {
    const { server } = table([]);
    const { multiplayer } = server;
    const units = multiplayer.spawner('World/Spawner', OPTIONS);
    const one = unit.instantiate();
    expect(units.addChild(other.instantiate())).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(multiplayer.getLastFailure()?.message).toContain('res://other.tscn');
    units.addChild(one);
    expect(units.addChild(one)).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    one.free();
    expect(units.addChild(one)).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    const never = unit.instantiate();
    never.free();
    expect([units.addChild(never), multiplayer.getLastFailure()?.code]).toEqual([
      ErrorCode.ERR_ALREADY_IN_USE,
      'TICKPEER_ALREADY_IN_USE',
    ]);
  });

  test.each(['/root/World', '', 'a//b', '../World', 'World/..', './World', 'a:b'])('%j is no path', (path) => {
    const { multiplayer } = table([]).server;
    expect(() => multiplayer.spawner(`${path}/Spawner`, OPTIONS)).toThrow('no path of a node from the root');
    expect(() => multiplayer.addChild(path, unit.instantiate())).toThrow(TypeError);
    expect(() => multiplayer.spawner('.', OPTIONS)).toThrow(TypeError);
  });

  test('refuses data before the spawn function makes a node of them', () => {
    const { server } = table([]);
    const calls: number[] = [];
    const units = server.multiplayer.spawner('World/Spawner', {
      spawnPath: '../Units',
      spawnLimit: 1,
      spawnFunction: custom(int, (data) => {
        calls.push(data);
        return unit.instantiate();
      }),
    });
    units.spawn(1);
    expect([units.spawn(2), server.multiplayer.getLastFailure()?.code]).toEqual([null, 'TICKPEER_SPAWN_REFUSED']);
    units.setMultiplayerAuthority(5);
    expect([units.spawn(3), server.multiplayer.getLastFailure()?.code]).toEqual([
      null,
      'TICKPEER_REPLICATION_NOT_ALLOWED',
    ]);
    expect(calls).toEqual([1]);
  });

  test('refuses nodes when this peer is not the authority', () => {
    const { server, clients } = table([5]);
    const [ours, theirs] = [server, clients[0]!].map(({ multiplayer }) =>
      multiplayer.spawner('World/Spawner', OPTIONS),
    );
    expect([theirs!.addChild(unit.instantiate()), clients[0]!.multiplayer.getLastFailure()?.code]).toEqual([
      ErrorCode.ERR_UNAUTHORIZED,
      'TICKPEER_REPLICATION_NOT_ALLOWED',
    ]);
    ours!.setMultiplayerAuthority(5);
    expect(ours!.addChild(unit.instantiate())).toBe(ErrorCode.ERR_UNAUTHORIZED);
    expect(ours!.spawn({ name: 'a', hp: 1 })).toBeNull();
  });

  test('takes spawnLimit nodes, and one more after one was freed', () => {
    const { server } = table([]);
    const units = server.multiplayer.spawner('World/Spawner', { ...OPTIONS, spawnLimit: 2 });
    const one = unit.instantiate();
    expect([one, unit.instantiate(), unit.instantiate()].map((node) => units.addChild(node))).toEqual([
      ErrorCode.OK,
      ErrorCode.OK,
      ErrorCode.ERR_UNAVAILABLE,
    ]);
    expect([units.spawn({ name: 'a', hp: 1 }), server.multiplayer.getLastFailure()?.code]).toEqual([
      null,
      'TICKPEER_SPAWN_REFUSED',
    ]);
    one.free();
    expect(units.spawn({ name: 'a', hp: 1 })?.name).toBe('a');
    units.spawnLimit = 3;
    expect(units.addChild(unit.instantiate())).toBe(ErrorCode.OK);
  });

  test('returns ERR_UNCONFIGURED while the spawner is not in the tree', () => {
    const { server } = table([]);
    const outer = squad.instantiate();
    const inner: MultiplayerSpawner = outer.getNode('Spawner');
    expect([inner.addChild(unit.instantiate()), inner.getSpawnPath(), inner.getChildren()]).toEqual([
      ErrorCode.ERR_UNCONFIGURED,
      '',
      [],
    ]);
    server.multiplayer.addChild('World', outer);
    expect(inner.addChild(unit.instantiate())).toBe(ErrorCode.OK);
    outer.free();
    expect(inner.addChild(unit.instantiate())).toBe(ErrorCode.ERR_UNCONFIGURED);
  });
});

describe('spawn', () => {
  test('makes the node by the function, and refuses data of another type', () => {
    const { server } = table([]);
    const units = server.multiplayer.spawner('World/Spawner', OPTIONS);
    const node = units.spawn({ name: 'a', hp: 9 });
    expect([node?.getPath(), unit.isInstance(node) && node.health]).toEqual(['World/Units/a', 9]);
    // @ts-expect-error hp is missing
    expect(() => units.spawn({ name: 'b' })).toThrow(TypeError);
    expect(units.getChildren()).toHaveLength(1);
  });

  test('throws without a function, and for a function that returns a node again', () => {
    const { server } = table([]);
    const plain = server.multiplayer.spawner('World/Plain', { spawnPath: '../Units', scenes: [unit] });
    expect(() => plain.spawn(null)).toThrow('no spawnFunction');
    const same = unit.instantiate();
    const again = server.multiplayer.spawner('World/Again', {
      spawnPath: '../Others',
      spawnFunction: custom(int, () => same),
    });
    expect(again.spawn(1)).toBe(same);
    expect(() => again.spawn(1)).toThrow('a new node each time');
    same.free();
    expect(() => again.spawn(1)).toThrow('a new node each time');
  });
});

test('holdFor and releaseFor are recorded for each peer, and forgotten when it leaves', () => {
  const { server, clients, settle } = table([5, 6]);
  const units = server.multiplayer.spawner('World/Spawner', { ...OPTIONS, holdsNewPeers: true });
  expect([units.isHeldFor(5), units.isHeldFor(6), units.isHeldFor(7)]).toEqual([true, true, false]);
  units.releaseFor(5);
  expect(units.isHeldFor(5)).toBe(false);
  clients[1]!.peer.close();
  settle();
  expect(units.isHeldFor(6)).toBe(false);
});

test('a spawner whose path leads out of the root can be declared again with a good one', () => {
  const { server } = table([]);
  expect(() => server.multiplayer.spawner('Spawner', { spawnPath: '../../Units' })).toThrow('leads out of the root');
  expect(server.multiplayer.spawner('Spawner', { spawnPath: '/root/World/Units' }).getSpawnPath()).toBe('World/Units');
  expect(() => server.multiplayer.spawner('Spawner', { spawnPath: '..' })).toThrow('declared already');
});
