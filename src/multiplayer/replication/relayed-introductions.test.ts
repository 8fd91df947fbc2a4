import { describe, expect, test } from 'vitest';
import { player, replicatedTable, type Side, squad, unit } from '../../../test/support/replicated-table.ts';
import { Command, commandOf } from '../wire/command.ts';
import { simplifyPathPacket } from '../wire/path-packet.ts';
import { pathNetId } from '../wire/state-packet.ts';
import { relayedPacket, SysCommand, sysCommandOf, sysPacket } from '../wire/sys-packet.ts';
import { RelayedIntroductions } from './relayed-introductions.ts';
import type { SceneTree } from './scene-tree.ts';

type Table = ReturnType<typeof replicatedTable>;

function inputsOf({ multiplayer }: Side, path: string): string | null {
  const node = multiplayer.getNodeOrNull(path);
  if (!player.isInstance(node)) return null;
  const { motion, shots } = node.getNode('Inputs');
  return `${motion} ${shots}`;
}

/** Client 2 changes the properties of its own player. */
function act({ multiplayer }: Side, motion: number, shots: number): void {
  const node = multiplayer.getNodeOrNull('World/Units/2');
  if (!player.isInstance(node)) throw new Error('no player');
  node.getNode('Inputs').motion = motion;
  node.getNode('Inputs').shots = shots;
}

/** The packets that a side was relayed since the last call, by their commands. */
function relayed({ player: { peer } }: Side): string[] {
  return peer.heard
    .splice(0)
    .map(([, hex]) => Uint8Array.from(Buffer.from(hex, 'hex')))
    .filter((packet) => commandOf(packet) === Command.SYS && sysCommandOf(packet) === SysCommand.RELAY)
    .map((packet) => Command[commandOf(relayedPacket(packet))]!);
}

/** Polls all sides but one. */
function settleWithout({ sides }: Table, slow: Side): void {
  for (let round = 0; round < 6; round++) for (const side of sides) if (side !== slow) side.multiplayer.poll();
}

/** A server, clients 2 and 3, and the player of client 2, which client 3 sees or not. */
function playerOfTwo(isSeen: boolean): Table & { node: ReturnType<typeof player.instantiate>; third: Side } {
  const all = replicatedTable([2, 3]);
  const node = player.instantiate({ name: '2' });
  node.getNode('Sync').setVisibilityFor(2, true);
  node.getNode('Sync').publicVisibility = isSeen;
  all.ours.units.addChild(node);
  return { ...all, node, third: all.sides[2]! };
}

test('a client that gets a node later than its authority gets the state of the authority', () => {
  const all = playerOfTwo(true);
  settleWithout(all, all.third);
  act(all.theirs, 7, 1);
  settleWithout(all, all.third);
  all.settle();
  expect(inputsOf(all.third, 'World/Units/2')).toBe('7 1');
  expect(all.bad()).toEqual([]);
});

test('a client that does not see a node is not introduced to what is inside until it does', () => {
  const all = playerOfTwo(false);
  all.settle();
  act(all.theirs, 7, 1);
  all.settle();
  expect(relayed(all.third)).toEqual([]);
  all.node.getNode('Sync').publicVisibility = true;
  all.settle();
  expect(inputsOf(all.third, 'World/Units/2')).toBe('7 1');
  expect(relayed(all.third).slice(0, 1)).toEqual(['SIMPLIFY_PATH']);
  expect(all.bad()).toEqual([]);
});

test('a client for which a node is hidden and shown again gets the watched properties of another client again', () => {
  const all = playerOfTwo(true);
  all.settle();
  act(all.theirs, 7, 1);
  all.settle();
  const sync = all.node.getNode('Sync');
  sync.publicVisibility = false;
  all.settle();
  expect(inputsOf(all.third, 'World/Units/2')).toBeNull();
  act(all.theirs, 7, 2);
  all.settle();
  sync.publicVisibility = true;
  all.settle();
  expect(inputsOf(all.third, 'World/Units/2')).toBe('7 2');
  act(all.theirs, 8, 3);
  all.settle();
  expect(inputsOf(all.third, 'World/Units/2')).toBe('8 3');
  expect(all.bad()).toEqual([]);
});

test('the relay filter decides about the state that is passed again', () => {
  const all = playerOfTwo(true);
  all.settle();
  act(all.theirs, 7, 1);
  all.settle();
  all.ours.multiplayer.relayFilter = (from, to, packet) =>
    !(from === 2 && to === 3 && commandOf(packet) === Command.SYNC);
  all.node.getNode('Sync').publicVisibility = false;
  all.settle();
  all.node.getNode('Sync').publicVisibility = true;
  all.settle();
  expect(inputsOf(all.third, 'World/Units/2')).toBe('0 0');
});

test('a spawner of a client inside a node waits as its synchronizers do', () => {
  const all = replicatedTable([2, 3]);
  const node = squad.instantiate({ name: 'Squad' });
  all.ours.units.addChild(node);
  node.getNode('Spawner').setMultiplayerAuthority(2);
  settleWithout(all, all.sides[2]!);
  const theirs = all.theirs.multiplayer.getNodeOrNull('World/Units/Squad');
  if (!squad.isInstance(theirs)) throw new Error('no squad');
  theirs.getNode('Spawner').setMultiplayerAuthority(2);
  theirs.getNode('Spawner').addChild(unit.instantiate({ name: 'Member' }));
  settleWithout(all, all.sides[2]!);
  all.sides[2]!.multiplayer.poll(); // confirms the spawner of the server
  all.ours.multiplayer.poll();
  all.sides[2]!.multiplayer.poll(); // gets the node
  const third = all.sides[2]!.multiplayer.getNodeOrNull('World/Units/Squad');
  if (!squad.isInstance(third)) throw new Error('no squad');
  third.getNode('Spawner').setMultiplayerAuthority(2);
  all.settle();
  expect(
    third
      .getNode('Spawner')
      .getChildren()
      .map(({ name }) => name),
  ).toEqual(['Member']);
});

