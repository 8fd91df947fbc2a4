import { isIPv4 } from 'node:net';
import { readHost } from './origin-rule.ts';

/** Whether a request may have `host` in its `Host` header; `isEncrypted`: over TLS that ends here. */
export type HostRule = (host: string, isEncrypted: boolean) => boolean;

/**
 * The rule for `allowedHosts`: `'*'`, or names and addresses, each with a port or, for every port, without; `*.example.com` is every name
 * with one more label. Browsers leave out the default port: 443 over TLS; otherwise 80, or 443 where a gateway ends TLS. Throws a
 * `TypeError` or a `RangeError` for an entry that no `Host` header can have.
 */
export function hostRule(allowed: '*' | readonly string[]): HostRule {
  if (allowed === '*') return () => true;
  if (!Array.isArray(allowed)) throw new TypeError(`allowedHosts is '*' or an array of hosts`);
  if (allowed.length === 0) throw new RangeError('allowedHosts is empty: no client could connect');
  const hosts = new Set((allowed as readonly unknown[]).map(checkedHost));
  return (host, isEncrypted) => {
    const place = readHost(host);
    if (place === null) return false;
    const names = [place.hostname, place.hostname.replace(/^[^.]+(?=\.)/, '*')];
    const standard = isEncrypted ? HTTPS : HTTP_OR_HTTPS;
    const ports = place.port === '' ? standard : [place.port];
    return names.some((name) => hosts.has(name) || ports.some((port) => hosts.has(`${name}:${port}`)));
  };
}

const HTTPS: readonly string[] = ['443'];
const HTTP_OR_HTTPS: readonly string[] = ['80', '443'];

function checkedHost(entry: unknown): string {
  if (typeof entry !== 'string') throw new TypeError(`allowedHosts has ${typeof entry} among its hosts`);
  const [, wildcard = '', rest = ''] = /^(\*\.)?(.*)$/s.exec(entry) ?? [];
  const place = /[/?#@\\\s*]/.test(rest) ? null : readHost(rest);
  // An address has no labels.
  const isAddress = place !== null && (place.hostname.startsWith('[') || isIPv4(place.hostname));
  if (place === null || Number(place.port) > 65_535 || (wildcard !== '' && isAddress)) {
    const hint = 'a host is a name or an address, such as "example.com", "example.com:8443" or "*.example.com"';
    throw new RangeError(`allowedHosts: ${JSON.stringify(entry)} is not a host: ${hint}`);
  }
  return `${wildcard}${place.hostname}${place.port === '' ? '' : `:${place.port}`}`;
}
