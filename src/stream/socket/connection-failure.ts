import { type Failure, failed } from '../../failure.ts';

/** What an error on an open connection means: the other side reset it, or it was lost in some other way. */
export function connectionFailure(error: NodeJS.ErrnoException): Failure {
  if (error.code === 'ECONNRESET') {
    return failed('TICKPEER_CONNECTION_RESET', 'the other side reset the connection (ECONNRESET)', error);
  }
  const reason = error.code === undefined ? error.message : `${error.message} (${error.code})`;
  return failed('TICKPEER_CONNECTION_LOST', `the connection was lost: ${reason}`, error);
}
