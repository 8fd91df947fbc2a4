import { expect, test } from 'vitest';
import { hex } from '../../../test/support/frames.ts';
import { publicCodec } from './public-deflate.ts';

const OPTIONS = { windowBits: 15, level: -1, memLevel: 8 };
const HELLO = new TextEncoder().encode('Hello');

// The examples of RFC 7692 7.2.3: a message, and the same message a second time with context takeover.
const COMPRESSED = 'f248cdc9c90700';
const AGAIN = 'f200110000';

test.each([
  [true, AGAIN],
  [false, COMPRESSED],
])('with context takeover %s, a repeated message is %s', (keepsContext, again) => {
  const deflater = publicCodec.createDeflater({ ...OPTIONS, keepsContext });
  expect(hex(deflater.deflate(HELLO))).toBe(COMPRESSED);
  expect(hex(deflater.deflate(HELLO))).toBe(again);
});

test('a message that refers to the one before is read with context alone', () => {
  const [kept, fresh] = [true, false].map((keepsContext) =>
    publicCodec.createInflater({ windowBits: 15, keepsContext }),
  );
  for (const inflater of [kept, fresh]) expect(inflater?.inflate(Buffer.from(COMPRESSED, 'hex'), 5)).toEqual(HELLO);
  expect(kept?.inflate(Buffer.from(AGAIN, 'hex'), 5)).toEqual(HELLO);
  expect(fresh?.inflate(Buffer.from(AGAIN, 'hex'), 5)).toBe('broken');
});

test('an empty message is one byte (RFC 7692 7.2.3.6)', () => {
  expect(hex(publicCodec.createDeflater({ ...OPTIONS, keepsContext: true }).deflate(new Uint8Array(0)))).toBe('00');
  const inflater = publicCodec.createInflater({ windowBits: 15, keepsContext: true });
  expect(inflater.inflate(Uint8Array.of(0), 0)).toEqual(new Uint8Array(0));
});

test.each([
  [4, 'too big'],
  [5, HELLO],
  [6, HELLO],
])('with a limit of %i bytes, five are %s', (limit, expected) => {
  const inflater = publicCodec.createInflater({ windowBits: 15, keepsContext: false });
  expect(inflater.inflate(Buffer.from(COMPRESSED, 'hex'), limit)).toEqual(expected);
});

test('a message that ends with a final block is read, and so is the next (RFC 7692 7.2.3.4)', () => {
  const inflater = publicCodec.createInflater({ windowBits: 15, keepsContext: true });
  expect(inflater.inflate(Buffer.from('f348cdc9c9070000', 'hex'), 5)).toEqual(HELLO);
  expect(inflater.inflate(Buffer.from(AGAIN, 'hex'), 5)).toEqual(HELLO);
});
