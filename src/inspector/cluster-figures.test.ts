import { expect, onTestFinished, test } from 'vitest';
import { FakePage, inspect, VIEW } from '../../test/support/inspected.ts';
import { Rooms } from '../rooms/index.ts';
import { WebSocketServer } from '../websocket/index.ts';
import type { InspectedCluster } from './index.ts';

const node = (id: string, players: number, isDraining = false) => {
  return {
    id,
    label: `host-${id}:1`,
    address: { host: '10.0.0.1', port: 7000 },
    rooms: 1,
    players,
    isDraining,
    age: 12.4,
  };
};
const room = (code: string, owner: string, taken: number) => {
  return { code, kind: 'match', node: owner, taken, capacity: 4, isLocked: false, isListed: true, metadata: {} };
};
const CLUSTER: InspectedCluster = {
  id: 'a',
  getNodes: () => [node('b', 3, true), node('a', 2)],
  getRooms: () => [room('AAAAA', 'a', 2), room('BBBBB', 'b', 3), room('CCCCC', 'b', 0)],
};

test('the processes of a cluster, and the rooms of all of them that match the search', async () => {
  const sockets = new WebSocketServer();
  onTestFinished(() => sockets[Symbol.dispose]());
  const rooms = new Rooms(sockets, { kinds: {} });
  const page = new FakePage(inspect(rooms, { cluster: CLUSTER }));
  expect(await page.outcome()).toBe(null);
  page.tell({ ...VIEW, showsCluster: true });
  const { cluster } = await page.update((update) => update.cluster !== null);
  expect(cluster).toMatchObject({ isMember: true, count: 3, allRooms: 3, players: 5 });
  expect(cluster?.nodes).toMatchObject([
    { id: 'a', isThis: true, isDraining: false, age: 12 },
    { id: 'b', isThis: false, isDraining: true, address: '10.0.0.1:7000' },
  ]);
  expect(cluster?.rooms.map(({ code, node: label, taken }) => [code, label, taken])).toEqual([
    ['BBBBB', 'host-b:1', 3],
    ['AAAAA', 'host-a:1', 2],
    ['CCCCC', 'host-b:1', 0],
  ]);
  page.tell({ ...VIEW, showsCluster: true, clusterSearch: 'host-a' });
  const found = await page.update((update) => update.cluster?.count === 1);
  expect(found.cluster?.rooms).toMatchObject([{ code: 'AAAAA' }]);
});
