import { describe, expect, test } from 'vitest';
import { Heartbeat, HeartbeatAction } from './heartbeat.ts';

const INTERVAL = 1000;
const LIMIT = 300;
const { NONE, PING, GIVE_UP } = HeartbeatAction;

/** One whose first Ping was sent at `now`, and its payload. */
function pinged(now = 5000): { heartbeat: Heartbeat; payload: Uint8Array } {
  const heartbeat = new Heartbeat();
  return { heartbeat, payload: heartbeat.ping(now, INTERVAL) };
}

describe('a Ping', () => {
  test('is due at once, and never with an interval of 0', () => {
    const heartbeat = new Heartbeat();
    expect(heartbeat.advance(0, INTERVAL, LIMIT)).toBe(PING);
    expect(heartbeat.advance(1e9, 0, LIMIT)).toBe(NONE);
    expect(heartbeat.deadline(0, LIMIT)).toBe(Number.POSITIVE_INFINITY);
  });

  test.each([
    [5999, NONE],
    [6000, PING],
    [6001, PING],
  ])('is due an interval after the one before, whose Pong came: at %i', (now, action) => {
    const { heartbeat, payload } = pinged();
    heartbeat.pong(payload, 5010);
    expect(heartbeat.deadline(INTERVAL, LIMIT)).toBe(6000);
    expect(heartbeat.advance(now, INTERVAL, LIMIT)).toBe(action);
  });

  test('has a counter of four bytes for its payload', () => {
    const { heartbeat, payload } = pinged();
    expect(payload).toEqual(Uint8Array.of(0, 0, 0, 1));
    for (let count = 2; count < 256; count++) heartbeat.ping(5000, INTERVAL);
    expect(heartbeat.ping(5000, INTERVAL)).toEqual(Uint8Array.of(0, 0, 1, 0));
  });
});

describe('a Pong that does not come', () => {
  test.each([
    [5299, NONE],
    [5300, GIVE_UP],
    [5301, GIVE_UP],
  ])('ends the connection at the time limit: at %i', (now, action) => {
    expect(pinged().heartbeat.advance(now, INTERVAL, LIMIT)).toBe(action);
  });

  test.each([
    [5999, NONE],
    [6000, GIVE_UP],
  ])('without a time limit, at the end of the interval: at %i', (now, action) => {
    expect(pinged().heartbeat.advance(now, INTERVAL, 0)).toBe(action);
  });

  test('has its full time limit again after excuse()', () => {
    const { heartbeat, payload } = pinged();
    heartbeat.excuse(5200);
    expect(heartbeat.advance(5499, INTERVAL, LIMIT)).toBe(NONE);
    expect(heartbeat.advance(5500, INTERVAL, LIMIT)).toBe(GIVE_UP);
    heartbeat.pong(payload, 5500);
    expect(heartbeat.roundTripTime).toBe(500);
  });

  test('has its time limit from when the Ping was sent, if that is later than when it was framed', () => {
    const { heartbeat, payload } = pinged();
    heartbeat.sent(5200);
    expect(heartbeat.advance(5499, INTERVAL, LIMIT)).toBe(NONE);
    expect(heartbeat.advance(5500, INTERVAL, LIMIT)).toBe(GIVE_UP);
    heartbeat.pong(payload, 5210);
    expect(heartbeat.roundTripTime).toBe(10);
  });
});

describe('a Pong that comes', () => {
  test('gives the round-trip time, and is no longer waited for', () => {
    const { heartbeat, payload } = pinged();
    expect([heartbeat.roundTripTime, heartbeat.isWaiting]).toEqual([-1, true]);
    heartbeat.pong(payload, 5042);
    expect([heartbeat.roundTripTime, heartbeat.isWaiting]).toEqual([42, false]);
    heartbeat.pong(payload, 5100);
    heartbeat.sent(5100);
    expect([heartbeat.roundTripTime, heartbeat.isWaiting]).toEqual([42, false]);
  });

  test.each([
    ['of an earlier Ping', [0, 0, 0, 1]],
    ['of three bytes', [0, 0, 0]],
    ['of five bytes', [0, 0, 0, 2, 0]],
    ['of no Ping', [1, 0, 0, 2]],
  ])('%s is ignored', (_, payload) => {
    const { heartbeat } = pinged();
    heartbeat.ping(5000, INTERVAL);
    heartbeat.pong(Uint8Array.from(payload), 5010);
    expect([heartbeat.roundTripTime, heartbeat.isWaiting]).toEqual([-1, true]);
  });
});
