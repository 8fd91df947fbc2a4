import type { Failure } from '../../failure.ts';
import type { TLSOptions, X509Certificate } from '../../stream/index.ts';

/** The TLS arguments of `connectToUrl` in a browser, which decides about TLS itself. */
export interface TlsArgument {
  /** Whether they differ from the default. */
  readonly isSpecial: boolean;
}

/**
 * The arguments `verifyTls` and `trustedTlsCertificate` of `connectToUrl`. The classes are recognised by their methods: an import
 * would put them into every page's bundle.
 */
export function toTlsOptions(tls: boolean | TLSOptions | null, trusted: X509Certificate | null): TlsArgument | Failure {
  if (trusted !== null && typeof trusted?.saveToString !== 'function') {
    throw new TypeError('trustedTlsCertificate is an X509Certificate or null');
  }
  if (tls === null || typeof tls === 'boolean') return { isSpecial: tls === false || trusted !== null };
  if (typeof tls?.getTrustedCaChain !== 'function') throw new TypeError('verifyTls is a boolean, or a TLSOptions');
  if (tls.isServer()) {
    return {
      code: 'TICKPEER_INVALID_TLS_OPTIONS',
      message: 'connectToUrl() needs TLSOptions.client() or clientUnsafe(), not server()',
    };
  }
  return {
    isSpecial: tls.isUnsafeClient() || tls.getTrustedCaChain() !== null || tls.getCommonNameOverride() !== '',
  };
}
