import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, onTestFinished, test } from 'vitest';
import { House, roomOf } from '../../../test/support/rooms.ts';
import type { RoomsLimits } from '../limits/rooms-limits.ts';
import type { Room } from '../room/room.ts';
import { RoomCloseCode } from '../room/room-close-code.ts';
import type { RoomKinds } from '../room/room-kind.ts';
import type { RoomStore, SavingFailure } from './room-store.ts';
import { readSavedRoom } from './saved-room.ts';

/** A store in memory. */
class Shelf implements RoomStore {
  readonly texts = new Map<string, string>();
  readonly calls: string[] = [];

  put(code: string, saved: string): void {
    this.calls.push(`put ${code} ${scoreIn(saved)}`);
    this.texts.set(code, saved);
  }

  get(code: string): string | undefined {
    this.calls.push(`get ${code}`);
    return this.texts.get(code);
  }

  delete(code: string): void {
    this.calls.push(`delete ${code}`);
    this.texts.delete(code);
  }

  list(): Iterable<string> {
    return this.texts.keys();
  }
}

/** A call of a store that has not ended. */
interface Gate {
  readonly call: string;
  /** `text`: what `get` finds. */
  end(text?: string | null): void;
}

/** A store whose methods end when the test says so. */
class SlowShelf implements RoomStore {
  readonly waiting: Gate[] = [];

  async put(code: string, saved: string): Promise<void> {
    await this.#wait(`put ${code} ${scoreIn(saved)}`);
  }

  get(code: string): Promise<string | null> {
    return this.#wait(`get ${code}`);
  }

  async delete(code: string): Promise<void> {
    await this.#wait(`delete ${code}`);
  }

  list(): string[] {
    return [];
  }

  get calls(): string[] {
    return this.waiting.map(({ call }) => call);
  }

  #wait(call: string): Promise<string | null> {
    return new Promise((resolve) => this.waiting.push({ call, end: (text = null) => resolve(text) }));
  }
}

/** Everything that promises do. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function scoreIn(text: string): unknown {
  const { data } = readSavedRoom(text);
  return typeof data === 'object' && data !== null && 'score' in data ? data.score : data;
}

interface Score {
  score: number;
}

function isScore(saved: unknown): saved is Score {
  return typeof saved === 'object' && saved !== null && 'score' in saved && typeof saved.score === 'number';
}

function scoreOf({ logic }: Room): number {
  if (!isScore(logic)) throw new Error('it has no score');
  return logic.score;
}

/** Matches with a score, which are saved. */
function make(store: RoomStore, options: { interval?: number; limits?: RoomsLimits; kinds?: RoomKinds } = {}) {
  const { interval = 10, limits = {}, kinds: more = {} } = options;
  const kinds: RoomKinds = {
    match: {
      capacity: 4,
      tickRate: 20,
      open: (_room: Room, saved: unknown) => {
        const logic = {
          score: isScore(saved) ? saved.score : 0,
          onTick: (): void => void logic.score++,
          save: (): unknown => ({ score: logic.score }),
        };
        return logic;
      },
    },
    ...more,
  };
  const house = new House<RoomKinds>({ kinds, limits, saving: { store, interval } });
  const failures: SavingFailure[] = [];
  house.rooms.savingFailed.connect((failure) => void failures.push(failure));
  return { house, failures };
}

