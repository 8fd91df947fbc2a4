import { TLSOptions } from '../../stream/index.ts';

/** One object for all redirects of the same options, whose TLS context is then made once. */
const known = new WeakMap<TLSOptions, TLSOptions>();

/**
 * A client's options for a redirect to a server of another origin: without the client's own certificate, unless
 * `certificateForRedirects` is set.
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
