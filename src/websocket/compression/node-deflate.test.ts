import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DeflateCodec } from '../../protocol/index.ts';
import { createNodeCodec } from './node-deflate.ts';
import { SyncZlib } from './sync-zlib.ts';

const TAIL = Uint8Array.of(0, 0, 255, 255);
const FORMS: readonly [string, DeflateCodec][] = [
  ['fast', createNodeCodec(true)],
  ['public', createNodeCodec(false)],
];
const OPTIONS = { windowBits: 15, keepsContext: true, level: -1, memLevel: 8 };

test('the fast form works on this Node, and is the one used', () => {
  expect(SyncZlib.isUsable()).toBe(true);
  expect(createNodeCodec()).toBe(FORMS[0]?.[1]);
});

const message = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.tuple(fc.nat(255), fc.integer({ min: 1, max: 70_000 })).map(([fill, size]) => new Uint8Array(size).fill(fill)),
  fc.constantFrom('a score of 12', 'another score of 13').map((text) => new TextEncoder().encode(text.repeat(50))),
);

describe.each(FORMS)('the %s form', (_name, codec) => {
  test.each(FORMS)('is read by the %s form, message after message', (_other, reader) => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 8 }),
        fc.boolean(),
        fc.integer({ min: 9, max: 15 }),
        (messages, keepsContext, windowBits) => {
          const deflater = codec.createDeflater({ ...OPTIONS, keepsContext, windowBits });
          const inflater = reader.createInflater({ windowBits, keepsContext });
          for (const plain of messages) {
            const back = inflater.inflate(deflater.deflate(plain), plain.length);
            expect(back instanceof Uint8Array && Buffer.compare(back, plain) === 0).toBe(true);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('context takeover makes a repeated message short; without it every one is complete by itself', () => {
    const plain = new TextEncoder().encode('{"player":7,"position":[1.25,3.5]}'.repeat(10) + Math.PI);
    const keeping = codec.createDeflater(OPTIONS);
    const first = keeping.deflate(plain).length;
    expect(keeping.deflate(plain).length).toBeLessThan(first / 2);
    const forgetting = codec.createDeflater({ ...OPTIONS, keepsContext: false });
    for (let count = 0; count < 3; count++) {
      const deflated = Buffer.concat([forgetting.deflate(plain), TAIL]);
      expect(inflateRawSync(deflated, { finishFlush: constants.Z_SYNC_FLUSH }).equals(plain)).toBe(true);
    }
  });

  test('the limit: one below, on, and one above; the memory is the message’s own', () => {
    const payload = deflateRawSync(new Uint8Array(1000), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
    for (const keepsContext of [true, false]) {
      const inflate = (limit: number) => codec.createInflater({ windowBits: 15, keepsContext }).inflate(payload, limit);
      expect(inflate(999)).toBe('too big');
      for (const limit of [1000, 1001]) {
        const back = inflate(limit);
        expect(back).toEqual(new Uint8Array(1000));
        expect(back instanceof Uint8Array && back.buffer.byteLength).toBe(1000);
      }
    }
  });

  test('a bomb costs no more than the limit', () => {
    const bomb = deflateRawSync(new Uint8Array(256 * 1024 * 1024), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(
      0,
      -4,
    );
    const inflater = codec.createInflater({ windowBits: 15, keepsContext: false });
    const before = process.memoryUsage().rss;
    for (let count = 0; count < 20; count++) expect(inflater.inflate(bomb, 65_535)).toBe('too big');
    expect(process.memoryUsage().rss - before).toBeLessThan(20 * 1024 * 1024);
  });

  test('broken data is told, and another connection’s messages still come out', () => {
    const deflater = codec.createDeflater({ ...OPTIONS, keepsContext: false });
    const inflater = codec.createInflater({ windowBits: 15, keepsContext: false });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 50 }), (noise) => {
        const result = inflater.inflate(noise, 10_000);
        expect(result === 'broken' || result === 'too big' || result instanceof Uint8Array).toBe(true);
        const plain = new TextEncoder().encode('still here '.repeat(20));
        expect(inflater.inflate(deflater.deflate(plain), 10_000)).toEqual(plain);
      }),
    );
  });

  test('an empty message and a limit of nothing', () => {
    const empty = codec.createDeflater(OPTIONS).deflate(new Uint8Array(0));
    const inflater = codec.createInflater({ windowBits: 15, keepsContext: false });
    expect(inflater.inflate(empty, 0)).toEqual(new Uint8Array(0));
    expect(inflater.inflate(Uint8Array.of(0), 0)).toEqual(new Uint8Array(0));
  });
});

test.each([true, false])('final blocks beyond the first of a message have a budget (fast form: %s)', (isFast) => {
  const codec = createNodeCodec(isFast);
  const inflaters = [1, 5].map(() => codec.createInflater({ windowBits: 15, keepsContext: true }));
  const frame = (blocks: number): Uint8Array => Uint8Array.from([...Array(blocks).fill([0x03, 0x00]).flat(), 0x00]);
  const inflated = (at: number, blocks: number, most: number): number => {
    let count = 0;
    while (count < most && inflaters[at]?.inflate(frame(blocks), 1000) instanceof Uint8Array) count++;
    return count;
  };
  // One in each message is what RFC 7692 7.2.3.4 allows for.
  expect(inflated(0, 1, 300)).toBe(300);
  const passed = inflated(1, 5, 300);
  expect(passed).toBeGreaterThanOrEqual(256 / 5 - 1);
  expect(passed).toBeLessThan(80);
  for (const inflater of inflaters) inflater.release();
});
