import { expect, test } from 'vitest';
import { ROOM_LINES as LINES } from './room-lines.ts';

const room = { code: 'ABC', kind: 'match' };

test.each([
  [new TypeError('no map'), 1, 'TypeError: no map'],
  [new TypeError('no map'), 3, 'TypeError: no map, 3 times so far'],
  ['a text', 1, 'a text'],
])('a handler that threw %s, with the count %i', (error, count, text) => {
  expect(LINES['tickpeer:rooms:fault']({ room, error, count })).toEqual({
    level: 'error',
    kind: 'match',
    text: `rooms: a handler of the room ABC (match) threw: ${text}`,
    failure: null,
  });
});

test.each([
  ['192.0.2.1', 'a client (192.0.2.1)'],
  ['', 'a client'],
])('a client of the address "%s" that was refused', (address, who) => {
  expect(LINES['tickpeer:rooms:refused']({ address, code: 4404, reason: 'there is no room X' })).toEqual({
    level: 'warn',
    kind: '4404',
    text: `rooms: ${who} was refused with 4404: there is no room X`,
    failure: null,
  });
});

test.each([
  ['ABC', 'put', new Error('disk full'), 'put of the room ABC failed: Error: disk full'],
  ['', 'list', 'a text', 'list of rooms failed: a text'],
  [
    'ABC',
    'restore',
    { code: 'TICKPEER_ROOM_LIMIT', message: 'there are limits.rooms, 1' },
    'restore of the room ABC failed: TICKPEER_ROOM_LIMIT: there are limits.rooms, 1',
  ],
])('a room "%s" that could not be saved or restored: %s', (code, step, error, text) => {
  expect(LINES['tickpeer:rooms:saving-failed']({ code, step, error })).toEqual({
    level: 'error',
    kind: step,
    text: `rooms: ${text}`,
    failure: null,
  });
});
