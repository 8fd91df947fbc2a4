import { expect, test } from 'vitest';
import type { Failure } from '../failure.ts';
import { MULTIPLAYER_LINES as LINES } from './multiplayer-lines.ts';

const FAILURE: Failure = { code: 'TICKPEER_BAD_PACKET', message: 'it is short' };
const PEER = { id: 7, address: '192.0.2.1' };

test.each([
  [PEER, 'multiplayer: peer 7 (192.0.2.1) was admitted'],
  [{ id: 7, address: '' }, 'multiplayer: peer 7 was admitted'],
  [{ address: '192.0.2.1' }, 'multiplayer: a client (192.0.2.1) was admitted'],
  [{ address: '' }, 'multiplayer: a client was admitted'],
])('%j', (about, text) => {
  expect(LINES['tickpeer:multiplayer:admitted'](about)).toEqual({ level: 'info', kind: '', text, failure: null });
});

test.each([
  ['connection', true, 'info', 'has left'],
  ['connection', false, 'warn', 'was not admitted'],
  ['program', true, 'info', 'has left'],
  ['program', false, 'info', 'was not admitted'],
  ['authentication', false, 'warn', 'was not admitted'],
  ['move', true, 'info', 'moves to another room'],
  ['limit', true, 'warn', 'was disconnected because of a limit'],
] as const)('disconnected by %s, admitted %s: %s, "%s"', (by, wasAdmitted, level, text) => {
  const line = LINES['tickpeer:multiplayer:disconnected']({ ...PEER, by, wasAdmitted, failure: null });
  expect(line).toEqual({ level, kind: by, text: `multiplayer: peer 7 (192.0.2.1) ${text}`, failure: null });
});

test.each([
  [undefined, ''],
  [1, ''],
  [2, ', 2 times so far'],
])('a packet that was refused, with the count %s', (count, often) => {
  const message = { ...PEER, failure: FAILURE, ...(count === undefined ? {} : { count }) };
  expect(LINES['tickpeer:multiplayer:packet-refused'](message)).toEqual({
    level: 'warn',
    kind: 'TICKPEER_BAD_PACKET',
    text: `multiplayer: peer 7 (192.0.2.1) sent a packet that was refused: it is short [TICKPEER_BAD_PACKET]${often}`,
    failure: FAILURE,
  });
});

test('a limit that disconnects is logged with the end', () => {
  const limit = LINES['tickpeer:multiplayer:limit'];
  expect(limit({ ...PEER, failure: FAILURE, isDisconnected: true })).toBeNull();
  expect(limit({ ...PEER, failure: FAILURE, isDisconnected: false })).toMatchObject({ level: 'warn' });
});

test.each([
  [new TypeError('no'), 'TypeError: no'],
  ['no', 'no'],
  [undefined, 'undefined'],
])('a handler that threw %s', (error, why) => {
  const message = { ...PEER, path: 'Main', method: 'hit', error };
  expect(LINES['tickpeer:multiplayer:handler-error'](message)).toMatchObject({
    level: 'error',
    kind: '',
    text: `multiplayer: peer 7 (192.0.2.1) called "hit" of "Main", whose handler threw: ${why}`,
  });
});
