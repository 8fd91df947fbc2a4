import { describe, expect, test } from 'vitest';
import { HeldBucket, HeldEntries, settled } from '../../../test/support/held-bucket.ts';
import { Random, VirtualClock } from '../../testing/index.ts';
import { KvRoomStore } from './kv-room-store.ts';

/** Processes that have the room ABC one after another. Each believes for ever that it has it, as one whose clock stands still. */
class Owners {
  readonly entries = new HeldEntries();
  readonly clock = new VirtualClock();
  #token = 0;

  /** The next owner. */
  claim(): Owner {
    return new Owner(++this.#token, this.entries, this.clock);
  }

  get stored(): string | null {
    return this.entries.get('save.ABC')?.text.split('\n')[1] ?? null;
  }
}

class Owner {
  readonly bucket: HeldBucket;
  readonly store: KvRoomStore;
  token: number | null;

  constructor(token: number, entries: HeldEntries, clock: VirtualClock) {
    this.token = token;
    this.bucket = new HeldBucket(entries);
    this.store = new KvRoomStore({ bucket: this.bucket, tokenOf: () => this.token, clock });
  }

  put(saved: string): Promise<void> {
    return this.store.put('ABC', saved);
  }

  get(): Promise<string | null> {
    return this.store.get('ABC');
  }

  delete(): Promise<void> {
    return this.store.delete('ABC');
  }
}

/** The promise's result, while time passes. */
async function whileTimePasses<Result>(promise: Promise<Result>, clock: VirtualClock): Promise<Result> {
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  promise.then(end, end);
  for (let n = 0; n < 100 && !isOver; n++) {
    await settled();
    clock.advance(1000);
  }
  return promise;
}

/** As `Promise.allSettled`, for one: how it ends, which is looked at later. */
function outcome(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'done',
    (error: Error) => error.message,
  );
}

describe('one owner', () => {
  test('reads what it has written', async () => {
    const owners = new Owners();
    const owner = owners.claim();
    expect(await owner.get()).toBeNull();
    await owner.put('1');
    await owner.put('2\n"ä"');
    expect(await owner.get()).toBe('2\n"ä"');
    await owner.delete();
    expect(await owner.get()).toBeNull();
    await owner.delete();
    await owner.put('3');
    expect(await owner.get()).toBe('3');
  });

  test('writes without reading once it knows the revision', async () => {
    const owner = new Owners().claim();
    await owner.put('1');
    await owner.put('2');
    await owner.delete();
    expect(owner.bucket.calls).toEqual(['get', 'create', 'update', 'delete']);
  });

  test('whether anything is stored can be asked without having the room', async () => {
    const owner = new Owners().claim();
    await owner.put('1');
    owner.token = null;
    expect([await owner.store.has('ABC'), await owner.store.has('ABD')]).toEqual([true, false]);
  });

  test('lists no rooms', () => {
    expect([...new Owners().claim().store.list()]).toEqual([]);
  });

  test('a text that is too large for the broker is refused at once', async () => {
    const owners = new Owners();
    const owner = owners.claim();
    owners.entries.mostBytes = 12; // the token and a line end are two
    await owner.put('x'.repeat(9));
    await owner.put('ä23456789');
    const message = 'save.ABC has 13 bytes; 12 are possible';
    await expect(owner.put('ä234567890')).rejects.toThrow(new RangeError(message));
    expect(owners.stored).toBe('ä23456789');
  });

  test('what is no saved room is left alone', async () => {
    const owners = new Owners();
    owners.entries.write('save.ABC', '{}', 0);
    const owner = owners.claim();
    for (const call of [owner.get(), owner.put('1'), owner.delete()]) {
      await expect(call).rejects.toThrow('save.ABC in the bucket is no saved room');
    }
    expect(owners.entries.changes).toHaveLength(1);
  });

  test('without a token nothing is written or read', async () => {
    const owner = new Owners().claim();
    owner.token = null;
    for (const call of [owner.get(), owner.put('1'), owner.delete()]) {
      await expect(call).rejects.toThrow('this process does not have the room ABC');
    }
    expect(owner.bucket.calls).toEqual([]);
  });

  test('the room that is lost while it is read is not opened', async () => {
    const owner = new Owners().claim();
    await owner.put('1');
    owner.bucket.isHeld = true;
    const got = outcome(owner.get());
    owner.token = null;
    owner.bucket.release();
    expect(await got).toContain('this process does not have the room ABC');
  });
});

