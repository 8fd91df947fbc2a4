import type { CryptoKey } from '../crypto/crypto-key.browser.ts';
import { X509Certificate } from '../crypto/x509-certificate.browser.ts';
import type { TLSExtraOptions } from './tls-extra-options.ts';

type Kind = 'client' | 'unsafe client' | 'server';

/** TLS options. A browser does not use them: they are stored and have no effect. */
export class TLSOptions {
  readonly #kind: Kind;
  readonly #trustedChain: X509Certificate | null;
  readonly #name: string;
  readonly #extra: TLSExtraOptions;
  readonly #own: readonly [CryptoKey, X509Certificate] | null;

  private constructor(
    kind: Kind,
    trustedChain: X509Certificate | null,
    name: string,
    extra: TLSExtraOptions,
    own: readonly [CryptoKey, X509Certificate] | null = null,
  ) {
    if (trustedChain !== null && !(trustedChain instanceof X509Certificate)) {
      throw new TypeError('trustedChain is an X509Certificate');
    }
    this.#kind = kind;
    this.#trustedChain = trustedChain;
    this.#name = name;
    this.#extra = extra;
    this.#own = own;
  }

  static client(
    trustedChain: X509Certificate | null = null,
    commonNameOverride = '',
    extra: TLSExtraOptions = {},
  ): TLSOptions {
    return new TLSOptions('client', trustedChain, commonNameOverride, extra);
  }

  static clientUnsafe(trustedChain: X509Certificate | null = null, extra: TLSExtraOptions = {}): TLSOptions {
    return new TLSOptions('unsafe client', trustedChain, '', extra);
  }

  static server(key: CryptoKey, certificate: X509Certificate, extra: TLSExtraOptions = {}): TLSOptions {
    return new TLSOptions('server', null, '', extra, [key, certificate]);
  }

  isServer(): boolean {
    return this.#kind === 'server';
  }

  isUnsafeClient(): boolean {
    return this.#kind === 'unsafe client';
  }

  getCommonNameOverride(): string {
    return this.#name;
  }

  getTrustedCaChain(): X509Certificate | null {
    return this.#trustedChain;
  }

  getPrivateKey(): CryptoKey | null {
    return this.#own?.[0] ?? null;
  }

  getOwnCertificate(): X509Certificate | null {
    return this.#own?.[1] ?? null;
  }

  getExtraOptions(): TLSExtraOptions {
    return this.#extra;
  }
}
