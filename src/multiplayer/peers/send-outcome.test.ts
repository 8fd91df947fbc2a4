import { expect, test } from 'vitest';
import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import type { Router } from './router.ts';
import { SendOutcome } from './send-outcome.ts';

function make(peerFailure: Failure | null = null): SendOutcome {
  // No other members are used.
  return new SendOutcome({ peer: { getLastFailure: () => peerFailure } } as unknown as Router);
}

test.each([
  [ErrorCode.ERR_INVALID_PARAMETER, 'TICKPEER_UNKNOWN_PEER'],
  [ErrorCode.ERR_UNAVAILABLE, 'TICKPEER_UNAVAILABLE'],
  [ErrorCode.ERR_INVALID_DATA, 'TICKPEER_UNAVAILABLE'],
  [ErrorCode.ERR_FILE_CANT_WRITE, 'TICKPEER_UNAVAILABLE'],
  [ErrorCode.ERR_CONNECTION_ERROR, 'TICKPEER_NOT_OPEN'],
  [ErrorCode.ERR_UNCONFIGURED, 'TICKPEER_NOT_OPEN'],
])('a refusal with %i is %s', (code, failure) => {
  const outcome = make();
  expect(outcome.refuse(code, 'why')).toBe(code);
  expect(outcome.failure).toEqual({ code: failure, message: 'why' });
});

test('a packet that was sent clears the failure of the one before', () => {
  const outcome = make();
  outcome.refuse(ErrorCode.ERR_UNAVAILABLE, 'why');
  expect(outcome.of(ErrorCode.OK)).toBe(ErrorCode.OK);
  expect(outcome.failure).toBeNull();
});

test('a packet that the peer refused has the failure of the peer, or else the code', () => {
  const failure: Failure = { code: 'TICKPEER_OUTBOUND_LIMIT', message: 'full' };
  const told = make(failure);
  expect(told.of(ErrorCode.ERR_OUT_OF_MEMORY)).toBe(ErrorCode.ERR_OUT_OF_MEMORY);
  expect(told.failure).toBe(failure);
  const untold = make();
  untold.of(ErrorCode.ERR_OUT_OF_MEMORY);
  expect(untold.failure).toMatchObject({ code: 'TICKPEER_UNAVAILABLE' });
  expect(untold.failure?.message).toContain('ERR_OUT_OF_MEMORY');
});

test('a peer that cannot be reached without relay is not the peer’s failure', () => {
  const outcome = make({ code: 'TICKPEER_OUTBOUND_LIMIT', message: 'full' });
  expect(outcome.of(ErrorCode.ERR_UNAVAILABLE)).toBe(ErrorCode.ERR_UNAVAILABLE);
  expect(outcome.failure).toMatchObject({ code: 'TICKPEER_UNAVAILABLE' });
});
