import { expect, test } from 'vitest';
import { bytesOf } from '../../../test/support/frames.ts';
import { unit } from '../../../test/support/replicated-table.ts';
import { isFailure } from '../../failure.ts';
import { RemoteState, setValues } from './remote-state.ts';

const one = unit.instantiate();
const node = one.getNode('Sync');
const SLOTS = [0, 1];

test('values are read by the schemas, and set only afterwards', () => {
  const state = new RemoteState();
  const packet = bytesOf('ff02050207ff');
  const read = state.readAll(node, SLOTS, packet, 1, 5);
  if (isFailure(read)) throw new Error(read.message);
  expect([read.values, one.x, one.hp]).toEqual([[5, 7], 0, 3]);
  setValues(node, read);
  expect([one.x, one.hp]).toEqual([5, 7]);
  expect(state.readPart(node, [0], packet, 1, 5)).toEqual({ values: [5], end: 3 });
});

test.each([
  ['cut off', '020502', '"hp"'],
  ['of another type', '020504000000', '"hp"'],
  ['missing', '0205', '"hp"'],
  ['followed by a byte', '0205020700', '1 bytes follow the 2 values'],
])('values that are %s are refused', (_what, hex, message) => {
  const read = new RemoteState().readAll(node, SLOTS, bytesOf(hex), 0, hex.length / 2);
  expect(read).toMatchObject({ code: 'TICKPEER_REPLICATION_STATE', message: expect.stringContaining(message) });
});

test('a value does not reach beyond its block', () => {
  expect(new RemoteState().readAll(node, [0], bytesOf('0205'), 0, 1)).toMatchObject({
    code: 'TICKPEER_REPLICATION_STATE',
  });
});

test('no values are no bytes', () => {
  const state = new RemoteState();
  expect(state.readAll(node, [], bytesOf('00'), 0, 0)).toEqual({ slots: [], values: [] });
  expect(state.readAll(node, [], bytesOf('00'), 0, 1)).toMatchObject({ code: 'TICKPEER_REPLICATION_STATE' });
});
