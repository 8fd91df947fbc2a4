import { describe, expect, test } from 'vitest';
import { player, replicatedTable, state, unit, unitAt } from '../../../test/support/replicated-table.ts';
import { ErrorCode } from '../../error-code.ts';
import { int, packedByteArray } from '../../variant/index.ts';
import { always, onChange } from '../nodes/property.ts';
import { scene } from '../nodes/scene.ts';
import { synchronizer } from '../nodes/synchronizer-declaration.ts';

const INVALID = Symbol('invalid') as unknown as null;

/** A static scene on a server and its client. */
function withState(): ReturnType<typeof replicatedTable> &
  Record<'one' | 'there', ReturnType<typeof state.instantiate>> {
  const all = replicatedTable([5]);
  const [one, there] = [all.ours, all.theirs].map(({ multiplayer }) => {
    const made = state.instantiate({ name: 'State' });
    multiplayer.addChild('World', made);
    return made;
  });
  all.settle();
  return { ...all, one: one!, there: there! };
}

describe('values that were changed to something invalid', () => {
  test('throw after everything else was sent, and again only while they stay so', () => {
    const { server, ours, theirs, settle } = replicatedTable([5]);
    const [one, two] = ['u1', 'u2'].map((name) => unit.instantiate({ name }));
    for (const node of [one!, two!]) ours.units.addChild(node);
    settle();
    one!.tags.push(INVALID);
    one!.hp = 8;
    one!.x = 1;
    two!.hp = 9;
    two!.x = 2;
    expect(() => server.multiplayer.poll()).toThrow('"tags" of "World/Units/u1/Sync"');
    expect(() => server.multiplayer.poll()).toThrow(TypeError);
    theirs.multiplayer.poll();
    expect([unitAt(theirs, 'u1').hp, unitAt(theirs, 'u1').x]).toEqual([8, 1]);
    expect([unitAt(theirs, 'u2').hp, unitAt(theirs, 'u2').x]).toEqual([9, 2]);
    one!.tags.pop();
    one!.tags.push('ok');
    settle();
    expect(unitAt(theirs, 'u1').tags).toEqual(['ok']);
  });

  test('do not keep the rest of the synchronizer from a peer that comes later', () => {
    const { server, ours, sides, settle, clients, bad } = replicatedTable([5, 6]);
    ours.units.holdFor(6);
    const one = unit.instantiate({ name: 'u1' });
    ours.units.addChild(one);
    settle();
    one.tags.push(INVALID);
    one.hp = 8;
    ours.units.releaseFor(6);
    for (let n = 0; n < 4; n++) {
      expect(() => server.multiplayer.poll()).toThrow('"tags"');
      for (const { multiplayer } of clients) multiplayer.poll();
    }
    one.hp = 9;
    expect(() => server.multiplayer.poll()).toThrow('"tags"');
    clients[1]!.multiplayer.poll();
    expect([unitAt(sides[2]!, 'u1').hp, unitAt(sides[2]!, 'u1').tags, bad()]).toEqual([9, [], []]);
    one.tags.splice(0, 1, 5);
    settle();
    expect(sides.slice(1).map((side) => unitAt(side, 'u1').tags)).toEqual([[5], [5]]);
  });
});

describe('packet sizes', () => {
  const large = scene('res://large.tscn', {
    Sync: synchronizer({ data: always(packedByteArray), kept: onChange(packedByteArray) }),
  });

  /** The sizes of the packets that begin with `command` for nodes whose values have these sizes. */
  function sizesOf(command: string, values: readonly number[]): number[] {
    const { clients, ours, theirs, settle, bad } = replicatedTable([5], { scenes: [large] });
    ours.multiplayer.maxSyncPacketSize = 128;
    ours.multiplayer.maxDeltaPacketSize = 128;
    const nodes = values.map((_, index) => large.instantiate({ name: `n${index}` }));
    for (const node of nodes) ours.units.addChild(node);
    settle();
    clients[0]!.peer.heard.length = 0;
    for (const [index, node] of nodes.entries()) {
      if (command === '06') node.data = new Uint8Array(values[index]!).fill(index + 1);
      else node.kept = new Uint8Array(values[index]!).fill(index + 1);
    }
    ours.multiplayer.poll();
    clients[0]!.multiplayer.poll();
    for (const [index, size] of values.entries()) {
      const there = theirs.multiplayer.getNodeOrNull(`World/Units/n${index}`);
      if (!large.isInstance(there)) throw new Error('not there');
      expect(command === '06' ? there.data : there.kept).toEqual(new Uint8Array(size).fill(index + 1));
    }
    expect(bad()).toEqual([]);
    return clients[0]!.peer.heard.filter(([, hex]) => hex.startsWith(command)).map(([, hex]) => hex.length / 2);
  }

  // A value of n bytes, a multiple of 4, has 8 + n of them, and the header of its block 8 in a SYNC, 16 in a DELTA.
  test.each([
    ['06', [44, 44], [123]],
    ['06', [44, 48], [127]],
    ['06', [48, 48], [67, 67]],
    ['06', [108], [127]],
    ['06', [112], [131]],
    ['06', [500, 4, 4], [519, 43]],
    ['06', [4, 500, 4], [23, 519, 23]],
    ['16', [36, 40], [125]],
    ['16', [40, 40], [65, 65]],
    ['16', [500, 4], [525, 29]],
  ])('of %s packets with values of %j bytes', (command, values, sizes) => {
    expect(sizesOf(command, values)).toEqual(sizes);
  });
});

