import { CryptoKey } from './crypto-key.browser.ts';
import type { HashType } from './hash-type.ts';
import type { X509Certificate } from './x509-certificate.browser.ts';

interface RandomSource {
  readonly crypto: { getRandomValues(bytes: Uint8Array): void };
}
const browser = globalThis as unknown as RandomSource; // every browser's; compiled without the DOM's types

/** The most bytes of one `getRandomValues` (Web Cryptography API 10.1.1). */
const MOST_RANDOM_BYTES = 65_536;

/**
 * Random bytes and a comparison. A browser has no synchronous form of the other methods: they return an empty array, an empty
 * key or false, as for data that cannot be used.
 */
export class Crypto {
  generateRandomBytes(size: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size; at += MOST_RANDOM_BYTES) {
      browser.crypto.getRandomValues(bytes.subarray(at, at + MOST_RANDOM_BYTES));
    }
    return bytes;
  }

  /** An empty key. */
  generateRsa(_bits: number): CryptoKey {
    return new CryptoKey();
  }

  /** An empty key. */
  generateEc(_curve: 'P-256' | 'P-384' | 'P-521' = 'P-256'): CryptoKey {
    return new CryptoKey();
  }

  /** Rejects: a page cannot use one. */
  async generateSelfSignedCertificate(_key: CryptoKey): Promise<X509Certificate> {
    throw new Error('a browser cannot issue certificates');
  }

  /** Empty. */
  sign(_hashType: HashType, _hash: Uint8Array, _key: CryptoKey): Uint8Array<ArrayBuffer> {
    return new Uint8Array(0);
  }

  /** False. */
  verify(_hashType: HashType, _hash: Uint8Array, _signature: Uint8Array, _key: CryptoKey): boolean {
    return false;
  }

  /** Empty. */
  hmacDigest(_hashType: HashType, _key: Uint8Array, _message: Uint8Array): Uint8Array<ArrayBuffer> {
    return new Uint8Array(0);
  }

  /** Whether the two are equal, in a time that depends on their lengths only. */
  constantTimeCompare(trusted: Uint8Array, received: Uint8Array): boolean {
    if (trusted.length !== received.length) return false;
    let difference = 0;
    for (let index = 0; index < trusted.length; index++) difference |= trusted[index]! ^ received[index]!;
    return difference === 0;
  }
}
