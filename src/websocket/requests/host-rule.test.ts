import { describe, expect, test } from 'vitest';
import { hostRule } from './host-rule.ts';

describe('allowedHosts', () => {
  test.each<[allowed: string, host: string, isAllowed: boolean]>([
    ['game.test', 'game.test', true],
    ['game.test', 'game.test:9080', true],
    ['Game.test', 'gAME.test', true],
    ['game.test', 'evil.test', false],
    ['game.test', 'game.test.evil.test', false],
    ['game.test', 'www.game.test', false],
    ['game.test:9080', 'game.test:9080', true],
    ['game.test:9080', 'game.test:9081', false],
    ['game.test:9080', 'game.test', false],
    ['*.game.test', 'eu.game.test', true],
    ['*.game.test', 'eu.game.test:9080', true],
    ['*.game.test:9080', 'eu.game.test:9080', true],
    ['*.game.test:9080', 'eu.game.test:1', false],
    ['*.game.test', 'game.test', false],
    ['*.game.test', 'a.b.game.test', false],
    ['localhost', 'localhost:1', true],
    ['127.0.0.1', '127.0.0.1:1', true],
    ['[::1]', '[::1]:9080', true],
    ['[::1]', '[0::1]', true],
    ['game.test', '', false],
    ['game.test', 'game.test:x', false],
    ['game.test:65535', 'game.test:65535', true],
  ])('%s, requested as %s: %s', (allowed, host, isAllowed) => {
    expect(hostRule([allowed])(host, false)).toBe(isAllowed);
    expect(hostRule([allowed])(host, true)).toBe(isAllowed);
  });

  test.each<[allowed: string, host: string, isEncrypted: boolean, isAllowed: boolean]>([
    ['game.test:443', 'game.test', true, true],
    ['game.test:443', 'game.test', false, true],
    ['game.test:80', 'game.test', false, true],
    ['game.test:80', 'game.test', true, false],
    ['*.game.test:443', 'eu.game.test', true, true],
    ['[::1]:80', '[::1]', false, true],
    ['game.test:443', 'game.test:80', false, false],
    ['game.test:8080', 'game.test', false, false],
  ])(
    'the default port, which browsers leave out: %s, requested as %s (TLS ends here: %s): %s',
    (allowed, host, isEncrypted, isAllowed) => {
      expect(hostRule([allowed])(host, isEncrypted)).toBe(isAllowed);
    },
  );

  test("'*' allows every host, and a list any of its hosts", () => {
    expect(hostRule('*')('evil.test', false)).toBe(true);
    expect(hostRule(['a.test', 'b.test'])('b.test', false)).toBe(true);
  });

  test.each([
    '',
    'https://game.test',
    'game.test/',
    '*',
    '*game.test',
    'game.*',
    'a b',
    'user@game.test',
    '[::1',
    'game.test:x',
    'game.test:65536',
    '*.127.0.0.1',
    '*.[::1]',
    '*.0.1',
  ])('%j is not a host', (entry) => {
    expect(() => hostRule([entry])).toThrow(RangeError);
  });

  test('an empty list, and a value that is not a list, throw', () => {
    expect(() => hostRule([])).toThrow(RangeError);
    for (const wrong of ['game.test', null, 7, [7]]) {
      expect(() => hostRule(wrong as unknown as string[])).toThrow(TypeError);
    }
  });
});
