import { TLSOptions } from '../../stream/index.ts';

/** One object for all redirects, so that its TLS context is made once. */
const known = new WeakMap<TLSOptions, TLSOptions>();

/**
 * A client's options for a server of another origin than the one that they were given for: without the client's own
 * certificate, unless it is meant for redirects, too (`certificateForRedirects`).
 */
export function redirectedTls(options: TLSOptions): TLSOptions {
  const { certificate, key, certificateForRedirects, ...extra } = options.getExtraOptions();
  if (certificate === undefined || certificateForRedirects === true) return options;
  let bare = known.get(options);
  if (bare === undefined) {
    const chain = options.getTrustedCaChain();
    bare = options.isUnsafeClient()
      ? TLSOptions.clientUnsafe(chain, extra)
      : TLSOptions.client(chain, options.getCommonNameOverride(), extra);
    known.set(options, bare);
  }
  return bare;
}
