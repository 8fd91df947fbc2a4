import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { isError } from '../../bytes.ts';
import { type Failure, failed } from '../../failure.ts';
import type { CryptoKey } from '../crypto/crypto-key.ts';
import type { X509Certificate } from '../crypto/x509-certificate.ts';
import type { TLSOptions } from './tls-options.ts';

/** The contexts of OpenSSL for one TLSOptions. */
interface Contexts {
  readonly own: SecureContext;
  /** The contexts for the names in `certificatesByName`. */
  readonly byName: ReadonlyMap<string, SecureContext>;
}

const known = new WeakMap<TLSOptions, Contexts>();

/**
 * OpenSSL's contexts for `options`, built at the first use and stored with them: ten thousand connections parse a key once,
 * and a server's connections share the keys of their session tickets. Throws when the key does not belong to the
 * certificate, when one of the two is empty, and for other errors of OpenSSL.
 */
export function secureContextOf(options: TLSOptions): SecureContext {
  return contextsOf(options).own;
}

/** The context for a client that asks for `name` (RFC 6066 3); null for the server's own certificate. */
export function namedContextOf(options: TLSOptions, name: string): SecureContext | null {
  const { byName } = contextsOf(options);
  const wanted = name.toLowerCase();
  return byName.get(wanted) ?? byName.get(wanted.replace(/^[^.]+/, '*')) ?? null;
}

function contextsOf(options: TLSOptions): Contexts {
  let contexts = known.get(options);
  if (contexts === undefined) {
    contexts = options.isServer() ? serverContexts(options) : { own: clientContext(options), byName: new Map() };
    known.set(options, contexts);
  }
  return contexts;
}

/** Why a server cannot use `options`: they are for a client, or key and certificate do not match. Null if it can. */
export function checkServerOptions(options: TLSOptions): Failure | null {
  const code = 'TICKPEER_INVALID_TLS_OPTIONS';
  if (!options.isServer())
    return { code, message: 'a server needs TLSOptions.server(), not client() or clientUnsafe()' };
  return checkOptions(options);
}

/** Why OpenSSL cannot use `options`; null if it can. */
export function checkOptions(options: TLSOptions): Failure | null {
  try {
    contextsOf(options);
    return null;
  } catch (error) {
    const cause = isError(error) ? error : new Error(String(error));
    return failed('TICKPEER_INVALID_TLS_OPTIONS', `the TLS options cannot be used: ${cause.message}`, cause);
  }
}

function versions(options: TLSOptions): SecureContextOptions {
  const { minVersion, maxVersion } = options.getExtraOptions();
  return {
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
  };
}

function serverContexts(options: TLSOptions): Contexts {
  const { trustedClientChain, certificatesByName = {} } = options.getExtraOptions();
  const shared: SecureContextOptions = {
    ...versions(options),
    // Renegotiation by a client (TLS 1.2) costs the server much work.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    ...(trustedClientChain === undefined ? {} : trusting(trustedClientChain)),
    // OpenSSL requires one if clients are verified. Tickets of other options have other keys, and are not accepted here.
    sessionIdContext: 'tickpeer',
  };
  const own = createSecureContext({
    ...shared,
    ...pair(options.getPrivateKey(), options.getOwnCertificate(), 'a TLS server'),
  });
  const named = Object.entries(certificatesByName).map(([name, { key, certificate }]): [string, SecureContext] => [
    name,
    createSecureContext({ ...shared, ...pair(key, certificate, `the name "${name}"`) }),
  ]);
  return { own, byName: new Map(named) };
}

function clientContext(options: TLSOptions): SecureContext {
  const chain = options.getTrustedCaChain();
  const { key, certificate } = options.getExtraOptions();
  return createSecureContext({
    ...versions(options),
    ...(chain === null ? {} : trusting(chain)),
    ...(key && certificate ? pair(key, certificate, 'a client that shows a certificate') : {}),
  });
}

/** Every certificate of the chain is trusted by itself, self-signed or not; `ca` alone would require a root. */
function trusting(chain: X509Certificate): SecureContextOptions {
  return { ca: chain.toNodeCertificates().map((certificate) => certificate.toString()), allowPartialTrustChain: true };
}

/** Throws when key and certificate do not match. */
function pair(key: CryptoKey | null, certificate: X509Certificate | null, whose: string): SecureContextOptions {
  const [keyPem, cert] = [key?.saveToString() ?? '', certificate?.saveToString() ?? ''];
  if (keyPem === '' || cert === '') throw new Error(`${whose} needs a private key and a certificate, and one is empty`);
  // OpenSSL keeps one pair for each kind of key, so it does not compare an RSA key with an EC certificate.
  const keyObject = key?.toKeyObject();
  const own = certificate?.toNodeCertificates()[0];
  if (keyObject && own && !own.checkPrivateKey(keyObject)) {
    throw new Error(`the key of ${whose} does not belong to the certificate, which is the first one of its chain`);
  }
  return { key: keyPem, cert };
}
