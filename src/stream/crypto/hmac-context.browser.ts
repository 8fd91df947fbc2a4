import { ErrorCode } from '../../error-code.ts';
import type { HashType } from './hash-type.ts';

/** A browser has no synchronous digests: always fails. */
export class HMACContext {
  /** `ERR_UNAVAILABLE`. */
  start(_hashType: HashType, _key: Uint8Array): ErrorCode {
    return ErrorCode.ERR_UNAVAILABLE;
  }

  /** `ERR_UNCONFIGURED`: it cannot have begun. */
  update(_data: Uint8Array): ErrorCode {
    return ErrorCode.ERR_UNCONFIGURED;
  }

  /** Empty. */
  finish(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(0);
  }
}