describe('a full buffer', () => {
  test('a SYNC that is not sent is skipped, and a DELTA is sent later with the present values', () => {
    const { server, clients, ours, theirs, settle, bad } = replicatedTable([5]);
    const [one, two] = ['u1', 'u2'].map((name) => unit.instantiate({ name }));
    for (const node of [one!, two!]) ours.units.addChild(node);
    settle();
    clients[0]!.peer.heard.length = 0;
    server.peer.refusal = ErrorCode.ERR_OUT_OF_MEMORY;
    one!.hp = 1;
    settle();
    one!.hp = 2;
    two!.hp = 7;
    settle();
    one!.tags.push(1);
    settle();
    server.peer.refusal = ErrorCode.OK;
    server.multiplayer.poll();
    clients[0]!.multiplayer.poll();
    expect(clients[0]!.peer.heard.map(([, hex]) => hex.slice(0, 2))).toEqual(['06', '16']);
    expect([unitAt(theirs, 'u1').hp, unitAt(theirs, 'u1').tags, unitAt(theirs, 'u2').hp]).toEqual([2, [1], 7]);
    settle();
    expect(clients[0]!.peer.heard.filter(([, hex]) => hex.startsWith('16'))).toHaveLength(1);
    expect(bad()).toEqual([]);
  });
});

test('a peer that is behind gets no SYNC until it has caught up, and then the newest', () => {
  const { server, clients, ours, theirs, settle } = replicatedTable([5, 6]);
  const one = unit.instantiate({ name: 'u1' });
  ours.units.addChild(one);
  settle();
  let backlog = 1;
  server.peer.getOutboundBacklog = (id) => (id === 5 ? backlog : 0);
  clients[0]!.peer.heard.length = 0;
  for (one.x = 1; one.x < 9; one.x++) settle();
  one.hp = 4;
  settle();
  expect(clients[0]!.peer.heard.map(([, hex]) => hex.slice(0, 2))).toEqual(['16']);
  const other = clients[1]!.multiplayer.getNodeOrNull('World/Units/u1');
  expect([unitAt(theirs, 'u1').x, unit.isInstance(other) && other.x, unitAt(theirs, 'u1').hp]).toEqual([0, 9, 4]);
  backlog = 0;
  server.multiplayer.poll();
  theirs.multiplayer.poll();
  expect(unitAt(theirs, 'u1').x).toBe(9);
});

describe('times', () => {
  /** Lets the time of a peer advance without sending much. */
  function pass({ server, clients }: ReturnType<typeof replicatedTable>, polls: number, one: HasInterval): void {
    one.replicationInterval = 1e9;
    for (let n = 0; n < polls; n++) server.multiplayer.poll();
    clients[0]!.multiplayer.poll();
    one.replicationInterval = 0;
  }
  interface HasInterval {
    replicationInterval: number;
  }

  test.each([0x3ffe, 0x3fff, 0x7ffe, 0x7fff, 0x8000, 0x8001, 40_000, 65_536, 140_000])(
    'a static synchronizer that was hidden for %d polls is received at once',
    (polls) => {
      const all = withState();
      const { server, clients, one, there } = all;
      const sync = one.getNode('Sync');
      pass(all, 48_000, sync);
      sync.publicVisibility = false;
      pass(all, polls, sync);
      one.tick = 7;
      sync.publicVisibility = true;
      server.multiplayer.poll();
      clients[0]!.multiplayer.poll();
      expect(there.tick).toBe(7);
    },
  );

  test('also when the buffer was full at first', () => {
    const all = withState();
    const { server, clients, one, there } = all;
    const sync = one.getNode('Sync');
    pass(all, 40_000, sync);
    sync.publicVisibility = false;
    pass(all, 40_000, sync);
    one.tick = 7;
    sync.publicVisibility = true;
    server.peer.refusal = ErrorCode.ERR_OUT_OF_MEMORY;
    server.multiplayer.poll();
    server.peer.refusal = ErrorCode.OK;
    server.multiplayer.poll();
    clients[0]!.multiplayer.poll();
    expect(there.tick).toBe(7);
  });

  test('also one of a spawned node that stays because of another', () => {
    const two = scene('res://two.tscn', { A: synchronizer({ a: always(int) }), B: synchronizer({ b: always(int) }) });
    const all = replicatedTable([5], { scenes: [two] });
    const { server, clients, ours, theirs, settle } = all;
    const one = two.instantiate({ name: 't' });
    ours.units.addChild(one);
    settle();
    const [a, b] = [one.getNode('A'), one.getNode('B')];
    a.replicationInterval = 1e9;
    pass(all, 40_000, b);
    b.publicVisibility = false;
    pass(all, 40_000, b);
    one.b = 7;
    b.publicVisibility = true;
    server.multiplayer.poll();
    clients[0]!.multiplayer.poll();
    const there = theirs.multiplayer.getNodeOrNull('World/Units/t');
    expect(two.isInstance(there) && there.b).toBe(7);
  });

  test('also one whose authority was elsewhere for long', () => {
    const all = withState();
    const { server, clients, one, there, settle } = all;
    const sync = one.getNode('Sync');
    const give = (id: number): void => {
      for (const node of [one, there]) node.setMultiplayerAuthority(id);
    };
    pass(all, 40_000, sync);
    give(5);
    settle();
    there.tick = 3;
    settle();
    expect(one.tick).toBe(3);
    pass(all, 40_000, sync);
    give(1);
    one.tick = 7;
    server.multiplayer.poll();
    clients[0]!.multiplayer.poll();
    expect(there.tick).toBe(7);
  });

  test('a synchronizer with a long interval arrives although the time has wrapped', () => {
    const { server, clients, one, there, clock } = withState();
    one.getNode('Sync').replicationInterval = 1000;
    let received = 0;
    there.getNode('Sync').synchronized.connect(() => received++);
    for (let n = 0; n < 70_000; n++) server.multiplayer.poll();
    clients[0]!.multiplayer.poll();
    expect(received).toBe(4);
    clock.advance(1000_000);
    one.tick = 9;
    server.multiplayer.poll();
    clients[0]!.multiplayer.poll();
    expect(there.tick).toBe(9);
  });
});

