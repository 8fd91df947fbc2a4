import { describe, expect, test } from 'vitest';
import { table } from '../../../test/support/hub.ts';
import {
  declare,
  names,
  plain,
  replicatedTable,
  squad,
  state,
  unit,
  unitAt,
} from '../../../test/support/replicated-table.ts';
import { ErrorCode } from '../../error-code.ts';
import { array, variant } from '../../variant/index.ts';
import { MultiplayerSynchronizer } from '../nodes/multiplayer-synchronizer.ts';
import { always } from '../nodes/property.ts';
import { scene } from '../nodes/scene.ts';
import { spawner } from '../nodes/spawner-declaration.ts';
import { synchronizer } from '../nodes/synchronizer-declaration.ts';
import { VisibilityUpdateMode } from '../nodes/visibility.ts';
import { ConnectionStatus } from '../peers/multiplayer-peer.ts';

const INVALID = Symbol('invalid') as unknown as null;

describe('a peer that joins later', () => {
  test('gets the present state, then a DELTA with all watched properties', () => {
    const { server, clients, ours, theirs, settle, bad } = replicatedTable([5]);
    const one = unit.instantiate({ name: 'u1', title: 't' });
    clients[0]!.peer.close();
    settle();
    ours.units.addChild(one);
    one.hp = 9;
    one.tags.push('a');
    settle();
    clients[0]!.peer.renew();
    clients[0]!.peer.status = ConnectionStatus.CONNECTION_CONNECTED;
    clients[0]!.multiplayer.multiplayerPeer = clients[0]!.peer;
    clients[0]!.peer.join(server.peer);
    settle();
    const there = unitAt(theirs, 'u1');
    expect([there.hp, there.title, there.tags]).toEqual([9, 't', ['a']]);
    const deltas = clients[0]!.peer.heard.filter(([, hex]) => hex.startsWith('16'));
    expect(deltas.map(([, hex]) => hex.slice(10, 26))).toEqual(['0300000000000000']);
    expect(bad()).toEqual([]);
  });

  test('gets the values of now also between two looks at the changes', () => {
    const { clients, clock, ours, theirs, settle } = replicatedTable([5, 6]);
    ours.units.holdFor(6);
    const one = unit.instantiate({ name: 'u1' });
    one.getNode('Sync').deltaInterval = 10;
    ours.units.addChild(one);
    settle();
    one.hp = 9;
    clock.advance(1000);
    settle();
    expect(unitAt(theirs, 'u1').hp).toBe(3);
    ours.units.releaseFor(6);
    settle();
    const other = clients[1]!.multiplayer.getNodeOrNull('World/Units/u1');
    expect(unit.isInstance(other) && other.hp).toBe(9);
  });
});

