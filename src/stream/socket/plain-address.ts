import { isIP } from 'node:net';

/** An address as people write it: IPv4-mapped IPv6 (RFC 4291 2.5.5.2) as the dotted quad; `''` for none. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return '';
  const mapped = /^::ffff:(.+)$/i.exec(address)?.[1];
  return mapped !== undefined && isIP(mapped) === 4 ? mapped : address;
}