describe('authority', () => {
  test('changes both ways without losing or doubling state', () => {
    const { one, there, settle, bad } = withState();
    const give = (id: number): void => {
      for (const node of [one, there]) node.setMultiplayerAuthority(id);
    };
    for (let round = 0; round < 4; round++) {
      const [writer, reader, id] = round % 2 === 0 ? [there, one, 5] : [one, there, 1];
      give(id);
      writer.tick = 10 + round;
      writer.label = `round ${round}`;
      reader.label = 'not sent';
      let deltas = 0;
      const count = (): void => void deltas++;
      reader.getNode('Sync').deltaSynchronized.connect(count);
      settle();
      expect([reader.tick, reader.label, writer.label, deltas]).toEqual([
        10 + round,
        `round ${round}`,
        `round ${round}`,
        1,
      ]);
      reader.getNode('Sync').deltaSynchronized.disconnect(count);
    }
    // What was on its way when the authority changed is refused.
    expect(bad().filter((line) => !line.endsWith('NOT_ALLOWED'))).toEqual([]);
  });

  test('a confirmation that comes after it was given away and taken back does not send the net id 0', () => {
    const { server, clients, ours, theirs, bad } = replicatedTable([5]);
    const [one, there] = [ours, theirs].map(({ multiplayer }) => {
      const made = state.instantiate({ name: 'State' });
      multiplayer.addChild('World', made);
      return made;
    });
    server.multiplayer.poll();
    clients[0]!.multiplayer.poll();
    one!.setMultiplayerAuthority(5);
    one!.setMultiplayerAuthority(1);
    one!.label = 'x';
    one!.tick = 4;
    for (let n = 0; n < 3; n++) {
      server.multiplayer.poll();
      clients[0]!.multiplayer.poll();
    }
    expect([there!.tick, there!.label, bad()]).toEqual([4, 'x', []]);
  });

  test('of a spawned node: the new authority sends, and a peer that comes later gets the state', () => {
    const { ours, sides, theirs, settle, bad } = replicatedTable([5, 6]);
    ours.units.holdFor(6);
    const one = unit.instantiate({ name: 'u1' });
    ours.units.addChild(one);
    settle();
    const there = unitAt(theirs, 'u1');
    for (const node of [one, there]) node.setMultiplayerAuthority(5);
    there.x = 4;
    there.hp = 5;
    settle();
    expect([one.x, one.hp]).toEqual([4, 5]);
    for (const node of [one, there]) node.setMultiplayerAuthority(1);
    one.x = 6;
    one.hp = 7;
    settle();
    ours.units.releaseFor(6);
    settle();
    one.hp = 8;
    settle();
    for (const side of [theirs, sides[2]!]) expect([unitAt(side, 'u1').x, unitAt(side, 'u1').hp]).toEqual([6, 8]);
    expect(bad().filter((line) => /STATE|BAD_PACKET|REFUSED/.test(line))).toEqual([]);
  });
});

test('an input synchronizer of a client reaches the server, and other clients through the relay', () => {
  const { ours, sides, settle, bad } = replicatedTable([5, 6]);
  ours.units.addChild(player.instantiate({ name: '5' }));
  settle();
  const [here, there, other] = sides.map(({ multiplayer }) => {
    const node = multiplayer.getNodeOrNull('World/Units/5');
    if (!player.isInstance(node)) throw new Error('no player');
    return node.getNode('Inputs');
  });
  there!.motion = 3;
  there!.shots++;
  settle();
  expect([here!.motion, here!.shots, other!.motion, other!.shots, bad()]).toEqual([3, 1, 3, 1, []]);
});
