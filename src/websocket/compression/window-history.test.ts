import { expect, test } from 'vitest';
import { WindowHistory } from './window-history.ts';

test('has nothing at first', () => {
  expect(new WindowHistory(8).bytes).toBeUndefined();
});

test.each([[[10]], [[256]], [[300]], [[100, 100, 100]], [[1000, 30, 5000, 1]], [Array<number>(50).fill(77)]])(
  'keeps the last 256 bytes of messages of %j bytes',
  (sizes) => {
    const history = new WindowHistory(8);
    let all: number[] = [];
    let value = 0;
    for (const size of sizes) {
      const message = Uint8Array.from({ length: size }, () => value++ & 0xff);
      history.append(message);
      all = [...all, ...message];
      expect(history.bytes).toEqual(Uint8Array.from(all.slice(-256)));
    }
  },
);
