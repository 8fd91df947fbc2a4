import type { Failure } from '../failure.ts';

/** What an error on an open connection means: the other side reset it, or it was lost in some other way. */
export function connectionFailure(error: NodeJS.ErrnoException): Failure {
  if (error.code === 'ECONNRESET') {
    return {
      code: 'TICKPEER_CONNECTION_RESET',
      message: 'the other side reset the connection (ECONNRESET)',
      cause: error,
    };
  }
  const reason = error.code === undefined ? error.message : `${error.message} (${error.code})`;
  return { code: 'TICKPEER_CONNECTION_LOST', message: `the connection was lost: ${reason}`, cause: error };
}
