import { expect, test } from 'vitest';
import { acquireBuffer, releaseBuffer } from './buffer-pool.ts';

test.each([1, 511, 512, 513, 4096, 4097, 65_536, 262_143, 262_144])(
  'there is an output buffer for %i bytes',
  (size) => {
    const buffer = acquireBuffer(size);
    expect(buffer.length).toBeGreaterThanOrEqual(size);
    releaseBuffer(buffer);
  },
);

test('there is none for 262145', () => {
  expect(() => acquireBuffer(262_145)).toThrow(RangeError);
});
