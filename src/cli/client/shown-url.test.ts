import { expect, test } from 'vitest';
import { shownUrl } from './shown-url.ts';

test.each([
  ['ws://game.test/ws', 'ws://game.test/ws'],
  ['ws://ada:secret@game.test:80/ws', 'ws://ada:***@game.test:80/ws'],
  ['wss://ada:s@cr:et@game.test/', 'wss://ada:***@game.test/'],
  ['WSS://:secret@[::1]/', 'WSS://:***@[::1]/'],
  ['ws://ada@game.test/a:b@c', 'ws://ada@game.test/a:b@c'],
  ['ws://[::1]:80/?x=a:b@c', 'ws://[::1]:80/?x=a:b@c'],
  ['ws+unix:/tmp/a:b@c', 'ws+unix:/tmp/a:b@c'],
  ['ws://a\u001b/', 'ws://a\\u001b/'],
])('%s is shown as %s', (url, shown) => {
  expect(shownUrl(url)).toBe(shown);
});
