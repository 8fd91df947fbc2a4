/** `value`, if it is an integer from `least` to `most`; otherwise throws. `name` is the property's, for the message. */
export function integer(name: string, value: number, least: number, most: number = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== 'number') throw new TypeError(`${name} is a number, not ${typeof value}`);
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new RangeError(`${name} is an integer from ${least} to ${most}, not ${value}`);
  }
  return value;
}

/** `value`, if it is a boolean; otherwise throws a `TypeError`. */
export function boolean(name: string, value: boolean): boolean {
  if (typeof value !== 'boolean') throw new TypeError(`${name} is a boolean`);
  return value;
}

/** `seconds` in milliseconds, if it is 0 or more (a limit: above 0); otherwise throws. */
export function milliseconds(name: string, seconds: number, isLimit: boolean = false): number {
  if (typeof seconds !== 'number') throw new TypeError(`${name} is a number, not ${typeof seconds}`);
  if (!(isLimit ? seconds > 0 : seconds >= 0)) {
    throw new RangeError(`${name} is a number of seconds, ${isLimit ? 'above 0' : '0 or more'}, not ${seconds}`);
  }
  return seconds * 1000;
}

/** A copy of `values`, if it is an array of strings; otherwise throws a `TypeError`. */
export function copyStrings(name: string, values: readonly string[]): readonly string[] {
  if (!Array.isArray(values) || !values.every((value) => typeof value === 'string')) {
    throw new TypeError(`${name} is an array of strings`);
  }
  return [...values];
}
