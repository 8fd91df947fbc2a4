import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { ErrorCode } from '../../error-code.ts';

/** A private key with its public half, or a public key alone, as unencrypted PEM (docs/engine/streams.md#cryptokey). */
export class CryptoKey {
  #key: KeyObject | null = null;

  /** A key from a key object of Node, public or private. Throws a `TypeError` for a secret (symmetric) one. */
  static fromKeyObject(key: KeyObject): CryptoKey {
    if (key.type === 'secret') throw new TypeError('a CryptoKey is a public or private key');
    const made = new CryptoKey();
    made.#key = key;
    return made;
  }

  /**
   * Reads a PEM file; see `loadFromString`. `ERR_INVALID_PARAMETER` when it cannot be opened. By convention,
   * private keys are in `.key` files, public ones in `.pub` files.
   */
  load(path: string, publicOnly = false): ErrorCode {
    let pem: string;
    try {
      pem = readFileSync(path, 'latin1');
    } catch {
      return ErrorCode.ERR_INVALID_PARAMETER;
    }
    return this.loadFromString(pem, publicOnly);
  }

  /**
   * Loads the key of a PEM text, which replaces the current one. With `publicOnly` that is a public key, or the public half of
   * a private one; otherwise it must be a private key. `FAILED`, and the current key stays, when there is none, or when it
   * is encrypted.
   */
  loadFromString(pem: string, publicOnly = false): ErrorCode {
    try {
      this.#key = publicOnly ? createPublicKey(pem) : createPrivateKey(pem);
      return ErrorCode.OK;
    } catch {
      return ErrorCode.FAILED;
    }
  }

  /**
   * Writes a PEM file, a private key's readable by its owner only. `ERR_INVALID_PARAMETER` when it cannot be written,
   * `FAILED` when there is no key, or no private one and `publicOnly` is false.
   */
  save(path: string, publicOnly = false): ErrorCode {
    const pem = this.saveToString(publicOnly);
    if (pem === '') return ErrorCode.FAILED;
    try {
      writeFileSync(path, pem, { mode: publicOnly ? 0o644 : 0o600 });
      return ErrorCode.OK;
    } catch {
      return ErrorCode.ERR_INVALID_PARAMETER;
    }
  }

  /** The private key as PKCS #8, or with `publicOnly` the public half as SPKI, in PEM; `''` when there is no such key. */
  saveToString(publicOnly = false): string {
    const key = publicOnly ? this.toPublicKeyObject() : this.toKeyObject();
    if (key === null || (!publicOnly && key.type !== 'private')) return '';
    return key.export({ format: 'pem', type: publicOnly ? 'spki' : 'pkcs8' }).toString();
  }

  /** Whether there is only a public key. */
  isPublicOnly(): boolean {
    return this.#key?.type === 'public';
  }

  /** Node's object for the key, null when nothing was loaded. */
  toKeyObject(): KeyObject | null {
    return this.#key;
  }

  /** Node's object for the public half. */
  toPublicKeyObject(): KeyObject | null {
    return this.#key?.type === 'private' ? createPublicKey(this.#key) : this.#key;
  }
}
