import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkProtocols,
  formatExtensions,
  isFieldValue,
  isToken,
  listHas,
  parseExtensions,
  parseHeaderLine,
  parseHeaderLines,
  parseTokenList,
  quote,
  trimSpace,
} from './header-grammar.ts';

describe('parseHeaderLine', () => {
  test.each([
    ['X-Name: value', 'X-Name', 'value'],
    ['X-Name:value', 'X-Name', 'value'],
    ['X-Name:', 'X-Name', ''],
    ['X-Name: \t a  b\t ', 'X-Name', 'a  b'],
    ['Host: other.example:80', 'Host', 'other.example:80'],
    ['Authorization: Bearer a.b:c', 'Authorization', 'Bearer a.b:c'],
    ['X-Umlaut: Jürgen', 'X-Umlaut', 'Jürgen'],
    ['__proto__: x', '__proto__', 'x'],
  ])('%j', (line, name, value) => {
    expect(parseHeaderLine(line)).toEqual({ name, value });
  });

  test.each([
    ['', 'has no ":"'],
    ['X-Name', 'has no ":"'],
    [': value', '"" is not a header name'],
    ['X Name: value', '"X Name" is not a header name'],
    ['X-Name : value', '"X-Name " is not a header name'],
    [' X-Name: value', '" X-Name" is not a header name'],
    ['X-Näme: value', 'is not a header name'],
    ['X-Name\r\nX: value', 'is not a header name'],
    ['X-Name: a\r\nX-Other: b', 'has a control character'],
    ['X-Name: a\n', 'has a control character'],
    ['X-Name: a\r', 'has a control character'],
    ['X-Name: \0', 'has a control character'],
    ['X-Name: \x7f', 'has a control character'],
    ['X-Name: €', 'beyond U+00FF'],
    ['Upgrade: h2c', 'writes the header "Upgrade" itself'],
    ['CONNECTION: close', 'itself'],
    ['content-length: 5', 'itself'],
    ['Transfer-Encoding: chunked', 'itself'],
    ['Sec-WebSocket-Key: x', 'itself'],
    ['sec-websocket-protocol: x', 'itself'],
    ['Sec-WebSocket-Whatever: x', 'itself'],
  ])('refuses %j', (line, problem) => {
    expect(parseHeaderLine(line)).toEqual({
      code: 'TICKPEER_INVALID_HEADER',
      message: expect.stringContaining(problem),
    });
  });

  test('never has the value in its messages', () => {
    expect(JSON.stringify(parseHeaderLine('Authorization: hunter2\n'))).not.toContain('hunter2');
    expect(JSON.stringify(parseHeaderLine('Authorization Bearer hunter2'))).not.toContain('hunter2');
  });

  test('of several lines, the first wrong one is reported', () => {
    expect(parseHeaderLines(['A: 1', 'B: 2'])).toEqual([
      { name: 'A', value: '1' },
      { name: 'B', value: '2' },
    ]);
    expect(parseHeaderLines(['A: 1', 'Upgrade: x', 'bad'])).toMatchObject({
      message: expect.stringContaining('Upgrade'),
    });
  });
});

test.each([
  [[], null],
  [['chat', 'v2.game'], null],
  [['chat', 'Chat'], null],
  [['chat', 'other', 'chat'], 'The sub-protocol "chat" occurs twice.'],
  [[''], 'The sub-protocol "" is not a token.'],
  [['a,b'], 'The sub-protocol "a,b" is not a token.'],
  [['a b'], 'The sub-protocol "a b" is not a token.'],
  [['a\r\n'], 'The sub-protocol "a\\r\\n" is not a token.'],
])('checkProtocols(%j)', (protocols, message) => {
  expect(checkProtocols(protocols)).toEqual(message === null ? null : { code: 'TICKPEER_INVALID_PROTOCOL', message });
});

