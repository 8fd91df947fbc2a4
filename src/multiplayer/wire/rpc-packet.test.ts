import { expect, test } from 'vitest';
import { bytesOf, hex } from '../../../test/support/frames.ts';
import { VariantWriter } from '../../variant/index.ts';
import { CallHeader, finishCall, HEADER_ROOM, readCallHeader } from './rpc-packet.ts';

/** A call with the body aabb. */
function write(node: number, method: number, { path = '', isWide = false, isRaw = false } = {}): Uint8Array {
  const writer = new VariantWriter();
  writer.size = HEADER_ROOM;
  writer.writeBytes(bytesOf('aabb'));
  const pathBytes = path === '' ? null : Buffer.from(`${path}\0`);
  return finishCall(writer, writer.size, node, pathBytes, isWide, method, isRaw).slice();
}

function read(packet: string) {
  const header = new CallHeader();
  return readCallHeader(bytesOf(packet), header) ?? { ...header };
}

test.each([
  [0, 0, '000000aabb'],
  [0xff, 0xff, '00ffffaabb'],
  [0x100, 0, '10000100aabb'],
  [0xffff, 0, '10ffff00aabb'],
  [0x1_0000, 0, '200000010000aabb'],
  [0x7fff_ffff, 0, '20ffffff7f00aabb'],
  [0, 0x100, '40000001aabb'],
  [0x100, 0xffff, '500001ffffaabb'],
  [0x1_0000, 0x100, '60000001000001aabb'],
])('a call of the node %i and the method %i is %s', (node, method, packet) => {
  expect(hex(write(node, method))).toBe(packet);
  expect(read(packet)).toMatchObject({
    node,
    method,
    pathStart: -1,
    isRaw: false,
    argumentsStart: packet.length / 2 - 2,
    argumentsEnd: packet.length / 2,
  });
});

test('the short form is a bit', () => {
  expect(hex(write(1, 2, { isRaw: true }))).toBe('800102aabb');
  expect(read('800102aabb')).toMatchObject({ isRaw: true, node: 1, method: 2 });
});

test('a number can be written in four bytes in any case', () => {
  expect(hex(write(1, 2, { isWide: true }))).toBe('200100000002aabb');
});

test('a path follows the body, and the number says where', () => {
  const packet = '200800008002aabb4100';
  expect(hex(write(99, 2, { path: 'A' }))).toBe(packet);
  expect(read(packet)).toMatchObject({ pathStart: 8, method: 2, argumentsStart: 6, argumentsEnd: 8 });
});

test('a header is used again without what the last call had', () => {
  const header = new CallHeader();
  readCallHeader(bytesOf('a00800008002aabb4100'), header);
  expect([header.pathStart, header.isRaw]).toEqual([8, true]);
  readCallHeader(bytesOf('000102'), header);
  expect(header).toMatchObject({ pathStart: -1, isRaw: false, node: 1, method: 2, argumentsStart: 3, argumentsEnd: 3 });
});

test.each([
  ['30000000', 'unknown width'],
  ['00', 'too few'],
  ['0000', 'too few'],
  ['400000', 'too few'],
  ['2000000000', 'too few'],
  ['60000000000000'.slice(0, 12), 'too few'],
  ['200500008000aa', 'outside'],
  ['200700008000aa', 'outside'],
  ['20ffffffff00aa', 'outside'],
])('%s is refused: %s', (packet, reason) => {
  expect(read(packet)).toMatchObject({ code: 'TICKPEER_BAD_PACKET', message: expect.stringContaining(reason) });
});

test('a path may begin right behind the header, and be one byte', () => {
  expect(read('200600008000aa')).toMatchObject({ pathStart: 6, argumentsStart: 6, argumentsEnd: 6 });
});
