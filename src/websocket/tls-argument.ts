import { TLSOptions, X509Certificate } from '../stream/index.ts';

/** What `connectToUrl` was given in the places of `verifyTls` and `trustedTlsCertificate`, as `TLSOptions`. */
export function toTlsOptions(tls: boolean | TLSOptions | null, trusted: X509Certificate | null): TLSOptions {
  if (trusted !== null && !(trusted instanceof X509Certificate)) {
    throw new TypeError('trustedTlsCertificate is an X509Certificate or null');
  }
  if (tls instanceof TLSOptions) return tls;
  if (tls !== null && typeof tls !== 'boolean') throw new TypeError('verifyTls is a boolean, or a TLSOptions');
  const chain = trusted ?? undefined;
  return tls === false ? TLSOptions.clientUnsafe(chain) : TLSOptions.client(chain);
}