describe('visibility', () => {
  test('a node is despawned where none of its synchronizers is visible, and spawned again with its net ids', () => {
    const { clients, ours, sides, settle, bad } = replicatedTable([5, 6]);
    const one = unit.instantiate({ name: 'u1' });
    ours.units.addChild(one);
    settle();
    const sync = one.getNode('Sync');
    sync.publicVisibility = false;
    settle();
    sync.setVisibilityFor(6, true);
    settle();
    one.hp = 1;
    settle();
    expect(sides.map(({ told }) => told)).toEqual([
      [],
      ['+World/Units/u1', '-u1'],
      ['+World/Units/u1', '-u1', '+World/Units/u1'],
    ]);
    expect(unitAt(sides[2]!, 'u1').hp).toBe(1);
    const spawns = clients[1]!.peer.heard.filter(([, hex]) => hex.startsWith('04'));
    expect(new Set(spawns.map(([, hex]) => hex.slice(12, 20)))).toEqual(new Set(['01000000']));
    expect(spawns).toHaveLength(2);
    expect(bad()).toEqual([]);
  });

  test('filters are asked at every poll, or only in updateVisibility', () => {
    const { ours, theirs, settle } = replicatedTable([5]);
    const one = unit.instantiate({ name: 'u1' });
    let isVisible = false;
    const sync = one.getNode('Sync');
    sync.addVisibilityFilter(() => isVisible);
    ours.units.addChild(one);
    settle();
    expect(theirs.units.getChildren()).toEqual([]);
    isVisible = true;
    settle();
    expect(names(theirs.units.getChildren())).toEqual(['u1']);
    sync.visibilityUpdateMode = VisibilityUpdateMode.VISIBILITY_PROCESS_NONE;
    isVisible = false;
    settle();
    expect(theirs.units.getChildren()).toHaveLength(1);
    sync.updateVisibility(6);
    settle();
    expect(theirs.units.getChildren()).toHaveLength(1);
    sync.updateVisibility(5);
    settle();
    expect(theirs.units.getChildren()).toEqual([]);
  });

  test('a filter that throws ends the poll, and everything else is sent', () => {
    const { server, ours, theirs, settle } = replicatedTable([5]);
    const [one, two] = ['u1', 'u2'].map((name) => unit.instantiate({ name }));
    ours.units.addChild(one!);
    ours.units.addChild(two!);
    settle();
    let throws = true;
    one!.getNode('Sync').addVisibilityFilter(() => {
      if (throws) throw new Error('filter');
      return true;
    });
    two!.x = 5;
    two!.hp = 6;
    expect(() => server.multiplayer.poll()).toThrow('filter');
    throws = false;
    theirs.multiplayer.poll();
    expect([unitAt(theirs, 'u2').x, unitAt(theirs, 'u2').hp]).toEqual([5, 6]);
  });
});

describe('hold', () => {
  test('a peer that is held gets nothing until it is released, also not what comes later', () => {
    const { ours, theirs, settle, clients } = replicatedTable([5, 6], { holdsNewPeers: true });
    ours.units.addChild(unit.instantiate({ name: 'u1' }));
    ours.units.releaseFor(6);
    ours.units.addChild(unit.instantiate({ name: 'u2' }));
    settle();
    expect(theirs.told).toEqual([]);
    expect(clients[0]!.peer.heard.filter(([, hex]) => hex.startsWith('04'))).toEqual([]);
    ours.units.releaseFor(5);
    settle();
    expect(theirs.told).toEqual(['+World/Units/u1', '+World/Units/u2']);
  });

  test('what is there stays when a peer is held, and its state is sent', () => {
    const { ours, theirs, settle } = replicatedTable([5]);
    const one = unit.instantiate({ name: 'u1' });
    ours.units.addChild(one);
    settle();
    ours.units.holdFor(5);
    one.x = 9;
    ours.units.addChild(unit.instantiate({ name: 'u2' }));
    settle();
    expect([theirs.told, unitAt(theirs, 'u1').x]).toEqual([['+World/Units/u1'], 9]);
    one.free();
    settle();
    expect(theirs.told).toEqual(['+World/Units/u1', '-u1']);
  });
});

describe('confirmation', () => {
  test('spawns wait until the spawner is declared over there, and its path is sent again until then', () => {
    const { server, clients, clock, settle } = table([5]);
    const units = declare(server).units;
    units.addChild(unit.instantiate({ name: 'u1' }));
    settle();
    const paths = (): number => clients[0]!.peer.heard.filter(([, hex]) => hex.startsWith('01')).length;
    expect(paths()).toBe(1);
    clock.advance(3000);
    settle();
    clock.advance(5999);
    settle();
    expect(paths()).toBe(2);
    const there = declare(clients[0]!);
    clock.advance(1);
    settle();
    expect([paths(), there.told]).toEqual([3, ['+World/Units/u1']]);
  });

  test('without it the SPAWN follows its path at once', () => {
    const { clients, ours, theirs, settle } = replicatedTable([5], { awaitsConfirmation: false });
    ours.units.addChild(unit.instantiate({ name: 'u1' }));
    clients[0]!.multiplayer.poll();
    expect(theirs.told).toEqual(['+World/Units/u1']);
    expect(clients[0]!.peer.heard.map(([, hex]) => hex.slice(0, 2)).filter((byte) => byte !== '07')).toEqual([
      '01',
      '04',
    ]);
    settle();
  });
});

