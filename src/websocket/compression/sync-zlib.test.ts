import { createDeflateRaw, createInflateRaw, inflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { SyncZlib } from './sync-zlib.ts';

const MESSAGE = new Uint8Array(1000).map((_, index) => (index * index) & 0xff);
const NO_LIMIT = Number.POSITIVE_INFINITY;

const deflater = (): SyncZlib => new SyncZlib(() => createDeflateRaw());
const inflater = (): SyncZlib => new SyncZlib(() => createInflateRaw());

test('it keeps the context from run to run, until it is reset', () => {
  const deflate = deflater();
  const sizes = [0, 1].map(() => deflate.run(MESSAGE, NO_LIMIT).length);
  expect(sizes[1]).toBeLessThan(sizes[0]! / 4);
  deflate.reset();
  expect(deflate.run(MESSAGE, NO_LIMIT).length).toBe(sizes[0]);
});

test('each run ends on a byte, so that every message can be read by itself', () => {
  const [deflate, inflate] = [deflater(), inflater()];
  for (let count = 1; count <= 20; count++) {
    const deflated = deflate.run(MESSAGE, NO_LIMIT).slice();
    expect(Buffer.from(deflated.subarray(-4)).toString('hex')).toBe('0000ffff');
    expect(Buffer.compare(inflate.run(deflated, MESSAGE.length), MESSAGE)).toBe(0);
    expect(inflate.taken).toBe(deflated.length);
  }
});

test.each([
  [999, false],
  [1000, true],
  [1001, true],
])('with a limit of %i bytes, 1000 come out: %s', (limit, isOut) => {
  const deflated = deflater().run(MESSAGE, NO_LIMIT).slice();
  const run = (): number => inflater().run(deflated, limit).length;
  if (isOut) expect(run()).toBe(1000);
  else expect(run).toThrow(expect.objectContaining({ code: 'ERR_BUFFER_TOO_LARGE' }));
});

test('after a failure it has a new stream, without the context of the old one', () => {
  const inflate = inflater();
  const deflated = deflater().run(MESSAGE, NO_LIMIT).slice();
  expect(() => inflate.run(Uint8Array.of(7), NO_LIMIT)).toThrow();
  expect(inflate.run(deflated, 1000).length).toBe(1000);
});

test('data behind a final block is not taken', () => {
  const inflate = inflater();
  // "Hello" in a final block (RFC 7692 7.2.3.4), and two bytes more.
  const data = Buffer.from('f348cdc9c90700ffff', 'hex');
  expect(inflateRawSync(data.subarray(0, 7)).toString()).toBe('Hello');
  expect(Buffer.from(inflate.run(data, NO_LIMIT)).toString()).toBe('Hello');
  expect(inflate.taken).toBe(7);
});

test('a closed stream throws, and a renewed one has the settings that it was renewed with', () => {
  const deflate = deflater();
  const size = deflate.run(MESSAGE, NO_LIMIT).length;
  deflate.renew(() => createDeflateRaw({ level: 0 }));
  expect(deflate.run(MESSAGE, NO_LIMIT).length).toBeGreaterThan(Math.max(size, 1000));
  deflate.renew();
  expect(deflate.run(MESSAGE, NO_LIMIT).length).toBe(size);
  deflate.close();
  expect(() => deflate.run(MESSAGE, NO_LIMIT)).toThrow('closed');
});

test('it works on this Node', () => {
  expect(SyncZlib.isUsable()).toBe(true);
});
