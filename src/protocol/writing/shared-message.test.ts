import { beforeEach, expect, test } from 'vitest';
import { beginEmptySlab } from '../../../test/support/empty-slab.ts';
import { bytesOf, hex } from '../../../test/support/frames.ts';
import type { Extension } from '../extension.ts';
import { Opcode } from '../opcode.ts';
import { SharedMessage } from './shared-message.ts';

beforeEach(beginEmptySlab);

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
  expect(hex(message.frameFor(null).bytes)).toBe('8202aabb');
  expect(message.frameFor(null)).toBe(message.frameFor(null));
  expect(hex(new SharedMessage(bytesOf(''), Opcode.TEXT).frameFor(null).bytes)).toBe('8100');
});

test('connections that encode alike share a frame, with RSV1', () => {
  const message = new SharedMessage(bytesOf('aabb'), Opcode.TEXT);
  const [one, same, other] = [extension('a', 'cc'), extension('a', 'dd'), extension('b', 'ee')];
  expect(hex(message.frameFor(one).bytes)).toBe('c101cc');
  expect(message.frameFor(same)).toBe(message.frameFor(one));
  expect(hex(message.frameFor(other).bytes)).toBe('c101ee');
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
  expect([message.frameFor(none), message.frameFor(none)]).toEqual([message.frameFor(null), message.frameFor(null)]);
  expect(none.calls.length).toBe(1);
  const never = extension('a', 'cc');
  const plain = new SharedMessage(bytesOf('aabb'), Opcode.BINARY, false);
  expect([plain.frameFor(never), never.calls]).toEqual([plain.frameFor(null), []]);
});

test('frames in shared memory lie there until the message is sent and nobody uses them', () => {
  const message = new SharedMessage(bytesOf('aabb'), Opcode.BINARY);
  message.shareMemory();
  const frame = message.frameFor(null);
  const coded = message.frameFor(extension('a', 'cc'));
  const { slab } = frame;
  expect([hex(frame.bytes), hex(coded.bytes), slab?.users, coded.slab === slab]).toEqual([
    '8202aabb',
    'c201cc',
    2,
    true,
  ]);
  expect(message.frameFor(extension(null, 'cc')).slab).toBe(null);
  message.endSharing();
  expect(slab?.users).toBe(0);
});

test.each([
  { size: 32_764, isShared: true },
  { size: 32_765, isShared: false },
])('a payload of $size bytes has its frame in shared memory: $isShared', ({ size, isShared }) => {
  const message = new SharedMessage(new Uint8Array(size), Opcode.BINARY);
  message.shareMemory();
  expect(message.frameFor(null).slab !== null).toBe(isShared);
  message.endSharing();
});

test('a message that is sent again after its memory was released has frames of its own', () => {
  const message = new SharedMessage(bytesOf('aabb'), Opcode.BINARY);
  message.shareMemory();
  const { slab } = message.frameFor(null);
  message.endSharing();
  message.endSharing();
  expect([message.frameFor(null).slab, hex(message.frameFor(null).bytes), slab?.users]).toEqual([null, '8202aabb', 0]);
});

test('a frame has one copy in memory of its own for all that need it', () => {
  const message = new SharedMessage(bytesOf('aabb'), Opcode.BINARY);
  const alone = message.frameFor(null);
  expect(alone.bytesAlone).toBe(alone.bytes);
  message.endSharing();
  message.shareMemory();
  const frame = message.frameFor(null);
  expect([hex(frame.bytesAlone), frame.bytesAlone.buffer.byteLength]).toEqual(['8202aabb', 4]);
  expect(frame.bytesAlone).toBe(frame.bytesAlone);
  message.endSharing();
});
