import { expect, onTestFinished, test } from 'vitest';
import { FakePage, inspect, VIEW } from '../../test/support/inspected.ts';
import { drive } from '../../test/support/peers.ts';
import { ErrorCode } from '../error-code.ts';
import { isFailure } from '../failure.ts';
import { rpc, SceneMultiplayer, WebSocketMultiplayerPeer } from '../multiplayer/index.ts';
import { type Room, Rooms } from '../rooms/index.ts';
import { string } from '../variant/index.ts';
import { WebSocketServer } from '../websocket/index.ts';
import type { InspectorTarget } from './index.ts';

const METHODS = { say: rpc.anyPeer([string], () => undefined) };

/** Rooms of two kinds on a port, and what plays there; all of it ends with the test. */
function house() {
  const sockets = new WebSocketServer({ maxHandshakeSize: 16_384 });
  onTestFinished(() => sockets[Symbol.dispose]());
  if (sockets.listen(0, '127.0.0.1') !== ErrorCode.OK) throw new Error(sockets.getLastFailure()?.message);
  const open = ({ multiplayer }: Room) => multiplayer.node('Main', METHODS);
  const rooms = new Rooms(sockets, {
    kinds: {
      lobby: { capacity: 10, tickRate: 100, opensByKind: true, open },
      match: { capacity: 2, tickRate: 200, match: { players: 2 }, open },
    },
  });
  const make = (kind: 'lobby' | 'match', code: string): Room => {
    const room = rooms.create(kind, { code });
    if (isFailure(room)) throw new Error(room.message);
    return room;
  };
  const clients: SceneMultiplayer[] = [];
  const all = {
    poll(): void {
      for (const one of [rooms, ...clients]) one.poll();
    },
  };
  const enter = async (query: string) => {
    const peer = new WebSocketMultiplayerPeer();
    onTestFinished(() => peer.close());
    peer.createClient(`ws://127.0.0.1:${sockets.getLocalPort()}/?${query}`);
    const multiplayer = new SceneMultiplayer();
    multiplayer.multiplayerPeer = peer;
    clients.push(multiplayer);
    await drive(all, () => multiplayer.getPeers().includes(1));
    return multiplayer;
  };
  return { sockets, rooms, make, enter, all };
}

/** A page that is open. */
async function visit(rooms: InspectorTarget): Promise<FakePage> {
  const page = new FakePage(inspect(rooms));
  expect(await page.outcome()).toBe(null);
  return page;
}

const SHOWN = { ...VIEW, showsRooms: true } as const;

test('the rooms with their kind, players, ticks and traffic, in the order and by the search of the page', async () => {
  const { rooms, make, enter, all } = house();
  make('match', 'BBBBB').isLocked = true;
  make('lobby', 'AAAAA').isListed = false;
  const page = await visit(rooms);
  const client = await enter('room=AAAAA');
  page.tell(SHOWN);
  const main = client.node('Main', METHODS);
  let polls = 0;
  const chat = { poll: () => polls++ % 50 === 0 && main.say.rpcId(1, 'x'.repeat(100)) };
  const { rooms: shown, server } = await page.update(
    ({ rooms: found }) => (found?.rows[0]?.ticks ?? 0) > 0 && found!.rows[0]!.bytesIn > 0,
    [all, chat],
  );
  expect(server).toMatchObject({ isListening: true, rooms: { rooms: 2, players: 1, waiting: 0 } });
  expect(shown?.count).toBe(2);
  const [first, second] = shown!.rows;
  expect(first).toMatchObject({ code: 'AAAAA', kind: 'lobby', players: 1, arriving: 0, capacity: 10, tickRate: 100 });
  expect(first).toMatchObject({ isLocked: false, isListed: false, faults: 0 });
  expect(first!.tickMost).toBeGreaterThanOrEqual(first!.tickMean!);
  expect(second).toMatchObject({ code: 'BBBBB', players: 0, isLocked: true, ticks: null, tickMean: null, bytesIn: 0 });
  page.tell({ ...SHOWN, roomOrder: 'players', isRoomsDescending: false });
  await page.update((update) => update.rooms?.rows[0]?.code === 'BBBBB', [all]);
  page.tell({ ...SHOWN, roomSearch: 'matc' });
  const found = await page.update((update) => update.rooms?.count === 1, [all]);
  expect(found.rooms?.rows.map(({ code }) => code)).toEqual(['BBBBB']);
  page.tell(VIEW);
  await page.update((update) => update.rooms === null, [all]);
});

