import { expect, test } from 'vitest';
import { MemoryBroker } from '../../../test/support/memory-broker.ts';
import { Random, VirtualClock } from '../../testing/index.ts';
import { Directory } from './directory.ts';
import { OwnRooms } from './own-rooms.ts';

test('a record that came and went while the directory was told nothing is forgotten', async () => {
  const clock = new VirtualClock();
  const step = async (): Promise<void> => {
    clock.advance(10);
    await new Promise(setImmediate);
  };
  const opening = new MemoryBroker(clock, new Random(1)).connect().openBucket('rooms');
  await step();
  const bucket = await opening;
  const ignore = (): void => undefined;
  const directory = new Directory(() => clock.now(), { onRoom: ignore, onNode: ignore, onOther: ignore });
  const own = new OwnRooms({
    bucket,
    directory,
    self: 'me',
    now: () => clock.now(),
    isHeld: () => true,
    onLost: ignore,
  });
  const claim = own.claim('CLUB');
  await step();
  expect([await claim, own.size]).toEqual(['here', 1]);
  own.release('CLUB');
  own.poll(clock.now());
  await step();
  expect(own.size).toBe(0);
  own.poll(clock.now());
  const again = own.claim('CLUB');
  await step();
  expect(await again).toBe('here');
});
