import { describe, expect, test } from 'vitest';
import { confirmPathPacket, readConfirmation, readIntroduction, readPath, simplifyPathPacket } from './path-packet.ts';

const MD5 = '1b6ad3d5914316d9520aec1485c02be9';
const utf8 = new TextEncoder();
const introduction = simplifyPathPacket(MD5, 0xffff_fffe, utf8.encode('Main\0'));

test('an introduction is read as it was written', () => {
  expect(readIntroduction(introduction)).toEqual({ md5: MD5, number: 0xffff_fffe, pathStart: 38 });
  expect(readPath(introduction, 38)).toBe('Main');
});

test.each<[string, Uint8Array]>([
  ['without a path', introduction.subarray(0, 38)],
  ['without the zero', introduction.with(33, 1)],
  ['with a capital digit', introduction.with(2, 0x42)],
])('an introduction %s is refused', (_, packet) => {
  expect(readIntroduction(packet)).toMatchObject({ code: 'TICKPEER_BAD_PACKET' });
});

test.each([true, false])('a confirmation is read as it was written: %s', (isEqual) => {
  expect(readConfirmation(confirmPathPacket(isEqual, 7))).toEqual({ number: 7, isEqual });
});

test('a confirmation of another size is refused', () => {
  expect(readConfirmation(new Uint8Array(7))).toMatchObject({ code: 'TICKPEER_BAD_PACKET' });
});

describe('a path', () => {
  test.each([
    ['/root/Main/A', 'Main/A'],
    ['/root', '.'],
    ['Main', 'Main'],
    ['A\0B', 'A'],
  ])('%j is %j', (text, path) => {
    expect(readPath(utf8.encode(text), 0)).toBe(path);
  });

  test('that is not UTF-8 is null', () => {
    expect(readPath(Uint8Array.of(0xff, 0), 0)).toBeNull();
  });
});
