import { expect, test } from 'vitest';
import { isCloseCodeOnWire } from './close-code.ts';

test('close codes that a Close frame may have', () => {
  const allowed: string[] = [];
  for (let code = 0, start = -1; code <= 5001; code++) {
    if (isCloseCodeOnWire(code) && start < 0) start = code;
    if (!isCloseCodeOnWire(code) && start >= 0) {
      allowed.push(`${start}-${code - 1}`);
      start = -1;
    }
  }
  expect(allowed).toEqual(['1000-1003', '1007-1014', '3000-4999']);
});
