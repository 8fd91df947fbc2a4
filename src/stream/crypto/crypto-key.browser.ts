import { ErrorCode } from '../../error-code.ts';

/** A key for TLS, which a page cannot use: always empty. */
export class CryptoKey {
  /** An empty key: there are no Node keys in a browser. */
  static fromKeyObject(): CryptoKey {
    return new CryptoKey();
  }

  /** `ERR_UNAVAILABLE`. */
  load(_path: string, _publicOnly = false): ErrorCode {
    return ErrorCode.ERR_UNAVAILABLE;
  }

  /** `ERR_UNAVAILABLE`. */
  loadFromString(_pem: string, _publicOnly = false): ErrorCode {
    return ErrorCode.ERR_UNAVAILABLE;
  }

  /** `ERR_UNAVAILABLE`. */
  save(_path: string, _publicOnly = false): ErrorCode {
    return ErrorCode.ERR_UNAVAILABLE;
  }

  saveToString(_publicOnly = false): string {
    return '';
  }

  isPublicOnly(): boolean {
    return false;
  }

  toKeyObject(): null {
    return null;
  }

  toPublicKeyObject(): null {
    return null;
  }
}
