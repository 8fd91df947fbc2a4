import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOf, concat } from '../../../test/support/frames.ts';
import { nodePlatform } from '../../../test/support/platform.ts';
import { Utf8Validator } from './utf8-validator.ts';

describe('UTF-8 in pieces', () => {
  test('agrees with the platform on any bytes, however they are cut', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 8 }),
      fc.string({ unit: 'binary', maxLength: 20 }).map((text) => new TextEncoder().encode(text)),
    );
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 4 }), (pieces) => {
        const validator = new Utf8Validator();
        const isValid = pieces.every((piece) => validator.push(piece, 0, piece.length)) && validator.isComplete;
        expect(isValid).toBe(nodePlatform.isUtf8(concat(pieces)));
      }),
      { numRuns: 2000 },
    );
  });

  test('every two-byte start is judged as soon as it is there', () => {
    for (let first = 0x80; first < 0x100; first++) {
      for (let second = 0; second < 0x100; second++) {
        const validator = new Utf8Validator();
        const isPossible = validator.push(Uint8Array.of(first, second), 0, 2);
        const completions = ['', '80', '8080', 'bf', 'bfbf'].some((rest) =>
          nodePlatform.isUtf8(concat([Uint8Array.of(first, second), bytesOf(rest)])),
        );
        expect(isPossible).toBe(completions);
      }
    }
  });
});
