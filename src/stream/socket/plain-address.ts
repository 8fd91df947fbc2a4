import { isIP } from 'node:net';

/** `address` with IPv4-mapped IPv6 (RFC 4291 2.5.5.2) as a dotted quad; `''` for undefined. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return '';
  const mapped = /^::ffff:(.+)$/i.exec(address)?.[1];
  return mapped !== undefined && isIP(mapped) === 4 ? mapped : address;
}
