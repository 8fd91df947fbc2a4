import { expect, test } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { FlushList } from './flush-list.ts';

test('a clock has one list, whose members write once when the turn ends', () => {
  const clock = new FakeClock();
  const list = FlushList.of(clock);
  expect(FlushList.of(clock)).toBe(list);
  expect(FlushList.of(new FakeClock())).not.toBe(list);
  const written: string[] = [];
  const member = (name: string, then: () => void = () => {}) => ({
    onTurnEnd: () => {
      written.push(name);
      then();
    },
  });
  list.add(member('a'));
  // What a write makes necessary waits for the end of the next turn.
  list.add(member('b', () => list.add(member('c'))));
  expect(written).toEqual([]);
  clock.endTurn();
  expect(written).toEqual(['a', 'b']);
  clock.endTurn();
  clock.endTurn();
  expect(written).toEqual(['a', 'b', 'c']);
});

test('has its clock’s time', () => {
  const clock = new FakeClock();
  clock.advance(7);
  expect(FlushList.of(clock).now).toBe(7);
});

test('a write that throws does not keep the others from writing, and comes out of the turn’s end', () => {
  const clock = new FakeClock();
  const list = FlushList.of(clock);
  const written: string[] = [];
  const failing = {
    onTurnEnd: () => {
      throw new Error('broken stream');
    },
  };
  list.add({ onTurnEnd: () => written.push('a') });
  list.add(failing);
  list.add({ onTurnEnd: () => written.push('b') });
  list.add(failing);
  list.add({ onTurnEnd: () => written.push('c') });
  for (let count = 0; count < 2; count++) expect(() => clock.endTurn()).toThrow('broken stream');
  clock.endTurn();
  expect(written).toEqual(['a', 'b', 'c']);
  clock.endTurn();
  expect(written).toEqual(['a', 'b', 'c']);
});
