import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeHead, type HeadLimits, HeadReader, parseRequestLine, parseStatusLine } from './http-head.ts';

const wire = (text: string): Uint8Array => Buffer.from(text, 'latin1');

interface Outcome {
  readonly taken: number;
  readonly head: { startLine: string; headers: (readonly [string, string])[] } | null;
  readonly refusal: HeadReader['refusal'];
}

/** Feeds `bytes` in chunks of the given sizes, over and over, the way a socket's owner does. */
function read(bytes: Uint8Array, sizes: readonly number[] = [Number.MAX_SAFE_INTEGER], limits?: HeadLimits): Outcome {
  const reader = new HeadReader(limits);
  let taken = 0;
  for (let i = 0, at = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    taken += reader.push(bytes.slice(at, at + size));
    at += size;
  }
  const head = reader.head && { startLine: reader.head.startLine, headers: [...reader.head.headers] };
  return { taken, head, refusal: reader.refusal };
}

test.each([
  ['no headers', 'GET / HTTP/1.1\r\n\r\n', 'GET / HTTP/1.1', []],
  ['an empty start line', '\r\n\r\n', '', []],
  [
    'values trimmed, empty, with colons, tabs and Latin-1',
    'HTTP/1.1 101 X\r\nA: 1\r\nB:\r\nC: \t \r\nD:x:y \t\r\nE: a\tb\r\nF: \xfc\xa0\r\na: 2\r\n\r\n',
    'HTTP/1.1 101 X',
    [
      ['A', '1'],
      ['B', ''],
      ['C', ''],
      ['D', 'x:y'],
      ['E', 'a\tb'],
      ['F', '\xfc\xa0'],
      ['a', '2'],
    ],
  ],
])('reads %s, whole and byte by byte, and leaves what follows', (_name, text, startLine, headers) => {
  for (const sizes of [[1e9], [1], [2], [3, 1]]) {
    const outcome = read(wire(`${text}\x82\x00GET / HTTP/1.1\r\n\r\n`), sizes);
    expect(outcome).toEqual({ taken: text.length, head: { startLine, headers }, refusal: null });
  }
});

test.each([
  ['a bare LF', 'GET / HTTP/1.1\nHost: x\n\n', 'does not end with CR LF'],
  ['a bare LF in a header', 'GET / HTTP/1.1\r\nA: 1\nB: 2\r\n\r\n', 'does not end with CR LF'],
  ['a bare CR', 'GET / HTTP/1.1\rA: 1\r\n\r\n', 'does not end with CR LF'],
  ['two CRs', 'GET / HTTP/1.1\r\r\n\r\n', 'does not end with CR LF'],
  ['CR LF CR x', 'GET / HTTP/1.1\r\n\rA: 1\r\n\r\n', 'does not end with CR LF'],
  ['CR LF LF', 'GET / HTTP/1.1\r\n\nA: 1\r\n\r\n', 'does not end with CR LF'],
  ['a NUL', 'GET / HTTP/1.1\r\nA: \0\r\n\r\n', 'control character 0x00 at position 19'],
  ['a DEL', 'GET / HTTP/1.1\r\nA: \x7f\r\n\r\n', 'control character 0x7f'],
  ['TLS', '\x16\x03\x01\x02\x00\x01', 'seems to speak TLS'],
  ['a TLS alert', '\x15\x03\x03\x00\x02\x02\x28', 'seems to speak TLS'],
  ['a folded line', 'GET / HTTP/1.1\r\nA: 1\r\n 2\r\n\r\n', 'folded'],
  ['a folded line with a tab', 'GET / HTTP/1.1\r\nA: 1\r\n\tB: 2\r\n\r\n', 'folded'],
  ['a line folded to the start line', 'GET / HTTP/1.1\r\n A: 1\r\n\r\n', 'folded'],
  ['no colon', 'GET / HTTP/1.1\r\nHost\r\n\r\n', '"Host" has no ":"'],
  ['no name', 'GET / HTTP/1.1\r\n: x\r\n\r\n', '"" is not a header name'],
  ['space before the colon', 'GET / HTTP/1.1\r\nHost : x\r\n\r\n', '"Host " is not a header name'],
  ['a name that is no token', 'GET / HTTP/1.1\r\nA(b): x\r\n\r\n', '"A(b)" is not a header name'],
  ['a name beyond ASCII', 'GET / HTTP/1.1\r\n\xe4: x\r\n\r\n', 'is not a header name'],
])('refuses %s with 400, whole and byte by byte', (_name, text, problem) => {
  const whole = read(wire(text));
  expect(whole.head).toBeNull();
  expect(whole.refusal).toEqual({
    status: 400,
    failure: { code: 'TICKPEER_HANDSHAKE_MALFORMED', message: expect.stringContaining(problem) },
  });
  expect(read(wire(text), [1])).toEqual(whole);
});

test('refuses as soon as a rule is broken', () => {
  const reader = new HeadReader();
  expect(reader.push(wire('GET / HTTP/1.1\nHost: x\n'))).toBe(15);
  expect(reader.refusal).not.toBeNull();
  expect(reader.push(wire('more'))).toBe(0);
});

