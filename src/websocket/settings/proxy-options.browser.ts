import type { ProxyOptions } from './proxy-options.ts';

/** Keeps the value, which has no effect: a browser has proxy settings of its own. */
export function proxySetting(value: string | ProxyOptions | null): string | ProxyOptions | null {
  return value;
}
