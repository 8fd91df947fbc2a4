import { expect, test } from 'vitest';
import { bytesOf, hex } from '../../../test/support/frames.ts';
import { nodePlatform } from '../../../test/support/platform.ts';
import { MessageAssembly } from './message-assembly.ts';

const MIB = 1_048_576;

/** An assembly, and how much memory it has allocated, step by step. */
function make({ isText = false, isEncoded = false } = {}) {
  const allocated: number[] = [];
  const allocate = (size: number): Uint8Array<ArrayBuffer> => {
    allocated.push(size);
    return new Uint8Array(size);
  };
  return { allocated, assembly: new MessageAssembly(isText, isEncoded, { ...nodePlatform, allocate }) };
}

test('parts of chunks are put together, in memory of the message’s own size', () => {
  const { assembly } = make();
  const chunk = bytesOf('00aabb00');
  assembly.append(chunk, 1, 2, 2, false, 100);
  chunk.fill(0);
  assembly.append(bytesOf('cc'), 0, 1, 1, true, 100);
  const message = assembly.take();
  expect([hex(message), message.buffer.byteLength]).toEqual(['aabbcc', 3]);
});

test('a message in one frame has memory for it once', () => {
  const { assembly, allocated } = make();
  for (let left = 10; left > 0; left -= 2) assembly.append(new Uint8Array(2), 0, 2, left, true, 1000);
  expect(allocated).toEqual([10]);
  expect(assembly.take()).toBe(assembly.bytes);
});

test.each([
  [MIB - 1, MIB - 1],
  [MIB, MIB],
  [MIB + 1, MIB],
])('a frame that announces %i bytes gets memory for %i before they arrive', (size, reserved) => {
  const { assembly, allocated } = make();
  assembly.append(new Uint8Array(1), 0, 1, size, true, 10 * MIB);
  expect(allocated).toEqual([reserved]);
});

test('memory is never more than the limit, unless the bytes are there', () => {
  const { assembly, allocated } = make();
  assembly.append(new Uint8Array(60), 0, 60, 60, false, 100);
  assembly.append(new Uint8Array(1), 0, 1, 1, false, 100);
  assembly.append(new Uint8Array(50), 0, 50, 50, false, 100);
  expect(allocated).toEqual([60, 100, 111]);
});

test.each([
  ['e282', true, true],
  ['e282ac', true, false],
  ['ff', false, false],
  ['e28261', false, false],
])('the text %s is valid so far: %s, and ends in a character: %s', (text, isValid, endsInside) => {
  const { assembly } = make({ isText: true });
  expect(assembly.append(bytesOf(text), 0, text.length / 2, text.length / 2, true, 100)).toBe(isValid);
  if (isValid) expect(assembly.endsInCharacter).toBe(endsInside);
});

test('a character may be cut between two frames', () => {
  const { assembly } = make({ isText: true });
  expect(assembly.append(bytesOf('e282'), 0, 2, 2, false, 100)).toBe(true);
  expect(assembly.append(bytesOf('ac'), 0, 1, 1, true, 100)).toBe(true);
  expect(assembly.endsInCharacter).toBe(false);
});

test('bytes, and text that an extension encoded, are not checked', () => {
  for (const kind of [{ isText: false }, { isText: true, isEncoded: true }]) {
    const { assembly } = make(kind);
    expect([assembly.append(bytesOf('ff'), 0, 1, 1, true, 100), assembly.endsInCharacter]).toEqual([true, false]);
  }
});
