import { expect, test } from 'vitest';
import { names, replicatedTable, unit, unitAt } from '../../../test/support/replicated-table.ts';
import { int } from '../../variant/index.ts';
import { rpc } from '../index.ts';

const TICK = 50;

/** A server and two clients with one unit; `sleep()` makes the first client sleep, and `wake()` wakes it. */
function start() {
  const all = replicatedTable([5, 6]);
  const { server, clients, clock, ours, settle } = all;
  const first = unit.instantiate({ name: 'first' });
  ours.units.addChild(first);
  settle();
  let isAwake = true;
  const run = (seconds: number, each: () => void = () => {}): void => {
    for (let time = 0; time < seconds * 1000 - 1; time += TICK) {
      each();
      clock.advance(TICK);
      for (const one of [server, ...clients]) if (isAwake || one !== clients[0]) one.multiplayer.poll();
    }
  };
  const sleep = (): void => {
    isAwake = false;
    run(2.5, () => {
      first.x++;
      first.hp++;
    });
    expect(server.news()).toEqual(['asleep 5']);
  };
  const wake = (): void => {
    isAwake = true;
    run(0.3);
    expect(server.news()).toEqual(['awake 5']);
  };
  run(2);
  server.news();
  return { ...all, first, run, sleep, wake };
}

test('a peer that was asleep has the nodes and the newest state', () => {
  const { ours, theirs, sides, first, run, sleep, wake, bad } = start();
  sleep();
  const second = unit.instantiate({ name: 'second', title: 't' });
  ours.units.addChild(second);
  const short = unit.instantiate({ name: 'short' });
  ours.units.addChild(short);
  run(5, () => {
    first.x++;
    first.hp++;
    second.hp--;
  });
  short.free();
  run(1);
  wake();
  const [ofFirst, ofSecond] = [unitAt(theirs, 'first'), unitAt(theirs, 'second')];
  expect([ofFirst.x, ofFirst.hp, ofSecond.hp, ofSecond.title]).toEqual([first.x, first.hp, second.hp, 't']);
  expect(names(theirs.units.getChildren())).toEqual(['first', 'second']);
  expect(unitAt(sides[2]!, 'first').hp).toBe(first.hp);
  expect(bad()).toEqual([]);
});

test('of state nothing waits: it is sent once, when the peer is awake', () => {
  const { server, clients, theirs, first, run, sleep, wake } = start();
  sleep();
  const { waitingPackets } = server.multiplayer.getPeerStatistics(5)!;
  run(30, () => {
    first.x++;
    first.hp++;
  });
  expect(server.multiplayer.getPeerStatistics(5)).toMatchObject({ waitingPackets, isAsleep: true });
  const before = clients[0]!.peer.heard.length;
  wake();
  const packets = clients[0]!.peer.heard.slice(before).map(([, hex]) => hex);
  // One in each of the ticks before it was known to be asleep, and one for all that came after.
  const deltas = packets.filter((hex) => hex.startsWith('16')).length;
  expect(deltas).toBeGreaterThan(1);
  expect(deltas).toBeLessThan(50);
  expect(unitAt(theirs, 'first').hp).toBe(first.hp);
});

test('a call of a node that was spawned meanwhile comes after its SPAWN, and of a freed one before', () => {
  const { server, clients, ours, sleep, wake, run, bad } = start();
  const heard: string[] = [];
  const pattern = server.multiplayer.nodes('World/Units/*', { hit: rpc.anyPeer([int]) });
  clients[0]!.multiplayer.nodes('World/Units/*', {
    hit: rpc.anyPeer([int], (_, value) => void heard.push(`${clients[0]!.multiplayer.getCalledPath()} ${value}`)),
  });
  clients[1]!.multiplayer.nodes('World/Units/*', { hit: rpc.anyPeer([int], () => undefined) });
  sleep();
  const node = unit.instantiate({ name: 'new' });
  ours.units.addChild(node);
  run(0.1);
  pattern.at('World/Units/new').hit.rpc(1);
  pattern.at('World/Units/first').hit.rpc(2);
  pattern.at('World/Units/new').hit.rpcId(5, 3);
  run(0.1);
  pattern.at('World/Units/new').hit.rpc(4);
  node.free();
  wake();
  expect(heard).toEqual(['World/Units/new 1', 'World/Units/first 2', 'World/Units/new 3', 'World/Units/new 4']);
  expect(bad()).toEqual([]);
});

test('a peer that joins, and one that leaves, are announced when it wakes', () => {
  const { server, clients, sleep, wake, run } = start();
  sleep();
  clients[0]!.news();
  clients[1]!.peer.disconnectPeer(1);
  run(1);
  expect(server.news()).toEqual(['- 6']);
  wake();
  const news = clients[0]!.news().filter((line) => !line.startsWith('replication'));
  expect(news).toEqual(['- 6']);
});
