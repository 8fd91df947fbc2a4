/** How a client connects again whose connection was cut (docs/returning.md#a-client-of-tickpeer). */
export interface ReconnectOptions {
  /** The longest wait before the first try, in seconds; twice as long before the next, and so on. Above 0. Default: 0.5. */
  readonly firstDelay?: number;
  /** The longest wait before any try, in seconds. At least `firstDelay`. Default: 10. */
  readonly longestDelay?: number;
  /** How many tries may fail one after the other. 1 or more; `Infinity` for any number. Default: `Infinity`. */
  readonly tries?: number;
  /** Returns a number from 0 to 1, by which the longest wait is multiplied. Default: `Math.random`. */
  readonly random?: () => number;
}

/** The options with their defaults; null where nothing is tried again. Throws for options that cannot be used. */
export function checkReconnectOptions(reconnect: boolean | ReconnectOptions): Required<ReconnectOptions> | null {
  if (reconnect === false) return null;
  const given = reconnect === true ? {} : reconnect;
  if (typeof given !== 'object' || given === null) throw new TypeError('reconnect is true, false or an object');
  const { firstDelay = 0.5, longestDelay = 10, tries = Number.POSITIVE_INFINITY, random = Math.random } = given;
  if (!(firstDelay > 0))
    throw new RangeError(`reconnect.firstDelay is a number of seconds, above 0, not ${firstDelay}`);
  if (!(longestDelay >= firstDelay)) {
    throw new RangeError(`reconnect.longestDelay is at least firstDelay, ${firstDelay}, not ${longestDelay}`);
  }
  if (!(tries >= 1)) throw new RangeError(`reconnect.tries is 1 or more, not ${tries}`);
  if (typeof random !== 'function') throw new TypeError('reconnect.random is a function');
  return { firstDelay, longestDelay, tries, random };
}
