import { describe, expect, test } from 'vitest';
import {
  array,
  basis,
  bool,
  Color,
  color,
  Dictionary,
  dictionary,
  float,
  int,
  packedByteArray,
  quaternion,
  type Schema,
  string,
  Transform2D,
  Transform3D,
  transform2D,
  transform3D,
  Vector2,
  variant,
  vector2,
  where,
} from '../../variant/index.ts';
import { always, onChange, ReplicatedProperty, ReplicationMode, spawnOnly } from './property.ts';

test('the mode and whether a spawn has the value follow from the function and its options', () => {
  const brief = ({ mode, spawn }: ReplicatedProperty<unknown>): unknown => [mode, spawn];
  expect(brief(always(int))).toEqual([ReplicationMode.REPLICATION_MODE_ALWAYS, true]);
  expect(brief(onChange(int))).toEqual([ReplicationMode.REPLICATION_MODE_ON_CHANGE, true]);
  expect(brief(spawnOnly(int))).toEqual([ReplicationMode.REPLICATION_MODE_NEVER, true]);
  expect(brief(always(int, 1, { spawn: false }))).toEqual([ReplicationMode.REPLICATION_MODE_ALWAYS, false]);
  expect(brief(onChange(int, undefined, { spawn: false }))).toEqual([
    ReplicationMode.REPLICATION_MODE_ON_CHANGE,
    false,
  ]);
  expect([
    ReplicationMode.REPLICATION_MODE_NEVER,
    ReplicationMode.REPLICATION_MODE_ALWAYS,
    ReplicationMode.REPLICATION_MODE_ON_CHANGE,
  ]).toEqual([0, 1, 2]);
});

describe('without a first value, the one of the type', () => {
  const cases: readonly [string, Schema<unknown>, unknown][] = [
    ['bool', bool, false],
    ['int', int, 0],
    ['float', float, 0],
    ['string', string, ''],
    ['vector2', vector2, new Vector2(0, 0)],
    ['color', color, new Color()],
    ['transform2D', transform2D, new Transform2D()],
    ['transform3D', transform3D, new Transform3D()],
    ['variant', variant, null],
    ['array(int)', array(int), []],
    ['array(variant)', array(variant), []],
    ['packedByteArray', packedByteArray, new Uint8Array(0)],
  ];
  test.each(cases)('%s', (_name, schema, zero) => {
    expect(always(schema).initial).toEqual(zero);
  });

  test('a color is opaque black, and a rotation is none', () => {
    expect(always(color).initial).toEqual(new Color(0, 0, 0, 1));
    expect(always(quaternion).initial.w).toBe(1);
    expect(always(basis).initial.x.x).toBe(1);
  });

  test('a dictionary without declared keys is empty', () => {
    const { initial } = always(variant, new Dictionary());
    expect(initial).toEqual(new Dictionary());
  });

  test('a type without one is refused', () => {
    expect(() => onChange(dictionary({ id: int }))).toThrow('first value');
    expect(() => onChange(where(int, (value) => value > 0, 'positive'))).toThrow(TypeError);
    expect(onChange(dictionary({ id: int }), { id: 3 }).initial).toEqual({ id: 3 });
  });
});

test('a first value of another type is refused', () => {
  // @ts-expect-error a string is no int
  expect(() => always(int, 'x')).toThrow(TypeError);
  expect(always(int, 7)).toBeInstanceOf(ReplicatedProperty);
});
