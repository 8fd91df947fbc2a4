import type { PlainAnswer } from '../session/server-opening.ts';

/** What a load balancer is told that asks for `healthPath`. */
export const HEALTHY: PlainAnswer = { status: 200, body: 'ok\n' };
export const UNHEALTHY: PlainAnswer = { status: 503, body: 'stopping\n' };
