import { expect, test } from 'vitest';
import { decodeVariant, varToBytes } from '../index.ts';

test.each([
  [3, true],
  [4, true],
  [5, false],
])('a key in the outermost dictionary can nest, at most so deep: %i levels more are refused', (beyond, isTaken) => {
  // The dictionary lies at 0, its key at 1; the innermost array of the key at 16 + beyond.
  let key: unknown[] = [];
  for (let n = 0; n < 15 + beyond; n++) key = [key];
  const bytes = varToBytes(new Map([[key as never[], 1]]));
  expect('code' in decodeVariant(bytes)).toBe(!isTaken);
});
