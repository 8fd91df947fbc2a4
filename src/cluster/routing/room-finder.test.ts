import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import type { BucketWatcher } from '../broker/broker.ts';
import { Directory } from '../directory/directory.ts';
import type { ClaimResult } from '../directory/own-rooms.ts';
import type { NodeRecord } from '../lease/node-record.ts';
import { type FinderContext, RoomFinder } from './room-finder.ts';

const node = (id: string, players: number): NodeRecord => ({
  id,
  players,
  label: '',
  address: { host: 'h', port: 1 },
  isDraining: false,
  rooms: 0,
  worker: null,
  primary: '',
  sequence: 1,
  leaseTime: 10_000,
  isEnded: false,
});

async function world(context: Partial<FinderContext>, nodes: readonly NodeRecord[]) {
  let watcher: BucketWatcher | null = null;
  const directory = new Directory(() => 0, { onRoom() {}, onNode() {}, onOther() {} });
  let revision = 0;
  const tell = (key: string, text: string | null): void => watcher?.onChange({ key, text, revision: ++revision });
  const refused = (): Promise<never> => Promise.reject(new Error('not here'));
  await directory.follow({
    create: refused,
    update: refused,
    delete: refused,
    get: refused,
    watch: async (made) => {
      watcher = made;
      queueMicrotask(() => made.onReady());
      return { stop() {} };
    },
  });
  for (const record of nodes) tell(`node.${record.id}`, JSON.stringify(record));
  const finder = new RoomFinder({
    directory,
    own: () => null,
    self: () => null,
    now: () => 0,
    local: () => ({ players: 0, isOpening: false }),
    isOpenHere: () => false,
    opensByCode: () => true,
    isSaved: async () => true,
    askToClaim: async () => 'here',
    pause: async () => undefined,
    ...context,
  });
  const find = (url: string, signal: AbortSignal = new AbortController().signal) =>
    finder.find({ url } as IncomingMessage, signal);
  return { find, finder, tell };
}

test('a node that does not claim a code is passed over for the next one', async () => {
  const asked: string[] = [];
  const askToClaim = async (id: string): Promise<ClaimResult> => {
    asked.push(id);
    return id === 'a' ? 'unknown' : 'here';
  };
  const { find } = await world({ askToClaim }, [node('a', 0), node('b', 100)]);
  expect(await find('/?room=CLUB')).toMatchObject({ to: 'node', id: 'b' });
  expect(asked).toEqual(['a', 'b']);
});

test('no code is claimed for a client that has gone while the store was asked', async () => {
  const asked: string[] = [];
  const client = new AbortController();
  const askToClaim = async (id: string): Promise<ClaimResult> => {
    asked.push(id);
    return 'here';
  };
  const isSaved = async (): Promise<boolean> => {
    client.abort();
    return true;
  };
  const { find } = await world({ askToClaim, isSaved, opensByCode: () => false }, [node('a', 0)]);
  expect(await find('/?room=CLUB', client.signal)).toMatchObject({ to: 'refused' });
  expect(asked).toEqual([]);
});
