import { expect, test } from 'vitest';
import { statusLine, statusName } from './status-line.ts';

test.each([
  [101, 'HTTP/1.1 101 Switching Protocols', '101 Switching Protocols'],
  [431, 'HTTP/1.1 431 Request Header Fields Too Large', '431 Request Header Fields Too Large'],
  [503, 'HTTP/1.1 503 Service Unavailable', '503 Service Unavailable'],
  // RFC 9112 4: the space before an empty reason stays.
  [299, 'HTTP/1.1 299 ', '299'],
])('%i', (status, line, name) => {
  expect([statusLine(status), statusName(status)]).toEqual([line, name]);
});
