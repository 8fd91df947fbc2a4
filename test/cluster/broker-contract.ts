import { expect, test } from 'vitest';
import { type Broker, type Bucket, type Change, RevisionMismatch } from '../../src/cluster/broker/broker.ts';
import { until } from '../support/until.ts';

/** A watch, and what it has told. */
export interface Followed {
  readonly changes: Change[];
  readonly readyAfter: number | null;
  /** The entries by its changes. */
  readonly entries: Map<string, string>;
  stop(): void;
}

export async function follow(bucket: Bucket): Promise<Followed> {
  const changes: Change[] = [];
  const entries = new Map<string, string>();
  let readyAfter: number | null = null;
  const { stop } = await bucket
    .watch({
      onChange: (change) => {
        changes.push(change);
        if (change.text === null) entries.delete(change.key);
        else entries.set(change.key, change.text);
      },
      onReady: () => {
        expect(readyAfter).toBeNull();
        readyAfter = changes.length;
      },
    })
    .then((watch) => ({ stop: () => watch.stop() }));
  return {
    changes,
    entries,
    get readyAfter() {
      return readyAfter;
    },
    stop,
  };
}

/** Checks that changes came in the order of their revisions. */
export function expectOrder(changes: readonly Change[]): void {
  const revisions = changes.map(({ revision }) => revision);
  expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
}