test('a path of a node that is freed, or whose client leaves, before the other has got it is not passed on', () => {
  for (const end of ['free', 'leave'] as const) {
    const all = playerOfTwo(false);
    all.settle();
    if (end === 'leave') all.ours.multiplayer.disconnectPeer(2);
    else all.node.free();
    all.settle();
    const again = player.instantiate({ name: '2' });
    all.ours.units.addChild(end === 'free' ? again : player.instantiate({ name: 'other' }));
    all.node.getNode('Sync').publicVisibility = true;
    all.third.player.peer.heard.length = 0;
    all.ours.multiplayer.poll();
    all.third.multiplayer.poll();
    expect(relayed(all.third)).toEqual([]);
  }
});

test('what is kept of an introduction ends with its path', () => {
  const all = playerOfTwo(false);
  all.settle();
  const path = new TextEncoder().encode('World/Units/2/Inputs/Sync\0and what a stranger adds');
  const packet = simplifyPathPacket('d41d8cd98f00b204e9800998ecf8427e', 99, path);
  all.theirs.player.peer.setTargetPeer(1);
  all.theirs.player.peer.putPacket(sysPacket(SysCommand.RELAY, 3, packet));
  all.ours.multiplayer.poll();
  all.third.player.peer.heard.length = 0;
  all.node.getNode('Sync').publicVisibility = true;
  all.settle();
  const heard = all.third.player.peer.heard.map(([, hex]) => hex);
  const kept = Buffer.from('World/Units/2/Inputs/Sync\0').toString('hex');
  expect(heard.some((hex) => hex.endsWith(kept))).toBe(true);
  expect(heard.some((hex) => hex.includes(Buffer.from('stranger').toString('hex')))).toBe(false);
});

test('a path of a node whose authority is another peer is passed on at once, and changes nothing', () => {
  const all = playerOfTwo(false);
  const path = new TextEncoder().encode('World/Units/2/Sync\0');
  const packet = simplifyPathPacket('d41d8cd98f00b204e9800998ecf8427e', 99, path);
  all.settle();
  relayed(all.third);
  all.theirs.player.peer.setTargetPeer(1);
  all.theirs.player.peer.putPacket(sysPacket(SysCommand.RELAY, 3, packet));
  all.settle();
  expect(relayed(all.third)).toEqual(['SIMPLIFY_PATH']);
});

describe('paths outside of spawned nodes, of which 1,024 are kept for each client', () => {
  const [SENDER, RECEIVER] = [2, 3];
  const text = new TextEncoder();

  /** Paths that client 2 has introduced to client 3. */
  function start(count: number) {
    const sent: number[] = [];
    const introductions = new RelayedIntroductions({
      mayReturn: true,
      pathLength: 1024,
      isHeld: () => false,
      tree: { synchronizers: new Map(), spawners: new Map() } as unknown as SceneTree,
      views: new Map(),
      spawnedAround: () => null,
      passOn: (_, __, packet) => void sent.push(new DataView(packet.buffer).getUint32(34, true)),
    });
    const introduce = (number: number): void => {
      const packet = simplifyPathPacket('0'.repeat(32), number, text.encode(`Node${number}\0`));
      expect(introductions.pass(SENDER, [RECEIVER], packet)).toEqual([RECEIVER]);
    };
    for (let number = 1; number <= count; number++) introduce(number);
    /** The numbers whose paths client 3 gets when it comes back. */
    const kept = (): number[] => {
      sent.length = 0;
      introductions.resume(RECEIVER);
      return sent.splice(0).sort((a, b) => a - b);
    };
    return { introductions, introduce, kept };
  }

  /** A call of a method of the node with a number of two bytes. */
  const call = (number: number): Uint8Array => Uint8Array.of(0x10, number & 0xff, number >> 8, 0);

  /** A SYNC of a synchronizer with such a number, without values. */
  function sync(number: number): Uint8Array {
    const packet = new Uint8Array(11);
    packet[0] = Command.SYNC;
    new DataView(packet.buffer).setUint32(3, pathNetId(number), true);
    return packet;
  }

  test.each([
    { count: 1023, first: 1 },
    { count: 1024, first: 1 },
    { count: 1025, first: 2 },
  ])('of $count, the first kept is $first', ({ count, first }) => {
    const kept = start(count).kept();
    expect([kept[0], kept.length]).toEqual([first, Math.min(count, 1024)]);
  });

  test('those that were used last are kept: introduced again, or in a call, or in the state of a synchronizer', () => {
    const { introductions, introduce, kept } = start(1024);
    introduce(1);
    introductions.noteUse(SENDER, call(2));
    introductions.noteUse(SENDER, sync(3));
    for (const number of [2001, 2002, 2003]) introduce(number);
    expect(kept().slice(0, 4)).toEqual([1, 2, 3, 7]);
  });

  test('packets that are cut off, and of clients that have introduced nothing, change nothing', () => {
    const { introductions, introduce, kept } = start(1024);
    for (const packet of [
      new Uint8Array(0),
      Uint8Array.of(0x10),
      Uint8Array.of(Command.SYNC),
      sync(1).subarray(0, 9),
      call(9999),
    ]) {
      for (const from of [SENDER, 9]) introductions.noteUse(from, packet);
    }
    introduce(2001);
    expect(kept()[0]).toBe(2);
  });
});
