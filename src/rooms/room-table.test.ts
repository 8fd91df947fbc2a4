import { expect, test } from 'vitest';
import type { RoomInside } from './room/room-inside.ts';
import { checkKind } from './room/room-kind.ts';
import { RoomTable } from './room-table.ts';

const kind = checkKind('match', { capacity: 1, open: () => ({}) });

/** What the table uses of a room. */
class Ticking {
  readonly kind = kind;
  readonly room: { readonly code: string };
  readonly gate = { arriving: new Set() };
  nextTick = 0;
  slot = -1;

  constructor(code: string) {
    this.room = { code };
  }

  wake(): void {
    this.nextTick = 0;
  }
}

/** A table with so many rooms with players. */
function make(count: number) {
  const table = new RoomTable([kind]);
  const rooms = Array.from({ length: count }, (_, n) => new Ticking(`R${n}`) as Ticking & RoomInside);
  for (const room of rooms) {
    table.add(room, 0);
    table.wake(room);
  }
  /** The codes of the rooms that tick, each once again 10 ms later, unless `act` does something else. */
  const tick = (now: number, act: (room: RoomInside) => void = () => {}): string[] => {
    const codes: string[] = [];
    table.tickDue(now, (room) => {
      codes.push(room.room.code);
      room.nextTick = now + 10;
      act(room);
    });
    return codes.sort();
  };
  return { table, rooms, tick };
}

test.each([1, 63, 64, 65, 200])('%i rooms tick when they are due, and not before', (count) => {
  const { rooms, tick } = make(count);
  const all = rooms.map(({ room }) => room.code).sort();
  expect([tick(5), tick(14.9), tick(15), tick(24)]).toEqual([all, [], all, []]);
});

test('rooms without players do not tick, and do again with the first one', () => {
  const { table, rooms, tick } = make(3);
  table.rest(rooms[0]!, 0);
  table.rest(rooms[0]!, 0);
  expect(tick(5)).toEqual(['R1', 'R2']);
  table.wake(rooms[0]!);
  table.wake(rooms[0]!);
  expect([tick(6), tick(15)]).toEqual([['R0'], ['R1', 'R2']]);
  table.remove(rooms[1]!);
  expect(tick(30)).toEqual(['R0', 'R2']);
});

test.each([0, 1, 2, 3, 4])('a tick of room %i may end any room, and none ticks twice or is left out', (ending) => {
  for (let ended = 0; ended < 5; ended++) {
    const { table, rooms, tick } = make(5);
    const before = tick(1);
    expect(before).toHaveLength(5);
    const codes = tick(20, (room) => {
      if (room === rooms[ending]) table.remove(rooms[ended]!);
    });
    const others = rooms.filter((_, n) => n !== ended).map(({ room }) => room.code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes).toEqual(expect.arrayContaining(others));
    expect(tick(30)).toEqual(others);
  }
});