/** What every broker does. `connect` makes one more connection to the same broker, which ends with the test. */
export function testBroker(connect: () => () => Promise<Broker>): void {
  test('an entry is written, read, changed and deleted, each time from the revision that it has', async () => {
    const bucket = await (await connect()()).openBucket('things');
    expect(await bucket.get('a.b-c_1')).toBeNull();
    const first = await bucket.create('a.b-c_1', 'one');
    expect(await bucket.get('a.b-c_1')).toEqual({ key: 'a.b-c_1', text: 'one', revision: first });
    await expect(bucket.create('a.b-c_1', 'two')).rejects.toThrow(RevisionMismatch);
    const second = await bucket.update('a.b-c_1', 'zwei', first);
    expect(second).toBeGreaterThan(first);
    await expect(bucket.update('a.b-c_1', 'three', first)).rejects.toThrow(RevisionMismatch);
    await expect(bucket.delete('a.b-c_1', first)).rejects.toThrow(RevisionMismatch);
    expect(await bucket.get('a.b-c_1')).toEqual({ key: 'a.b-c_1', text: 'zwei', revision: second });
    await bucket.delete('a.b-c_1', second);
    expect(await bucket.get('a.b-c_1')).toBeNull();
    await expect(bucket.delete('a.b-c_1', second)).rejects.toThrow(RevisionMismatch);
    await expect(bucket.update('a.b-c_1', 'four', second)).rejects.toThrow(RevisionMismatch);
    expect(await bucket.create('a.b-c_1', 'five')).toBeGreaterThan(second);
  });

  test('an entry is not found under part of its key, nor in another bucket', async () => {
    const broker = await connect()();
    const bucket = await broker.openBucket('things');
    await bucket.create('a.b', '');
    expect(await bucket.get('a')).toBeNull();
    expect(await bucket.get('a.b.c')).toBeNull();
    expect(await (await broker.openBucket('others')).get('a.b')).toBeNull();
    expect(await (await broker.openBucket('things')).get('a.b')).toMatchObject({ text: '' });
  });

  test('of 10,000 creations that race over four connections, one wins for each key', async () => {
    const open = connect();
    const buckets = await Promise.all(Array.from({ length: 4 }, async () => (await open()).openBucket('races')));
    // Each fifth key is there, and is deleted: it has to be created again.
    for (let key = 0; key < 1000; key += 5) {
      await buckets[0]!.delete(`k${key}`, await buckets[0]!.create(`k${key}`, 'before'));
    }
    const winners = new Map<string, number[]>();
    let refused = 0;
    await Promise.all(
      Array.from({ length: 10_000 }, async (_, index) => {
        const key = `k${index % 1000}`;
        try {
          const revision = await buckets[Math.floor(index / 1000) % 4]!.create(key, String(index));
          winners.set(key, [...(winners.get(key) ?? []), index]);
          expect(revision).toBeGreaterThan(0);
        } catch (error) {
          if (!(error instanceof RevisionMismatch)) throw error;
          refused++;
        }
      }),
    );
    expect(refused).toBe(9000);
    expect(winners.size).toBe(1000);
    for (const [key, all] of winners) expect(await buckets[0]!.get(key)).toMatchObject({ text: String(all[0]) });
  });

  test('a counter that four connections raise by update loses no step', async () => {
    const open = connect();
    const buckets = await Promise.all(Array.from({ length: 4 }, async () => (await open()).openBucket('counters')));
    await buckets[0]!.create('n', '0');
    const raise = async (bucket: Bucket): Promise<void> => {
      for (let done = 0; done < 50; ) {
        const entry = (await bucket.get('n'))!;
        try {
          await bucket.update('n', String(Number(entry.text) + 1), entry.revision);
          done++;
        } catch (error) {
          if (!(error instanceof RevisionMismatch)) throw error;
        }
      }
    };
    await Promise.all(buckets.map(raise));
    expect(await buckets[0]!.get('n')).toMatchObject({ text: '200' });
  });

  test('creations and deletions of one key that race leave it with one owner at a time', async () => {
    const open = connect();
    const buckets = await Promise.all(Array.from({ length: 4 }, async () => (await open()).openBucket('owners')));
    let owner = -1;
    const take = async (bucket: Bucket, name: number): Promise<void> => {
      for (let taken = 0; taken < 50; ) {
        const revision = await bucket.create('lock', String(name)).catch((error) => {
          if (!(error instanceof RevisionMismatch)) throw error;
          return null;
        });
        if (revision === null) continue;
        expect(owner).toBe(-1);
        owner = name;
        expect((await bucket.get('lock'))?.text).toBe(String(name));
        owner = -1;
        await bucket.delete('lock', revision);
        taken++;
      }
    };
    await Promise.all(buckets.map(take));
  });

  test('a watcher is told what there is, then that it is ready, then every change in order', async () => {
    const open = connect();
    const [mine, other] = [await (await open()).openBucket('watched'), await (await open()).openBucket('watched')];
    const a = await mine.create('a', '1');
    const b = await mine.create('b', '1');
    await mine.delete('b', b);
    await mine.create('c', '1');
    await mine.update('a', '2', a);
    const followed = await follow(other);
    await until(() => followed.readyAfter !== null);
    expect(followed.readyAfter).toBe(2);
    expect(followed.changes.map(({ key, text }) => [key, text])).toEqual([
      ['c', '1'],
      ['a', '2'],
    ]);
    const d = await mine.create('d', '1');
    const e = await mine.update('d', '2', d);
    await mine.delete('d', e);
    await until(() => followed.changes.length === 5);
    expect(followed.changes.slice(2)).toEqual([
      { key: 'd', text: '1', revision: d },
      { key: 'd', text: '2', revision: e },
      { key: 'd', text: null, revision: expect.any(Number) },
    ]);
    expectOrder(followed.changes);
    followed.stop();
    await mine.create('e', '1');
    const second = await follow(other);
    await until(() => second.entries.has('e'));
    expect(followed.changes).toHaveLength(5);
  });

  test('a watcher of an empty bucket is ready at once', async () => {
    const bucket = await (await connect()()).openBucket('empty');
    const followed = await follow(bucket);
    await until(() => followed.readyAfter === 0);
    await bucket.create('a', '1');
    await until(() => followed.entries.get('a') === '1');
  });

  test('watchers that begin amid 2,000 writes agree with the bucket at the end', async () => {
    const open = connect();
    const bucket = await (await open()).openBucket('busy');
    const other = await (await open()).openBucket('busy');
    const followers: Followed[] = [];
    const revisions = new Map<string, number>();
    for (let step = 0; step < 2000; step++) {
      const key = `k${(step * 7) % 50}`;
      const revision = revisions.get(key);
      if (revision === undefined) revisions.set(key, await bucket.create(key, String(step)));
      else if (step % 3 > 0) revisions.set(key, await bucket.update(key, String(step), revision));
      else {
        await bucket.delete(key, revision);
        revisions.delete(key);
      }
      if (step % 400 === 200) followers.push(await follow(other));
    }
    const last = await bucket.create('last', '');
    expect(followers).toHaveLength(5);
    for (const followed of followers) {
      await until(() => followed.changes.at(-1)?.revision === last);
      expect(followed.readyAfter).not.toBeNull();
      expectOrder(followed.changes);
      expect([...followed.entries.keys()].sort()).toEqual([...revisions.keys(), 'last'].sort());
    }
  });

  test('what is published reaches all who listen, in order, until they stop', async () => {
    const open = connect();
    const [sender, first, second] = [await open(), await open(), await open()];
    const heard: string[][] = [[], []];
    const stop = first.subscribe('news.one', (text) => heard[0]!.push(text));
    second.subscribe('news.one', (text) => heard[1]!.push(text));
    second.subscribe('news.two', () => expect.fail('another subject'));
    // A subscription is at the broker once a later request of its connection was answered.
    for (const each of [first, second]) await each.openBucket('flush');
    for (let index = 0; index < 100; index++) sender.publish('news.one', String(index));
    await until(() => heard.every((all) => all.length === 100));
    expect(heard[0]).toEqual(Array.from({ length: 100 }, (_, index) => String(index)));
    stop();
    await first.openBucket('flush');
    sender.publish('news.one', 'later');
    await until(() => heard[1]!.length === 101);
    expect(heard[0]).toHaveLength(100);
  });

  test('a request is answered by the one who responds, also later, and rejected when nobody does', async () => {
    const open = connect();
    const [asker, other] = [await open(), await open()];
    await expect(asker.request('echo', 'hello', 1000)).rejects.toThrow();
    const stop = other.respond('echo', async (text) => {
      if (text === 'no') throw new Error('no');
      await Promise.resolve();
      return `${text}!`;
    });
    await other.openBucket('flush');
    expect(await asker.request('echo', 'hello', 1000)).toBe('hello!');
    expect(await asker.request('echo', 'ü'.repeat(10_000), 1000)).toBe(`${'ü'.repeat(10_000)}!`);
    const begun = performance.now();
    await expect(asker.request('echo', 'no', 50)).rejects.toThrow();
    expect(performance.now() - begun).toBeGreaterThan(40);
    stop();
    await other.openBucket('flush');
    await expect(asker.request('echo', 'hello', 1000)).rejects.toThrow();
  });

  test('it is connected, and not closed', async () => {
    const broker = await connect()();
    expect(broker.isConnected).toBe(true);
    expect(broker.isClosed).toBe(false);
  });
}
