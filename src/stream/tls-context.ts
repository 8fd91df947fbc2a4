import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { Failure } from '../failure.ts';
import type { TLSOptions } from './tls-options.ts';

const contexts = new WeakMap<TLSOptions, SecureContext>();

/**
 * OpenSSL's form of `options`, built at the first use and kept with them: ten thousand connections parse a key once, and
 * a server's connections share the keys of their session tickets. Throws when the key does not belong to the
 * certificate, when one of the two is empty, and what else OpenSSL finds.
 */
export function secureContextOf(options: TLSOptions): SecureContext {
  let context = contexts.get(options);
  if (context === undefined) {
    context = createSecureContext({
      ...versions(options),
      ...(options.isServer() ? serverPart(options) : clientPart(options)),
    });
    contexts.set(options, context);
  }
  return context;
}

/** What keeps a server from using `options`: they are a client's, or their key and certificate do not fit. Null: nothing. */
export function checkServerOptions(options: TLSOptions): Failure | null {
  const code = 'TICKPEER_INVALID_TLS_OPTIONS';
  if (!options.isServer())
    return { code, message: 'a server needs TLSOptions.server(), not client() or clientUnsafe()' };
  try {
    secureContextOf(options);
    return null;
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error));
    return { code, message: `the TLS options cannot be used: ${cause.message}`, cause };
  }
}

function versions(options: TLSOptions): SecureContextOptions {
  const { minVersion, maxVersion } = options.getExtraOptions();
  return {
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
  };
}

function serverPart(options: TLSOptions): SecureContextOptions {
  const key = options.getPrivateKey()?.saveToString() ?? '';
  const cert = options.getOwnCertificate()?.saveToString() ?? '';
  if (key === '' || cert === '')
    throw new Error('a TLS server needs a private key and a certificate, and one is empty');
  // OpenSSL itself keeps one pair for each kind of key, and an RSA key and an EC certificate do not meet there.
  const keyObject = options.getPrivateKey()?.toKeyObject();
  const own = options.getOwnCertificate()?.toNodeCertificates()[0];
  if (keyObject && own && !own.checkPrivateKey(keyObject)) {
    throw new Error('the key does not belong to the certificate, which is the first one of its chain');
  }
  // A client that renegotiates (TLS 1.2) makes the server work hard for nothing.
  return { key, cert, secureOptions: constants.SSL_OP_NO_RENEGOTIATION };
}

function clientPart(options: TLSOptions): SecureContextOptions {
  const chain = options.getTrustedCaChain();
  if (chain === null) return {};
  // Each of the chain is trusted by itself, self-signed or not; `ca` alone would ask for a root.
  return { ca: chain.toNodeCertificates().map((certificate) => certificate.toString()), allowPartialTrustChain: true };
}
