import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../../error-code.ts';
import { StreamPeerMemory } from './stream-peer-memory.ts';

function hexWritten(put: (stream: StreamPeerMemory) => void, bigEndian = false): string {
  const [one, two] = StreamPeerMemory.pair();
  one.bigEndian = bigEndian;
  put(one);
  one.poll();
  return Buffer.from(two.getPartialData(1000)[1]).toString('hex');
}

function reading(hex: string, bigEndian = false): StreamPeerMemory {
  const [one, two] = StreamPeerMemory.pair();
  one.putData(Buffer.from(hex, 'hex'));
  one.poll();
  two.bigEndian = bigEndian;
  return two;
}

describe('typed values on a stream', () => {
  test.each([
    ['put8', 'ff', 'ff', (s: StreamPeerMemory) => s.put8(-1)],
    ['putU8', 'ff', 'ff', (s: StreamPeerMemory) => s.putU8(255)],
    ['put16', 'feff', 'fffe', (s: StreamPeerMemory) => s.put16(-2)],
    ['putU16', '3412', '1234', (s: StreamPeerMemory) => s.putU16(0x1234)],
    ['put32', 'feffffff', 'fffffffe', (s: StreamPeerMemory) => s.put32(-2)],
    ['putU32', '78563412', '12345678', (s: StreamPeerMemory) => s.putU32(0x12345678)],
    ['put64', 'feffffffffffffff', 'fffffffffffffffe', (s: StreamPeerMemory) => s.put64(-2n)],
    ['putU64', 'efcdab8967452301', '0123456789abcdef', (s: StreamPeerMemory) => s.putU64(0x0123456789abcdefn)],
    ['putHalf', '003c', '3c00', (s: StreamPeerMemory) => s.putHalf(1)],
    ['putFloat', '0000803f', '3f800000', (s: StreamPeerMemory) => s.putFloat(1)],
    ['putDouble', '000000000000f03f', '3ff0000000000000', (s: StreamPeerMemory) => s.putDouble(1)],
    ['putString', '0200000041 3f'.replace(' ', ''), '00000002413f', (s: StreamPeerMemory) => s.putString('Aé')],
    ['putUtf8String', '0300000041c3a9', '0000000341c3a9', (s: StreamPeerMemory) => s.putUtf8String('Aé')],
  ])('%s writes little-endian, or big-endian on request', (_name, little, big, put) => {
    expect(hexWritten(put)).toBe(little);
    expect(hexWritten(put, true)).toBe(big);
  });

  test.each([false, true])('what was written is read back (bigEndian: %s)', (bigEndian) => {
    const [one, two] = StreamPeerMemory.pair();
    one.bigEndian = two.bigEndian = bigEndian;
    const codes = [one.put8(-128), one.putU8(200), one.put16(-32_768), one.putU16(65_535), one.put32(-(2 ** 31))];
    codes.push(one.putU32(2 ** 32 - 1), one.put64(-(2n ** 63n)), one.putU64(2n ** 64n - 1n), one.putHalf(-0.5));
    codes.push(one.putFloat(0.25), one.putDouble(Math.PI), one.putString('hi'), one.putUtf8String('grüße €'));
    expect(codes.every((code) => code === ErrorCode.OK)).toBe(true);
    one.poll();
    expect([two.get8(), two.getU8(), two.get16(), two.getU16()]).toEqual([-128, 200, -32_768, 65_535]);
    expect([two.get32(), two.getU32()]).toEqual([-(2 ** 31), 2 ** 32 - 1]);
    expect([two.get64(), two.getU64()]).toEqual([-(2n ** 63n), 2n ** 64n - 1n]);
    expect([two.getHalf(), two.getFloat(), two.getDouble()]).toEqual([-0.5, 0.25, Math.PI]);
    expect([two.getString(), two.getUtf8String()]).toEqual(['hi', 'grüße €']);
    expect(two.getAvailableBytes()).toBe(0);
  });

  test('too few bytes: a neutral value, and nothing is consumed', () => {
    const stream = reading('010203');
    expect([stream.get32(), stream.getU32(), stream.getFloat(), stream.getDouble()]).toEqual([0, 0, 0, 0]);
    expect([stream.get64(), stream.getU64()]).toEqual([0n, 0n]);
    expect([stream.getString(), stream.getUtf8String(), stream.getUtf8String(4)]).toEqual(['', '', '']);
    expect(stream.getAvailableBytes()).toBe(3);
    expect(stream.getU16()).toBe(0x0201);
  });

  test('a string is taken only when all of it is there', () => {
    const stream = reading('030000006162');
    expect(stream.getString()).toBe('');
    expect(stream.getAvailableBytes()).toBe(6);
    const whole = reading('0300000061626364');
    expect(whole.getString()).toBe('abc');
    expect(whole.getString(1)).toBe('d');
    expect(whole.getString(0)).toBe('');
    const empty = reading('00000000');
    expect(empty.getUtf8String()).toBe('');
    expect(empty.getAvailableBytes()).toBe(0);
  });

  test('a string longer than the receive buffer never becomes readable and costs no memory', () => {
    const stream = reading('ffffffff61');
    expect(stream.getUtf8String()).toBe('');
    expect(stream.getAvailableBytes()).toBe(5);
  });
});