describe('a room is saved', () => {
  test.each([
    ['before the interval', 4_900, 0],
    ['after it', 10_100, 1],
  ])('while it has players, %s', (_, milliseconds, count) => {
    const shelf = new Shelf();
    const { house } = make(shelf);
    roomOf(house.rooms.create('match', { code: 'abc' }));
    const start = house.clock.now();
    house.enter('/?room=abc');
    while (house.clock.now() - start < milliseconds) house.turn(50);
    expect(shelf.calls.filter((call) => call.startsWith('put'))).toHaveLength(count);
  });

  test('as often as the interval says, and not without players', () => {
    const shelf = new Shelf();
    const { house } = make(shelf);
    const room = roomOf(house.rooms.create('match', { code: 'abc' }));
    const guest = house.enter('/?room=abc');
    for (let n = 0; n < 1200; n++) house.turn(50); // 60 s
    const during = shelf.calls.length;
    expect(during).toBeGreaterThanOrEqual(5);
    expect(during).toBeLessThanOrEqual(7);
    guest.peer.close();
    house.settle();
    expect([shelf.calls.at(-1), shelf.calls.length]).toEqual([`put ABC ${scoreOf(room)}`, during + 1]);
    for (let n = 0; n < 500; n++) house.turn(50);
    expect(shelf.calls).toHaveLength(during + 1);
  });

  test('when its last player leaves, at most once a second', () => {
    const shelf = new Shelf();
    const { house } = make(shelf, { interval: 1000 });
    roomOf(house.rooms.create('match', { code: 'abc' }));
    const visit = (): void => {
      const guest = house.guest('/?room=abc');
      for (let n = 0; n < 20; n++) house.turn(5);
      expect(guest.id).not.toBe(0);
      guest.peer.close();
      for (let n = 0; n < 20; n++) house.turn(5);
      expect(house.rooms.playerCount).toBe(0);
    };
    visit();
    visit();
    expect(shelf.calls.filter((call) => call.startsWith('put'))).toHaveLength(1);
    house.clock.advance(1000);
    visit();
    expect(shelf.calls.filter((call) => call.startsWith('put'))).toHaveLength(2);
  });

  test('by stop(), before onClose, and without players, too', () => {
    const shelf = new Shelf();
    const told: string[] = [];
    const kinds: RoomKinds = {
      club: {
        capacity: 4,
        open: () => ({ save: () => told.push('save'), onClose: () => void told.push('close') }),
      },
    };
    const { house } = make(shelf, { kinds });
    house.rooms.create('club', { code: 'c' });
    house.rooms.stop();
    expect([told, [...shelf.texts.keys()], house.rooms.isStopped()]).toEqual([['save', 'close'], ['C'], true]);
  });

  test('a room that closes otherwise is removed; one that was never saved is not', () => {
    const shelf = new Shelf();
    const { house } = make(shelf);
    const [saved, fresh] = ['a', 'b'].map((code) => roomOf(house.rooms.create('match', { code }))) as [Room, Room];
    const guest = house.enter('/?room=a');
    guest.peer.close();
    house.settle();
    saved.close();
    fresh.close();
    expect([shelf.calls.slice(-1), shelf.texts.size]).toEqual([['delete A'], 0]);
  });

  test('not when save returns undefined, and not without a save', () => {
    const shelf = new Shelf();
    const kinds: RoomKinds = {
      none: { capacity: 4, open: () => ({}) },
      unready: { capacity: 4, open: () => ({ save: () => undefined }) },
    };
    const { house, failures } = make(shelf, { kinds });
    for (const kind of ['none', 'unready'] as const) house.rooms.create(kind);
    house.rooms.stop();
    house.settle();
    expect([shelf.calls, failures]).toEqual([[], []]);
  });

  test('a save that closes the room itself', () => {
    const shelf = new Shelf();
    const kinds: RoomKinds = { odd: { capacity: 4, open: (room) => ({ save: () => room.close('in save') }) } };
    const { house } = make(shelf, { kinds });
    const closed: string[] = [];
    house.rooms.roomClosed.connect((_, reason) => void closed.push(reason));
    house.rooms.create('odd');
    house.rooms.stop();
    expect([closed, house.rooms.isStopped()]).toEqual([['in save'], true]);
  });

  test.each<[string, object]>([
    ['no store', {}],
    ['a store without list', { store: { put: () => {}, get: () => null, delete: () => {} } }],
    ['an interval of 0', { store: new Shelf(), interval: 0 }],
    ['an interval that is none', { store: new Shelf(), interval: Number.NaN }],
  ])('wrong options throw: %s', (_, saving) => {
    expect(() => new House({ kinds: {}, saving: saving as never })).toThrow(/saving\./);
  });
});

/** What a process leaves in its store that had a room with a score. */
function leave(score: number, shelf = new Shelf(), code = 'abc'): Shelf {
  const { house } = make(shelf);
  const room = roomOf(house.rooms.create('match', { code, metadata: { map: 'ice' } }));
  room.capacity = 3;
  room.isListed = false;
  (room.logic as Score).score = score; // the kind's `open` has made it
  house.rooms.stop();
  return shelf;
}

