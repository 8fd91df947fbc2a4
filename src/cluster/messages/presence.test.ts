import { describe, expect, test } from 'vitest';
import { HeldBucket, HeldEntries, settled } from '../../../test/support/held-bucket.ts';
import { Random, VirtualClock } from '../../testing/index.ts';
import type { Change } from '../broker/broker.ts';
import { Presence } from './presence.ts';

/** A process whose directory the test feeds. */
class Process {
  readonly bucket: HeldBucket;
  readonly presence: Presence;
  readonly changed: string[] = [];
  id: string;
  readonly #world: World;
  #told = 0;

  constructor(id: string, world: World) {
    this.id = id;
    this.#world = world;
    this.bucket = new HeldBucket(world.entries);
    const isAlive = (node: string): boolean => world.alive.has(node);
    this.presence = new Presence({ bucket: this.bucket, isAlive, clock: world.clock });
    this.presence.changed.connect((user) => void this.changed.push(user));
    this.join(id);
  }

  join(id: string): void {
    this.id = id;
    this.#world.alive.add(id);
    this.presence.join(id);
  }

  /** The watch tells up to `count` changes. */
  hear(count: number = Number.POSITIVE_INFINITY): void {
    const { changes } = this.#world.entries;
    for (const end = Math.min(changes.length, this.#told + count); this.#told < end; this.#told++) {
      this.presence.onChange(changes[this.#told]!);
    }
    this.presence.poll();
  }

  /** As `node data`, in the order of the nodes. */
  find(user: string): string[] {
    return this.presence
      .find(user)
      .map(({ node, data }) => `${node} ${JSON.stringify(data)}`)
      .toSorted();
  }
}

/** Processes with one bucket. */
class World {
  readonly entries = new HeldEntries();
  readonly clock = new VirtualClock();
  readonly alive = new Set<string>();
  readonly processes: Process[] = [];

  start(id: string): Process {
    const process = new Process(id, this);
    this.processes.push(process);
    return process;
  }

  /** Lets everything that is under way end. */
  async settle(): Promise<void> {
    for (let n = 0; n < 20; n++) {
      await settled();
      for (const process of this.processes) process.hear();
      if (this.processes.every(({ presence }) => presence.isSettled)) break;
      this.clock.advance(5000);
    }
    await settled();
    for (const process of this.processes) process.hear();
  }

  /** Removes the records of nodes that are dead, as far as a process knows them. */
  sweep({ presence }: Process): void {
    for (const node of presence.nodes.filter((id) => !this.alive.has(id))) {
      for (const [key, revision] of presence.recordsOf(node)) {
        if (this.entries.revisionOf(key) === revision) this.entries.write(key, null, revision);
      }
    }
  }

  /** The records that there are, as `user.<name>.<node>`. */
  get records(): string[] {
    const keys = [...new Set(this.entries.changes.map(({ key }) => key))].filter(
      (key) => this.entries.get(key) !== null,
    );
    return keys.map(named).toSorted();
  }
}

function named(key: string): string {
  const [, name = '', node] = key.split('.');
  return `${Buffer.from(name, 'base64url').toString()}.${node}`;
}

function keyOf(user: string, node: string): string {
  return `user.${Buffer.from(user).toString('base64url')}.${node}`;
}

describe('a user', () => {
  test('is found by all processes, with its data', async () => {
    const world = new World();
    const [one, two] = [world.start('n1'), world.start('n2')];
    one.presence.set('Änne', { room: 'ABC' });
    expect(one.find('Änne')).toEqual(['n1 {"room":"ABC"}']);
    expect(two.find('Änne')).toEqual([]);
    await world.settle();
    expect(two.find('Änne')).toEqual(['n1 {"room":"ABC"}']);
    expect(two.presence.list()).toEqual([{ user: 'Änne', places: [{ node: 'n1', data: { room: 'ABC' } }] }]);
    expect([one.presence.size, two.presence.size]).toEqual([1, 1]);
    expect([one.changed, two.changed]).toEqual([['Änne'], ['Änne']]);
  });

  test('at two nodes, and at one of them no more', async () => {
    const world = new World();
    const [one, two] = [world.start('n1'), world.start('n2')];
    one.presence.set('a', 1);
    two.presence.set('a', 2);
    await world.settle();
    expect([one.find('a'), two.find('a')]).toEqual([
      ['n1 1', 'n2 2'],
      ['n1 1', 'n2 2'],
    ]);
    expect(one.presence.size).toBe(1);
    one.presence.remove('a');
    await world.settle();
    expect([one.find('a'), two.find('a')]).toEqual([['n2 2'], ['n2 2']]);
    two.presence.remove('a');
    await world.settle();
    expect([one.presence.size, one.presence.list(), world.records]).toEqual([0, [], []]);
    one.presence.remove('a');
    expect(one.presence.isSettled).toBe(true);
  });

  test('of a dead node is not shown, and its records can be removed', async () => {
    const world = new World();
    const [one, two, three] = [world.start('n1'), world.start('n2'), world.start('n3')];
    for (const user of ['a', 'b']) one.presence.set(user);
    two.presence.set('b');
    await world.settle();
    one.bucket.isHeld = true; // it does not run any more
    world.processes.shift();
    world.alive.delete('n1');
    two.changed.length = 0;
    two.presence.onNode('n1');
    two.presence.poll();
    expect([two.find('a'), two.find('b'), two.presence.size]).toEqual([[], ['n2 null'], 1]);
    expect(two.presence.list().map(({ user }) => user)).toEqual(['b']);
    expect(two.changed.toSorted()).toEqual(['a', 'b']);
    expect([...two.presence.recordsOf('n1')].map(([key]) => named(key)).toSorted()).toEqual(['a.n1', 'b.n1']);
    expect(two.presence.nodes.toSorted()).toEqual(['n1', 'n2']);
    for (const process of [two, three]) world.sweep(process);
    await world.settle();
    expect(world.records).toEqual(['b.n2']);
    expect(two.presence.nodes).toEqual(['n2']);
  });

  test('of a process that joins again under another id', async () => {
    const world = new World();
    const [one, two] = [world.start('n1'), world.start('n2')];
    one.presence.set('a');
    await world.settle();
    one.presence.leave();
    world.alive.delete('n1');
    one.presence.set('b');
    expect([one.find('a'), one.find('b')]).toEqual([[], []]);
    one.presence.poll();
    expect(one.changed).toEqual(['a', 'a']);
    one.join('n9');
    await world.settle();
    world.sweep(one);
    await world.settle();
    expect(world.records).toEqual(['a.n9', 'b.n9']);
    expect(two.find('a')).toEqual(['n9 null']);
  });

  test('of whom there are many, who all leave', async () => {
    const world = new World();
    const one = world.start('n1');
    for (let n = 0; n < 200; n++) one.presence.set(`user ${n}`);
    await world.settle();
    expect(world.records).toHaveLength(200);
    for (let n = 0; n < 200; n++) one.presence.remove(`user ${n}`);
    expect(one.presence.isSettled).toBe(false);
    await world.settle();
    expect([world.records, one.presence.size, one.presence.isSettled]).toEqual([[], 0, true]);
  });

  test('nothing changes when the same is set again', async () => {
    const world = new World();
    const one = world.start('n1');
    one.presence.set('a', { n: 1 });
    await world.settle();
    one.presence.set('a', { n: 1 });
    await world.settle();
    expect([one.changed, world.entries.changes.length]).toEqual([['a'], 1]);
  });
});

describe('limits', () => {
  test.each([1, 127, 128])('a name of %i bytes', async (bytes) => {
    const world = new World();
    const [one, two] = [world.start('n1'), world.start('n2')];
    const name = bytes === 1 ? 'x' : `ä${'x'.repeat(bytes - 2)}`;
    one.presence.set(name);
    await world.settle();
    expect(two.find(name)).toEqual(['n1 null']);
  });

  test.each(['', 'x'.repeat(129), `ä${'x'.repeat(127)}`])('another name throws: %#', (name) => {
    expect(() => new World().start('n1').presence.set(name)).toThrow(RangeError);
  });

  test('half of a surrogate pair throws', () => {
    expect(() => new World().start('n1').presence.set('\ud800')).toThrow(TypeError);
  });

  test.each([1023, 1024])('%i bytes of data', async (bytes) => {
    const world = new World();
    const [one, two] = [world.start('n1'), world.start('n2')];
    one.presence.set('a', 'x'.repeat(bytes - 2));
    await world.settle();
    expect(two.presence.find('a')).toEqual([{ node: 'n1', data: 'x'.repeat(bytes - 2) }]);
  });

  test('1025 bytes of data, and what is no plain data, throw', () => {
    const { presence } = new World().start('n1');
    expect(() => presence.set('a', 'x'.repeat(1023))).toThrow('the data of "a" has 1025 bytes as JSON; at most 1024');
    expect(() => presence.set('a', new Date())).toThrow(TypeError);
    expect(presence.size).toBe(0);
  });

  test.each([
    [63, 63],
    [64, 64],
    [65, 64],
  ])('of %i records, %i are written at once', async (count, atOnce) => {
    const world = new World();
    const one = world.start('n1');
    one.bucket.isHeld = true;
    for (let n = 0; n < count; n++) one.presence.set(`user ${n}`);
    expect(one.bucket.held).toHaveLength(atOnce);
    one.bucket.release();
    await world.settle();
    expect(world.records).toHaveLength(count);
  });
});

describe('writes', () => {
  test('one for each record at a time; what is set meanwhile is written after it, the last only', async () => {
    const world = new World();
    const one = world.start('n1');
    one.bucket.isHeld = true;
    for (const data of [1, 2, 3]) one.presence.set('a', data);
    expect(one.bucket.held).toHaveLength(1);
    one.bucket.release();
    await world.settle();
    expect(world.entries.changes.map(({ text }) => text)).toEqual(['1', '3']);
  });

  test('pause after an error, longer each time, up to 5 s, until one succeeds', async () => {
    const world = new World();
    const one = world.start('n1');
    one.bucket.isHeld = true;
    one.presence.set('a');
    const pauses: number[] = [];
    for (let n = 0; n < 8; n++) {
      one.bucket.held[0]?.timeOut();
      await settled();
      const start = world.clock.now();
      while (one.bucket.held.length === 0) world.clock.advance(100);
      pauses.push(world.clock.now() - start);
    }
    expect(pauses).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    one.bucket.release();
    await world.settle();
    expect(world.records).toEqual(['a.n1']);
    one.bucket.isHeld = true;
    one.presence.set('b');
    one.bucket.held[0]?.timeOut();
    await settled();
    world.clock.advance(100);
    expect(one.bucket.held).toHaveLength(1);
  });

  test('what the watch tells late of own writes causes no others', async () => {
    const world = new World();
    const one = world.start('n1');
    one.presence.set('a', 1);
    await settled();
    one.presence.set('a', 2);
    await settled();
    one.hear();
    expect([one.presence.isSettled, one.bucket.calls]).toEqual([true, ['create', 'update']]);
  });

  test('that arrives after a read has found nothing, when the user has left: it is removed', async () => {
    const world = new World();
    const one = world.start('n1');
    one.bucket.isHeld = true;
    one.presence.set('a');
    const late = one.bucket.held[0];
    late?.timeOut();
    await settled();
    world.clock.advance(100);
    one.presence.remove('a');
    const read = one.bucket.held[0];
    read?.arrive();
    late?.arrive();
    one.hear();
    one.bucket.release();
    await world.settle();
    expect([read?.name, world.records]).toEqual(['get', []]);
  });

  test('of a process that was to remove a record when its lease ended: others remove it', async () => {
    const world = new World();
    const one = world.start('n1');
    one.presence.set('a');
    await world.settle();
    one.bucket.isHeld = true;
    one.presence.remove('a');
    one.bucket.held[0]?.timeOut();
    one.presence.leave();
    world.alive.delete('n1');
    one.bucket.release();
    one.join('n2');
    await world.settle();
    world.sweep(one);
    await world.settle();
    expect(world.records).toEqual([]);
  });

  test('a record that somebody has deleted or changed is written again', async () => {
    const world = new World();
    const one = world.start('n1');
    one.presence.set('a', 1);
    await world.settle();
    const key = keyOf('a', 'n1');
    world.entries.write(key, null, world.entries.revisionOf(key));
    await world.settle();
    expect(world.entries.get(key)?.text).toBe('1');
    world.entries.write(key, '2', world.entries.revisionOf(key));
    await world.settle();
    expect(world.entries.get(key)?.text).toBe('1');
  });
});

describe('what cannot be read is ignored', () => {
  const key = keyOf('a', 'n2');
  const good: Change = { key, text: '1', revision: 9 };
  test.each<Partial<Change>>([
    { key: 'user.' },
    { key: 'user.YQ' },
    { key: 'user.YQ.' },
    { key: 'user.YR.n2' },
    { key: 'user..n2' },
    { key: keyOf('x'.repeat(129), 'n2') },
    { text: '{' },
    { text: `"${'x'.repeat(1023)}"` },
    { text: `${'['.repeat(101)}${']'.repeat(101)}` },
  ])('%#', (wrong) => {
    const world = new World();
    world.alive.add('n2');
    const { presence } = world.start('n1');
    expect(presence.onChange({ ...good, ...wrong })).toBe(true);
    expect([presence.size, presence.list()]).toEqual([0, []]);
    presence.onChange(good);
    expect(presence.size).toBe(1);
  });

  test('records of others than users are left to others', () => {
    expect(new World().start('n1').presence.onChange({ ...good, key: 'room.ABC' })).toBe(false);
  });
});

test('what handlers of `changed` throw is thrown when all users were told', async () => {
  const { presence } = new World().start('n1');
  const told: string[] = [];
  presence.changed.connect((user) => {
    told.push(user);
    throw new Error(user);
  });
  presence.set('a');
  presence.set('b');
  expect(() => presence.poll()).toThrow('a');
  expect(told).toEqual(['a', 'b']);
});

describe('random schedules', () => {
  /** One request is answered, or its answer is lost and it arrives later or never. */
  function decide(random: Random, { bucket }: Process, late: (() => void)[]): void {
    if (bucket.held.length === 0) return;
    const request = random.pick(bucket.held);
    const fate = random.next();
    if (fate < 0.6) request.answer();
    else if (fate < 0.7) request.arrive();
    else {
      request.timeOut();
      if (random.chance(0.7)) late.push(() => request.arrive());
    }
  }

  test('lost answers, late writes and late news: in the end all know what was set', async () => {
    for (let seed = 1; seed <= 120; seed++) {
      const random = new Random(seed);
      const world = new World();
      const processes = [world.start('n1'), world.start('n2')];
      const late: (() => void)[] = [];
      const wanted = new Map<string, number>();
      let ids = 2;
      for (const { bucket } of processes) bucket.isHeld = true;
      for (let step = 0; step < 60; step++) {
        const process = random.pick(processes);
        const user = random.pick(['a', 'b', 'c']);
        const place = `${processes.indexOf(process)} ${user}`;
        const action = random.next();
        if (action < 0.3) {
          process.presence.set(user, step);
          wanted.set(place, step);
        } else if (action < 0.5) {
          process.presence.remove(user);
          wanted.delete(place);
        } else if (action < 0.53) {
          const { id } = process;
          process.presence.leave();
          world.alive.delete(id);
          process.join(`n${++ids}`);
        }
        for (let n = 0; n < 2; n++) decide(random, random.pick(processes), late);
        if (late.length > 0 && random.chance(0.2)) late.splice(random.integer(0, late.length - 1), 1)[0]?.();
        if (random.chance(0.5)) process.hear(random.integer(1, 3));
        for (let n = 0; n < 6; n++) await Promise.resolve();
        if (random.chance(0.3)) world.clock.advance(200);
      }
      for (const arrive of late) arrive();
      for (const { bucket } of processes) bucket.release();
      await world.settle();
      // Who notices records of a node that is dead removes them.
      for (const process of processes) world.sweep(process);
      await world.settle();
      const expected = [...wanted].map(([place, data]) => {
        const [index = '', user = ''] = place.split(' ');
        return `${user}.${processes[Number(index)]?.id} ${data}`;
      });
      const stored = world.records.map((name) => {
        const [user = '', node = ''] = name.split('.');
        return `${name} ${world.entries.get(keyOf(user, node))?.text}`;
      });
      expect([seed, stored]).toEqual([seed, expected.toSorted()]);
      for (const { presence } of processes) {
        const shown = presence
          .list()
          .flatMap(({ user, places }) => places.map(({ node, data }) => `${user}.${node} ${data}`));
        expect([seed, shown.toSorted()]).toEqual([seed, expected.toSorted()]);
        expect([seed, presence.size]).toEqual([seed, new Set(expected.map((text) => text.split('.')[0])).size]);
      }
    }
  });
});
