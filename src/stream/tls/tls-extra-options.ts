import { CryptoKey } from '../crypto/crypto-key.ts';
import { X509Certificate } from '../crypto/x509-certificate.ts';

/** A certificate with its chain, the own one first, and its key. */
export interface KeyAndCertificate {
  readonly key: CryptoKey;
  readonly certificate: X509Certificate;
}

/** Whether a server asks clients for certificates: `TLSExtraOptions.clientCertificates`. */
export type ClientCertificates = 'none' | 'request' | 'require';

/** Options that Godot's `TLSOptions` does not have. An invalid value throws a `TypeError`. */
export interface TLSExtraOptions {
  /** Default: Node's, TLS 1.2. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
  /** Default: Node's, TLS 1.3. */
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3';
  /** Protocols offered (client) or accepted (server), best first, RFC 7301. Default: the extension is not used. */
  readonly alpnProtocols?: readonly string[];
  /**
   * For a server. `'require'` accepts only clients with a certificate that `trustedClientChain` verifies. `'request'` also
   * accepts clients without a verified one (but a forged certificate ends the handshake). `'none'`, the default, does not
   * ask.
   */
  readonly clientCertificates?: ClientCertificates;
  /**
   * For a server: the authorities of its clients, or the clients' certificates themselves. Required unless
   * `clientCertificates` is `'none'`. Node's authorities are not used: they sign servers.
   */
  readonly trustedClientChain?: X509Certificate;
  /**
   * A server's: certificates for the names that clients may ask for (SNI, RFC 6066 3), such as `example.com`, or
   * `*.example.com` for every name with one label more; an exact name goes first. In ASCII (`xn--…`), ignoring case. A client
   * that asks for another name, or none, gets the server's own certificate. Default: none.
   */
  readonly certificatesByName?: Readonly<Record<string, KeyAndCertificate>>;
  /** For a client: its certificate, for servers that ask for one, with `key`. Default: none. */
  readonly certificate?: X509Certificate;
  /** For a client: the key of `certificate`. */
  readonly key?: CryptoKey;
  /**
   * For a client: whether `certificate` is also sent to servers of other origins (scheme, host, port) after a redirect
   * (`maxRedirects`). Default: false.
   */
  readonly certificateForRedirects?: boolean;
}

/** A frozen copy of `extra`, checked for a client or a server. */
export function checkedExtra(extra: TLSExtraOptions, isServer: boolean): TLSExtraOptions {
  const { minVersion, maxVersion, alpnProtocols } = extra;
  checkVersions(minVersion, maxVersion);
  checkAlpn(alpnProtocols ?? []);
  const part = isServer ? serverPart(extra) : clientPart(extra);
  return Object.freeze({
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(alpnProtocols === undefined ? {} : { alpnProtocols: Object.freeze([...alpnProtocols]) }),
    ...part,
  });
}

export function requireCertificate(value: unknown, name: string): void {
  if (!(value instanceof X509Certificate)) throw new TypeError(`${name} is an X509Certificate`);
}

const VERSIONS: readonly (string | undefined)[] = [undefined, 'TLSv1.2', 'TLSv1.3'];
const CLIENT_CERTIFICATES: readonly string[] = ['none', 'request', 'require'] satisfies ClientCertificates[];

function checkVersions(minVersion: string | undefined, maxVersion: string | undefined): void {
  for (const version of [minVersion, maxVersion]) {
    if (!VERSIONS.includes(version)) throw new TypeError(`a TLS version is 'TLSv1.2' or 'TLSv1.3', not ${version}`);
  }
  if (minVersion === 'TLSv1.3' && maxVersion === 'TLSv1.2') throw new TypeError('minVersion is above maxVersion');
}

function checkAlpn(protocols: readonly string[]): void {
  // RFC 7301 3.1: a protocol name has 1 to 255 bytes.
  for (const name of protocols) {
    const length = typeof name === 'string' ? new TextEncoder().encode(name).length : 0;
    if (length < 1 || length > 255) throw new TypeError('an ALPN protocol is a string of 1 to 255 bytes');
  }
}

function serverPart(extra: TLSExtraOptions): TLSExtraOptions {
  const { clientCertificates, trustedClientChain, certificatesByName, certificate, key } = extra;
  if (certificate !== undefined || key !== undefined || extra.certificateForRedirects !== undefined) {
    throw new TypeError(
      'certificate, key and certificateForRedirects are a client’s own; a server’s are the first two parameters',
    );
  }
  if (clientCertificates !== undefined && !CLIENT_CERTIFICATES.includes(clientCertificates)) {
    throw new TypeError(`clientCertificates is 'none', 'request' or 'require', not ${clientCertificates}`);
  }
  if (trustedClientChain !== undefined) requireCertificate(trustedClientChain, 'trustedClientChain');
  if ((trustedClientChain !== undefined) !== ((clientCertificates ?? 'none') !== 'none')) {
    throw new TypeError(`trustedClientChain is for clientCertificates: 'request' or 'require', and needed there`);
  }
  const byName = new Map<string, KeyAndCertificate>();
  for (const [name, pair] of Object.entries(certificatesByName ?? {})) {
    byName.set(checkedName(name, byName), checkedPair(pair, `certificatesByName["${name}"]`));
  }
  return {
    ...(clientCertificates === undefined ? {} : { clientCertificates }),
    ...(certificatesByName === undefined ? {} : { certificatesByName: Object.freeze(Object.fromEntries(byName)) }),
    ...(trustedClientChain === undefined ? {} : { trustedClientChain }),
  };
}

function clientPart(extra: TLSExtraOptions): TLSExtraOptions {
  const { certificate, key, certificateForRedirects, ...others } = extra;
  const { clientCertificates, trustedClientChain, certificatesByName } = others;
  if (clientCertificates !== undefined || trustedClientChain !== undefined || certificatesByName !== undefined) {
    throw new TypeError('clientCertificates, trustedClientChain and certificatesByName are for servers');
  }
  if (certificateForRedirects !== undefined && typeof certificateForRedirects !== 'boolean') {
    throw new TypeError('certificateForRedirects is a boolean');
  }
  if (certificate === undefined && key === undefined) return {};
  const pair = checkedPair({ key, certificate }, 'a client’s own certificate');
  return certificateForRedirects === undefined ? pair : { ...pair, certificateForRedirects };
}

/** RFC 6066 3: a DNS name in ASCII. Without the dot at its end, and in lower case. */
function checkedName(name: string, before: ReadonlyMap<string, unknown>): string {
  const plain = name.toLowerCase().replace(/\.$/, '');
  if (!/^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(plain)) throw new TypeError(`"${name}" is not a host name in ASCII`);
  if (before.has(plain)) throw new TypeError(`certificatesByName has "${plain}" twice`);
  return plain;
}

function checkedPair({ key, certificate }: { key?: unknown; certificate?: unknown }, name: string): KeyAndCertificate {
  if (!(key instanceof CryptoKey)) throw new TypeError(`the key of ${name} is a CryptoKey`);
  if (!(certificate instanceof X509Certificate))
    throw new TypeError(`the certificate of ${name} is an X509Certificate`);
  return Object.freeze({ key, certificate });
}