describe('limits', () => {
  test.each([
    [-1, true],
    [0, true],
    [1, false],
  ])('a head of the largest size %d', (difference, isTaken) => {
    const maxHeadSize = 200;
    const start = 'GET / HTTP/1.1\r\nA: ';
    const text = `${start}${'x'.repeat(maxHeadSize + difference - start.length - 4)}\r\n\r\n`;
    for (const sizes of [[1e9], [1], [199, 1]]) {
      const { head, refusal, taken } = read(wire(`${text}yy`), sizes, { maxHeadSize, maxHeaders: 128 });
      expect(head !== null).toBe(isTaken);
      if (isTaken) expect(taken).toBe(text.length);
      else {
        expect(refusal?.status).toBe(431);
        expect(refusal?.failure).toEqual({
          code: 'TICKPEER_HANDSHAKE_TOO_LARGE',
          message: 'The head of the handshake is longer than 200 bytes.',
        });
      }
    }
  });

  test.each([
    [-1, true],
    [0, true],
    [1, false],
  ])('the greatest number of headers %d', (difference, isTaken) => {
    const text = `GET / HTTP/1.1\r\n${'A: 1\r\n'.repeat(128 + difference)}\r\n`;
    for (const sizes of [[1e9], [1]]) {
      const { head, refusal } = read(wire(text), sizes);
      expect(head?.headers.length ?? null).toBe(isTaken ? 128 + difference : null);
      expect(refusal).toEqual(
        isTaken
          ? null
          : {
              status: 431,
              failure: {
                code: 'TICKPEER_HANDSHAKE_TOO_LARGE',
                message: 'The head of the handshake has more than 128 headers.',
              },
            },
      );
    }
  });

  test('by default a head has 16384 bytes', () => {
    const head = (size: number): Uint8Array => wire(`GET / HTTP/1.1\r\nA: ${'x'.repeat(size - 23)}\r\n\r\n`);
    expect(read(head(16_384)).head).not.toBeNull();
    expect(read(head(16_385)).refusal?.status).toBe(431);
  });
});

test('any bytes have the same outcome however they are cut', () => {
  const pieces = [
    'GET / HTTP/1.1',
    '\r\n',
    '\r\n',
    '\r\n',
    'Host',
    ': ',
    'x',
    ' ',
    '\t',
    '\r',
    '\n',
    '\0',
    '\xff',
    'Upgrade: websocket\r\n',
  ];
  const headish = fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((parts) => wire(parts.join('')));
  const limits = { maxHeadSize: 100, maxHeaders: 4 };
  fc.assert(
    fc.property(
      fc.oneof(headish, fc.uint8Array({ maxLength: 150 })),
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }),
      (bytes, sizes) => {
        const whole = read(bytes, undefined, limits);
        expect(read(bytes, sizes, limits)).toEqual(whole);
        expect(read(bytes, [1], limits)).toEqual(whole);
      },
    ),
    { numRuns: 1000 },
  );
});

test('an owner may reuse the memory of a chunk', () => {
  const reader = new HeadReader();
  const shared = new Uint8Array(1);
  for (const byte of wire('GET / HTTP/1.1\r\nA: 1\r\n\r\n')) {
    shared[0] = byte;
    reader.push(shared);
  }
  expect(reader.head?.headers.get('a')).toBe('1');
});

test.each([
  ['GET / HTTP/1.1', { method: 'GET', target: '/', version: '1.1' }],
  ['POST /a?b HTTP/1.0', { method: 'POST', target: '/a?b', version: '1.0' }],
  ['GET /\xc3\xa9 HTTP/1.1', { method: 'GET', target: '/%C3%A9', version: '1.1' }],
  ['PRI * HTTP/2.0', { method: 'PRI', target: '*', version: '2.0' }],
  ['', null],
  ['GET', null],
  ['GET /', null],
  ['GET HTTP/1.1', null],
  ['GET  / HTTP/1.1', null],
  ['GET /  HTTP/1.1', null],
  ['GET / HTTP/1.1 ', null],
  [' GET / HTTP/1.1', null],
  ['GET /a b HTTP/1.1', null],
  ['GET\t/ HTTP/1.1', null],
  ['GET /\t HTTP/1.1', null],
  ['G(T / HTTP/1.1', null],
  ['GET / http/1.1', null],
  ['GET / HTTP/11', null],
  ['GET / HTTP/1.10', null],
])('the request line %j', (line, expected) => {
  expect(parseRequestLine(line)).toEqual(
    expected ?? { code: 'TICKPEER_HANDSHAKE_MALFORMED', message: expect.stringContaining('is not the first line') },
  );
});

test.each([
  ['HTTP/1.1 101 Switching Protocols', { version: '1.1', status: 101, reason: 'Switching Protocols' }],
  ['HTTP/1.1 101', { version: '1.1', status: 101, reason: '' }],
  ['HTTP/1.1 404 ', { version: '1.1', status: 404, reason: '' }],
  ['HTTP/1.0 503 Busy', { version: '1.0', status: 503, reason: 'Busy' }],
  ['HTTP/1.1 999 \xfc', { version: '1.1', status: 999, reason: '\xfc' }],
  ['', null],
  ['HTTP/1.1', null],
  ['HTTP/1.1 ', null],
  ['HTTP/1.1  101 X', null],
  ['HTTP/1.1 1010 X', null],
  ['HTTP/1.1 10 X', null],
  ['HTTP/1.1 010 X', null],
  ['HTTP/1.1 101X', null],
  ['http/1.1 101 X', null],
  ['ICY 200 OK', null],
])('the status line %j', (line, expected) => {
  expect(parseStatusLine(line)).toEqual(
    expected ?? { code: 'TICKPEER_HANDSHAKE_MALFORMED', message: expect.stringContaining('is not the first line') },
  );
});

test('encodeHead writes Latin-1', () => {
  expect(encodeHead('GET / HTTP/1.1', [])).toEqual(new Uint8Array(wire('GET / HTTP/1.1\r\n\r\n')));
  expect(encodeHead('X', ['A: 1', 'B: \xfc'])).toEqual(new Uint8Array(wire('X\r\nA: 1\r\nB: \xfc\r\n\r\n')));
});
