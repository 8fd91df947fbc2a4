import { expect, test } from 'vitest';
import { ErrorCode } from '../../error-code.ts';
import { Authentication } from './authentication.ts';

function pending(): Authentication {
  const authentication = new Authentication();
  authentication.begin(5, 1000);
  return authentication;
}

test('a peer is pending from its beginning to its end', () => {
  const authentication = new Authentication();
  expect([authentication.has(5), authentication.end(5)]).toEqual([false, false]);
  authentication.begin(5, 1000);
  authentication.begin(7, 1000);
  expect([authentication.has(5), authentication.has(6), authentication.ids]).toEqual([true, false, [5, 7]]);
  expect([authentication.end(5), authentication.end(5), authentication.ids]).toEqual([true, false, [7]]);
  authentication.clear();
  expect(authentication.ids).toEqual([]);
});

test('it is complete when both sides are, in either order', () => {
  const [one, other] = [pending(), pending()];
  expect(one.isComplete(5)).toBe(false);
  one.completeHere(5);
  expect([one.isComplete(5), one.hasCompletedHere(5), one.hasCompletedThere(5)]).toEqual([false, true, false]);
  one.completeThere(5);
  expect(one.isComplete(5)).toBe(true);
  other.completeThere(5);
  expect([other.isComplete(5), other.hasCompletedHere(5), other.hasCompletedThere(5)]).toEqual([false, false, true]);
  other.completeHere(5);
  expect(other.isComplete(5)).toBe(true);
});

test('this side completes once, unless its packet could not be sent', () => {
  const authentication = pending();
  expect(authentication.completeHere(5)).toBe(ErrorCode.OK);
  expect(authentication.completeHere(5)).toBe(ErrorCode.ERR_FILE_CANT_WRITE);
  authentication.reopenHere(5);
  expect(authentication.completeHere(5)).toBe(ErrorCode.OK);
});

test.each(['completeHere', 'completeThere'] as const)('data is sent until %s', (complete) => {
  const authentication = pending();
  expect(authentication.checkSend(5)).toBe(ErrorCode.OK);
  authentication[complete](5);
  expect(authentication.checkSend(5)).toBe(ErrorCode.ERR_FILE_CANT_WRITE);
});

test('a peer that is not pending has nothing to complete', () => {
  const authentication = pending();
  expect([authentication.checkSend(6), authentication.completeHere(6)]).toEqual([
    ErrorCode.ERR_INVALID_PARAMETER,
    ErrorCode.ERR_INVALID_PARAMETER,
  ]);
  authentication.completeThere(6);
  authentication.reopenHere(6);
  expect([authentication.has(6), authentication.isComplete(6)]).toEqual([false, false]);
});

test('a peer that begins again starts anew', () => {
  const authentication = pending();
  authentication.completeHere(5);
  authentication.begin(5, 2000);
  expect([authentication.hasCompletedHere(5), authentication.overdue(1000)]).toEqual([false, []]);
});

test.each([
  [999, []],
  [1000, [5]],
  [1001, [5]],
])('at %i, of those with the deadlines 1000, 2000 and none, %j are overdue', (now, ids) => {
  const authentication = pending();
  authentication.begin(6, 2000);
  authentication.begin(7, Number.POSITIVE_INFINITY);
  expect(authentication.overdue(now)).toEqual(ids);
});
