import type { ProxyOptions } from './proxy-options.ts';

/** A browser has proxies of its own: what was set is kept, and has no effect. */
export function proxySetting(value: string | ProxyOptions | null): string | ProxyOptions | null {
  return value;
}
