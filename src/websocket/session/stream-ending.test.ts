import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import type { FailureCode } from '../../failure.ts';
import type { Role } from '../../protocol/index.ts';
import { StreamPeer } from '../../stream/index.ts';
import { isStreamGone, StreamEnding } from './stream-ending.ts';

/** A stream that records how it is ended. */
class RecordingStream extends StreamPeer {
  readonly calls: string[] = [];
  unsent = 0;
  encrypted = false;

  override get isEncrypted(): boolean {
    return this.encrypted;
  }

  override getUnsentBytes(): number {
    return this.unsent;
  }

  override linger(milliseconds: number): void {
    this.calls.push(`linger ${milliseconds}`);
  }

  override destroy(): void {
    this.calls.push('destroy');
  }

  override poll(): never {
    throw new Error('not used');
  }

  override write(): void {}
  override writeAll(): void {}
  override pauseReading(): void {}
  override resumeReading(): void {}
  override end(): void {}

  protected override writeStatus(): never {
    throw new Error('not used');
  }
}

function setUp(role: Role, closeTimeLimit: number = 10_000) {
  const stream = new RecordingStream();
  const clock = new FakeClock();
  return { stream, clock, opening: { role }, settings: { closeTimeLimit } };
}

describe('the end of a stream', () => {
  test.each<[what: string, role: Role, isClean: boolean, isEncrypted: boolean, delay: number]>([
    ['a client leaves the end to the server', 'client', true, false, 1000],
    ['a server ends TCP first', 'server', true, false, 0],
    ['a server over TLS leaves the end to the client', 'server', true, true, 250],
    ['without a closing handshake, at once', 'client', false, true, 0],
  ])('%s', (_what, role, isClean, isEncrypted, delay) => {
    const leaving = setUp(role);
    leaving.stream.encrypted = isEncrypted;
    const streamEnding = StreamEnding.after(isClean, leaving);
    if (delay > 0) {
      leaving.clock.advance(delay - 1);
      expect(leaving.stream.calls).toEqual([]);
      expect(streamEnding.isUnderWay).toBe(true);
      leaving.clock.advance(1);
    }
    expect(leaving.stream.calls).toEqual(['linger 2000']);
    expect(leaving.clock.timerCount).toBe(0);
  });

  test('comes once when the other side has ended it', () => {
    const leaving = setUp('client');
    const streamEnding = StreamEnding.after(true, leaving);
    streamEnding.onStreamEnd();
    streamEnding.onStreamEnd();
    leaving.clock.advance(5000);
    expect(leaving.stream.calls).toEqual(['linger 2000']);
  });

  test('gives unsent bytes closeTimeLimit, where that is longer', () => {
    const leaving = setUp('server');
    leaving.stream.unsent = 1;
    StreamEnding.after(true, leaving);
    expect(leaving.stream.calls).toEqual(['linger 10000']);
  });

  test('can be cut short', () => {
    const leaving = setUp('client');
    StreamEnding.after(true, leaving).cutShort();
    leaving.clock.advance(5000);
    expect(leaving.stream.calls).toEqual(['destroy']);
  });

  test('of a refused request comes at once', () => {
    const leaving = setUp('server');
    leaving.stream.encrypted = true;
    StreamEnding.now(leaving);
    expect(leaving.stream.calls).toEqual(['linger 2000']);
  });
});

test.each<[FailureCode, boolean]>([
  ['TICKPEER_CONNECTION_LOST', true],
  ['TICKPEER_CLOSE_TIMEOUT', true],
  ['TICKPEER_TLS', true],
  ['TICKPEER_PROTOCOL_ERROR', false],
  ['TICKPEER_DROPPED', false],
])('after %s the stream is gone: %s', (code, isGone) => {
  expect(isStreamGone({ code, message: '' })).toBe(isGone);
  expect(isStreamGone(null)).toBe(false);
});
