import { ErrorCode } from '../../error-code.ts';

/** Certificates as PEM text. They have no effect, because a browser has its own trusted certificates. */
export class X509Certificate {
  readonly #chain: string[] = [];

  /** `ERR_UNAVAILABLE`: a browser has no files. */
  load(_path: string): ErrorCode {
    return ErrorCode.ERR_UNAVAILABLE;
  }

  /** Appends the certificates of a PEM text, which are not parsed; `FAILED` when there are none. */
  loadFromString(pem: string): ErrorCode {
    const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
    this.#chain.push(...blocks);
    return blocks.length > 0 ? ErrorCode.OK : ErrorCode.FAILED;
  }

  /** `ERR_UNAVAILABLE`. */
  save(_path: string): ErrorCode {
    return ErrorCode.ERR_UNAVAILABLE;
  }

  saveToString(): string {
    return this.#chain.map((block) => `${block}\n`).join('');
  }

  /** None: this is not Node. */
  toNodeCertificates(): readonly never[] {
    return [];
  }
}
