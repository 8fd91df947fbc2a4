import { expect, test } from 'vitest';
import { FinalBlockBudget, inflateBy, isTooBig, type Run } from './final-blocks.ts';
import { WindowHistory } from './window-history.ts';

const WINDOW_BITS = 15;
const TOO_BIG = Object.assign(new Error('big'), { code: 'ERR_BUFFER_TOO_LARGE' });

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (data: Uint8Array | undefined): string | undefined =>
  data === undefined ? undefined : new TextDecoder().decode(data);

/** An inflater whose every run takes and returns what the script says. `seen` has what it was given. */
function scripted(...script: readonly (readonly [taken: number, output: string])[]) {
  const seen: { size: number; limit: number; begins: boolean; window: string | undefined }[] = [];
  const run: Run = (data, limit, begins, window) => {
    const [taken, output] = script[seen.length] ?? [data.length, ''];
    seen.push({ size: data.length, limit, begins, window: textOf(window()) });
    return { output: bytes(output), taken };
  };
  return { run, seen };
}

const failing = (error: Error): Run => {
  return () => {
    throw error;
  };
};

test('a message without a final block is one run, with the tail behind it', () => {
  const { run, seen } = scripted([5, 'abc']);
  const history = new WindowHistory(WINDOW_BITS);
  history.append(bytes('before'));
  expect(inflateBy(run, Uint8Array.of(1), 10, WINDOW_BITS, history, null)).toEqual(bytes('abc'));
  expect(seen).toEqual([{ size: 5, limit: 10, begins: false, window: 'before' }]);
  expect(textOf(history.bytes)).toBe('beforeabc');
});

test('an empty payload is broken', () => {
  const { run, seen } = scripted();
  expect(inflateBy(run, new Uint8Array(0), 10, WINDOW_BITS, null, null)).toBe('broken');
  expect(seen).toEqual([]);
});

test.each([
  [2, 'too big'],
  [3, bytes('abc')],
  [4, bytes('abc')],
])('with a limit of %i, three bytes are %s', (limit, expected) => {
  const history = new WindowHistory(WINDOW_BITS);
  expect(inflateBy(scripted([5, 'abc']).run, Uint8Array.of(1), limit, WINDOW_BITS, history, null)).toEqual(expected);
  expect(textOf(history.bytes)).toBe(limit < 3 ? undefined : 'abc');
});

test('a limit of nothing lets one byte out of zlib, and refuses it', () => {
  const { run, seen } = scripted([5, 'a']);
  expect(inflateBy(run, Uint8Array.of(1), 0, WINDOW_BITS, null, null)).toBe('too big');
  expect(seen[0]?.limit).toBe(1);
  expect(inflateBy(scripted([5, '']).run, Uint8Array.of(1), 0, WINDOW_BITS, null, null)).toEqual(bytes(''));
});

test('zlib’s refusal of a long output is told from broken data, whatever its class', () => {
  expect(inflateBy(failing(TOO_BIG), Uint8Array.of(1), 9, WINDOW_BITS, null, null)).toBe('too big');
  expect(inflateBy(failing(new Error('bad')), Uint8Array.of(1), 9, WINDOW_BITS, null, null)).toBe('broken');
  expect([isTooBig(TOO_BIG), isTooBig(new RangeError('x')), isTooBig(null)]).toEqual([true, false, false]);
});

test('what follows a final block runs by itself, with the window and the limit that are left', () => {
  const { run, seen } = scripted([2, 'abc'], [3, 'de'], [5, 'f']);
  const history = new WindowHistory(WINDOW_BITS);
  history.append(bytes('-'));
  expect(inflateBy(run, new Uint8Array(6), 10, WINDOW_BITS, history, null)).toEqual(bytes('abcdef'));
  expect(seen).toEqual([
    { size: 10, limit: 10, begins: false, window: '-' },
    { size: 8, limit: 7, begins: true, window: '-abc' },
    { size: 5, limit: 5, begins: true, window: '-abcde' },
  ]);
  expect(textOf(history.bytes)).toBe('-abcdef');
});

test('the limit is that of all parts together', () => {
  const parts = [[2, 'abc'] as const, [8, 'de'] as const];
  expect(inflateBy(scripted(...parts).run, new Uint8Array(6), 5, WINDOW_BITS, null, null)).toEqual(bytes('abcde'));
  expect(inflateBy(scripted(...parts).run, new Uint8Array(6), 4, WINDOW_BITS, null, null)).toBe('too big');
});

test.each([
  [6, true],
  [7, false],
])('a message with %i parts after its first is read: %s', (parts, isRead) => {
  const script = Array.from({ length: parts }, () => [1, 'a'] as const);
  // Each part takes one byte, and the last all that is left.
  const { run } = scripted(...script);
  const result = inflateBy(run, new Uint8Array(20), 100, WINDOW_BITS, null, null);
  expect(result).toEqual(isRead ? bytes('a'.repeat(parts)) : 'broken');
});

test('without context, an empty stored block after the final one is not run', () => {
  const payload = Uint8Array.of(9, 9, 0);
  const alone = scripted([2, 'ab']);
  expect(inflateBy(alone.run, payload, 9, WINDOW_BITS, null, null)).toEqual(bytes('ab'));
  expect(alone.seen.length).toBe(1);
  const kept = scripted([2, 'ab']);
  inflateBy(kept.run, payload, 9, WINDOW_BITS, new WindowHistory(WINDOW_BITS), null);
  expect(kept.seen.length).toBe(2);
});

test('a budget has 64, and gets one back for each KiB, but never more than it had', () => {
  const budget = new FinalBlockBudget();
  budget.earn(1_000_000);
  for (let count = 1; count <= 64; count++) budget.spend();
  expect(() => budget.spend()).toThrow();
  budget.earn(1023);
  expect(() => budget.spend()).toThrow();
  budget.earn(1);
  budget.spend();
  expect(() => budget.spend()).toThrow();
});

test('a message earns by its compressed size', () => {
  const budget = new FinalBlockBudget();
  for (let count = 1; count <= 64; count++) budget.spend();
  inflateBy(scripted().run, new Uint8Array(1024), 9, WINDOW_BITS, null, budget);
  budget.spend();
  expect(() => budget.spend()).toThrow();
});
