import type { Clock } from '../../clock.ts';

/** A number of things, `least` or more, or `Infinity`. Throws a `TypeError` or a `RangeError` for anything else. */
export function checkedCount(name: string, value: number, least: number): number {
  if (typeof value !== 'number') throw new TypeError(`${name} is a number, not ${shapeOf(value)}`);
  if (value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && value >= least)) return value;
  throw new RangeError(`${name} is an integer, ${least} or more, or Infinity, not ${value}`);
}

export function checkedBoolean(name: string, value: boolean): boolean {
  if (typeof value !== 'boolean') throw new TypeError(`${name} is a boolean, not ${shapeOf(value)}`);
  return value;
}

/** A copy of a list of strings. */
export function checkedStrings(name: string, value: readonly string[]): readonly string[] {
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return [...value];
  throw new TypeError(`${name} is an array of strings, not ${shapeOf(value)}`);
}

/** The path of a request, compared as it stands: what has no `/` in front, or has a query, would never be asked for. */
export function checkedPath(name: string, value: string | null): string | null {
  if (value === null) return null;
  if (typeof value !== 'string') throw new TypeError(`${name} is a string or null, not ${shapeOf(value)}`);
  if (/^\/[!-~]*$/.test(value) && !/[?#]/.test(value)) return value;
  const hint = 'it begins with "/", is ASCII (others percent-encoded) and has no query';
  throw new RangeError(`${name}: ${JSON.stringify(value)} is not the path of a request: ${hint}`);
}

export function checkedClock(value: Clock): Clock {
  const isObject = typeof value === 'object' && value !== null;
  if (isObject && METHODS.every((method) => typeof value[method] === 'function')) return value;
  throw new TypeError(`clock is an object with the methods ${METHODS.join(', ')}, not ${shapeOf(value)}`);
}

const METHODS = ['now', 'setTimeout', 'clearTimeout', 'atTurnEnd'] as const satisfies readonly (keyof Clock)[];

function shapeOf(value: unknown): string {
  if (typeof value === 'string') return `the string ${JSON.stringify(value)}`;
  if (Array.isArray(value)) return 'an array';
  return value === null ? 'null' : typeof value;
}