test('a room that is chosen: its players, its traffic, its nodes, and no packet of another is looked at', async () => {
  const { rooms, make, enter, all } = house();
  const [red, blue] = [make('lobby', 'RED22'), make('lobby', 'BLUE2')];
  const page = await visit(rooms);
  const ada = await enter('room=RED22');
  const bob = await enter('room=BLUE2');
  const mains = [ada, bob].map((client) => client.node('Main', METHODS));
  page.tell({ ...VIEW, room: 'red22', showsTraffic: true, showsNodes: true });
  await page.update(({ traffic }) => traffic !== null, [all]);
  expect([red, blue].map(({ multiplayer }) => Object.hasOwn(multiplayer.parts.receiver, 'receive'))).toEqual([
    true,
    false,
  ]);
  for (const main of mains) main.say.rpcId(1, 'hello');
  const { traffic, nodes, peers, peerCount, room } = await page.update(
    (update) => update.traffic?.rows.some(({ member }) => member === 'say') === true,
    [all],
  );
  expect(traffic?.rows.find(({ member }) => member === 'say')).toMatchObject({ path: 'Main', packetsIn: 1 });
  expect(nodes?.rows.map(({ path, methods }) => [path, methods])).toEqual([['Main', ['say']]]);
  expect([peerCount, peers.map(({ id, room: code }) => [id, code])]).toEqual([1, [[ada.getUniqueId(), 'RED22']]]);
  expect(room).toMatchObject({ code: 'RED22', players: 1 });
  red.close();
  const closed = await page.update((update) => update.room === null, [all]);
  expect([closed.traffic, closed.nodes, closed.peerCount]).toEqual([null, null, 0]);
  const again = make('lobby', 'RED22');
  await page.update(({ traffic: shown }) => shown !== null && shown.count === 0, [all]);
  expect(Object.hasOwn(again.multiplayer.parts.receiver, 'receive')).toBe(true);
});

test('peers of all rooms are found by their room, and those in none are shown, too', async () => {
  const { rooms, make, enter, all } = house();
  make('lobby', 'RED22');
  make('lobby', 'BLUE2');
  const page = await visit(rooms);
  const ada = await enter('room=RED22');
  await enter('room=BLUE2');
  const { peers } = await page.update(
    (update) => update.peers.every(({ room }) => room !== '') && update.peerCount === 2,
    [all],
  );
  expect(peers.map(({ room }) => room)).toEqual(['RED22', 'BLUE2']);
  expect(peers[0]).toMatchObject({ id: ada.getUniqueId(), multiplayer: { isAdmitted: true } });
  page.tell({ ...VIEW, search: 'blue' });
  await page.update(({ peerCount }) => peerCount === 1, [all]);
});

test('a followed player is followed into the next room', async () => {
  const { rooms, make, enter, all } = house();
  const [red, blue] = [make('lobby', 'RED22'), make('lobby', 'BLUE2')];
  const page = await visit(rooms);
  const ada = await enter('room=RED22');
  const main = ada.node('Main', METHODS);
  await page.update(({ peers }) => peers[0]?.room === 'RED22', [all]);
  page.tell({ type: 'follow', peer: 1 });
  const session = rooms.getPeer(ada.getUniqueId())!.inspected!;
  await page.update(() => Object.hasOwn(session, 'send'), [all]);
  main.say.rpcId(1, 'in red');
  await page.update(({ packets }) => packets.some(({ summary }) => summary === 'rpc Main.say("in red")'), [all]);
  expect(red.move(ada.getUniqueId(), blue)).toBe(null);
  await drive(all, () => blue.players.length === 1);
  main.say.rpcId(1, 'in blue');
  await page.update(({ packets }) => packets.some(({ summary }) => summary === 'rpc Main.say("in blue")'), [all]);
});

test('the log has the refusals and the events of the rooms, and not those of others', async () => {
  const { sockets, rooms, make, enter, all } = house();
  const other = house();
  make('lobby', 'RED22');
  const page = await visit(rooms);
  make('lobby', 'BLUE2');
  await enter('room=BLUE2');
  other.make('lobby', 'RED22');
  await other.enter('room=RED22');
  const stranger = new WebSocketMultiplayerPeer();
  onTestFinished(() => stranger.close());
  stranger.createClient(`ws://127.0.0.1:${sockets.getLocalPort()}/?room=NONE2`);
  await drive([all, stranger, page], () => page.log.some(({ text }) => text.includes('4404')));
  expect(page.log.filter(({ text }) => text.includes('admitted') || text.includes('joined'))).toHaveLength(1);
});

test('after close(), the rooms have their own methods, and no tick is measured', async () => {
  const { rooms, make, all } = house();
  make('lobby', 'RED22');
  const inspector = inspect(rooms);
  const page = new FakePage(inspector);
  await page.outcome();
  page.tell(SHOWN);
  await page.update(() => true, [all]);
  expect(Object.hasOwn(rooms, 'poll')).toBe(true);
  inspector.close();
  expect(Object.hasOwn(rooms, 'poll')).toBe(false);
});
