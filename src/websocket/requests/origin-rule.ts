/**
 * Which web pages may connect: those of the same host and port (`'same-origin'`), of the same host (`'same-host'`), of the
 * origins listed (`https://example.com`; the two words may stand in the list, too), or all (`'*'`).
 */
export type AllowedOrigins = 'same-origin' | 'same-host' | '*' | readonly string[];

/** Whether a page of `origin` may connect to what the client named `host`; `isEncrypted`: over TLS that ends here. */
export type OriginRule = (origin: string, host: string, isEncrypted: boolean) => boolean;

/**
 * The rule for `allowed` (RFC 6455 10.2). Origins are compared as browsers write them (RFC 6454 6.2): upper case, a default port and a
 * slash at the end make no difference. Throws a `TypeError` or a `RangeError` for what no page's origin can be.
 */
export function originRule(allowed: AllowedOrigins): OriginRule {
  if (allowed === '*') return () => true;
  if (allowed === 'same-origin') return isSameOrigin;
  if (allowed === 'same-host') return isSameHost;
  if (!Array.isArray(allowed)) {
    const hint = typeof allowed === 'string' ? `; for one origin, write [${JSON.stringify(allowed)}]` : '';
    throw new TypeError(`allowedOrigins is 'same-origin', 'same-host', '*' or an array of origins${hint}`);
  }
  const listed = new Set<string>();
  const rules: OriginRule[] = [(origin) => listed.has(canonicalOrigin(origin) ?? '')];
  for (const entry of allowed as readonly unknown[]) {
    if (entry === 'same-origin') rules.push(isSameOrigin);
    else if (entry === 'same-host') rules.push(isSameHost);
    else listed.add(checkedOrigin(entry));
  }
  return (origin, host, isEncrypted) => rules.some((rule) => rule(origin, host, isEncrypted));
}

/** The origin as a browser writes it in `Origin`; null for text that is no origin. */
function canonicalOrigin(text: string): string | null {
  if (text === 'null') return text;
  const [, scheme, authority] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#@\s\\]*)$/i.exec(text) ?? [];
  if (scheme === undefined || authority === undefined) return null;
  // Such as `capacitor://localhost` and `file://`: `URL` has no origin for them.
  if (!/^https?$/i.test(scheme)) return text.toLowerCase();
  return URL.canParse(text) ? new URL(text).origin : null;
}

function checkedOrigin(entry: unknown): string {
  if (typeof entry !== 'string') throw new TypeError(`allowedOrigins has ${typeof entry} among its origins`);
  const origin = canonicalOrigin(entry.replace(/^(https?:\/\/[^/]+)\/$/i, '$1'));
  if (origin !== null && !origin.includes('*') && !/^wss?:/.test(origin)) return origin;
  throw new RangeError(`allowedOrigins: ${JSON.stringify(entry)} is not the origin of a page${hintFor(entry)}`);
}

function hintFor(entry: string): string {
  if (entry === '*') return `: for all pages, write allowedOrigins: '*'`;
  if (entry.includes('*')) return ': there are no patterns; name each origin, or decide yourself with manualHandshake';
  if (/^wss?:/i.test(entry)) return `: a page has ${JSON.stringify(entry.replace(/^ws/i, 'http'))}`;
  if (!/:\/\//.test(entry)) return `: it lacks the scheme; write ${JSON.stringify(`https://${entry}`)}`;
  return ', which is a scheme, a host and perhaps a port, such as "https://example.com:8443"';
}

/** Compares host and port, and the scheme where it is known: behind a gateway that ends TLS, it is not. */
function isSameOrigin(origin: string, host: string, isEncrypted: boolean): boolean {
  const page = readOrigin(origin);
  const here = readHost(host);
  if (page === null || here === null || page.hostname !== here.hostname) return false;
  if (isEncrypted && page.scheme !== 'https') return false;
  // Both leave out the default port of their scheme.
  const standard = page.scheme === 'https' ? '443' : '80';
  return (page.port || standard) === (here.port || (isEncrypted ? '443' : standard));
}

function isSameHost(origin: string, host: string): boolean {
  const page = readOrigin(origin);
  return page !== null && page.hostname === readHost(host)?.hostname;
}

interface Place {
  readonly hostname: string;
  /** Empty where none is named. */
  readonly port: string;
}

function readOrigin(origin: string): (Place & { readonly scheme: string }) | null {
  const canonical = canonicalOrigin(origin);
  if (canonical === null || !/^https?:/.test(canonical)) return null;
  const { protocol, hostname, port } = new URL(canonical);
  return { scheme: protocol.slice(0, -1), hostname, port };
}

/** Reads a `Host` header: a name or an address, with or without a port. Null for text that is no host. */
export function readHost(host: string): Place | null {
  const [, name = '', port = ''] = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(host) ?? [];
  if (name === '' || !URL.canParse(`http://${name}`)) return null;
  return { hostname: new URL(`http://${name}`).hostname, port: port.replace(/^0+(?=\d)/, '') };
}
