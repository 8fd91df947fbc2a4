import { describe, expect, test } from 'vitest';
import { CutServer } from '../../../test/support/cut.ts';
import { player, squad, state, unit } from '../../../test/support/replicated-table.ts';
import { ErrorCode } from '../../error-code.ts';
import { int, string } from '../../variant/index.ts';
import { rpc, type SceneMultiplayer } from '../index.ts';

/** The world: a spawner, a node that every side has, and one of each of two players. */
function declare(multiplayer: SceneMultiplayer) {
  const units = multiplayer.spawner('World/Spawner', { spawnPath: '../Units', scenes: [unit, player, squad] });
  const shared = state.instantiate({ name: 'State' });
  multiplayer.addChild('World', shared);
  const own = [2, 3].map((id) => {
    const node = state.instantiate({ name: `Of${id}` });
    multiplayer.addChild('World', node);
    node.getNode('Sync').setMultiplayerAuthority(id);
    return node;
  });
  const heard: string[] = [];
  const main = multiplayer.node('World/Main', {
    say: rpc.anyPeer([string], (from, text) => void heard.push(`${from} ${text}`)),
  });
  const players = multiplayer.nodes('World/Units/*', {
    hit: rpc.anyPeer([int], (from, damage) => void heard.push(`${from} hit ${multiplayer.getCalledPath()} ${damage}`)),
  });
  return { multiplayer, units, shared, own, main, players, heard };
}

type World = ReturnType<typeof declare>;

/** A server, and guests 2, 3, … with that world. Each of them has a node of the scene `player` with its id as name. */
function start(count = 2) {
  const server = new CutServer();
  let next = 2;
  server.peer.generateUniqueId = () => next++;
  const ours = declare(server.multiplayer);
  const enter = (token = '') => {
    const guest = server.guest(token);
    const theirs = declare(guest.multiplayer);
    server.settle();
    return { guest, ...theirs };
  };
  const guests = Array.from({ length: count }, () => enter());
  for (const { guest } of guests) ours.units.addChild(player.instantiate({ name: `${guest.id}` }));
  server.settle();
  for (const one of [server, ...guests.map(({ guest }) => guest)]) one.news();
  return { server, ours, guests, enter };
}

type All = ReturnType<typeof start>;
type Guest = All['guests'][number];

/** The ways in which a guest comes back: in the same process, or in another one. */
const WAYS = ['reconnects', 'reloads'] as const;
type Way = (typeof WAYS)[number];

function comeBack({ server, enter }: All, one: Guest, way: Way, token: string): Guest {
  if (way === 'reconnects') {
    server.reconnect(one.guest, token);
    return one;
  }
  server.guests.splice(server.guests.indexOf(one.guest), 1);
  return enter(token);
}

/** Everything of a world that is replicated, as text. */
function dump({ multiplayer }: World): string {
  const { instances } = multiplayer.parts.replication.tree;
  return [...instances]
    .filter(([path]) => path.startsWith('World/') && path !== 'World/Spawner')
    .map(([path, { layout, values }]) => `${path} ${JSON.stringify(layout.slots.map((_, slot) => values.get(slot)))}`)
    .sort()
    .join('\n');
}

/** The inputs of a player, at a side. */
function inputs({ multiplayer }: World, id: number) {
  const node = multiplayer.getNodeOrNull(`World/Units/${id}`);
  if (!player.isInstance(node)) throw new Error(`no player ${id}`);
  return node.getNode('Inputs');
}

/** What was reported that should not have been. */
function faults({ server, guests }: All): string[] {
  return [server, ...guests.map(({ guest }) => guest)]
    .flatMap((one) => one.news())
    .filter((line) => /TICKPEER_(?!CONN)/.test(line));
}

