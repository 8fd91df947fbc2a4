import type { Failure } from '../../failure.ts';

/** The failure for what a browser cannot do. */
export function unavailable(message: string): Failure {
  return { code: 'TICKPEER_UNAVAILABLE', message };
}
