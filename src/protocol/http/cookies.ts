/**
 * The pairs of a `Cookie` header (RFC 6265 5.4): `name=value; name=value`. Quotes around a value are removed. Parts that are
 * not pairs are skipped, as other servers do.
 */
export function parseCookies(header: string): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, Math.max(equals, 0)).trim();
    if (name === '' || cookies.has(name)) continue;
    const value = pair.slice(equals + 1).trim();
    cookies.set(name, /^".*"$/.test(value) ? value.slice(1, -1) : value);
  }
  return cookies;
}
