import { createHmac, type Hmac } from 'node:crypto';
import { ErrorCode } from '../../error-code.ts';
import { digestOf, HashType } from './hash-type.ts';

/** A message authentication code (RFC 2104) over data that comes in pieces; usable again after `finish`. */
export class HMACContext {
  #hmac: Hmac | null = null;

  /**
   * Begins. `ERR_FILE_ALREADY_IN_USE` when already begun; `ERR_INVALID_PARAMETER` for an empty key or MD5, which the
   * engine refuses, too.
   */
  start(hashType: HashType, key: Uint8Array): ErrorCode {
    const { name } = digestOf(hashType);
    if (this.#hmac !== null) return ErrorCode.ERR_FILE_ALREADY_IN_USE;
    if (hashType === HashType.HASH_MD5 || key.length === 0) return ErrorCode.ERR_INVALID_PARAMETER;
    this.#hmac = createHmac(name, key);
    return ErrorCode.OK;
  }

  /** Adds data. `ERR_UNCONFIGURED` before `start`, `ERR_INVALID_PARAMETER` for an empty array. */
  update(data: Uint8Array): ErrorCode {
    if (this.#hmac === null) return ErrorCode.ERR_UNCONFIGURED;
    if (data.length === 0) return ErrorCode.ERR_INVALID_PARAMETER;
    this.#hmac.update(data);
    return ErrorCode.OK;
  }

  /** The code, 20 bytes for SHA-1 and 32 for SHA-256; empty before `start`. */
  finish(): Uint8Array<ArrayBuffer> {
    const digest = this.#hmac?.digest();
    this.#hmac = null;
    return digest === undefined ? new Uint8Array(0) : new Uint8Array(digest);
  }
}
