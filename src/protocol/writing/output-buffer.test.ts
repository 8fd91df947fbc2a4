import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concat } from '../../../test/support/frames.ts';
import { OutputBuffer } from './output-buffer.ts';

test('an output buffer returns what was put in, in order, and never changes bytes that are being written', () => {
  const append = (buffer: OutputBuffer, bytes: Uint8Array): void => {
    buffer.reserve(bytes.length);
    buffer.buffer.set(bytes, buffer.at);
    buffer.advanceTo(buffer.at + bytes.length);
    buffer.countMessage(bytes.length);
  };
  const step = fc.oneof(
    fc.record({ kind: fc.constant('own' as const), size: fc.nat(9000) }),
    fc.record({ kind: fc.constant('shared' as const), size: fc.nat(5000) }),
    fc.record({ kind: fc.constant('take' as const), size: fc.constant(0) }),
    fc.record({ kind: fc.constant('confirm' as const), size: fc.constant(0) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const buffer = new OutputBuffer();
      const put: Uint8Array[] = [];
      const taken: Uint8Array[] = [];
      // What the stream still holds when the next frames are written.
      let underWay: readonly Uint8Array[] | null = null;
      let fill = 0;
      const confirm = (): void => {
        for (const part of underWay ?? []) taken.push(part.slice());
        underWay = null;
        buffer.confirm();
      };
      for (const { kind, size } of steps) {
        fill = (fill + 1) & 0xff;
        if (kind === 'own' || kind === 'shared') {
          const bytes = new Uint8Array(size).fill(fill);
          put.push(bytes);
          if (kind === 'own') append(buffer, bytes);
          else buffer.appendShared(bytes);
        } else if (kind === 'take') {
          if (underWay !== null) confirm();
          const got = buffer.take();
          underWay = got === null ? null : got instanceof Uint8Array ? [got] : got;
        } else {
          confirm();
        }
      }
      confirm();
      const rest = buffer.take();
      if (rest !== null) taken.push(...(rest instanceof Uint8Array ? [rest] : rest));
      expect(Buffer.compare(concat(taken), concat(put))).toBe(0);
    }),
  );
});

test('after a shared frame an output buffer continues in its largest piece', () => {
  const buffer = new OutputBuffer();
  const put = (size: number): void => {
    buffer.reserve(size);
    buffer.buffer.fill(size & 0xff, buffer.at, buffer.at + size);
    buffer.advanceTo(buffer.at + size);
  };
  put(200_010);
  buffer.appendShared(new Uint8Array(5000));
  put(62_510);
  const taken = buffer.take();
  expect(taken instanceof Uint8Array ? [] : taken?.map((part) => part.length)).toEqual([200_010, 5000, 62_510]);
  buffer.confirm();
});