describe.each(WAYS)('a player who %s', (way) => {
  test('has the state of the server, whatever has changed meanwhile', () => {
    const all = start(1);
    const { server, ours } = all;
    const [before] = all.guests as [Guest];
    const gone = unit.instantiate({ name: 'Gone' });
    const kept = unit.instantiate({ name: 'Kept' });
    for (const node of [gone, kept]) ours.units.addChild(node);
    server.settle();
    expect(dump(before)).toBe(dump(ours));
    const token = server.tokenOf(before.guest);
    server.cut(before.guest);
    gone.free();
    kept.hp = 1;
    ours.shared.label = 'changed';
    ours.units.addChild(unit.instantiate({ name: 'New' }));
    server.settle();
    const after = comeBack(all, before, way, token);
    server.settle();
    expect(dump(after)).toBe(dump(ours));
    kept.hp = 2;
    ours.shared.label = 'again';
    server.settle();
    expect(dump(after)).toBe(dump(ours));
    expect(faults(all)).toEqual([]);
  });

  test('sees what it saw: what was set for it stays', () => {
    const all = start(1);
    const { server, ours } = all;
    const [before] = all.guests as [Guest];
    for (const name of ['Seen', 'Hidden']) {
      const node = unit.instantiate({ name });
      node.getNode('Sync').publicVisibility = false;
      if (name === 'Seen') node.getNode('Sync').setVisibilityFor(before.guest.id, true);
      ours.units.addChild(node);
    }
    const token = server.tokenOf(before.guest);
    server.cut(before.guest);
    const after = comeBack(all, before, way, token);
    expect(after.multiplayer.getNodeOrNull('World/Units/Seen')).not.toBeNull();
    expect(after.multiplayer.getNodeOrNull('World/Units/Hidden')).toBeNull();
  });

  test('gets calls of a node that was spawned meanwhile, after the node', () => {
    const all = start(1);
    const { server, ours } = all;
    const [before] = all.guests as [Guest];
    const { id } = before.guest;
    const token = server.tokenOf(before.guest);
    server.cut(before.guest);
    ours.units.addChild(unit.instantiate({ name: 'New' }));
    const hidden = unit.instantiate({ name: 'Hidden' });
    hidden.getNode('Sync').publicVisibility = false;
    ours.units.addChild(hidden);
    expect(ours.players.at('World/Units/New').hit.rpcId(id, 5)).toBe(ErrorCode.OK);
    expect(ours.players.at('World/Units/Hidden').hit.rpcId(id, 6)).toBe(ErrorCode.ERR_UNAVAILABLE);
    const after = comeBack(all, before, way, token);
    expect(after.heard).toEqual(['1 hit World/Units/New 5']);
    expect(faults(all)).toEqual([]);
  });

  test('sends its inputs to the server and to the others, and gets theirs', () => {
    const all = start(2);
    const { server, ours } = all;
    const [before, other] = all.guests as [Guest, Guest];
    const { id } = before.guest;
    const exchange = (mine: Guest, value: number): void => {
      inputs(mine, id).motion = value;
      inputs(mine, id).shots = value;
      mine.own[0]!.label = `mine ${value}`;
      inputs(other, other.guest.id).motion = -value;
      inputs(other, other.guest.id).shots = -value;
      other.own[1]!.label = `theirs ${value}`;
      // Long enough for a time that is larger than those of a new connection.
      server.settle(60);
      for (const world of [ours, mine, other]) {
        const seen = [id, other.guest.id].map((of) => [inputs(world, of).motion, inputs(world, of).shots]);
        expect(seen).toEqual([
          [value, value],
          [-value, -value],
        ]);
        expect(world.own.map((node) => node.label)).toEqual([`mine ${value}`, `theirs ${value}`]);
      }
    };
    exchange(before, 7);
    let now = before;
    for (const value of [8, 9]) {
      const token = server.tokenOf(now.guest);
      server.cut(now.guest);
      server.settle();
      now = comeBack(all, now, way, token);
      // Without a change: what the other has set before.
      server.settle();
      expect([inputs(now, other.guest.id).shots, now.own[1]!.label]).toEqual([1 - value, `theirs ${value - 1}`]);
      exchange(now, value);
    }
    expect(faults(all)).toEqual([]);
    expect(other.guest.news()).toEqual([]);
  });

  test('calls another player and is called, before and after; calls that it has missed arrive in order', () => {
    const all = start(2);
    const { server } = all;
    const [before, other] = all.guests as [Guest, Guest];
    const { id } = before.guest;
    const say = (from: Guest, to: number, text: string): void => {
      for (const part of ['a', 'b']) {
        from.main.say.rpcId(to, text + part);
        server.settle();
      }
    };
    say(before, other.guest.id, 'one');
    say(other, id, 'two');
    const token = server.tokenOf(before.guest);
    server.cut(before.guest);
    say(other, id, 'missed');
    const after = comeBack(all, before, way, token);
    say(after, other.guest.id, 'three');
    say(other, id, 'four');
    expect(other.heard).toEqual(['onea', 'oneb', 'threea', 'threeb'].map((text) => `${id} ${text}`));
    const first = way === 'reconnects' ? ['twoa', 'twob'] : [];
    expect(after.heard).toEqual([...first, 'misseda', 'missedb', 'foura', 'fourb'].map((text) => `3 ${text}`));
    expect(faults(all)).toEqual([]);
  });
});

test('the nodes of a player stay while it is away, and the others see them', () => {
  const all = start(2);
  const { server, ours } = all;
  const [ada, bob] = all.guests as [Guest, Guest];
  const { id } = ada.guest;
  inputs(ada, id).shots = 5;
  server.settle();
  server.tokenOf(ada.guest);
  server.cut(ada.guest);
  server.settle();
  for (const world of [ours, bob]) expect(inputs(world, id).shots).toBe(5);
  expect(ours.multiplayer.getMultiplayerAuthority(`World/Units/${id}/Inputs/Sync`)).toBe(id);
});

test('what a player has spawned itself leaves when it comes back, and comes again if its game still has it', () => {
  const all = start(2);
  const { server, ours } = all;
  const [ada, bob] = all.guests as [Guest, Guest];
  const { id } = ada.guest;
  const group = squad.instantiate({ name: 'Group' });
  ours.units.addChild(group);
  server.settle();
  for (const { multiplayer } of [ours, ada, bob]) multiplayer.setMultiplayerAuthority('World/Units/Group/Spawner', id);
  const at = ({ multiplayer }: World) => {
    const node = multiplayer.getNodeOrNull('World/Units/Group');
    if (!squad.isInstance(node)) throw new Error('no group');
    return node.getNode('Spawner');
  };
  at(ada).addChild(unit.instantiate({ name: 'Own' }));
  server.settle();
  const names = (world: World): string[] =>
    at(world)
      .getChildren()
      .map(({ name }) => name);
  for (const world of [ours, bob]) expect(names(world)).toEqual(['Own']);
  faults(all); // a path of the server came before the node of the other player
  const token = server.tokenOf(ada.guest);
  server.cut(ada.guest);
  server.settle();
  for (const world of [ours, bob]) expect(names(world)).toEqual(['Own']);
  expect(faults(all)).toEqual([]);
  comeBack(all, ada, 'reconnects', token);
  server.settle();
  for (const world of [ours, bob]) expect(names(world)).toEqual([]);
  expect(faults(all)).toEqual([]);
});