describe('the next process', () => {
  test('opens a room when a client asks for it, as it was', () => {
    const { house, failures } = make(leave(41));
    expect(house.rooms.find('abc')).toBeNull();
    const guest = house.enter('/?room=abc');
    const room = house.rooms.find('abc')!;
    expect([room.players, room.capacity, room.isListed, room.isLocked, room.metadata, failures]).toEqual([
      [guest.id],
      3,
      false,
      false,
      { map: 'ice' },
      [],
    ]);
    expect(scoreOf(room)).toBeGreaterThanOrEqual(41);
    expect(house.enter('/?room=ABC').others).toEqual([guest.id]);
  });

  test('opens all at its start', async () => {
    const shelf = leave(2, leave(1, new Shelf(), 'a'), 'b');
    const { house } = make(shelf);
    const room = roomOf(house.rooms.create('match', { code: 'b' }));
    const restored = await house.rooms.restoreAll();
    expect(restored.map((one) => [one.code, scoreOf(one)])).toEqual([['A', 1]]);
    expect(scoreOf(room)).toBe(0);
    expect(await house.rooms.restoreAll()).toEqual([]);
  });

  test('closes and removes a restored room that nobody enters', async () => {
    const shelf = leave(1);
    const { house } = make(shelf);
    await house.rooms.restoreAll();
    house.turn(29_900);
    expect(shelf.texts.size).toBe(1);
    house.turn(200);
    expect([shelf.texts.size, house.rooms.roomCount]).toEqual([0, 0]);
  });

  test('without saving, restoreAll() does nothing', async () => {
    const house = new House({ kinds: { match: { capacity: 1, open: () => ({}) } } });
    expect(await house.rooms.restoreAll()).toEqual([]);
  });

  test.each([
    [1, []],
    [2, ['TICKPEER_ROOM_LIMIT']],
  ])('with limits.rooms 1, of %i rooms', async (count, codes) => {
    const shelf = new Shelf();
    for (let n = 0; n < count; n++) leave(n, shelf, `r${n}`);
    const { house, failures } = make(shelf, { limits: { rooms: 1 } });
    expect(await house.rooms.restoreAll()).toHaveLength(1);
    house.turn();
    expect(failures.map(({ step, error }) => [step, (error as { code: string }).code])).toEqual(
      codes.map((code) => ['restore', code]),
    );
    expect(shelf.texts.size).toBe(count);
  });

  test('restores nothing while it drains: those who ask are told to come again', async () => {
    const { house } = make(leave(1));
    house.rooms.drain();
    expect(await house.rooms.restoreAll()).toEqual([]);
    const guest = house.guest('/?room=abc');
    house.settle();
    expect([guest.refusal?.[0], house.rooms.roomCount]).toEqual([RoomCloseCode.STOPPING, 0]);
  });

  test.each([
    ['no JSON', 'x', 'SyntaxError'],
    [
      'a kind that there is no more',
      JSON.stringify({ ...JSON.parse(leave(1).texts.get('ABC')!), kind: 'x' }),
      'TypeError',
    ],
  ])('reports what it cannot restore, and keeps it: %s', async (_, text, name) => {
    const shelf = new Shelf();
    shelf.texts.set('ABC', text);
    const { house, failures } = make(shelf);
    const guest = house.guest('/?room=abc');
    house.settle();
    expect(guest.refusal).toEqual([1011, 'the room could not be restored']);
    await house.rooms.restoreAll();
    house.turn();
    expect(failures.map(({ code, step, error }) => [code, step, (error as Error).name])).toEqual([
      ['ABC', 'restore', name],
      ['ABC', 'restore', name],
    ]);
    expect(shelf.texts.get('ABC')).toBe(text);
  });

  test('a code of the store that cannot be one is reported', async () => {
    const shelf = leave(1);
    shelf.texts.set('abc', shelf.texts.get('ABC')!);
    const { house, failures } = make(shelf);
    expect(await house.rooms.restoreAll()).toHaveLength(1);
    house.turn();
    expect(failures).toMatchObject([{ code: 'abc', step: 'restore' }]);
  });

  test('an open that throws is a fault of the room; the saved room stays', async () => {
    const shelf = leave(1);
    const kinds: RoomKinds = {
      match: {
        capacity: 4,
        open: () => {
          throw new Error('no map');
        },
      },
    };
    const { house, failures } = make(shelf, { kinds });
    const faults: string[] = [];
    house.rooms.roomFailed.connect(({ code }, error) => void faults.push(`${code}: ${(error as Error).message}`));
    const guest = house.guest('/?room=abc');
    house.settle();
    expect(await house.rooms.restoreAll()).toEqual([]);
    house.turn();
    expect([guest.refusal, faults, failures, shelf.texts.size]).toEqual([
      [1011, 'the room could not be opened'],
      ['ABC: no map', 'ABC: no map'],
      [],
      1,
    ]);
  });
});

