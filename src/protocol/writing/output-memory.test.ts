import { expect, test } from 'vitest';
import { OutputMemory, SHARED_SLAB_SIZE, type Slab } from './output-memory.ts';

const KEPT = (2 * 1024 * 1024) / SHARED_SLAB_SIZE;

function ownSlabs(memory: OutputMemory, count: number, size = SHARED_SLAB_SIZE): Slab[] {
  return Array.from({ length: count }, () => memory.own(size));
}

function releaseAll(memory: OutputMemory, slabs: readonly Slab[]): void {
  for (const slab of slabs) memory.release(slab);
}

/** How many of these slabs are given out again. */
function countKept(memory: OutputMemory, slabs: readonly Slab[]): number {
  const again = ownSlabs(memory, slabs.length);
  releaseAll(memory, again);
  return again.filter((slab) => slabs.includes(slab)).length;
}

test.each([1, 511, 512, 513, 4096, 4097, 65_536, 262_143, 262_144])(
  'there is a slab of its own for %i bytes',
  (size) => {
    const memory = new OutputMemory();
    const slab = memory.own(size);
    expect(slab.bytes.length).toBeGreaterThanOrEqual(size);
    memory.release(slab);
    expect(memory.own(size)).toBe(slab);
  },
);

test('there is none for 262145', () => {
  expect(() => new OutputMemory().own(262_145)).toThrow(RangeError);
});

test('a shared slab is given out until it is full, and again once nobody uses it', () => {
  const memory = new OutputMemory();
  const first = memory.share(100);
  first.used += SHARED_SLAB_SIZE - 100;
  expect(memory.share(100)).toBe(first);
  first.used += 100;
  const second = memory.share(1);
  expect(second).not.toBe(first);
  memory.release(first);
  expect([first.used, first.users]).toEqual([SHARED_SLAB_SIZE, 1]);
  memory.release(first);
  expect([first.used, first.users]).toEqual([0, 0]);
  second.used = SHARED_SLAB_SIZE;
  expect(memory.share(1)).toBe(first);
});

test('the slab being filled begins at its start again when its last user is gone', () => {
  const memory = new OutputMemory();
  const slab = memory.share(100);
  slab.used += 100;
  memory.release(slab);
  expect(slab.used).toBe(0);
  expect(memory.share(100)).toBe(slab);
});

test('the same bytes are the same view', () => {
  const slab = new OutputMemory().share(100);
  const view = slab.view(10, 30);
  expect([view.length, view.byteOffset]).toEqual([20, slab.bytes.byteOffset + 10]);
  expect(slab.view(10, 30)).toBe(view);
  expect(slab.view(10, 31)).not.toBe(view);
});

test('without trim(), 2 MiB of a size are kept', () => {
  const memory = new OutputMemory();
  for (const count of [KEPT - 1, KEPT, KEPT + 1]) {
    const slabs = ownSlabs(memory, count);
    releaseAll(memory, slabs);
    expect(memory.hasSurplus).toBe(false);
    expect(countKept(memory, slabs)).toBe(Math.min(count, KEPT));
  }
});

test('with it, what was needed is kept until two calls have passed without need', () => {
  const memory = new OutputMemory();
  memory.isTrimmed = true;
  const slabs = ownSlabs(memory, 3 * KEPT);
  releaseAll(memory, slabs);
  expect(memory.hasSurplus).toBe(true);
  memory.trim();
  expect(countKept(memory, slabs)).toBe(3 * KEPT); // this needs them again
  memory.trim();
  memory.trim();
  expect(memory.hasSurplus).toBe(true);
  memory.trim();
  expect(memory.hasSurplus).toBe(false);
  expect(countKept(memory, slabs)).toBe(KEPT);
});

test('half of it needed, half is kept', () => {
  const memory = new OutputMemory();
  memory.isTrimmed = true;
  const slabs = ownSlabs(memory, 4 * KEPT);
  releaseAll(memory, slabs);
  for (let count = 0; count < 3; count++) {
    releaseAll(memory, ownSlabs(memory, 2 * KEPT));
    memory.trim();
  }
  expect(countKept(memory, slabs)).toBe(2 * KEPT);
});
