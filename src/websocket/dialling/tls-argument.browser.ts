import type { Failure } from '../../failure.ts';
import type { TLSOptions, X509Certificate } from '../../stream/index.ts';

/** How a browser is asked to verify TLS, which it decides itself: all that is looked at is whether anything was asked for. */
export interface TlsArgument {
  /** Whether anything but the default was asked for. */
  readonly isSpecial: boolean;
}

/**
 * What `connectToUrl` was given in the places of `verifyTls` and `trustedTlsCertificate`. The classes are recognised by their
 * methods: naming them here would put them into every page's bundle.
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
