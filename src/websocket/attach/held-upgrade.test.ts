import { channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import { Duplex } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { turn } from '../../../test/support/until.ts';
import { afterResponses } from './held-upgrade.ts';
import { watchResponses } from './responses-ahead.ts';

class Connection extends Duplex {
  override _read(): void {}
  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
  }
}

/** An upgrade behind `count` responses, and in `calls` the bytes with which it goes on. */
function hold(count: number, head = 'head') {
  const server = {};
  onTestFinished(watchResponses(server));
  const socket = new Connection();
  const answers = Array.from({ length: count }, () => {
    const response = Object.assign(new EventEmitter(), { req: { socket }, writableNeedDrain: false });
    channel('http.server.request.start').publish({ server, socket, response });
    return response;
  });
  const calls: string[] = [];
  afterResponses(socket, Buffer.from(head), (bytes) => calls.push(Buffer.from(bytes).toString()));
  return { socket, answers, calls };
}

test('without a response ahead it goes on at once', () => {
  const { socket, calls } = hold(0);
  expect(calls).toEqual(['head']);
  expect(socket.eventNames()).toEqual(new Connection().eventNames());
});

test('it waits for all responses ahead, and then has the bytes that came meanwhile', async () => {
  const { socket, answers, calls } = hold(2);
  socket.push(' one');
  await turn();
  answers[0]?.emit('close');
  socket.push(' two');
  await turn();
  expect(calls).toEqual([]);
  answers[1]?.emit('close');
  expect(calls).toEqual(['head one two']);
  expect(socket.isPaused()).toBe(true);
  for (const event of ['data', 'drain', 'error']) expect(socket.listenerCount(event)).toBe(0);
});

test.each([
  [65_535, false],
  [65_536, true],
  [65_537, true],
])('with %i bytes that wait, reading is paused: %s', async (size, isPaused) => {
  const { socket } = hold(1);
  socket.push(Buffer.alloc(size - 'head'.length));
  await turn();
  expect(socket.isPaused()).toBe(isPaused);
});

test('a connection that drains resumes the response ahead, if that waits for it', () => {
  const { socket, answers } = hold(2);
  const drained: number[] = [];
  answers.forEach((answer, index) => {
    answer.on('drain', () => drained.push(index));
  });
  socket.emit('drain');
  expect(drained).toEqual([]);
  for (const answer of answers) answer.writableNeedDrain = true;
  socket.emit('drain');
  expect(drained).toEqual([0]);
});

test('a connection that breaks is destroyed, and the upgrade is not taken', async () => {
  const { socket, answers, calls } = hold(1);
  socket.emit('error', new Error('reset'));
  expect(socket.destroyed).toBe(true);
  answers[0]?.emit('close');
  await turn();
  expect(calls).toEqual([]);
});

test('a client that has ended is not taken, and its connection is destroyed', async () => {
  const { socket, answers, calls } = hold(1);
  socket.push(null);
  await turn();
  answers[0]?.emit('close');
  expect(calls).toEqual([]);
  expect(socket.destroyed).toBe(true);
});

test('a connection that the last response has ended is not taken', async () => {
  const { socket, answers, calls } = hold(1);
  socket.end();
  await turn();
  answers[0]?.emit('close');
  expect(calls).toEqual([]);
});
