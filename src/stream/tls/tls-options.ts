import { CryptoKey } from '../crypto/crypto-key.ts';
import type { X509Certificate } from '../crypto/x509-certificate.ts';
import { checkedExtra, requireCertificate, type TLSExtraOptions } from './tls-extra-options.ts';

type Kind = 'client' | 'unsafe client' | 'server';

/**
 * How a TLS connection checks the other side, or proves its own name (docs/engine/streams.md#tlsoptions). Immutable; made
 * by `client`, `clientUnsafe` or `server`, which throw a `TypeError` for arguments of a wrong type.
 *
 * Make one and use it for all connections: OpenSSL's context is built from it once, at the first use. What is loaded into
 * its certificates and keys later has no effect. To change a certificate in a running server, make a new one.
 */
export class TLSOptions {
  readonly #kind: Kind;
  readonly #trustedChain: X509Certificate | null;
  readonly #commonNameOverride: string;
  readonly #privateKey: CryptoKey | null;
  readonly #ownCertificate: X509Certificate | null;
  readonly #extra: TLSExtraOptions;

  private constructor(
    kind: Kind,
    trustedChain: X509Certificate | null,
    commonNameOverride: string,
    privateKey: CryptoKey | null,
    ownCertificate: X509Certificate | null,
    extra: TLSExtraOptions,
  ) {
    if (trustedChain !== null) requireCertificate(trustedChain, 'trustedChain');
    if (typeof commonNameOverride !== 'string') throw new TypeError('commonNameOverride is a string');
    this.#kind = kind;
    this.#trustedChain = trustedChain;
    this.#commonNameOverride = commonNameOverride;
    this.#privateKey = privateKey;
    this.#ownCertificate = ownCertificate;
    this.#extra = checkedExtra(extra, kind === 'server');
  }

  /**
   * A client that checks the certificate's chain and name.
   * @param trustedChain replaces the default authorities: only what it signed, or contains itself, is accepted. It may be
   *   the very certificate of the server, self-signed or not. Null, the default: Node's bundled authorities.
   * @param commonNameOverride the name to ask for and to expect instead of the host's. `''`, the default: the host's.
   */
  static client(
    trustedChain: X509Certificate | null = null,
    commonNameOverride = '',
    extra: TLSExtraOptions = {},
  ): TLSOptions {
    return new TLSOptions('client', trustedChain, commonNameOverride, null, null, extra);
  }

  /** A client that never checks the name, and the chain only when `trustedChain` is given. For tests at home. */
  static clientUnsafe(trustedChain: X509Certificate | null = null, extra: TLSExtraOptions = {}): TLSOptions {
    return new TLSOptions('unsafe client', trustedChain, '', null, null, extra);
  }

  /**
   * A server. Whether the key belongs to the certificate is found at the first `acceptStream`.
   * @param certificate the server's own certificate, then those of the authorities between it and the root.
   */
  static server(key: CryptoKey, certificate: X509Certificate, extra: TLSExtraOptions = {}): TLSOptions {
    if (!(key instanceof CryptoKey)) throw new TypeError('key is a CryptoKey');
    requireCertificate(certificate, 'certificate');
    return new TLSOptions('server', null, '', key, certificate, extra);
  }

  isServer(): boolean {
    return this.#kind === 'server';
  }

  isUnsafeClient(): boolean {
    return this.#kind === 'unsafe client';
  }

  getCommonNameOverride(): string {
    return this.#commonNameOverride;
  }

  getTrustedCaChain(): X509Certificate | null {
    return this.#trustedChain;
  }

  /** Null for a client. */
  getPrivateKey(): CryptoKey | null {
    return this.#privateKey;
  }

  /** Null for a client. */
  getOwnCertificate(): X509Certificate | null {
    return this.#ownCertificate;
  }

  getExtraOptions(): TLSExtraOptions {
    return this.#extra;
  }
}