describe('a store that fails', () => {
  test.each(['throws', 'rejects'])('put, delete, get and list: it %s', async (how) => {
    const fail = (): never | Promise<never> => {
      const error = new Error('disk full');
      if (how === 'throws') throw error;
      return Promise.reject(error);
    };
    const { house, failures } = make({ put: fail, get: fail, delete: fail, list: fail });
    const told: unknown[] = [];
    const hear = (message: unknown): void => void told.push(message);
    subscribe('tickpeer:rooms:saving-failed', hear);
    onTestFinished(() => void unsubscribe('tickpeer:rooms:saving-failed', hear));
    const room = roomOf(house.rooms.create('match', { code: 'abc' }));
    house.enter('/?room=abc').peer.close();
    house.settle();
    await settled();
    room.close();
    await settled();
    const guest = house.guest('/?room=xyz');
    house.settle();
    await settled();
    house.settle();
    expect(await house.rooms.restoreAll()).toEqual([]);
    house.turn();
    expect(failures.map(({ code, step, error }) => `${code} ${step}: ${(error as Error).message}`)).toEqual([
      'ABC put: disk full',
      'ABC delete: disk full',
      'XYZ get: disk full',
      ' list: disk full',
    ]);
    expect(told).toMatchObject(failures.map((failure) => ({ ...failure, rooms: house.rooms })));
    expect(guest.refusal).toEqual([1011, 'the room could not be loaded']);
  });

  test('a save that throws, and one that returns no plain data', () => {
    const kinds: RoomKinds = {
      throwing: {
        capacity: 4,
        open: () => ({
          save: () => {
            throw new Error('no');
          },
        }),
      },
      wrong: { capacity: 4, open: () => ({ save: () => new Map() }) },
    };
    const { house, failures } = make(new Shelf(), { kinds });
    for (const kind of ['throwing', 'wrong'] as const) house.rooms.create(kind);
    house.rooms.stop();
    house.turn();
    expect(failures.map(({ step }) => step)).toEqual(['save', 'save']);
    expect(failures.map(({ error }) => (error as Error).message)).toEqual([
      'no',
      'save() is no plain data: an object of the class Map',
    ]);
  });

  test('get returns something that is no text', () => {
    const shelf = new Shelf();
    shelf.texts.set('ABC', 7 as never);
    const { house, failures } = make(shelf);
    const guest = house.guest('/?room=abc');
    house.settle();
    expect([guest.refusal?.[0], failures.map(({ step }) => step)]).toEqual([1011, ['get']]);
  });

  test('what a handler of savingFailed throws is thrown by poll()', () => {
    const { house } = make({ put: () => {}, get: () => 7 as never, delete: () => {}, list: () => [] });
    house.rooms.savingFailed.connect(() => {
      throw new Error('in the report');
    });
    house.guest('/?room=abc');
    expect(() => house.settle()).toThrow('in the report');
  });
});

