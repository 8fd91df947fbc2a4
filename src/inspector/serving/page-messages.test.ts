import { describe, expect, test } from 'vitest';
import { VIEW } from '../../../test/support/inspected.ts';
import { readPageMessage } from './page-messages.ts';

const read = (message: object): unknown => readPageMessage(JSON.stringify(message));

test('a view is read as it was sent', () => {
  const view = {
    ...VIEW,
    showsPeers: false,
    order: 'bytesOut',
    isDescending: true,
    search: 'a',
    chosen: 7,
    showsPaths: true,
    room: 'ABCDE',
    showsRooms: true,
    roomOrder: 'tickMost',
    isRoomsDescending: true,
    roomSearch: 'match',
    showsCluster: true,
    clusterSearch: 'west',
    showsTraffic: true,
    showsNodes: true,
    nodeSearch: 'b',
    node: 'Main',
  };
  expect(read(view)).toEqual(view);
});

test('what is missing, or of another type, is as in a page that was just opened', () => {
  expect(read({ type: 'view' })).toEqual(VIEW);
  const wrong = {
    type: 'view',
    order: 'toString',
    roomOrder: '__proto__',
    chosen: '1',
    search: 7,
    room: {},
    node: null,
  };
  expect(read({ ...wrong, showsTraffic: 1, isDescending: 'true' })).toEqual(VIEW);
});

describe('limits', () => {
  test.each([
    [199, 199],
    [200, 200],
    [201, 200],
  ])('of a text of %i characters %i are used', (length, used) => {
    expect(read({ ...VIEW, search: 'x'.repeat(length) })).toEqual({ ...VIEW, search: 'x'.repeat(used) });
  });

  test.each([
    [-1, 0],
    [0, 0],
    [9999, 9999],
    [10_000, 10_000],
    [10_001, 10_000],
  ])('a delay of %i ms is one of %i ms', (given, used) => {
    const line = { type: 'line', peer: 1, latency: given, jitter: given };
    expect(read(line)).toEqual({ type: 'line', peer: 1, latency: used, jitter: used });
  });

  test.each([
    [59_999, 59_999],
    [60_000, 60_000],
    [60_001, 60_000],
  ])('a stall of %i ms is one of %i ms', (given, used) => {
    const stall = { type: 'stall', peer: 1, milliseconds: given };
    expect(read(stall)).toEqual({ type: 'stall', peer: 1, milliseconds: used });
  });
});

test.each(['', 'null', '1', '[]', '"view"', '{', '{}', '{"type":"shutdown"}', '{"type":["view"]}'])(
  '%j is no message',
  (text) => {
    expect(readPageMessage(text)).toBeNull();
  },
);
