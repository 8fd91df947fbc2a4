import { describe, expect, test } from 'vitest';
import type { Failure } from '../failure.ts';
import { CHANNEL_NAMES, ChannelEvents } from './channel-events.ts';

const LOST: Failure = { code: 'TICKPEER_CONNECTION_LOST', message: 'it hung up' };
const BAD: Failure = { code: 'TICKPEER_PROTOCOL_ERROR', message: 'a bad frame' };
const SERVED = { role: 'server', url: 'ws://game.test/a', address: '192.0.2.1' };
const CLIENT = { role: 'client', url: 'ws://game.test/a', address: '192.0.2.1' };

/** Level, kind and text of the event for a message; null for none. */
function tell(channel: string, message: object, narrator = new ChannelEvents()): string[] | null {
  const event = narrator.eventOf(`tickpeer:${channel}`, message);
  return event === null ? null : [event.level, event.kind, event.text];
}

describe('which connection it is', () => {
  test.each([
    [SERVED, 'server open: 192.0.2.1 for ws://game.test/a'],
    [CLIENT, 'client open: ws://game.test/a'],
    [{ ...SERVED, url: '' }, 'server open: 192.0.2.1'],
    [{ ...SERVED, address: '' }, 'server open: an unknown address for ws://game.test/a'],
    [{ ...CLIENT, url: '' }, 'client open: a server at 192.0.2.1'],
  ])('%j', (about, text) => {
    expect(tell('open', { ...about, protocol: '' })?.[2]).toBe(text);
  });
});

describe('an end', () => {
  const close = (code: number, reason: string, failure: Failure | null): object => ({
    ...SERVED,
    code,
    reason,
    failure,
  });

  test.each([
    [close(1000, '', null), 'info', 'tickpeer:close server', 'code 1000'],
    [close(3001, 'bye', null), 'info', 'tickpeer:close server', 'code 3001 "bye"'],
    [close(-1, '', LOST), 'info', 'tickpeer:close server TICKPEER_CONNECTION_LOST -1', 'not cleanly'],
    [close(1002, '', BAD), 'warn', 'tickpeer:close server TICKPEER_PROTOCOL_ERROR', 'not cleanly'],
  ])('%j', (message, level, kind, how) => {
    const told = tell('close', message);
    expect(told?.slice(0, 2)).toEqual([level, kind]);
    expect(told?.[2]).toContain(how);
  });

  test('is logged with the close, and not with the failure before it', () => {
    expect(tell('failure', { ...SERVED, failure: LOST, wasOpen: true })).toBeNull();
    expect(tell('failure', { ...CLIENT, failure: LOST, wasOpen: false })).toEqual([
      'warn',
      'tickpeer:failure client TICKPEER_CONNECTION_LOST',
      'client did not open: ws://game.test/a: it hung up [TICKPEER_CONNECTION_LOST]',
    ]);
  });
});

describe('a limit', () => {
  const limit = { ...SERVED, limit: 'maxQueuedPackets', value: 10, size: 10 };

  test.each([
    ['ended', BAD, null],
    ['refused', null, null],
    ['refused', BAD, 'warn'],
    ['paused', null, 'debug'],
  ])('with the effect %s and the failure %j', (effect, failure, level) => {
    expect(tell('limit', { ...limit, effect, failure })?.[0] ?? null).toBe(level);
  });
});

test.each([
  [SERVED, 403, 'server refused with 403: 192.0.2.1 for ws://game.test/a: a bad frame [TICKPEER_PROTOCOL_ERROR]'],
  [CLIENT, 404, 'client was refused with 404: ws://game.test/a: a bad frame [TICKPEER_PROTOCOL_ERROR]'],
  [CLIENT, null, 'client was refused without an HTTP status: ws://game.test/a: a bad frame [TICKPEER_PROTOCOL_ERROR]'],
])('a refused handshake of %j with %s', (about, status, text) => {
  expect(tell('handshake:refused', { ...about, status, request: null, failure: BAD })).toEqual([
    'warn',
    `tickpeer:handshake:refused ${about.role} TICKPEER_PROTOCOL_ERROR ${status}`,
    text,
  ]);
});

test('a failure that several channels publish is logged once, but an equal one again', () => {
  const narrator = new ChannelEvents();
  const message = (failure: Failure): object => ({ ...CLIENT, status: 404, request: null, failure });
  expect(tell('handshake:refused', message(BAD), narrator)).not.toBeNull();
  expect(tell('failure', { ...CLIENT, failure: BAD, wasOpen: false }, narrator)).toBeNull();
  expect(tell('handshake:refused', message({ ...BAD }), narrator)).not.toBeNull();
});

test('the kind has nothing that a remote side can choose, and the text is one line', () => {
  const told = tell('close', { ...SERVED, url: 'ws://a/\n', code: 3001, reason: 'x\r\ny', failure: null });
  expect(told?.[1]).toBe('tickpeer:close server');
  expect(told?.[2]).not.toMatch(/[\r\n]/);
});

test('an event has its channel, its message and its failure; other channels have none', () => {
  const message = { ...SERVED, code: -1, reason: '', failure: LOST };
  expect(new ChannelEvents().eventOf('tickpeer:close', message)).toMatchObject({
    channel: 'tickpeer:close',
    message,
    failure: LOST,
  });
  expect(new ChannelEvents().eventOf('tickpeer:other', message)).toBeNull();
  expect(CHANNEL_NAMES).toContain('tickpeer:close');
  expect(CHANNEL_NAMES).toContain('tickpeer:multiplayer:admitted');
  expect(CHANNEL_NAMES).toContain('tickpeer:rooms:fault');
});
