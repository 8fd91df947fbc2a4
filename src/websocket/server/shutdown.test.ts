import { describe, expect, test } from 'vitest';
import type { FailureCode } from '../../failure.ts';
import type { WebSocketPeer } from '../peer/websocket-peer.ts';
import type { StopOptions } from './server-options.ts';
import { Shutdown } from './shutdown.ts';

/** A peer that has ended; no other member of it is used. */
function ended(closeCode: number, code: FailureCode | null = null): WebSocketPeer {
  const failure = code === null ? null : { code, message: '' };
  return { getCloseCode: () => closeCode, getLastFailure: () => failure } as unknown as WebSocketPeer;
}

function begun(options: StopOptions = {}, now = 500): Shutdown {
  const shutdown = new Shutdown();
  shutdown.begin(options, now);
  return shutdown;
}

test('before it begins there is no result, and no peer is counted', () => {
  const shutdown = new Shutdown();
  shutdown.note(ended(1000));
  expect(shutdown).toMatchObject({ hasBegun: false, result: null, deadline: Number.POSITIVE_INFINITY });
});

test('by default peers are closed with 1001, and dropped after 10 seconds', () => {
  const shutdown = new Shutdown();
  expect(shutdown.begin({}, 500)).toEqual({ code: 1001, reason: '' });
  const result = { closed: 0, lost: 0, dropped: 0 };
  expect(shutdown).toMatchObject({ hasBegun: true, deadline: 10_500, result });
});

test.each([
  [0, 500],
  [0.5, 1000],
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
])('a time limit of %d seconds from 500 ends at %d', (timeLimit, deadline) => {
  expect(begun({ timeLimit }).deadline).toBe(deadline);
});

describe('invalid options throw, and nothing has begun', () => {
  test.each<[StopOptions, typeof TypeError | typeof RangeError]>([
    [{ timeLimit: -1 }, RangeError],
    [{ timeLimit: Number.NaN }, RangeError],
    [{ timeLimit: '5' as unknown as number }, TypeError],
    [{ reason: 5 as unknown as string }, TypeError],
    ...[999, 1004, 1005, 1006, 1015, 2999, 5000, 1000.5].map((code): [StopOptions, typeof RangeError] => [
      { code },
      RangeError,
    ]),
  ])('%j', (options, error) => {
    const shutdown = new Shutdown();
    expect(() => shutdown.begin(options, 500)).toThrow(error);
    expect(shutdown).toMatchObject({ hasBegun: false, deadline: Number.POSITIVE_INFINITY });
  });

  test.each([1000, 1003, 1007, 1014, 3000, 4999])('code %i can be sent', (code) => {
    expect(new Shutdown().begin({ code, reason: 'later' }, 0)).toEqual({ code, reason: 'later' });
  });
});

test('a peer is closed with a code, dropped here, or else lost', () => {
  const shutdown = begun();
  shutdown.note(ended(1001));
  shutdown.note(ended(1005));
  shutdown.note(ended(0));
  shutdown.note(ended(-1, 'TICKPEER_DROPPED'));
  shutdown.note(ended(-1, 'TICKPEER_CLOSE_TIMEOUT'));
  shutdown.note(ended(-1, 'TICKPEER_CLOSE_TIMEOUT'));
  shutdown.note(ended(-1));
  expect(shutdown.result).toEqual({ closed: 3, dropped: 1, lost: 3 });
});

test('beginning again sets another deadline and keeps the counts', () => {
  const shutdown = begun();
  shutdown.note(ended(1001));
  const before = shutdown.result;
  expect(shutdown.begin({ timeLimit: 1, code: 1012 }, 2000)).toEqual({ code: 1012, reason: '' });
  shutdown.note(ended(1012));
  expect(shutdown.deadline).toBe(3000);
  expect([before?.closed, shutdown.result?.closed]).toEqual([1, 2]);
});

test('after it is cancelled there is no result and no deadline', () => {
  const shutdown = begun();
  shutdown.note(ended(1001));
  shutdown.cancel();
  expect(shutdown).toMatchObject({ hasBegun: false, result: null, deadline: Number.POSITIVE_INFINITY });
  shutdown.begin({}, 0);
  expect(shutdown.result).toEqual({ closed: 0, lost: 0, dropped: 0 });
});
