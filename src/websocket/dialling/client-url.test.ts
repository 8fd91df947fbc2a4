import { describe, expect, test } from 'vitest';
import { parseUrl } from '../../protocol/index.ts';
import { parseClientUrl } from './client-url.ts';

const LOCAL = { secure: false, host: 'localhost', port: 80, target: '/', authorization: null };

describe('parseClientUrl', () => {
  test.each([
    ['ws+unix:///run/game.sock', '/run/game.sock', '/'],
    ['ws+unix:/run/game.sock', '/run/game.sock', '/'],
    ['WS+Unix:///run/game.sock:', '/run/game.sock', '/'],
    ['ws+unix:///run/game.sock:/', '/run/game.sock', '/'],
    ['ws+unix:///run/game.sock:/lobby/1?name=a:b&c=/', '/run/game.sock', '/lobby/1?name=a:b&c=/'],
    ['ws+unix:///run/game.sock:?q', '/run/game.sock', '/?q'],
    ['ws+unix:///run/game.sock?q', '/run/game.sock', '/?q'],
    ['ws+unix:///run/game.sock:/a#fragment', '/run/game.sock', '/a'],
    ['ws+unix:///run/game.sock#fragment\u2028:/a', '/run/game.sock', '/'],
    ['ws+unix:///run/a game@home.sock:/a b', '/run/a game@home.sock', '/a%20b'],
    ['ws+unix:///run/%3a%3F%23%25%20%C3%A9:/%3a', '/run/:?#% é', '/%3a'],
    ['ws+unix:///run/é.sock:/é', '/run/é.sock', '/%C3%A9'],
  ])('%s', (url, socketPath, target) => {
    expect(parseClientUrl(url)).toEqual({ ...LOCAL, socketPath, target });
    expect(parseClientUrl(url.replace(/^ws/i, 'wss'))).toEqual({
      ...LOCAL,
      secure: true,
      port: 443,
      socketPath,
      target,
    });
  });

  test.each([
    ['ws+unix:', 'no absolute path'],
    ['ws+unix://', 'no absolute path'],
    ['ws+unix:run/game.sock', 'no absolute path'],
    ['ws+unix://localhost/run/game.sock', 'no absolute path'],
    ['ws+unix://user:password@/run/game.sock', 'no absolute path'],
    ['ws+unix:///run/game.sock:9080', 'begins with "/"'],
    ['ws+unix:///run/game.sock:lobby', 'begins with "/"'],
    ['ws+unix:///run/%ff.sock', 'is not UTF-8'],
    ['ws+unix:///run/%e.sock', 'is not UTF-8'],
    ['ws+unix:///run/game.sock:/a\r\nX: y', 'control character, or half of a surrogate pair, at position 27'],
    ['ws+unix:///run/\ud800', 'control character, or half of a surrogate pair, at position 15'],
    ['http+unix:///run/game.sock', 'neither "ws" nor "wss"'],
    ['unix:///run/game.sock', 'neither "ws" nor "wss"'],
  ])('%j is refused', (url, problem) => {
    const result = parseClientUrl(url);
    expect(result).toMatchObject({ code: 'TICKPEER_INVALID_URL' });
    expect('message' in result && result.message).toContain(problem);
    expect('message' in result && result.message).not.toContain('password');
  });

  test('all other URLs are parsed as by parseUrl', () => {
    expect(parseClientUrl('wss://user@example.com:9080/a?b')).toEqual({
      ...parseUrl('wss://user@example.com:9080/a?b'),
      socketPath: null,
    });
    expect(parseClientUrl('ws://')).toEqual(parseUrl('ws://'));
  });

  test('parseUrl, which browsers and redirects use, refuses Unix sockets', () => {
    for (const url of ['ws+unix:///run/game.sock', 'wss+unix:///run/game.sock']) {
      expect(parseUrl(url)).toMatchObject({ code: 'TICKPEER_INVALID_URL' });
    }
  });
});
