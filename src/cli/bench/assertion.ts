import { usageError } from '../command/command-error.ts';

/** What an assertion can be about. */
export const METRICS = ['p50', 'p90', 'p99', 'p99.9', 'max', 'mean', 'late', 'errors', 'connected', 'rate'] as const;
export type Metric = (typeof METRICS)[number];

/** `p99<50ms` */
export interface Assertion {
  readonly text: string;
  readonly metric: Metric;
  readonly operator: '<' | '<=' | '>' | '>=' | '=';
  /** Milliseconds for times. */
  readonly limit: number;
}

/** An assertion, and what was measured. */
export interface Outcome {
  readonly text: string;
  /** Null when nothing was measured. */
  readonly value: number | null;
  readonly passed: boolean;
}

const UNITS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 };

export function isTime(metric: Metric): boolean {
  return metric !== 'errors' && metric !== 'connected' && metric !== 'rate';
}

/** Reads `p99<50ms`, `errors=0`, `rate>=1000`. Throws a usage error for anything else. */
export function parseAssertion(text: string): Assertion {
  const match = /^\s*([\w.]+)\s*(<=|>=|==|=|<|>)\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/.exec(text);
  const metric = METRICS.find((name) => name === match?.[1]);
  const unit = match?.[4] ?? '';
  const isRight = metric !== undefined && (isTime(metric) ? unit in UNITS : unit === '');
  if (match === null || metric === undefined || !isRight) {
    throw usageError(
      `--assert '${text}' is not understood.`,
      `For example: --assert 'p99<50ms' --assert 'errors=0'. Names: ${METRICS.join(', ')}; units of times: us, ms, s.`,
    );
  }
  const written = match[2] === '==' ? '=' : match[2];
  const operator = OPERATORS.find((one) => one === written) ?? '=';
  return { text: text.trim(), metric, operator, limit: Number(match[3]) * (UNITS[unit] ?? 1) };
}

const OPERATORS: readonly Assertion['operator'][] = ['<', '<=', '>', '>=', '='];

export function judge({ text, operator, limit }: Assertion, value: number | null): Outcome {
  return { text, value, passed: value !== null && holds(value, operator, limit) };
}

function holds(value: number, operator: Assertion['operator'], limit: number): boolean {
  switch (operator) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    case '=':
      return value === limit;
  }
}
