import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import type { Router } from './router.ts';

/** Failure codes for packets that could not be sent at all, by the returned code; `TICKPEER_NOT_OPEN` for others. */
const UNSENT: ReadonlyMap<ErrorCode, Failure['code']> = new Map([
  [ErrorCode.ERR_INVALID_PARAMETER, 'TICKPEER_UNKNOWN_PEER'],
  [ErrorCode.ERR_UNAVAILABLE, 'TICKPEER_UNAVAILABLE'],
  [ErrorCode.ERR_INVALID_DATA, 'TICKPEER_UNAVAILABLE'],
  [ErrorCode.ERR_FILE_CANT_WRITE, 'TICKPEER_UNAVAILABLE'],
]);

/** Why the program's last packet or call was not sent. */
export class SendOutcome {
  /** Null when it was sent. */
  failure: Failure | null = null;
  readonly #router: Router;

  constructor(router: Router) {
    this.#router = router;
  }

  /** Records why nothing was sent. Returns `code`. */
  refuse(code: ErrorCode, message: string): ErrorCode {
    this.failure = { code: UNSENT.get(code) ?? 'TICKPEER_NOT_OPEN', message };
    return code;
  }

  /** Records the result of the router for a packet. Returns `result`. */
  of(result: ErrorCode): ErrorCode {
    if (result === ErrorCode.OK) {
      this.failure = null;
    } else if (result === ErrorCode.ERR_UNAVAILABLE) {
      this.refuse(result, 'without relay a client reaches the server only');
    } else {
      const message = `the multiplayer peer did not take it: ${ErrorCode[result]}`;
      const router = this.#router;
      this.failure = router.outboxFailure ?? router.peer.getLastFailure() ?? { code: 'TICKPEER_UNAVAILABLE', message };
      router.outboxFailure = null;
    }
    return result;
  }
}
