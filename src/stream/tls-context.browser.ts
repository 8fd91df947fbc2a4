import type { Failure } from '../failure.ts';
import { unavailable } from './unavailable.ts';

/** No options make a server of a browser. */
export function checkServerOptions(): Failure {
  return unavailable('a browser does not let a page listen');
}
