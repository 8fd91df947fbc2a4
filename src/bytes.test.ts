import { createContext, runInContext } from 'node:vm';
import { expect, test } from 'vitest';
import { isBytes, isError, isFloat32Array, isFloat64Array, isMap } from './bytes.ts';

const REALM = createContext({});
const foreign = (source: string): unknown => runInContext(`(${source})`, REALM);

test.each<[string, (value: unknown) => boolean, unknown, string, readonly unknown[]]>([
  ['bytes', isBytes, Buffer.from('x'), 'Uint8Array.of(1)', [new Uint8ClampedArray(1), new ArrayBuffer(1), [1]]],
  ['a Map', isMap, new Map(), 'new Map([[1, 2]])', [new Set(), new WeakMap(), {}]],
  ['an Error', isError, new RangeError('x'), 'new TypeError("x")', ['Error', { message: 'x' }, undefined]],
  ['a Float32Array', isFloat32Array, Float32Array.of(1), 'Float32Array.of(1)', [Float64Array.of(1), [1]]],
  ['a Float64Array', isFloat64Array, Float64Array.of(1), 'Float64Array.of(1)', [Float32Array.of(1), [1]]],
])('%s, of this realm and of another one', (_name, is, own, source, others) => {
  const value = foreign(source);
  expect(value instanceof Object).toBe(false);
  expect([is(own), is(value), ...others.map(is)]).toEqual([true, true, ...others.map(() => false)]);
  for (const other of [null, undefined, 5, 'x']) expect(is(other)).toBe(false);
});
