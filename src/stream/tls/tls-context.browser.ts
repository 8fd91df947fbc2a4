import type { Failure } from '../../failure.ts';
import { unavailable } from '../runtime/unavailable.ts';

/** A browser ignores them. */
export function checkOptions(): null {
  return null;
}

/** A browser cannot be a server. */
export function checkServerOptions(): Failure {
  return unavailable('a browser does not let a page listen');
}
