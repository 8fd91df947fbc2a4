import { expect, test } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { turn } from '../../../test/support/until.ts';
import type { BrowserReader, BrowserStreamEnd, BrowserStreamOpening, BrowserWebSocketStream } from './globals.ts';
import { StreamTransport } from './stream-transport.ts';

type Chunk = Awaited<ReturnType<BrowserReader['read']>>;

interface Settle<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** A promise that the test settles. */
function pending<T>(): Settle<T> & { readonly promise: Promise<T> } {
  let settle!: Settle<T>;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  promise.catch(() => {});
  return { promise, ...settle };
}

/** A transport over a stream whose every step is the test's; `log` has what both are told. */
function make() {
  const clock = new FakeClock();
  const log: string[] = [];
  const reads: Settle<Chunk>[] = [];
  const writes: Settle<void>[] = [];
  const written: (string | Uint8Array)[] = [];
  const opened = pending<BrowserStreamOpening>();
  const closed = pending<BrowserStreamEnd>();
  const state = { takesMore: true, isOver: false };
  const stream: BrowserWebSocketStream = {
    opened: opened.promise,
    closed: closed.promise,
    close: (how) => void log.push(`stream.close ${how?.closeCode ?? ''} ${how?.reason ?? ''}`.trim()),
  };
  const ask = <T, R>(list: Settle<T>[], after: (promise: Promise<T>) => R): R => {
    const { promise, ...settle } = pending<T>();
    list.push(settle);
    return after(promise);
  };
  const transport = new StreamTransport(
    stream,
    {
      onOpen: (protocol) => void log.push(`open ${protocol}`),
      onMessage: (message) => {
        log.push(`message ${typeof message === 'string' ? message : message.byteLength}`);
        return state.takesMore;
      },
      onClose: (code, reason, isComplete) => void log.push(`closed ${code} ${reason} ${isComplete}`),
    },
    clock,
  );
  const open = async (): Promise<void> => {
    opened.resolve({
      protocol: 'game',
      readable: {
        getReader: () => ({
          read: () => (state.isOver ? Promise.resolve({ done: true }) : ask(reads, (promise) => promise)),
        }),
      },
      writable: {
        getWriter: () => ({
          write: (chunk) => {
            written.push(chunk);
            return ask(writes, (promise) => promise);
          },
          abort: async () => void log.push('abort'),
        }),
      },
    });
    await turn();
  };
  const message = async (value: string): Promise<void> => {
    reads.at(-1)?.resolve({ done: false, value });
    await turn();
  };
  const end = async (how: BrowserStreamEnd, isClean = true): Promise<void> => {
    state.isOver = true;
    if (isClean) closed.resolve(how);
    else closed.reject(how);
    opened.reject(how);
    reads.at(-1)?.resolve({ done: true });
    await turn();
  };
  return { clock, log, reads, writes, written, state, transport, open, message, end };
}

test('it opens, and passes on messages until the sink has enough', async () => {
  const { log, reads, state, transport, open, message } = make();
  await open();
  await message('a');
  state.takesMore = false;
  await message('b');
  expect(log).toEqual(['open game', 'message a', 'message b']);
  const before = reads.length;
  await turn();
  expect(reads.length).toBe(before);
  state.takesMore = true;
  transport.resume();
  transport.resume();
  await turn();
  expect(reads.length).toBe(before + 1);
  await message('c');
  expect(log.at(-1)).toBe('message c');
});

test('what is sent counts until the browser has taken it, and is a copy', async () => {
  const { written, writes, transport, open } = make();
  transport.send('too early', 9);
  expect([written, transport.unsentPackets]).toEqual([[], 0]);
  await open();
  const bytes = Uint8Array.of(1, 2);
  transport.send(bytes, 2);
  bytes.fill(9);
  transport.send('text', 4);
  expect([written, transport.unsentBytes, transport.unsentPackets]).toEqual([[Uint8Array.of(1, 2), 'text'], 6, 2]);
  writes[0]?.resolve();
  await turn();
  expect([transport.unsentBytes, transport.unsentPackets]).toEqual([4, 1]);
});

test('a close waits for what was sent before it', async () => {
  const { log, writes, transport, open } = make();
  await open();
  transport.send('a', 1);
  transport.close(3000, 'bye');
  await turn();
  expect(log).toEqual(['open game']);
  writes[0]?.resolve();
  await turn();
  expect(log).toEqual(['open game', 'stream.close 3000 bye']);
});

test('a close with nothing on the way is at once, and lets a paused reader go on', async () => {
  const { log, reads, state, transport, open, message } = make();
  await open();
  state.takesMore = false;
  await message('a');
  const before = reads.length;
  transport.close(1000, '');
  expect(log.at(-1)).toBe('stream.close 1000');
  await turn();
  expect(reads.length).toBe(before + 1);
});

test('an abandoned one discards what it was sending, and reports nothing', async () => {
  const { log, transport, open, message, end } = make();
  await open();
  transport.send('a', 1);
  transport.abandon(1000);
  await message('late');
  await end({ closeCode: 1000 });
  expect(log).toEqual(['open game', 'abort', 'stream.close 1000']);
  const idle = make();
  await idle.open();
  idle.transport.abandon(1000);
  expect(idle.log).toEqual(['open game', 'stream.close 1000']);
});

test.each([
  [true, { closeCode: 3001, reason: 'bye' }, 'closed 3001 bye true'],
  [true, {}, 'closed 1005  true'],
  [true, { closeCode: null }, 'closed 1005  true'],
  [false, {}, 'closed 1006  true'],
  [false, { closeCode: 3001, reason: 'bye' }, 'closed 3001 bye true'],
])('an end that is clean (%s) with %j is reported as "%s"', async (isClean, how, expected) => {
  const { log, open, end } = make();
  await open();
  await end(how, isClean);
  expect(log).toEqual(['open game', expected]);
});

test('an attempt that fails is an end without an opening', async () => {
  const { log, end } = make();
  await end({}, false);
  expect(log).toEqual(['closed 1006  true']);
});

test('an end while reading is paused is not complete', async () => {
  const { log, state, open, message, end } = make();
  await open();
  state.takesMore = false;
  await message('a');
  await end({ closeCode: 1000 });
  expect(log.at(-1)).toBe('closed 1000  false');
});

test.each([
  [99, false],
  [100, true],
])(
  'a reader that paused, and then waited %i ms for a message, has all of them: %s',
  async (milliseconds, isComplete) => {
    const { clock, log, state, transport, open, message, end } = make();
    await open();
    state.takesMore = false;
    await message('a');
    state.takesMore = true;
    transport.resume();
    await turn();
    clock.advance(milliseconds);
    await message('b');
    await end({ closeCode: 1000 });
    expect(log.at(-1)).toBe(`closed 1000  ${isComplete}`);
  },
);

test('a write that fails closes the stream after a second, unless it has ended by itself', async () => {
  const { clock, log, writes, transport, open, end } = make();
  await open();
  transport.send('a', 1);
  writes[0]?.reject(new Error('lost'));
  await turn();
  expect(transport.unsentPackets).toBe(0);
  clock.advance(999);
  expect(log).toEqual(['open game']);
  clock.advance(1);
  expect(log).toEqual(['open game', 'stream.close']);
  await end({ closeCode: 1000 });
  expect(log.at(-1)).toBe('closed 1006  true');

  const ended = make();
  await ended.open();
  ended.transport.send('a', 1);
  ended.writes[0]?.reject(new Error('lost'));
  await ended.end({ closeCode: 1000 });
  ended.clock.advance(5000);
  expect(ended.log).toEqual(['open game', 'closed 1000  true']);
});