describe('an answer that is lost', () => {
  test.each([true, false])('to a write; the write is done: %s', async (isDone) => {
    const owners = new Owners();
    const owner = owners.claim();
    await owner.put('1');
    owner.bucket.isHeld = true;
    const put = owner.put('2');
    const [request] = owner.bucket.held;
    if (isDone) request?.arrive();
    request?.timeOut();
    owner.bucket.release();
    await whileTimePasses(put, owners.clock);
    expect(owners.stored).toBe('2');
    request?.arrive(); // late
    await owner.put('3');
    expect(owners.stored).toBe('3');
  });

  test.each([true, false])('to a deletion; it is done: %s', async (isDone) => {
    const owners = new Owners();
    const owner = owners.claim();
    await owner.put('1');
    owner.bucket.isHeld = true;
    const deletion = owner.delete();
    if (isDone) owner.bucket.held[0]?.arrive();
    owner.bucket.held[0]?.timeOut();
    owner.bucket.release();
    await whileTimePasses(deletion, owners.clock);
    expect(owners.stored).toBeNull();
  });

  test('for longer than 10 seconds: the call fails, and the next one is right again', async () => {
    const owners = new Owners();
    const owner = owners.claim();
    await owner.put('1');
    owner.bucket.isHeld = true;
    const put = outcome(owner.put('2'));
    const start = owners.clock.now();
    let isOver = false;
    void put.then(() => {
      isOver = true;
    });
    while (!isOver) {
      owner.bucket.held[0]?.timeOut();
      await settled();
      if (!isOver) owners.clock.advance(50);
    }
    expect(await put).toBe('no answer');
    expect(owners.clock.now() - start).toBeGreaterThanOrEqual(10_000);
    expect(owners.clock.now() - start).toBeLessThan(11_100);
    owner.bucket.release();
    await owner.put('3');
    expect(owners.stored).toBe('3');
  });
});

describe('the write of a former owner', () => {
  /** The former owner's write is on its way. */
  async function stale(): Promise<{ owners: Owners; next: Owner; arrive(): Promise<string> }> {
    const owners = new Owners();
    const former = owners.claim();
    await former.put('old');
    former.bucket.isHeld = true;
    const put = outcome(former.put('late'));
    const arrive = async (): Promise<string> => {
      former.bucket.release();
      return put;
    };
    return { owners, next: owners.claim(), arrive };
  }

  test('that arrives before the next one reads is part of what that one reads', async () => {
    const { next, arrive } = await stale();
    expect(await arrive()).toBe('done');
    expect(await next.get()).toBe('late');
  });

  test('that arrives between its reading and its fence: it is read', async () => {
    const { owners, next, arrive } = await stale();
    next.bucket.isHeld = true;
    const got = next.get();
    next.bucket.held[0]?.answer();
    await settled();
    expect(next.bucket.held.map(({ name }) => name)).toEqual(['update']);
    expect(await arrive()).toBe('done');
    next.bucket.release();
    expect(await got).toBe('late');
    expect(owners.stored).toBe('late');
  });

  test.each([0, 1, 2])(
    'that arrives after it was read, and %i writes of the next one: it is refused',
    async (writes) => {
      const { owners, next, arrive } = await stale();
      expect(await next.get()).toBe('old');
      for (let n = 1; n <= writes; n++) await next.put(`new ${n}`);
      expect(await arrive()).toBe('another process has taken over the room ABC: its state is newer');
      expect(owners.stored).toBe(writes === 0 ? 'old' : `new ${writes}`);
      await next.put('newest');
      expect(owners.stored).toBe('newest');
    },
  );

  test('that arrives after the room was closed for ever: it is refused', async () => {
    const { owners, next, arrive } = await stale();
    await next.get();
    await next.delete();
    expect(await arrive()).toBe('another process has closed the room ABC for ever');
    expect(owners.stored).toBeNull();
  });

  test('that was the first one, where nothing was stored: the next one replaces it', async () => {
    const owners = new Owners();
    const former = owners.claim();
    former.bucket.isHeld = true;
    const put = outcome(former.put('late'));
    former.bucket.held[0]?.answer();
    await settled();
    const next = owners.claim();
    expect(await next.get()).toBeNull();
    former.bucket.release();
    expect(await put).toBe('done');
    await next.put('new');
    expect(owners.stored).toBe('new');
    await expect(former.put('later')).rejects.toThrow('another process has taken over');
  });

  test('that deletes is refused, too', async () => {
    const owners = new Owners();
    const former = owners.claim();
    await former.put('old');
    const next = owners.claim();
    await next.get();
    await expect(former.delete()).rejects.toThrow('another process has taken over');
    expect(owners.stored).toBe('old');
  });

  test('is refused before it is sent, once its lease has ended', async () => {
    const owners = new Owners();
    const owner = owners.claim();
    await owner.put('1');
    owner.bucket.isHeld = true;
    const put = outcome(owner.put('2'));
    owner.token = null;
    owner.bucket.held[0]?.timeOut();
    owner.bucket.isHeld = false;
    await settled();
    owners.clock.advance(1000);
    expect(await put).toContain('this process does not have the room ABC');
    expect(owner.bucket.calls.filter((name) => name === 'update')).toHaveLength(1);
  });

  test('that has the room again meanwhile is refused, and its next one is not', async () => {
    const owners = new Owners();
    const owner = owners.claim();
    await owner.put('1');
    owner.bucket.isHeld = true;
    const put = outcome(owner.put('2'));
    owner.token = 9;
    owner.bucket.held[0]?.timeOut();
    owner.bucket.release();
    await settled();
    owners.clock.advance(1000);
    expect(await put).toContain('claimed it again since the call');
    expect(await owner.get()).toBe('1');
    await owner.put('3');
    expect(owners.entries.get('save.ABC')?.text).toBe('9\n3');
  });
});

