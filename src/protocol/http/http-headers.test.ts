import { expect, test } from 'vitest';
import { HttpHeaders } from './http-headers.ts';

const headers = new HttpHeaders([
  ['Host', 'example.com'],
  ['X-Empty', ''],
  ['Cookie', 'a=1'],
  ['cookie', 'b=2'],
  ['__proto__', 'polluted'],
  ['constructor', 'Object'],
]);

test('finds values without regard to case and joins repeats', () => {
  expect(headers.get('HOST')).toBe('example.com');
  expect(headers.get('x-empty')).toBe('');
  expect(headers.get('Cookie')).toBe('a=1, b=2');
  expect(headers.getAll('COOKIE')).toEqual(['a=1', 'b=2']);
  expect(headers.has('cooKie')).toBe(true);
});

test('returns null for absent names, also for those of Object.prototype', () => {
  for (const name of ['X-Other', 'toString', 'hasOwnProperty', '']) {
    expect(headers.get(name)).toBeNull();
    expect(headers.getAll(name)).toEqual([]);
    expect(headers.has(name)).toBe(false);
  }
  expect(headers.get('__proto__')).toBe('polluted');
  expect(headers.get('Constructor')).toBe('Object');
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('keeps the order, repeats and the spelling', () => {
  expect(headers.size).toBe(6);
  expect([...headers]).toEqual([...headers.entries()]);
  expect([...headers].map(([name]) => name)).toEqual([
    'Host',
    'X-Empty',
    'Cookie',
    'cookie',
    '__proto__',
    'constructor',
  ]);
  expect([...new HttpHeaders()]).toEqual([]);
});
