/** An answer to a plain HTTP request. */
export interface PlainAnswer {
  readonly status: number;
  readonly body: string;
}

/** What a load balancer is told that asks for `healthPath`. */
export const HEALTHY: PlainAnswer = { status: 200, body: 'ok\n' };
export const UNHEALTHY: PlainAnswer = { status: 503, body: 'stopping\n' };
