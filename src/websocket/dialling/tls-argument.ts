import type { Failure } from '../../failure.ts';
import { TLSOptions, X509Certificate } from '../../stream/index.ts';

/** The arguments `verifyTls` and `trustedTlsCertificate` of `connectToUrl`, as a client's `TLSOptions`. */
export function toTlsOptions(tls: boolean | TLSOptions | null, trusted: X509Certificate | null): TLSOptions | Failure {
  if (trusted !== null && !(trusted instanceof X509Certificate)) {
    throw new TypeError('trustedTlsCertificate is an X509Certificate or null');
  }
  if (tls instanceof TLSOptions) return tls.isServer() ? FOR_A_SERVER : tls;
  if (tls !== null && typeof tls !== 'boolean') throw new TypeError('verifyTls is a boolean, or a TLSOptions');
  const chain = trusted ?? undefined;
  return tls === false ? TLSOptions.clientUnsafe(chain) : TLSOptions.client(chain);
}

const FOR_A_SERVER: Failure = {
  code: 'TICKPEER_INVALID_TLS_OPTIONS',
  message: 'connectToUrl() needs TLSOptions.client() or clientUnsafe(), not server()',
};
