import { describe, expect, test } from 'vitest';
import { ReceivedPings } from './received-pings.ts';

const payload = (number: number): Uint8Array => Uint8Array.of(number);

/** Which of `count` Pings, numbered from 1, get their Pong at once. */
function admitted(replies: ReceivedPings, count: number): number[] {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  return numbers.filter((number) => replies.admits(payload(number)));
}

describe('ReceivedPings', () => {
  test.each([
    [63, 63, null],
    [64, 64, null],
    [65, 64, payload(65)],
    [100, 64, payload(100)],
  ])('of %i Pings %i get their Pong at once, and of the others only the latest gets one', (count, now, latest) => {
    const replies = new ReceivedPings();
    expect(admitted(replies, count)).toHaveLength(now);
    expect(replies.takeLatest()).toEqual(latest);
    expect(replies.takeLatest()).toBeNull();
  });

  test('64 more get their Pong at once after the waiting Pongs are written', () => {
    const replies = new ReceivedPings();
    admitted(replies, 65);
    replies.takeLatest();
    expect(admitted(replies, 65)).toHaveLength(64);
  });

  test('a payload that has to wait is copied', () => {
    const replies = new ReceivedPings();
    admitted(replies, 64);
    const chunk = payload(1);
    replies.admits(chunk);
    chunk[0] = 2;
    expect(replies.takeLatest()).toEqual(payload(1));
  });
});
