import { expect, test } from 'vitest';
import { type Bucket, RevisionMismatch } from '../broker/broker.ts';
import { Directory } from './directory.ts';
import { OwnRooms } from './own-rooms.ts';

test('a claim that was refused for a record that is gone again, of which nothing is told, is tried again', async () => {
  let creates = 0;
  const bucket: Bucket = {
    create: async () => {
      if (++creates === 1) throw new RevisionMismatch('somebody was faster');
      return 7;
    },
    update: async () => 8,
    delete: async () => undefined,
    get: async () => null,
    watch: async () => ({ stop() {} }),
  };
  const directory = new Directory(() => 0, { onRoom() {}, onNode() {}, onOther() {} });
  const own = new OwnRooms({ bucket, directory, self: 'one', now: () => 0, isHeld: () => true, onLost() {} });
  expect(await own.claim('CLUB')).toBe('here');
});
