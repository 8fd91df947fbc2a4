import { describe, expect, test } from 'vitest';
import { unit } from '../../../test/support/replicated-table.ts';
import { int, VariantWriter, variant } from '../../variant/index.ts';
import { onChange } from '../nodes/property.ts';
import { scene } from '../nodes/scene.ts';
import { synchronizer } from '../nodes/synchronizer-declaration.ts';
import { SynchronizerState } from './synchronizer-state.ts';

/** What no Variant holds, and the compiler does not see. */
const INVALID = Symbol('invalid') as unknown as null;

function begin(): { one: ReturnType<typeof unit.instantiate>; state: SynchronizerState; writer: VariantWriter } {
  const one = unit.instantiate({ name: 'u1', title: 't' });
  const state = new SynchronizerState(one.getNode('Sync'), 1);
  state.netId = 2;
  return { one, state, writer: new VariantWriter() };
}

function withWatched(count: number): SynchronizerState {
  const properties = Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, onChange(int)]));
  return new SynchronizerState(
    scene('res://x.tscn', { Sync: synchronizer(properties) })
      .instantiate()
      .getNode('Sync'),
    1,
  );
}

function hexOf(writer: VariantWriter, { start, end }: { start: number; end: number }): string {
  return Buffer.from(writer.bytes.subarray(start, end)).toString('hex');
}

test.each([
  [0, 0, 0],
  [1, 1, 0],
  [31, 0x7fff_ffff, 0],
  [32, 0xffff_ffff, 0],
  [33, 0xffff_ffff, 1],
  [63, 0xffff_ffff, 0x7fff_ffff],
  [64, 0xffff_ffff, 0xffff_ffff],
])('the mask of all of %d watched properties', (count, low, high) => {
  const { allLow, allHigh } = withWatched(count);
  expect([allLow >>> 0, allHigh >>> 0]).toEqual([low, high]);
});

test.each([0, 31, 32, 33, 63])('a change of property %d sets its bit alone', (index) => {
  const state = withWatched(64);
  const writer = new VariantWriter();
  state.writeDelta(writer, 1, 0);
  expect([state.changedLow >>> 0, state.changedHigh >>> 0]).toEqual([0xffff_ffff, 0xffff_ffff]);
  state.synchronizer.instance.values.set(index, 7);
  state.writeDelta(writer, 2, 0);
  const mask = (BigInt(state.changedHigh >>> 0) << 32n) | BigInt(state.changedLow >>> 0);
  expect([mask, writer.size - state.delta.start]).toEqual([1n << BigInt(index), 18]);
});

test('a SYNC is due at once and then after the interval; without ALWAYS properties never', () => {
  const { one, state } = begin();
  one.getNode('Sync').replicationInterval = 0.1;
  expect([state.isDue(1, 0), state.isDue(2, 99), state.isDue(3, 100), state.isDue(4, 199)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
  one.getNode('Sync').replicationInterval = 0;
  expect([state.isDue(5, 199), state.isDue(6, 199)]).toEqual([true, true]);
  expect(withWatched(3).isDue(1, 0)).toBe(false);
});

test('a SYNC with an endless interval is due often enough for its time of 16 bits', () => {
  const { one, state } = begin();
  one.getNode('Sync').replicationInterval = Number.POSITIVE_INFINITY;
  const due: number[] = [];
  for (let tick = 1; tick <= 70_000; tick++) if (state.isDue(tick, tick)) due.push(tick);
  const steps = due.map((tick, index) => tick - (due[index - 1] ?? 0));
  expect(due.length).toBeGreaterThan(1);
  expect(Math.max(...steps)).toBeLessThan(0x7fff);
});

test('the blocks of SYNC, DELTA and SPAWN have the values in the declared order', () => {
  const { one, state, writer } = begin();
  one.x = 5;
  state.writeSync(writer, 1);
  expect(hexOf(writer, state.sync)).toBe('02000000020000000205');
  state.writeDelta(writer, 1, 0);
  expect(hexOf(writer, state.delta)).toBe('0200000003000000000000000a00000002031c00000000000000');
  const { size } = writer;
  state.writeSpawned(writer);
  expect(hexOf(writer, { start: size, end: writer.size })).toBe('02050203040000000100000074000000');
});

describe('changes', () => {
  test('a value that is set and set back is none, and one that is changed in place is one', () => {
    const { one, state, writer } = begin();
    state.writeDelta(writer, 1, 0);
    one.hp = 4;
    one.hp = 3;
    state.writeDelta(writer, 2, 0);
    expect(state.delta.tick).toBe(1);
    one.tags.push(1);
    state.writeDelta(writer, 3, 0);
    expect([state.delta.tick, state.changedLow]).toEqual([3, 0b10]);
    state.writeDelta(writer, 4, 0);
    expect(state.delta.tick).toBe(3);
  });

  test('are those against what this state has sent, not an earlier one of the synchronizer', () => {
    const { one, state, writer } = begin();
    one.hp = 9;
    state.writeDelta(writer, 1, 0);
    const later = new SynchronizerState(one.getNode('Sync'), 2);
    later.writeDelta(writer, 2, 0);
    expect([later.delta.tick, later.changedLow]).toEqual([2, 0b11]);
  });

  test('are looked for when the interval is over', () => {
    const { one, state, writer } = begin();
    one.getNode('Sync').deltaInterval = 0.1;
    state.writeDelta(writer, 1, 0);
    one.hp = 4;
    state.writeDelta(writer, 2, 99);
    expect(state.delta.tick).toBe(1);
    state.writeDelta(writer, 3, 100);
    expect(state.delta.tick).toBe(3);
  });

  test('are kept when another property has an invalid value, which alone is missing', () => {
    const { one, state, writer } = begin();
    state.writeDelta(writer, 1, 0);
    one.hp = 9;
    one.tags.push(INVALID);
    expect(() => state.writeDelta(writer, 2, 0)).toThrow(TypeError);
    expect([state.delta.tick, state.changedLow]).toEqual([2, 0b01]);
    expect(hexOf(writer, state.delta)).toBe('020000000100000000000000020000000209');
    expect(() => state.writeDelta(writer, 3, 0)).toThrow('"tags" of');
    expect(state.delta.tick).toBe(2);
    one.tags.length = 0;
    one.tags.push(7);
    state.writeDelta(writer, 4, 0);
    expect([state.delta.tick, state.changedLow]).toEqual([4, 0b10]);
  });

  test('of a property that was never valid are not in the block of a peer that has none', () => {
    const { one, state, writer } = begin();
    one.tags.push(INVALID);
    expect(() => state.writeDelta(writer, 1, 0)).toThrow(TypeError);
    const { size } = writer;
    state.writeWatched(writer, 0b11, 0);
    expect(hexOf(writer, { start: size, end: writer.size })).toBe('020000000100000000000000020000000203');
  });
});

test('when a value cannot be encoded, nothing of the block is kept', () => {
  const loose = scene('res://loose.tscn', { Sync: synchronizer({ a: onChange(int), b: onChange(variant, null) }) });
  const one = loose.instantiate();
  const state = new SynchronizerState(one.getNode('Sync'), 1);
  const writer = new VariantWriter();
  const list: null[] = [];
  one.b = list;
  list.push(INVALID);
  writer.writeU8(1);
  expect(() => state.writeSpawned(writer)).toThrow('"b" of');
  expect(writer.size).toBe(1);
});