describe('nested spawners', () => {
  test('the outer node comes first, and the inner one goes first', () => {
    const { clients, ours, theirs, settle, bad } = replicatedTable([5]);
    const outer = squad.instantiate({ name: 's' });
    ours.units.addChild(outer);
    outer.getNode('Spawner').addChild(unit.instantiate({ name: 'u' }));
    settle();
    const there = theirs.multiplayer.getNodeOrNull('World/Units/s');
    if (!squad.isInstance(there)) throw new Error('no squad');
    expect(names(there.getNode('Spawner').getChildren())).toEqual(['u']);
    outer.free();
    settle();
    const despawns = clients[0]!.peer.heard.filter(([, hex]) => hex.startsWith('05')).map(([, hex]) => hex);
    expect(despawns).toEqual(['0503000000', '0501000000']);
    expect([theirs.multiplayer.getNodeOrNull('World/Units/s/Members/u'), bad()]).toEqual([null, []]);
  });

  test('what is in a hidden node is hidden, and comes back with it', () => {
    const { ours, theirs, settle, bad } = replicatedTable([5]);
    const outer = squad.instantiate({ name: 's' });
    const inner = unit.instantiate({ name: 'u', x: 1 });
    ours.units.addChild(outer);
    outer.getNode('Spawner').addChild(inner);
    settle();
    outer.getNode('Sync').publicVisibility = false;
    settle();
    expect(theirs.multiplayer.getNodeOrNull('World/Units/s/Members/u')).toBeNull();
    inner.getNode('Sync').publicVisibility = false;
    inner.getNode('Sync').publicVisibility = true;
    outer.getNode('Spawner').addChild(unit.instantiate({ name: 'u2' }));
    inner.x = 7;
    settle();
    outer.getNode('Sync').publicVisibility = true;
    settle();
    expect(unitAt(theirs, 's/Members/u').x).toBe(7);
    expect(unitAt(theirs, 's/Members/u2').hp).toBe(3);
    expect(bad()).toEqual([]);
  });

  test('also when a scene that every side adds itself is in between', () => {
    const weapon = scene('res://weapon.tscn', { Spawner: spawner({ spawnPath: '../Bullets', scenes: [plain] }) });
    const { ours, theirs, settle, bad } = replicatedTable([5]);
    const addWeapon = (multiplayer: typeof ours.multiplayer): ReturnType<typeof weapon.instantiate> => {
      const made = weapon.instantiate({ name: 'w' });
      multiplayer.addChild('World/Units/s', made);
      return made;
    };
    theirs.units.spawned.connect(() => void addWeapon(theirs.multiplayer));
    const outer = squad.instantiate({ name: 's' });
    ours.units.addChild(outer);
    addWeapon(ours.multiplayer)
      .getNode('Spawner')
      .addChild(plain.instantiate({ name: 'b' }));
    settle();
    const path = 'World/Units/s/w/Bullets/b';
    expect(theirs.multiplayer.getNodeOrNull(path)).not.toBeNull();
    outer.getNode('Sync').publicVisibility = false;
    settle();
    expect(theirs.multiplayer.getNodeOrNull(path)).toBeNull();
    outer.getNode('Sync').publicVisibility = true;
    settle();
    expect(theirs.multiplayer.getNodeOrNull(path)).not.toBeNull();
    outer.free();
    settle();
    expect(bad()).toEqual([]);
  });
});

