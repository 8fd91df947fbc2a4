import { describe, expect, test } from 'vitest';
import * as browser from './url.browser.ts';
import * as node from './url.ts';

describe('the browser’s parser and ours', () => {
  test.each([
    'abc',
    'a?x=1',
    'ws://[::1]:80/a b?ü#x',
    'WS://user:pass@[::1]:80/a',
    'wss://a:443',
    'wss://a:8/%41',
    'ws://EXAMPLE.com/Path',
  ])('agree on %s', (text) => {
    const [here, there] = [node.parseUrl(text), browser.parseUrl(text)];
    if ('code' in here || 'code' in there) throw new Error(`refused: ${JSON.stringify([here, there])}`);
    expect([browser.hostHeader(there), there.target]).toEqual([node.hostHeader(here), here.target]);
    expect([there.secure, there.port, there.authorization]).toEqual([here.secure, here.port, here.authorization]);
  });

  test.each([
    '',
    'http://a',
    'ws://',
    'ws://:80',
    'ws://a:0',
    'ws://a:65536',
    'ws://a\n',
    'ws://a\tb',
    'ws://a b/',
    'ws://[::1',
  ])('both refuse %j', (text) => {
    for (const parse of [node.parseUrl, browser.parseUrl]) {
      expect(parse(text)).toMatchObject({ code: 'TICKPEER_INVALID_URL' });
    }
  });
});