test('tokens and field values are checked', () => {
  for (let code = 0; code < 300; code++) {
    const character = String.fromCharCode(code);
    expect(isToken(character), `U+${code.toString(16)}`).toBe(/[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(character));
    const isPrintable = code === 9 || (code >= 0x20 && code < 0x7f) || (code >= 0x80 && code <= 0xff);
    expect(isFieldValue(character), `U+${code.toString(16)}`).toBe(isPrintable);
  }
  expect(isToken('')).toBe(false);
  expect(isFieldValue('')).toBe(true);
});

test('trimSpace removes spaces and tabs only', () => {
  expect(trimSpace(' \t a\u00a0 b \t')).toBe('a\u00a0 b');
  expect(trimSpace('\u00a0')).toBe('\u00a0');
  expect(trimSpace(' \t ')).toBe('');
});

test.each([
  ['Upgrade', true],
  ['keep-alive, Upgrade', true],
  ['keep-alive,UPGRADE ,', true],
  [', ,upgrade', true],
  ['upgraded', false],
  ['"upgrade"', false],
  ['keep-alive upgrade', false],
  ['', false],
])('the list %j has upgrade: %s', (value, expected) => {
  expect(listHas(value, 'upgrade')).toBe(expected);
});

test.each([
  ['', []],
  [',, ,', []],
  ['chat', ['chat']],
  ['a,b, c\t,', ['a', 'b', 'c']],
  ['a b', null],
  ['a,"b"', null],
])('the token list %j', (value, expected) => {
  expect(parseTokenList(value)).toEqual(expected);
});

describe('extensions', () => {
  test.each([
    ['', []],
    [' , ,', []],
    ['foo', [{ name: 'foo', params: [] }]],
    [
      'permessage-deflate; client_max_window_bits; server_max_window_bits=10',
      [
        {
          name: 'permessage-deflate',
          params: [
            { name: 'client_max_window_bits', value: null },
            { name: 'server_max_window_bits', value: '10' },
          ],
        },
      ],
    ],
    ['a;x="1\\0"', [{ name: 'a', params: [{ name: 'x', value: '10' }] }]],
    [
      'a ; x = 1 ;x,,b;y\t, a',
      [
        {
          name: 'a',
          params: [
            { name: 'x', value: '1' },
            { name: 'x', value: null },
          ],
        },
        { name: 'b', params: [{ name: 'y', value: null }] },
        { name: 'a', params: [] },
      ],
    ],
  ])('%j', (value, expected) => {
    expect(parseExtensions(value)).toEqual(expected);
  });

  test.each([
    'a b',
    ';x',
    'a;',
    'a;;x',
    'a;x=',
    'a;x=,b',
    'a;="1"',
    'a;x=""',
    'a;x="1 2"',
    'a;x="1',
    'a;x="1\\"',
    'a=1',
    '"a"',
    'a;x=1 2',
    'ä',
    'a;x="1"2',
  ])('refuses %j', (value) => {
    expect(parseExtensions(value)).toBeNull();
  });

  test('formatted extensions are read back', () => {
    const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,8}$/);
    const param = fc.record({ name: token, value: fc.option(token) }, { noNullPrototype: true });
    const offer = fc.record({ name: token, params: fc.array(param, { maxLength: 4 }) }, { noNullPrototype: true });
    fc.assert(
      fc.property(fc.array(offer, { maxLength: 4 }), (offers) => {
        expect(parseExtensions(formatExtensions(offers))).toEqual(offers);
      }),
    );
  });

  test('any text is parsed or refused', () => {
    const pieces = fc
      .array(fc.constantFrom('a', ';', ',', '=', '"', '\\', ' ', '\t', '1'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(pieces, fc.string({ unit: 'binary' })), (value) => {
        const offers = parseExtensions(value);
        if (offers !== null) expect(parseExtensions(formatExtensions(offers))).toEqual(offers);
      }),
      { numRuns: 1000 },
    );
  });

  test('long values are parsed in linear time', () => {
    const started = performance.now();
    for (const value of [
      ' '.repeat(200_000),
      `a;x="${'\\'.repeat(200_000)}`,
      'a;'.repeat(100_000),
      `a${' '.repeat(200_000)}b`,
    ]) {
      parseExtensions(value);
      trimSpace(`x${value}x`);
      parseTokenList(value);
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

test('quote() escapes and cuts', () => {
  expect(quote('a"\n')).toBe('"a\\"\\n"');
  expect(quote('x'.repeat(101))).toBe(`"${'x'.repeat(100)}…"`);
});
