import { expect, test } from 'vitest';
import { Random } from '../../testing/index.ts';
import { OpenRooms } from './open-rooms.ts';
import { isOpenToAll, NO_ROOM, type RoomRecord } from './room-record.ts';

test('the index has what a look at all records finds', () => {
  const random = new Random(7);
  const below = (limit: number): number => Math.floor(random.next() * limit);
  const rooms = new OpenRooms();
  const records = new Map<string, RoomRecord>();
  for (let step = 0; step < 5000; step++) {
    const code = `R${below(50)}`;
    const before = records.get(code) ?? null;
    const after: RoomRecord | null =
      below(4) === 0
        ? null
        : {
            ...NO_ROOM,
            owner: 'n',
            request: '',
            state: below(4) === 0 ? 'closing' : 'open',
            kind: `k${below(3)}`,
            capacity: 4,
            taken: below(5),
            isListed: below(5) > 0,
            isLocked: below(5) === 0,
          };
    if (after === null) records.delete(code);
    else records.set(code, after);
    rooms.change(code, before, after);
    const kind = `k${below(3)}`;
    const found = [...rooms.fullestFirst(kind)];
    const open = [...records].filter(([, record]) => record.kind === kind && isOpenToAll(record));
    expect([...found].sort()).toEqual(open.map(([key]) => key).sort());
    const taken = found.map((key) => records.get(key)?.taken ?? 0);
    expect(taken).toEqual([...taken].sort((one, other) => other - one));
  }
});
