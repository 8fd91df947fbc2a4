import { expect, test } from 'vitest';
import type { StreamEnding } from '../session/stream-ending.ts';
import { LingeringClients } from './lingering-clients.ts';

/** A stream that is being ended, and whether it was cut short. */
class Ending {
  isUnderWay = true;
  isCut = false;

  cutShort(): void {
    this.isCut = true;
    this.isUnderWay = false;
  }
}

/** Of a `StreamEnding`, no other members are used. */
const add = (clients: LingeringClients, ending: Ending, key?: string): void =>
  clients.add(ending as unknown as StreamEnding, key);

test('one beyond the limit drops the oldest', () => {
  const clients = new LingeringClients(2);
  const endings = [new Ending(), new Ending(), new Ending()];
  for (const ending of endings) add(clients, ending);
  expect(endings.map(({ isCut }) => isCut)).toEqual([true, false, false]);
  expect(clients.size).toBe(2);
});

test('an ended client is not added, and is removed when the next one is added', () => {
  const clients = new LingeringClients(2);
  const ended = new Ending();
  ended.isUnderWay = false;
  add(clients, ended);
  expect(clients.size).toBe(0);
  const first = new Ending();
  add(clients, first, 'a');
  first.isUnderWay = false;
  add(clients, new Ending(), 'b');
  expect([clients.size, clients.countAt('a'), clients.countAt('b')]).toEqual([1, 0, 1]);
  expect(first.isCut).toBe(false);
});

test('counts and drops by key', () => {
  const clients = new LingeringClients(Number.POSITIVE_INFINITY);
  const endings = ['a', 'b', 'a'].map((key) => {
    const ending = new Ending();
    add(clients, ending, key);
    return ending;
  });
  expect([clients.countAt('a'), clients.countAt('b'), clients.countAt('c')]).toEqual([2, 1, 0]);
  clients.dropOldestAt('b');
  clients.dropOldestAt('c');
  expect(endings.map(({ isCut }) => isCut)).toEqual([false, true, false]);
  clients.dropOldest();
  expect([clients.size, clients.countAt('a')]).toEqual([1, 1]);
});