describe('a store that takes its time', () => {
  test('has one write for a room at a time; of those that wait the last one counts', async () => {
    const shelf = new SlowShelf();
    const { house } = make(shelf, { interval: 1 });
    const room = roomOf(house.rooms.create('match', { code: 'abc' }));
    house.enter('/?room=abc');
    while (shelf.waiting.length === 0) house.turn(50);
    for (let n = 0; n < 100; n++) house.turn(50);
    expect(shelf.waiting).toHaveLength(1);
    const score = scoreOf(room);
    house.rooms.stop();
    expect([shelf.waiting.length, house.rooms.isStopped()]).toEqual([1, false]);
    shelf.waiting[0]!.end();
    await settled();
    expect(shelf.calls[1]).toBe(`put ABC ${score}`);
    house.settle();
    expect(house.rooms.isStopped()).toBe(false);
    shelf.waiting[1]!.end();
    await settled();
    expect([shelf.waiting.length, house.rooms.isStopped()]).toEqual([2, true]);
  });

  test('a room that closes while it is saved is deleted afterwards', async () => {
    const shelf = new SlowShelf();
    const { house } = make(shelf, { interval: 1 });
    const room = roomOf(house.rooms.create('match', { code: 'abc' }));
    house.enter('/?room=abc');
    while (shelf.waiting.length === 0) house.turn(50);
    room.close();
    expect(shelf.waiting).toHaveLength(1);
    // It is gone for those who ask now.
    const guest = house.guest('/?room=abc');
    house.settle();
    expect(guest.refusal?.[0]).toBe(RoomCloseCode.UNKNOWN_ROOM);
    shelf.waiting[0]!.end();
    await settled();
    expect(shelf.calls[1]).toBe('delete ABC');
  });

  test.each([
    [4_900, false],
    [5_100, true],
  ])('stop({ timeLimit: 5 }) waits for it %i ms: given up is %s', async (milliseconds, isGivenUp) => {
    const shelf = new SlowShelf();
    const { house, failures } = make(shelf);
    house.rooms.create('match', { code: 'abc' });
    house.rooms.stop({ timeLimit: 5 });
    house.turn(milliseconds);
    expect([house.rooms.isStopped(), failures.map(({ code, step }) => `${step} ${code}`)]).toEqual([
      isGivenUp,
      isGivenUp ? ['put ABC'] : [],
    ]);
    shelf.waiting[0]!.end();
    await settled();
    expect([house.rooms.isStopped(), shelf.waiting.length]).toEqual([true, 1]);
  });

  test('clients wait for their room, which is read and opened once', async () => {
    const text = leave(5).texts.get('ABC')!;
    const shelf = new SlowShelf();
    const { house } = make(shelf);
    const guests = Array.from({ length: 4 }, () => house.guest('/?room=abc'));
    house.settle();
    expect([shelf.calls, house.rooms.playerCount, guests.map(({ refusal }) => refusal)]).toEqual([
      ['get ABC'],
      0,
      [null, null, null, null],
    ]);
    shelf.waiting[0]!.end(text);
    await settled();
    house.settle();
    expect(house.rooms.find('abc')?.players).toHaveLength(3); // its capacity
    expect(guests.map(({ refusal }) => refusal?.[0] ?? null).filter((code) => code !== null)).toEqual([
      RoomCloseCode.FULL,
    ]);
    expect(shelf.waiting).toHaveLength(1);
  });

  test('nothing stored: the code is unknown, or opens a room where a kind allows that', async () => {
    const shelf = new SlowShelf();
    const { house } = make(shelf, {
      kinds: { party: { capacity: 4, opensByCode: true, open: () => ({}) } },
    });
    const [party, match] = [house.guest('/?room=own'), house.guest('/?room=xyz&kind=match')];
    house.settle();
    for (const { end } of shelf.waiting) end(null);
    await settled();
    house.settle();
    expect([house.rooms.find('own')?.players, match.refusal?.[0]]).toEqual([[party.id], RoomCloseCode.UNKNOWN_ROOM]);
  });

  test.each<[string, (house: House<RoomKinds>) => void, readonly [number, string] | null]>([
    ['waits for 9.5 s', (house) => house.turn(9_000), null],
    ['waits for 10 s', (house) => house.turn(10_000), [1011, 'the room could not be loaded']],
    ['is there when the server stops', (house) => house.rooms.stop(), [RoomCloseCode.STOPPING, 'the server stops']],
    ['is there when the server drains', (house) => house.rooms.drain(), null],
  ])('a client that %s', (_, act, refusal) => {
    const shelf = new SlowShelf();
    const { house } = make(shelf);
    const guest = house.guest('/?room=abc');
    house.settle(8);
    expect(shelf.calls).toEqual(['get ABC']);
    act(house);
    house.settle(4);
    expect([guest.refusal, guest.id, house.rooms.roomCount, house.rooms.playerCount]).toEqual([refusal, 0, 0, 0]);
  });

  test('a client that leaves while it waits makes room for another one', async () => {
    const shelf = new SlowShelf();
    const { house } = make(shelf, { limits: { players: 1 } });
    const guest = house.guest('/?room=abc');
    house.settle();
    guest.socket.close();
    house.settle();
    const next = house.guest('/?room=abc');
    house.settle();
    shelf.waiting[0]!.end(leave(5).texts.get('ABC'));
    await settled();
    house.settle();
    expect([next.refusal, house.rooms.find('abc')?.players, shelf.waiting.length]).toEqual([null, [next.id], 1]);
  });

  test('a room that is opened meanwhile under the code is the one that they enter', async () => {
    const text = leave(5).texts.get('ABC')!;
    const shelf = new SlowShelf();
    const { house } = make(shelf);
    const guest = house.guest('/?room=abc');
    house.settle();
    const room = roomOf(house.rooms.create('match', { code: 'abc' }));
    shelf.waiting[0]!.end(text);
    await settled();
    house.settle();
    expect([room.players, room.capacity]).toEqual([[guest.id], 4]);
  });

  test.each([
    [2, [null, null]],
    [3, [null, null, RoomCloseCode.TOO_MANY]],
  ])('clients that wait count for limits.players, 2: %i', (count, codes) => {
    const { house } = make(new SlowShelf(), { limits: { players: 2 } });
    const guests = Array.from({ length: count }, () => house.guest('/?room=abc'));
    house.settle();
    expect(guests.map(({ refusal }) => refusal?.[0] ?? null)).toEqual(codes);
  });
});
