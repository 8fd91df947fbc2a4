import { describe, expect, test } from 'vitest';
import { settled } from '../../../test/support/held-bucket.ts';
import { type Line, MemoryBroker, type MemoryBrokerOptions } from '../../../test/support/memory-broker.ts';
import type { Failure } from '../../failure.ts';
import { Random, VirtualClock } from '../../testing/index.ts';
import type { QueueLimits } from './inbox.ts';
import { type MailRoom, RoomMail } from './room-mail.ts';

/** A room that keeps what it gets. */
class Hut implements MailRoom {
  readonly code: string;
  readonly kind: string;
  isClosed = false;
  readonly got: unknown[] = [];
  readonly inside = {
    receiveMessage: (message: unknown, from: string): void => {
      this.got.push(from === '' ? message : [from, message]);
      this.onMessage();
    },
  };
  onMessage: () => void = () => undefined;

  constructor(code: string, kind: string) {
    this.code = code;
    this.kind = kind;
  }
}

/** A process with rooms. */
class Post {
  readonly line: Line;
  readonly mail: RoomMail;
  readonly id: string;
  readonly huts = new Map<string, Hut>();

  constructor(id: string, village: Village, limits: { queue?: QueueLimits; mostUnderWay?: number }) {
    this.id = id;
    this.line = village.broker.connect();
    const { clock, owners } = village;
    this.mail = new RoomMail({
      broker: this.line,
      prefix: 'game',
      clock,
      rooms: { find: (code) => this.huts.get(code) ?? null, getRooms: () => [...this.huts.values()] },
      ownerOf: (code) => owners.get(code) ?? null,
      ...limits,
    });
    this.mail.join(id);
  }

  open(code: string, kind = 'match'): Hut {
    const hut = new Hut(code, kind);
    this.huts.set(code, hut);
    return hut;
  }

  close(code: string): void {
    const hut = this.huts.get(code);
    if (hut !== undefined) hut.isClosed = true;
    this.huts.delete(code);
  }
}

/** Processes on a broker in memory, and who has which room, as all of them know it. */
class Village {
  readonly clock = new VirtualClock();
  readonly broker: MemoryBroker;
  readonly owners = new Map<string, string>();
  readonly posts: Post[] = [];
  readonly #limits: { queue?: QueueLimits; mostUnderWay?: number };

  constructor(
    limits: { queue?: QueueLimits; mostUnderWay?: number } = {},
    options: MemoryBrokerOptions = {},
    seed = 1,
  ) {
    this.broker = new MemoryBroker(this.clock, new Random(seed), options);
    this.#limits = limits;
  }

