import { expect, test } from 'vitest';
import { ErrorCode } from '../../error-code.ts';
import { Refusal } from './variant-failure.ts';

test.each([
  ['', '', 'no (at byte 7)'],
  ['.hp', 'hp', 'hp: no (at byte 7)'],
  ['[3].hp', '[3].hp', '[3].hp: no (at byte 7)'],
  ['.players[3].hp', 'players[3].hp', 'players[3].hp: no (at byte 7)'],
])('with the path "%s" its failure is at "%s"', (before, path, message) => {
  const refusal = new Refusal('TICKPEER_INVALID_VARIANT', ErrorCode.ERR_FILE_EOF, 'no', 7);
  refusal.path = before;
  expect(refusal.toFailure()).toEqual({
    code: 'TICKPEER_INVALID_VARIANT',
    error: ErrorCode.ERR_FILE_EOF,
    message,
    offset: 7,
    path,
  });
  expect(refusal).not.toBeInstanceOf(Error);
});
