import { expect, test } from 'vitest';
import { RecordedSink } from '../../../test/support/recorded-sink.ts';
import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { StreamPeerSocket } from './stream-peer-socket.ts';
import { TCPStatus } from './tcp-status.ts';

const { STATUS_NONE, STATUS_CONNECTING, STATUS_CONNECTED, STATUS_ERROR } = TCPStatus;

/** A socket's stream without a socket: the test says what happens to it. */
class Bare extends StreamPeerSocket {
  begin(): void {
    this.startConnecting();
  }
  open(): void {
    this.reportOpen();
  }
  arrive(bytes: Uint8Array): void {
    this.reportData(bytes);
  }
  finish(): void {
    this.reportEnd();
  }
  fail(code: Failure['code']): void {
    this.reportFailure({ code, message: '' });
  }
}

function connected(): Bare {
  const stream = new Bare();
  stream.begin();
  stream.open();
  stream.poll();
  return stream;
}

test('only a poll shows that it is connected', () => {
  const stream = new Bare();
  expect([stream.getStatus(), stream.poll()]).toEqual([STATUS_NONE, ErrorCode.OK]);
  stream.begin();
  stream.poll();
  expect(stream.getStatus()).toBe(STATUS_CONNECTING);
  stream.open();
  expect([stream.getStatus(), stream.putData(Uint8Array.of(1))]).toEqual([STATUS_CONNECTING, ErrorCode.FAILED]);
  expect([stream.poll(), stream.getStatus()]).toEqual([ErrorCode.OK, STATUS_CONNECTED]);
  expect(stream.putData(Uint8Array.of(1))).toBe(ErrorCode.OK);
});

test.each([
  ['TICKPEER_CANT_RESOLVE', ErrorCode.ERR_CANT_RESOLVE],
  ['TICKPEER_CANT_CONNECT', ErrorCode.ERR_CONNECTION_ERROR],
] as const)('an attempt that fails with %s is reported by one poll, as %i', (code, error) => {
  const stream = new Bare();
  stream.begin();
  stream.fail(code);
  expect(stream.getStatus()).toBe(STATUS_CONNECTING);
  expect([stream.poll(), stream.getStatus()]).toEqual([error, STATUS_ERROR]);
  expect([stream.poll(), stream.getStatus(), stream.getLastFailure()?.code]).toEqual([
    ErrorCode.OK,
    STATUS_ERROR,
    code,
  ]);
});

test('a write finds that the connection broke, before a poll shows it', () => {
  const stream = connected();
  stream.fail('TICKPEER_CONNECTION_RESET');
  expect(stream.getStatus()).toBe(STATUS_CONNECTED);
  expect([stream.putData(Uint8Array.of(1)), stream.getStatus()]).toEqual([ErrorCode.FAILED, STATUS_ERROR]);
});

test('it disconnects when the other side has ended and everything was read', () => {
  const stream = connected();
  stream.arrive(Uint8Array.of(1));
  stream.finish();
  expect([stream.poll(), stream.getStatus()]).toEqual([ErrorCode.OK, STATUS_CONNECTED]);
  expect(stream.getData(1)).toEqual([ErrorCode.OK, Uint8Array.of(1)]);
  expect(stream.getStatus()).toBe(STATUS_CONNECTED);
  expect([stream.poll(), stream.getStatus()]).toEqual([ErrorCode.OK, STATUS_NONE]);
});

test('a read that finds the end disconnects, too', () => {
  const stream = connected();
  stream.finish();
  expect([stream.getData(1)[0], stream.getStatus()]).toEqual([ErrorCode.ERR_FILE_EOF, STATUS_NONE]);
});

test('while a sink has it, an end does not disconnect it', () => {
  const stream = connected();
  const sink = new RecordedSink();
  stream.setSink(sink);
  stream.finish();
  stream.poll();
  expect([stream.getStatus(), sink.events]).toEqual([STATUS_CONNECTED, ['open', 'end']]);
});

test.each(['destroy', 'disconnectFromHost', 'linger'] as const)('after %s it is not connected', (how) => {
  const stream = connected();
  if (how === 'linger') stream.linger(0);
  else stream[how]();
  expect([stream.getStatus(), stream.putData(Uint8Array.of(1))]).toEqual([STATUS_NONE, ErrorCode.FAILED]);
});

test('an attempt after a failure begins anew', () => {
  const stream = connected();
  stream.arrive(Uint8Array.of(1));
  stream.fail('TICKPEER_CONNECTION_RESET');
  stream.poll();
  stream.begin();
  expect([stream.getStatus(), stream.getLastFailure(), stream.getAvailableBytes()]).toEqual([
    STATUS_CONNECTING,
    null,
    0,
  ]);
});

test('there is no socket to hand over', () => {
  expect(new Bare().handOver()).toBeNull();
});
