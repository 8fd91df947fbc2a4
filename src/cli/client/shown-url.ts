import { printable } from '../terminal/printable.ts';

/** A URL for output that others may read: without the password in it. */
export function shownUrl(url: string): string {
  return printable(url.replace(/^([a-z][a-z0-9+.-]*:\/\/[^/?#@:]*):[^/?#]*@/i, '$1:***@'), 2000);
}
