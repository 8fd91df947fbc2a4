import { type Failure, failed } from '../../failure.ts';

/** The failure for an error on an open connection: reset by the other side, or lost for another reason. */
export function connectionFailure(error: NodeJS.ErrnoException): Failure {
  if (error.code === 'ECONNRESET') {
    return failed('TICKPEER_CONNECTION_RESET', 'the other side reset the connection (ECONNRESET)', error);
  }
  const reason = error.code === undefined ? error.message : `${error.message} (${error.code})`;
  return failed('TICKPEER_CONNECTION_LOST', `the connection was lost: ${reason}`, error);
}