  post(id: string): Post {
    const post = new Post(id, this, this.#limits);
    this.posts.push(post);
    return post;
  }

  /** Lets time pass, in steps in which promises run and messages are delivered. */
  async pass(milliseconds: number, step = 10): Promise<void> {
    for (let passed = 0; passed <= milliseconds; passed += step) {
      for (let n = 0; n < 3; n++) {
        await settled();
        this.clock.advance(0);
      }
      for (const { mail } of this.posts) mail.deliver();
      this.clock.advance(step);
    }
    await settled();
  }

  /** The codes of the failures with which messages end, while time passes. */
  async results(sent: readonly Promise<Failure | null>[], milliseconds = 0): Promise<(string | null)[]> {
    await this.pass(milliseconds);
    return (await Promise.all(sent)).map((failure) => failure?.code ?? null);
  }
}

/** Two processes with a room each. */
function pair(limits: { queue?: QueueLimits; mostUnderWay?: number } = {}) {
  const village = new Village(limits);
  const [near, far] = [village.post('near'), village.post('far')];
  village.owners.set('NEAR', 'near').set('FAR', 'far');
  return { village, near, far, here: near.open('NEAR'), there: far.open('FAR') };
}

const FULL = 'TICKPEER_OUTBOUND_LIMIT';
const CLUSTER = 'TICKPEER_CLUSTER';
const CLOSED = 'TICKPEER_ROOM_CLOSED';

describe('a message', () => {
  test('to a room of this process and one of another one', async () => {
    const { village, near, here, there } = pair();
    const message = { points: [1, 2.5, null], name: 'ä"\n', left: undefined };
    const sent = [near.mail.send('near', message, { from: 'far' }), near.mail.send('FAR', message)];
    expect([here.got, there.got]).toEqual([[], []]);
    expect(await village.results(sent)).toEqual([null, null]);
    const got = { points: [1, 2.5, null], name: 'ä"\n' };
    expect(here.got).toEqual([['FAR', got]]);
    expect(there.got).toEqual([got]);
    expect(there.got[0]).not.toBe(message);
  });

  test('is not the object that was sent, and not that of another room', async () => {
    const { village, near, here } = pair();
    const other = near.open('OTHER');
    const message = { list: [1] };
    near.mail.broadcast(message);
    message.list.push(2);
    await village.pass(0);
    expect([here.got, other.got]).toEqual([[{ list: [1] }], [{ list: [1] }]]);
    expect(here.got[0]).not.toBe(other.got[0]);
  });

  test('to a code that no room has', async () => {
    const { village, near, far } = pair();
    far.close('FAR');
    const sent = [near.mail.send('WHO', 1), near.mail.send('no code!', 1), near.mail.send('FAR', 1)];
    expect(await village.results(sent, 300)).toEqual([CLOSED, CLOSED, CLOSED]);
  });

  test('to a room that has moved since: its owner is looked up again', async () => {
    const { village, near, far } = pair();
    const third = village.post('third');
    far.close('FAR');
    const sent = [near.mail.send('FAR', 1), near.mail.send('FAR', 2)];
    await village.pass(100);
    village.owners.set('FAR', 'third');
    const there = third.open('FAR');
    expect(await village.results(sent, 200)).toEqual([null, null]);
    expect(there.got).toEqual([1, 2]);
  });

  test('to a room that has moved here since', async () => {
    const { village, near, far } = pair();
    far.close('FAR');
    const sent = [near.mail.send('FAR', 1)];
    await village.pass(100);
    village.owners.set('FAR', 'near');
    const there = near.open('FAR');
    sent.push(near.mail.send('FAR', 2));
    expect(await village.results(sent, 200)).toEqual([null, null]);
    expect(there.got).toEqual([1, 2]);
  });

  test.each([
    ['undefined', undefined, TypeError],
    ['a Map', new Map(), TypeError],
    ['65,537 bytes', 'x'.repeat(65_535), RangeError],
    ['65,537 bytes of UTF-8', `${'x'.repeat(65_533)}ä`, RangeError],
  ])('that cannot be sent throws: %s', (_, message, error) => {
    const { near } = pair();
    expect(() => near.mail.send('FAR', message)).toThrow(error);
    expect(() => near.mail.broadcast(message)).toThrow(error);
  });

  test.each([65_535, 65_536])('of %i bytes', async (bytes) => {
    const { village, near, there } = pair();
    const text = 'x'.repeat(bytes - 2);
    expect(await village.results([near.mail.send('FAR', text)])).toEqual([null]);
    expect(there.got).toEqual([text]);
  });

  test('from what cannot be a code throws', () => {
    expect(() => pair().near.mail.send('FAR', 1, { from: '?' })).toThrow('from: "?" cannot be the code of a room');
  });

  test('whose room closes before it gets it is lost, and the next room with the code does not get it', async () => {
    const { village, near } = pair();
    const sent = near.mail.send('NEAR', 1);
    near.close('NEAR');
    const next = near.open('NEAR');
    expect(await village.results([sent])).toEqual([null]);
    expect([next.got, near.mail.counts.dropped]).toEqual([[], 1]);
  });

  test('that a handler sends to its own room waits for the next poll', async () => {
    const { near, here } = pair();
    here.onMessage = () => void near.mail.send('NEAR', 'again');
    void near.mail.send('NEAR', 'first');
    near.mail.deliver();
    expect(here.got).toEqual(['first']);
    near.mail.deliver();
    expect(here.got).toEqual(['first', 'again']);
  });
});

describe('without an answer', () => {
  test('there is no connection', async () => {
    const { village, near, here } = pair();
    near.line.cut();
    const sent = [near.mail.send('FAR', 1), near.mail.send('NEAR', 2)];
    expect(await village.results(sent)).toEqual([CLUSTER, null]);
    expect(here.got).toEqual([2]);
  });

  test('this process is no node', async () => {
    const { village, near } = pair();
    near.mail.leave();
    expect(await village.results([near.mail.send('FAR', 1)])).toEqual([CLUSTER]);
    near.mail.join('near2');
    expect(await village.results([near.mail.send('FAR', 2)])).toEqual([null]);
  });

  test.each([
    [4_990, 0],
    [5_010, 1],
  ])('the other one stands still: after %i ms, %i answers', async (milliseconds, count) => {
    const { village, near, far } = pair();
    far.line.hold();
    let answers = 0;
    void near.mail.send('FAR', 1).then(() => answers++);
    await village.pass(milliseconds - 10);
    expect(answers).toBe(count);
  });

  test('what arrives after a later message is not delivered', async () => {
    const { village, near, far, there } = pair();
    const late = JSON.stringify({
      form: 1,
      node: 'near',
      sequence: 0,
      code: 'FAR',
      letters: [{ from: '', text: '0' }],
    });
    expect(await village.results([near.mail.send('FAR', 1)])).toEqual([null]);
    const answer = near.line.request('game.node.far.mail', late, 100);
    await village.pass(0);
    expect([await answer, there.got, far.mail.counts.malformed]).toEqual(['late', [1], 0]);
  });
});

describe('limits', () => {
  const sendAll = (mail: RoomMail, code: string, messages: readonly unknown[]): Promise<Failure | null>[] =>
    messages.map((message) => mail.send(code, message));

  test.each(['NEAR', 'FAR'])('256 messages wait for a room; the 257th is refused: %s', async (code) => {
    const { village, near, here, there } = pair();
    const results = await village.results(sendAll(near.mail, code, Array(257).fill(0)));
    expect(results.slice(254)).toEqual([null, null, FULL]);
    expect((code === 'NEAR' ? here : there).got).toHaveLength(256);
    expect(await village.results(sendAll(near.mail, code, [1]))).toEqual([null]);
  });

  test.each(['NEAR', 'FAR'])('256 KiB wait for a room, and not a byte more: %s', async (code) => {
    const { village, near } = pair();
    const [large, less] = ['x'.repeat(65_534), 'x'.repeat(65_533)];
    const send = (last: readonly unknown[]) =>
      village.results(sendAll(near.mail, code, [large, large, large, ...last]));
    expect(await send([less, 0, 0])).toEqual([null, null, null, null, null, FULL]);
    expect(await send([large, 0])).toEqual([null, null, null, null, FULL]);
  });

  test('the queue of the other process: it is not polled, so that what two send is too much', async () => {
    const { village, near, far } = pair({ queue: { messages: 3, bytes: 100 } });
    const other = village.post('other');
    const [one, two] = [sendAll(near.mail, 'FAR', [1, 2]), sendAll(other.mail, 'FAR', [3, 4])];
    for (let n = 0; n < 9; n++) {
      await settled();
      village.clock.advance(0);
    }
    expect(await village.results([...one, ...two])).toEqual([null, null, null, FULL]);
    expect(far.huts.get('FAR')?.got).toEqual([1, 2, 3]);
  });

  test.each([
    [9, null],
    [10, null],
    [11, FULL],
  ])('%i bytes under way to all rooms, of 10', async (bytes, code) => {
    const { village, near } = pair({ mostUnderWay: 10 });
    village.owners.set('MORE', 'far');
    const sent = [near.mail.send('FAR', 12345), near.mail.send('MORE', 10 ** (bytes - 6))];
    village.posts[1]?.open('MORE');
    expect(await village.results(sent)).toEqual([null, code]);
    expect(await village.results([near.mail.send('MORE', 1)])).toEqual([null]);
  });
});

describe('a message to all', () => {
  test('reaches the rooms of all processes, or those of a kind', async () => {
    const { village, near, far, here, there } = pair();
    const lobby = far.open('LOBBY', 'lobby');
    expect(near.mail.broadcast('all', { from: 'NEAR' })).toBeNull();
    expect(near.mail.broadcast('lobbies', { kind: 'lobby' })).toBeNull();
    await village.pass(0);
    expect([here.got, there.got, lobby.got]).toEqual([
      [['NEAR', 'all']],
      [['NEAR', 'all']],
      [['NEAR', 'all'], 'lobbies'],
    ]);
  });

  test('without a connection reaches those of this process', async () => {
    const { village, near, here, there } = pair();
    near.line.cut();
    expect(near.mail.broadcast(1)?.code).toBe(CLUSTER);
    near.line.heal();
    await village.pass(0);
    expect([here.got, there.got]).toEqual([[1], []]);
  });

  test('is lost for a room whose queue is full', async () => {
    const { near, here } = pair({ queue: { messages: 2, bytes: 100 } });
    for (let n = 0; n < 3; n++) near.mail.broadcast(n);
    near.mail.deliver();
    expect([here.got, near.mail.counts]).toEqual([[0, 1], { delivered: 2, dropped: 1, malformed: 0 }]);
  });
});

describe('what another process sends that cannot be read', () => {
  const letter = { from: '', text: '1' };
  const batch = { form: 1, node: 'x', sequence: 1, code: 'FAR', letters: [letter] };
  const broadcast = { form: 1, node: 'x', kind: null, letter };
  const deep = `${'['.repeat(101)}${']'.repeat(101)}`;
  const wrongLetters = [null, { from: 1, text: '1' }, { from: 'a', text: '1' }, { from: '' }, { from: '', text: '{' }];
  const letters = [...wrongLetters, { from: '', text: deep }, { from: '', text: `"${'x'.repeat(65_535)}"` }];

  test.each([
    '',
    'null',
    '[]',
    ...[
      { form: 2 },
      { node: 1 },
      { sequence: '1' },
      { sequence: 1.5 },
      { code: 'far' },
      { letters: [] },
      { letters: {} },
      { letters: Array(257).fill(letter) },
      ...letters.map((wrong) => ({ letters: [letter, wrong] })),
    ].map((wrong) => JSON.stringify({ ...batch, ...wrong })),
  ])('messages to a room: %#', async (text) => {
    const { village, near, far, there } = pair();
    const answer = near.line.request('game.node.far.mail', text, 100);
    await village.pass(0);
    expect([await answer, there.got, far.mail.counts.malformed]).toEqual(['malformed', [], 1]);
  });

  test.each([
    '',
    ...[{ form: 2 }, { node: null }, { kind: 1 }, ...letters.map((wrong) => ({ letter: wrong }))].map((wrong) =>
      JSON.stringify({ ...broadcast, ...wrong }),
    ),
  ])('a message to all: %#', async (text) => {
    const { village, near, far, there } = pair();
    near.line.publish('game.all', text);
    await village.pass(0);
    expect([there.got, far.mail.counts.malformed]).toEqual([[], 1]);
  });

  test('256 messages, and the right forms, are taken', async () => {
    const { village, near, there } = pair();
    const answer = near.line.request(
      'game.node.far.mail',
      JSON.stringify({ ...batch, letters: Array(256).fill(letter) }),
      100,
    );
    near.line.publish('game.all', JSON.stringify(broadcast));
    await village.pass(0);
    expect([(await answer).length, there.got.length]).toEqual([256, 256]);
  });

  test('an answer that cannot be read', async () => {
    const { village, near, far } = pair();
    for (const answer of ['', 'yy', 'q', 'malformed']) {
      far.line.respond('game.node.far.mail', () => answer);
      expect(await village.results([near.mail.send('FAR', 1)])).toEqual([CLUSTER]);
    }
  });
});

describe('random schedules', () => {
  test('with delays and interruptions: in order, at most once, and what is confirmed arrives', async () => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = new Random(seed);
      const village = new Village({}, { delay: [0, 40] }, seed);
      const [near, far] = [village.post('near'), village.post('far')];
      let there = far.open('ROOM');
      const all = [there];
      village.owners.set('ROOM', 'far');
      const confirmed: number[] = [];
      let unanswered = 0;
      for (let n = 0; n < 30; n++) {
        if (random.chance(0.5)) {
          unanswered++;
          void near.mail.send('ROOM', n).then((failure) => {
            unanswered--;
            if (failure === null) confirmed.push(n);
          });
        }
        if (random.chance(0.05)) near.line.cut();
        else if (random.chance(0.3)) near.line.heal();
        if (random.chance(0.05)) {
          // The room closes after a poll, and opens again in one of the processes.
          for (const post of village.posts) post.mail.deliver();
          for (const post of village.posts) post.close('ROOM');
          const owner = random.pick(village.posts);
          village.owners.set('ROOM', owner.id);
          there = owner.open('ROOM');
          all.push(there);
        }
        await village.pass(10, 10);
      }
      near.line.heal();
      for (let n = 0; n < 100 && unanswered > 0; n++) await village.pass(500, 250);
      await village.pass(20, 10);
      const got = all.flatMap((hut) => hut.got.map(Number));
      expect([seed, unanswered]).toEqual([seed, 0]);
      expect([seed, got]).toEqual([seed, [...new Set(got)].toSorted((one, other) => one - other)]);
      expect([seed, confirmed.filter((n) => !got.includes(n))]).toEqual([seed, []]);
    }
  });
});
