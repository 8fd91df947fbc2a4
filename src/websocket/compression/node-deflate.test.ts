import { randomBytes } from 'node:crypto';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { DeflateCodec, Inflater } from '../../protocol/index.ts';
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
  test.each(FORMS)('is read by the %s form, for several messages', (_other, reader) => {
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

  test('the limit: one below, on, and one above; each message has memory of its own', () => {
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

  test('a decompression bomb takes no more memory than the limit', () => {
    const bomb = deflateRawSync(new Uint8Array(256 * 1024 * 1024), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(
      0,
      -4,
    );
    const inflater = codec.createInflater({ windowBits: 15, keepsContext: false });
    const before = process.memoryUsage().rss;
    for (let count = 0; count < 20; count++) expect(inflater.inflate(bomb, 65_535)).toBe('too big');
    expect(process.memoryUsage().rss - before).toBeLessThan(20 * 1024 * 1024);
  });

  test('broken data is reported, and another connection’s messages are still read', () => {
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

/** `count` final blocks with nothing in them, and the end of a message. */
function finalBlocks(count: number): Uint8Array {
  return Uint8Array.from([...Array(count).fill([0x03, 0x00]).flat(), 0x00]);
}

/** A message that refers to what was sent before, and ends with a final block (RFC 7692 7.2.3.4). */
function finished(plain: Uint8Array, before: Uint8Array): Uint8Array {
  const dictionary = before.subarray(-32_768);
  const deflated = deflateRawSync(plain, dictionary.length === 0 ? {} : { dictionary });
  return Uint8Array.from([...deflated, 0x00]);
}

/** How many of `most` equal messages are read. */
function countRead(inflater: Inflater, payload: Uint8Array, most: number): number {
  let count = 0;
  while (count < most && inflater.inflate(payload, 1000) instanceof Uint8Array) count++;
  return count;
}

/** How many of them the budget allows, where each takes `cost` of it. */
function allowed(cost: number, payload: Uint8Array): number {
  let left = 64;
  for (let count = 0; ; count++) {
    left = Math.min(64, left + payload.length / 1024);
    for (let spent = 0; spent < cost; spent++) if (left-- < 1) return count;
  }
}

describe('final blocks', () => {
  test.each(FORMS)('after a final block the context is kept: the %s form', (_name, codec) => {
    fc.assert(
      fc.property(fc.array(fc.tuple(message, fc.boolean()), { maxLength: 8 }), (messages) => {
        const inflater = codec.createInflater({ windowBits: 15, keepsContext: true });
        let before: Uint8Array = new Uint8Array(0);
        for (const [plain, isFinal] of messages) {
          const flushed = { finishFlush: constants.Z_SYNC_FLUSH, dictionary: before.subarray(-32_768) };
          const payload = isFinal ? finished(plain, before) : deflateRawSync(plain, flushed).subarray(0, -4);
          const back = inflater.inflate(plain.length === 0 ? Uint8Array.of(0) : payload, plain.length);
          expect(back instanceof Uint8Array && Buffer.compare(back, plain) === 0).toBe(true);
          before = Buffer.concat([before, plain]);
        }
        inflater.release();
      }),
      { numRuns: 60 },
    );
  });

  test('one in each message is read for any number of messages, from a sender without context takeover', () => {
    for (const [, codec] of FORMS) {
      const inflater = codec.createInflater({ windowBits: 15, keepsContext: true });
      expect(countRead(inflater, finalBlocks(1), 600)).toBe(600);
      expect(countRead(inflater, finished(new Uint8Array(50), new Uint8Array(0)), 600)).toBe(600);
      inflater.release();
    }
  });

  test('the fast form gives zlib no window for data that does not refer to it', () => {
    const inflater = createNodeCodec(true).createInflater({ windowBits: 15, keepsContext: true });
    const window = randomBytes(40_000);
    expect(inflater.inflate(finished(window, new Uint8Array(0)), 40_000)).toEqual(new Uint8Array(window));
    const run = vi.spyOn(SyncZlib.prototype, 'run');
    onTestFinished(() => run.mockRestore());
    expect(countRead(inflater, finalBlocks(5), 1000)).toBe(1000);
    const inflated = run.mock.calls.reduce((sum, [data]) => sum + data.length, 0);
    // Each block is behind the ones before it.
    expect(inflated / 1000).toBeLessThan(6 * 16);
    inflater.release();
  });

  test('the fast form limits references across them, the public form further ones in a message', () => {
    const window = randomBytes(1000);
    const referring = finished(window.subarray(100, 130), window);
    const [fast, open] = FORMS.map(([, codec]) => codec.createInflater({ windowBits: 15, keepsContext: true }));
    for (const inflater of [fast, open]) inflater?.inflate(finished(window, new Uint8Array(0)), 1000);
    expect(referring.length).toBeLessThan(20);
    expect(fast && countRead(fast, referring, 1000)).toBe(allowed(1, referring));
    expect(open && countRead(open, finalBlocks(5), 1000)).toBe(allowed(4, finalBlocks(5)));
  });

  test.each(FORMS)('a message can have six, not seven: the %s form', (_name, codec) => {
    const inflater = codec.createInflater({ windowBits: 15, keepsContext: true });
    expect(inflater.inflate(finalBlocks(6), 10)).toEqual(new Uint8Array(0));
    expect(inflater.inflate(finalBlocks(7), 10)).toBe('broken');
  });
});
