import { expect, test } from 'vitest';
import { bytesOf, hex } from '../../../test/support/frames.ts';
import type { Extension } from '../extension.ts';
import { Opcode } from '../opcode.ts';
import { SharedMessage } from './shared-message.ts';

/** An extension that encodes every message as `encoded`, and counts how often. */
function extension(sharingKey: string | null, encoded: string | null): Extension & { calls: boolean[] } {
  const calls: boolean[] = [];
  return {
    name: 'x',
    rsv1: true,
    sharingKey,
    calls,
    encode: (_message, isText) => {
      calls.push(isText);
      return encoded === null ? null : bytesOf(encoded);
    },
    decode: () => new Uint8Array(0),
    release: () => {},
  };
}

test('without an extension it is framed once, and not masked', () => {
  const message = new SharedMessage(bytesOf('aabb'), Opcode.BINARY);
  expect(hex(message.frameFor(null))).toBe('8202aabb');
  expect(message.frameFor(null)).toBe(message.plainFrame);
  expect(hex(new SharedMessage(bytesOf(''), Opcode.TEXT).plainFrame)).toBe('8100');
});

test('connections that encode alike share a frame, with RSV1', () => {
  const message = new SharedMessage(bytesOf('aabb'), Opcode.TEXT);
  const [one, same, other] = [extension('a', 'cc'), extension('a', 'dd'), extension('b', 'ee')];
  expect(hex(message.frameFor(one))).toBe('c101cc');
  expect(message.frameFor(same)).toBe(message.frameFor(one));
  expect(hex(message.frameFor(other))).toBe('c101ee');
  expect([one.calls, same.calls, other.calls]).toEqual([[true], [], [true]]);
});

test('a connection whose encoding depends on its earlier messages has a frame of its own, each time', () => {
  const message = new SharedMessage(bytesOf('aabb'), Opcode.BINARY);
  const own = extension(null, 'cc');
  expect(message.frameFor(own)).not.toBe(message.frameFor(own));
  expect(own.calls).toEqual([false, false]);
});

test('what the extension does not encode is the plain frame', () => {
  const message = new SharedMessage(bytesOf('aabb'), Opcode.BINARY);
  const none = extension('a', null);
  expect([message.frameFor(none), message.frameFor(none)]).toEqual([message.plainFrame, message.plainFrame]);
  expect(none.calls.length).toBe(1);
  const never = extension('a', 'cc');
  const plain = new SharedMessage(bytesOf('aabb'), Opcode.BINARY, false);
  expect([plain.frameFor(never), never.calls]).toEqual([plain.plainFrame, []]);
});