/** A save appends to what was read, so that a state that lacks a number is one that has lost it. */
async function play(owner: Owner, random: Random, confirmed: number[], count: () => number): Promise<void> {
  const text = await owner.get();
  let state: number[] = text === null ? [] : JSON.parse(text);
  for (let writes = random.integer(1, 4); writes > 0; writes--) {
    const number = count();
    state = [...state, number];
    await owner.put(JSON.stringify(state));
    confirmed.push(number);
  }
}

describe('random schedules', () => {
  test('of three owners whose requests overtake each other and whose answers get lost: no confirmed save is lost', async () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = new Random(seed);
      const owners = new Owners();
      let count = 0;
      const confirmed: number[] = [];
      await owners.claim().put('[]');
      const all: Owner[] = [];
      const runs: Promise<string>[] = [];
      let over = 0;
      const late: (() => void)[] = [];
      while (all.length < 3 || over < 3) {
        if (all.length < 3 && random.chance(0.1)) {
          const owner = owners.claim();
          owner.bucket.isHeld = true;
          all.push(owner);
          const run = outcome(play(owner, random, confirmed, () => ++count));
          runs.push(run);
          void run.then(() => over++);
        }
        const request = random.pick([...all.flatMap(({ bucket }) => bucket.held), null]);
        if (request !== null) {
          const fate = random.next();
          if (fate < 0.6) request.answer();
          else if (fate < 0.75) request.arrive();
          else {
            request.timeOut();
            late.push(() => request.arrive());
          }
        }
        if (late.length > 0 && random.chance(0.2)) late.splice(random.integer(0, late.length - 1), 1)[0]?.();
        for (let n = 0; n < 8; n++) await Promise.resolve();
        if (random.chance(0.3)) owners.clock.advance(50);
      }
      for (const arrive of late) arrive();
      const last = (await Promise.all(runs)).at(-1);
      const state: number[] = JSON.parse(owners.stored ?? '[]');
      expect([seed, last]).toEqual([seed, 'done']);
      expect([seed, confirmed.filter((number) => !state.includes(number))]).toEqual([seed, []]);
      // The tokens of what was stored never go down.
      const tokens = owners.entries.changes.map(({ text }) => Number(text?.split('\n')[0]));
      expect([seed, tokens]).toEqual([seed, tokens.toSorted((one, other) => one - other)]);
    }
  });
});
