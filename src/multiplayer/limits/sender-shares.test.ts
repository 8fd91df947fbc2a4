import { expect, test } from 'vitest';
import { type FloodJudge, SenderShares } from './sender-shares.ts';

/** What senders have sent to peer 9, and what became of those at fault. */
class Shares {
  readonly told: string[] = [];
  now = 0;
  burstSeconds = 1;
  disconnects = true;
  bounds = { packets: 1000, bytes: 1e6 };
  readonly #shares = new SenderShares();

  send(sender: number, count: number, size = 1): void {
    for (let left = count; left > 0; left--) this.#shares.note(sender, size, this.bounds, this.#judge);
  }

  /** The next packet does not fit. */
  fill(sender = 5, isRoomMade = true): boolean {
    return this.#shares.makeRoom(sender, 9, this.#judge, {
      dropOf: (id) => void this.told.push(`drop ${id}`),
      retry: () => isRoomMade,
    });
  }

  get #judge(): FloodJudge {
    return {
      now: this.now,
      burstSeconds: this.burstSeconds,
      blame: (sender, receiver) => {
        this.told.push(`blame ${sender} for ${receiver}`);
        return this.disconnects;
      },
    };
  }
}

test.each([
  { count: 499, isBlamed: false },
  { count: 500, isBlamed: true },
  { count: 501, isBlamed: true },
])('$count of 1000 packets at once: $isBlamed', ({ count, isBlamed }) => {
  const shares = new Shares();
  shares.send(5, count);
  expect([shares.fill(), shares.told]).toEqual([isBlamed, isBlamed ? ['blame 5 for 9', 'drop 5'] : []]);
});

test.each([
  { bytes: 499_999, isBlamed: false },
  { bytes: 500_000, isBlamed: true },
  { bytes: 500_001, isBlamed: true },
])('$bytes of 1,000,000 bytes at once: $isBlamed', ({ bytes, isBlamed }) => {
  const shares = new Shares();
  shares.send(5, 1, bytes);
  expect(shares.fill()).toBe(isBlamed);
});

test.each([
  { milliseconds: 99, isBlamed: true },
  { milliseconds: 100, isBlamed: true },
  { milliseconds: 101, isBlamed: false },
])('1,000 packets in a second do not count: 400, and 200 after $milliseconds ms', ({ milliseconds, isBlamed }) => {
  const shares = new Shares();
  shares.send(5, 400);
  shares.now = milliseconds;
  shares.send(5, 200);
  expect(shares.fill()).toBe(isBlamed);
});

test.each([
  { bytes: 499_999, isBlamed: false },
  { bytes: 500_000, isBlamed: true },
  { bytes: 500_001, isBlamed: true },
])('256 KiB in a second do not count: as many, and $bytes after a second', ({ bytes, isBlamed }) => {
  const shares = new Shares();
  shares.send(5, 1, 256 * 1024);
  shares.now = 1000;
  shares.send(5, 1, bytes);
  expect(shares.fill()).toBe(isBlamed);
});

test('a sender that waits until another packet reaches the bounds is at fault, too', () => {
  const shares = new Shares();
  shares.send(5, 999);
  shares.now = 100_000;
  expect([shares.fill(0), shares.told]).toEqual([true, ['blame 5 for 9', 'drop 5']]);
});

test.each([
  { count: 1499, isBlamed: false },
  { count: 1500, isBlamed: true },
  { count: 1501, isBlamed: true },
])('after a pause of two seconds, $count packets at once: $isBlamed', ({ count, isBlamed }) => {
  const shares = new Shares();
  shares.burstSeconds = 2;
  shares.send(5, count);
  expect(shares.fill()).toBe(isBlamed);
});

test('the one that has sent most is at fault, and the next one when there is still no room', () => {
  const shares = new Shares();
  shares.send(0, 1000);
  shares.send(6, 600);
  shares.send(7, 700);
  shares.send(8, 400);
  expect([shares.fill(8, false), shares.told]).toEqual([false, ['blame 7 for 9', 'drop 7', 'blame 6 for 9', 'drop 6']]);
});

test('nothing is dropped of a sender that stays connected', () => {
  const shares = new Shares();
  shares.disconnects = false;
  shares.send(5, 1000);
  expect([shares.fill(), shares.told]).toEqual([false, ['blame 5 for 9']]);
});

test.each([
  { packets: 255, isBlamed: false },
  { packets: 256, isBlamed: true },
  { packets: 257, isBlamed: true },
])('where nothing may wait, $packets packets at once: $isBlamed', ({ packets, isBlamed }) => {
  const shares = new Shares();
  shares.bounds = { packets: 0, bytes: 0 };
  shares.send(5, packets);
  expect(shares.fill()).toBe(isBlamed);
});

test.each([
  { bytes: 65_535, isBlamed: false },
  { bytes: 65_536, isBlamed: true },
  { bytes: 65_537, isBlamed: true },
])('where nothing may wait, $bytes bytes at once: $isBlamed', ({ bytes, isBlamed }) => {
  const shares = new Shares();
  shares.bounds = { packets: 0, bytes: 0 };
  shares.send(5, 1, bytes);
  expect(shares.fill()).toBe(isBlamed);
});
