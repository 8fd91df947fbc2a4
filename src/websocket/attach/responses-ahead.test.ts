import { channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { responseAhead, watchResponses } from './responses-ahead.ts';

const started = channel('http.server.request.start');

/** A connection of `server`. `ask` is what Node publishes when a request arrives; it returns the response. */
function connection(server: object) {
  // Only its identity is used.
  const socket = {} as Duplex;
  const ask = (): EventEmitter => {
    const response = Object.assign(new EventEmitter(), { req: { socket } });
    started.publish({ server, socket, response });
    return response;
  };
  return { ask, ahead: () => responseAhead(socket) };
}

function watch(server: object): () => void {
  const unwatch = watchResponses(server);
  onTestFinished(unwatch);
  return unwatch;
}

test('the response ahead is the oldest that has not closed', () => {
  const server = {};
  watch(server);
  const { ask, ahead } = connection(server);
  expect(ahead()).toBeNull();
  const [first, second, third] = [ask(), ask(), ask()];
  expect(ahead()).toBe(first);
  second.emit('close');
  expect(ahead()).toBe(first);
  first.emit('close');
  expect(ahead()).toBe(third);
  third.emit('close');
  expect(ahead()).toBeNull();
});

test('each connection has its own', () => {
  const server = {};
  watch(server);
  const [a, b] = [connection(server), connection(server)];
  const response = a.ask();
  expect([a.ahead(), b.ahead()]).toEqual([response, null]);
});

test('a response that closes twice takes no other with it', () => {
  const server = {};
  watch(server);
  const { ask, ahead } = connection(server);
  const [first, second] = [ask(), ask()];
  first.emit('close');
  first.emit('close');
  expect(ahead()).toBe(second);
});

test('servers that are not watched are not recorded, nor is one any longer', () => {
  const [watched, other] = [{}, {}];
  const unwatch = watch(watched);
  const [ours, theirs] = [connection(watched), connection(other)];
  theirs.ask();
  expect(theirs.ahead()).toBeNull();
  const unwatchOther = watch(other);
  const known = ours.ask();
  unwatch();
  unwatch();
  ours.ask();
  // What was recorded before still counts until it closes.
  expect(ours.ahead()).toBe(known);
  known.emit('close');
  expect(ours.ahead()).toBeNull();
  expect(started.hasSubscribers).toBe(true);
  unwatchOther();
  expect(started.hasSubscribers).toBe(false);
});
