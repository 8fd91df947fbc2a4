import { expect, test } from 'vitest';
import { int } from '../../variant/index.ts';
import { always, onChange, type ReplicatedProperty } from './property.ts';
import { synchronizer } from './synchronizer-declaration.ts';

function watched(count: number): Record<string, ReplicatedProperty<number>> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, onChange(int)]));
}

test('64 properties can be sent on change, and any number always', () => {
  expect(Object.keys(synchronizer(watched(63)).properties)).toHaveLength(63);
  expect(Object.keys(synchronizer(watched(64)).properties)).toHaveLength(64);
  expect(() => synchronizer(watched(65))).toThrow('at most 64');
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`q${index}`, always(int)]));
  expect(Object.keys(synchronizer({ ...watched(64), ...many }).properties)).toHaveLength(264);
});

test.each(['0', '1', '42'])(
  'a property cannot be named %s, because its place would not be that of the declaration',
  (name) => {
    expect(() => synchronizer({ a: always(int), [name]: always(int) })).toThrow(TypeError);
  },
);

test.each(['01', '-1', '1a'])('a property can be named %s', (name) => {
  expect(Object.keys(synchronizer({ a: always(int), [name]: always(int) }).properties)).toEqual(['a', name]);
});

test('something else than a property is refused', () => {
  // @ts-expect-error a schema is no property
  expect(() => synchronizer({ a: int })).toThrow('always, onChange or spawnOnly');
});

test.each([-1, -0.001, Number.NaN])('an interval cannot be %s seconds', (seconds) => {
  expect(() => synchronizer({}, { replicationInterval: seconds })).toThrow(RangeError);
  expect(() => synchronizer({}, { deltaInterval: seconds })).toThrow(RangeError);
});

test('the defaults are those of the engine', () => {
  const { options, authority } = synchronizer({});
  expect(options).toEqual({ rootPath: '..', replicationInterval: 0, deltaInterval: 0, publicVisibility: true });
  expect(authority).toBeNull();
});
