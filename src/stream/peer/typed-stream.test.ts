import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../../error-code.ts';
import { fromHalfBits, toHalfBits } from './half-float.ts';
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

  test('too few bytes return a neutral value and consume nothing', () => {
    const stream = reading('010203');
    expect([stream.get32(), stream.getU32(), stream.getFloat(), stream.getDouble()]).toEqual([0, 0, 0, 0]);
    expect([stream.get64(), stream.getU64()]).toEqual([0n, 0n]);
    expect([stream.getString(), stream.getUtf8String(), stream.getUtf8String(4)]).toEqual(['', '', '']);
    expect(stream.getAvailableBytes()).toBe(3);
    expect(stream.getU16()).toBe(0x0201);
  });

  test('a string is read only when it has arrived completely', () => {
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

describe('half precision', () => {
  test.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65_504, 0x7bff],
    [65_519.99, 0x7bff],
    [65_520, 0x7c00],
    [Number.POSITIVE_INFINITY, 0x7c00],
    [Number.NEGATIVE_INFINITY, 0xfc00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [2 ** -25 * 1.01, 0x0001],
    [2 ** -14 - 2 ** -26, 0x0400],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [1 / 3, 0x3555],
  ])('%d has the bits %d', (value, half) => {
    expect(toHalfBits(value)).toBe(half);
  });

  test('every half is read back as it was written', () => {
    for (let half = 0; half < 0x10000; half++) {
      const value = fromHalfBits(half);
      if (Number.isNaN(value)) expect(half & 0x7fff).toBeGreaterThan(0x7c00);
      else if (toHalfBits(value) !== half) expect.fail(`${half} became ${toHalfBits(value)}`);
    }
    expect(Number.isNaN(fromHalfBits(toHalfBits(Number.NaN)))).toBe(true);
  });

  test('the nearest half is chosen', () => {
    const finite = fc.double({ min: -65_504, max: 65_504, noNaN: true });
    fc.assert(
      fc.property(finite, (value) => {
        const half = toHalfBits(value);
        const distance = Math.abs(fromHalfBits(half) - value);
        for (const neighbour of [half - 1, half + 1]) {
          const other = fromHalfBits(neighbour & 0xffff);
          if (Number.isFinite(other)) expect(distance).toBeLessThanOrEqual(Math.abs(other - value));
        }
      }),
    );
  });
});
