import { expect, test } from 'vitest';
import { hex } from '../../../test/support/frames.ts';
import { KEY_ROOM, rememberKey, writeKnownKey } from './key-cache.ts';

/** The string block of `key`, as an encoder writes it. */
function blockOf(key: string): Uint8Array {
  const text = new TextEncoder().encode(key);
  const block = new Uint8Array(4 + Math.ceil(text.length / 4) * 4);
  new DataView(block.buffer).setInt32(0, text.length, true);
  block.set(text, 4);
  return block;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** What is written for `key` at byte 3 of other memory; null when it is not cached. */
function written(key: string): string | null {
  const memory = new Uint8Array(3 + KEY_ROOM);
  const end = writeKnownKey(viewOf(memory), 3, key);
  return end < 0 ? null : hex(memory.subarray(3, end));
}

test.each(['a', 'abcd', 'abcde', 'é', 'x'.repeat(15), 'y'.repeat(16)])(
  'the key "%s" is written as it was encoded',
  (key) => {
    const block = blockOf(key);
    rememberKey(viewOf(block), 0, key);
    expect(written(key)).toBe(hex(block));
  },
);

test('a key of 17 bytes is not cached, nor one that was never encoded', () => {
  const key = 'z'.repeat(17);
  rememberKey(viewOf(blockOf(key)), 0, key);
  expect([written(key), written('never')]).toEqual([null, null]);
});

test('keys of one slot replace each other', () => {
  // Equal first and last characters, and length.
  for (const key of ['abbc', 'axxc']) rememberKey(viewOf(blockOf(key)), 0, key);
  expect([written('abbc'), written('axxc')]).toEqual([null, hex(blockOf('axxc'))]);
});

test('a block in the middle of memory is cached by itself', () => {
  const memory = new Uint8Array(40).fill(0xff);
  memory.set(blockOf('hp'), 20);
  rememberKey(viewOf(memory), 20, 'hp');
  expect(written('hp')).toBe(hex(blockOf('hp')));
});
