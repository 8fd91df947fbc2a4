import type { PlainAnswer } from '../session/server-opening.ts';

/** The responses to a request for `healthPath`. */
export const HEALTHY: PlainAnswer = { status: 200, body: 'ok\n' };
export const NOT_READY: PlainAnswer = { status: 503, body: 'not ready\n' };
export const STOPPED: PlainAnswer = { status: 503, body: 'stopping\n' };
