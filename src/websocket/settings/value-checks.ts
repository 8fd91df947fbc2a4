import type { Clock } from '../../clock.ts';

/*
 * Checks of what a program sets options and properties to. Each returns the value, or a copy of it. A value of a wrong type throws a
 * `TypeError`, a value out of range a `RangeError`; `name` is the option's or the property's.
 */

/** An integer from `least` to `most`. */
export function checkedInteger(
  name: string,
  value: number,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  requireType(name, value, 'number');
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${name} is an integer from ${least} to ${most}, not ${value}`);
}

/** An integer that is `least` or more, or `Infinity`. */
export function checkedCount(name: string, value: number, least: number): number {
  requireType(name, value, 'number');
  if (value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && value >= least)) return value;
  throw new RangeError(`${name} is an integer, ${least} or more, or Infinity, not ${value}`);
}

/** Seconds, 0 or more (a limit: above 0), which may be fractions or `Infinity`. Returns milliseconds. */
export function checkedMilliseconds(name: string, seconds: number, isLimit: boolean = false): number {
  requireType(name, seconds, 'number');
  if (isLimit ? seconds > 0 : seconds >= 0) return seconds * 1000;
  throw new RangeError(`${name} is a number of seconds, ${isLimit ? 'above 0' : '0 or more'}, not ${seconds}`);
}

export function checkedBoolean(name: string, value: boolean): boolean {
  requireType(name, value, 'boolean');
  return value;
}

export function checkedStrings(name: string, value: readonly string[]): readonly string[] {
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return [...value];
  throw new TypeError(`${name} is an array of strings`);
}

/**
 * The path of a request, or null. It is compared with the request's path character by character, so one without a leading `/`, or
 * with a query, would match no request.
 */
export function checkedPath(name: string, value: string | null): string | null {
  if (value === null) return null;
  requireType(name, value, 'string');
  if (/^\/[!-~]*$/.test(value) && !/[?#]/.test(value)) return value;
  const hint = 'it begins with "/", is ASCII (others percent-encoded) and has no query';
  throw new RangeError(`${name}: ${JSON.stringify(value)} is not the path of a request: ${hint}`);
}

export function checkedClock(value: Clock): Clock {
  const isObject = typeof value === 'object' && value !== null;
  if (isObject && METHODS.every((method) => typeof value[method] === 'function')) return value;
  throw new TypeError(`clock is an object with the methods ${METHODS.join(', ')}`);
}

const METHODS = ['now', 'setTimeout', 'clearTimeout', 'atTurnEnd'] as const satisfies readonly (keyof Clock)[];

function requireType(name: string, value: unknown, type: 'number' | 'boolean' | 'string'): void {
  if (typeof value === type) return;
  throw new TypeError(`${name} is a ${type}, not ${value === null ? 'null' : typeof value}`);
}
