import { describe, expect, test } from 'vitest';
import { type AllowedOrigins, originRule } from './origin-rule.ts';

describe("'same-origin'", () => {
  test.each<[origin: string, host: string, isEncrypted: boolean, isAllowed: boolean]>([
    ['http://game.test', 'game.test', false, true],
    ['http://game.test:8080', 'game.test:8080', false, true],
    ['http://game.test:8080', 'game.test:9080', false, false],
    ['http://game.test:8080', 'game.test', false, false],
    ['http://game.test', 'game.test:9080', false, false],
    // Default ports, named or not.
    ['http://game.test', 'game.test:80', false, true],
    ['http://game.test:80', 'game.test', false, true],
    ['https://game.test', 'game.test:443', true, true],
    ['http://game.test', 'game.test:443', false, false],
    // A gateway that ends TLS: whether the client came by TLS is not known here.
    ['https://game.test', 'game.test', false, true],
    ['https://game.test:8443', 'game.test:8443', false, true],
    ['http://game.test', 'game.test', true, false],
    ['http://game.test:8443', 'game.test:8443', true, false],
    ['https://game.test', 'game.test', true, true],
    ['https://GAME.test', 'game.TEST', true, true],
    ['https://xn--bcher-kva.test', 'xn--bcher-kva.test', true, true],
    ['http://[::1]:9080', '[::1]:9080', false, true],
    ['http://[::1]:9080', '[0:0::1]:9080', false, true],
    ['http://[::1]:9080', '::1:9080', false, false],
    ['http://127.0.0.1:9080', 'localhost:9080', false, false],
    ['http://localhost:5173', 'localhost:9080', false, false],
    ['http://evil.test', 'game.test', false, false],
    ['http://game.test.evil.test', 'game.test', false, false],
    ['http://evil.test@game.test', 'game.test', false, false],
    ['null', 'game.test', false, false],
    ['', '', false, false],
    ['file://', '', false, false],
    ['capacitor://localhost', 'localhost', false, false],
    ['http://game.test/', 'game.test', false, false],
  ])('a page of %s at %s (TLS ends here: %s): %s', (origin, host, isEncrypted, isAllowed) => {
    expect(originRule('same-origin')(origin, host, isEncrypted)).toBe(isAllowed);
  });
});

test.each<[origin: string, host: string, isAllowed: boolean]>([
  ['http://localhost:5173', 'localhost:9080', true],
  ['https://game.test', 'game.test:9080', true],
  ['http://[::1]:1', '[::1]:2', true],
  ['http://game.test', 'other.test', false],
  ['null', 'null', false],
])("'same-host': a page of %s at %s: %s", (origin, host, isAllowed) => {
  expect(originRule('same-host')(origin, host, true)).toBe(isAllowed);
  expect(originRule('same-host')(origin, host, false)).toBe(isAllowed);
});

describe('a list of origins', () => {
  test.each<[listed: string, origin: string]>([
    ['https://example.com/', 'https://example.com'],
    ['https://Example.com', 'https://example.com'],
    ['HTTPS://example.com', 'https://example.com'],
    ['https://example.com:443', 'https://example.com'],
    ['http://example.com:80/', 'http://example.com'],
    ['https://example.com:8443', 'https://example.com:8443'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['http://[0:0::1]:80', 'http://[::1]'],
    ['capacitor://localhost', 'capacitor://localhost'],
    ['chrome-extension://abcdef', 'chrome-extension://abcdef'],
    ['file://', 'file://'],
    ['null', 'null'],
  ])('%s is %s', (listed, origin) => {
    const rule = originRule([listed]);
    expect(rule(origin, 'game.test', false)).toBe(true);
    for (const other of ['https://example.co', 'https://example.com.evil.test', 'https://example.com:1', 'x://y', '']) {
      expect(rule(other, 'game.test', false)).toBe(false);
    }
  });

  test("may contain 'same-origin' and 'same-host'", () => {
    const rule = originRule(['same-origin', 'https://admin.test']);
    expect(rule('http://game.test', 'game.test', false)).toBe(true);
    expect(rule('https://admin.test', 'game.test', false)).toBe(true);
    expect(rule('http://game.test:1', 'game.test', false)).toBe(false);
    expect(originRule(['same-host'])('http://game.test:1', 'game.test', false)).toBe(true);
  });

  test('an empty one allows no page', () => {
    expect(originRule([])('http://game.test', 'game.test', false)).toBe(false);
  });

  test.each<[entry: string, hint: string]>([
    ['example.com', 'https://example.com'],
    ['example.com:8443', 'https://example.com:8443'],
    ['https://example.com/game', 'scheme'],
    ['https://example.com?x', 'scheme'],
    ['https://user@example.com', 'scheme'],
    ['https://', 'scheme'],
    ['https://example.com:99999', 'scheme'],
    ['https://*.example.com', 'manualHandshake'],
    ['*', "'*'"],
    ['wss://example.com', 'https://example.com'],
    ['ws://example.com', 'http://example.com'],
    ['', 'https://'],
    [' https://example.com', 'scheme'],
  ])('%j throws when it is set, and the message says what to write', (entry, hint) => {
    expect(() => originRule([entry])).toThrow(RangeError);
    expect(() => originRule([entry])).toThrow(hint);
  });

  test.each([['https://example.com'], [null], [7], [{}], [true], [[7]], [[null]], [[/example/]]])(
    '%j is not such a list',
    (allowed) => {
      expect(() => originRule(allowed as unknown as AllowedOrigins)).toThrow(TypeError);
    },
  );
});
