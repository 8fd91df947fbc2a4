import { expect, test } from 'vitest';
import { parseCookies } from './cookies.ts';

test.each<[header: string, pairs: [string, string][]]>([
  ['', []],
  ['a=1', [['a', '1']]],
  [
    'a=1; b=2',
    [
      ['a', '1'],
      ['b', '2'],
    ],
  ],
  [
    ' a = 1 ;b="two words";  ',
    [
      ['a', '1'],
      ['b', 'two words'],
    ],
  ], // prettier-ignore
  ['a=1; a=2', [['a', '1']]],
  ['a=b=c', [['a', 'b=c']]],
  ['no pair; =nameless; a=', [['a', '']]],
  ['a="', [['a', '"']]],
  ['__proto__=1', [['__proto__', '1']]],
])('%j', (header, pairs) => {
  expect([...parseCookies(header)]).toEqual(pairs);
});
