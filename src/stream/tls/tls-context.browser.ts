import type { Failure } from '../../failure.ts';
import { unavailable } from '../runtime/unavailable.ts';

/** A browser looks at none. */
export function checkOptions(): null {
  return null;
}

/** No options make a server of a browser. */
export function checkServerOptions(): Failure {
  return unavailable('a browser does not let a page listen');
}