describe('a full buffer', () => {
  test('what was added, changed and freed meanwhile is sent later, in order', () => {
    const { server, ours, theirs, settle, bad } = replicatedTable([5]);
    const one = unit.instantiate({ name: 'u1' });
    ours.units.addChild(one);
    settle();
    server.peer.refusal = ErrorCode.ERR_OUT_OF_MEMORY;
    const two = unit.instantiate({ name: 'u2' });
    const three = unit.instantiate({ name: 'u3' });
    for (const node of [two, three]) ours.units.addChild(node);
    one.hp = 1;
    settle();
    two.free();
    one.free();
    const again = unit.instantiate({ name: 'u1', hp: 5 });
    ours.units.addChild(again);
    settle();
    server.peer.refusal = ErrorCode.OK;
    settle();
    expect(theirs.told).toEqual(['+World/Units/u1', '-u1', '+World/Units/u3', '+World/Units/u1']);
    expect(unitAt(theirs, 'u1').hp).toBe(5);
    expect(bad()).toEqual([]);
  });

  test('a node that is hidden and shown meanwhile is despawned and spawned again', () => {
    const { server, ours, theirs, settle, bad } = replicatedTable([5]);
    const one = unit.instantiate({ name: 'u1' });
    ours.units.addChild(one);
    settle();
    server.peer.refusal = ErrorCode.ERR_OUT_OF_MEMORY;
    one.getNode('Sync').publicVisibility = false;
    settle();
    one.getNode('Sync').publicVisibility = true;
    one.hp = 8;
    settle();
    server.peer.refusal = ErrorCode.OK;
    settle();
    expect([theirs.told, unitAt(theirs, 'u1').hp]).toEqual([['+World/Units/u1', '-u1', '+World/Units/u1'], 8]);
    expect(bad()).toEqual([]);
  });
});

test('a value that became invalid before the SPAWN throws, and is spawned at every peer once it is valid', () => {
  const loose = scene('res://loose.tscn', { Sync: synchronizer({ tags: always(array(variant)) }) });
  const { server, ours, sides, settle, clients } = replicatedTable([5, 6], { scenes: [loose, unit] });
  const good = unit.instantiate({ name: 'good' });
  ours.units.addChild(good);
  settle();
  const one = loose.instantiate({ name: 'u1' });
  one.tags.push(INVALID);
  const other = unit.instantiate({ name: 'u2' });
  expect(ours.units.addChild(one)).toBe(ErrorCode.OK);
  ours.units.addChild(other);
  good.hp = 77;
  expect(() => server.multiplayer.poll()).toThrow('"tags"');
  expect(() => server.multiplayer.poll()).toThrow(TypeError);
  for (const { multiplayer } of clients) multiplayer.poll();
  expect(sides.slice(1).map(({ told }) => told)).toEqual([
    ['+World/Units/good', '+World/Units/u2'],
    ['+World/Units/good', '+World/Units/u2'],
  ]);
  expect(sides.slice(1).map((side) => unitAt(side, 'good').hp)).toEqual([77, 77]);
  one.tags.length = 0;
  settle();
  expect(sides.slice(1).map(({ told }) => told.at(-1))).toEqual(['+World/Units/u1', '+World/Units/u1']);
});

test('a spawner whose authority is another peer spawns nothing more, also not for who comes later', () => {
  const { clients, ours, sides, settle, bad } = replicatedTable([5, 6]);
  ours.units.holdFor(6);
  ours.units.addChild(unit.instantiate({ name: 'u1' }));
  settle();
  for (const { units } of sides) units.setMultiplayerAuthority(5);
  ours.units.releaseFor(6);
  settle();
  expect(sides[2]!.told).toEqual([]);
  expect(sides[1]!.units.addChild(plain.instantiate({ name: 'c1' }))).toBe(ErrorCode.OK);
  settle();
  expect([ours.told, sides[2]!.told]).toEqual([['+World/Units/c1'], ['+World/Units/c1']]);
  expect([bad(), clients.length]).toEqual([[], 2]);
});

test('a static scene is not spawned: every side adds it, and its state follows its path', () => {
  const { ours, theirs, settle, bad } = replicatedTable([5]);
  const [one, there] = [ours, theirs].map(({ multiplayer }) => {
    const made = state.instantiate({ name: 'State' });
    expect(multiplayer.addChild('World', made)).toBe(ErrorCode.OK);
    return made;
  });
  one!.tick = 3;
  one!.label = 'x';
  one!.list.push([1]);
  settle();
  expect([there!.tick, there!.label, there!.list]).toEqual([3, 'x', [[1]]]);
  expect(there!.getNode('Sync')).toBeInstanceOf(MultiplayerSynchronizer);
  expect([theirs.told, bad()]).toEqual([[], []]);
});
