import { X509Certificate as NodeCertificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { ErrorCode } from '../../error-code.ts';

/**
 * A certificate, or a chain of them with the leaf first, as PEM (docs/engine/streams.md#x509certificate).
 *
 * Two engine behaviours are not followed: the whole chain is saved, where the engine writes its first certificate again and
 * again; and the object is never locked, since a TLS connection copies what it needs.
 */
export class X509Certificate {
  readonly #chain: NodeCertificate[] = [];

  /** Reads a PEM file (`.crt` by custom); see `loadFromString`. `ERR_INVALID_PARAMETER` when it cannot be opened. */
  load(path: string): ErrorCode {
    let pem: string;
    try {
      pem = readFileSync(path, 'latin1');
    } catch {
      return ErrorCode.ERR_INVALID_PARAMETER;
    }
    return this.loadFromString(pem);
  }

  /**
   * Appends the certificates of a PEM text to the chain. What cannot be parsed is skipped, and so is text around them;
   * `FAILED` when nothing was found.
   */
  loadFromString(pem: string): ErrorCode {
    const before = this.#chain.length;
    for (const [block] of pem.matchAll(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g)) {
      try {
        this.#chain.push(new NodeCertificate(block));
      } catch {
        // Skipped: a bundle may hold one that OpenSSL does not read.
      }
    }
    return this.#chain.length > before ? ErrorCode.OK : ErrorCode.FAILED;
  }

  /** Writes the whole chain to a PEM file. `ERR_INVALID_PARAMETER` when that fails, `FAILED` when the chain is empty. */
  save(path: string): ErrorCode {
    if (this.#chain.length === 0) return ErrorCode.FAILED;
    try {
      writeFileSync(path, this.saveToString());
      return ErrorCode.OK;
    } catch {
      return ErrorCode.ERR_INVALID_PARAMETER;
    }
  }

  /** The whole chain as PEM, `''` when it is empty. */
  saveToString(): string {
    return this.#chain.map((certificate) => certificate.toString()).join('');
  }

  /** Node's view of the chain, for what this class does not show: names, dates, fingerprints. */
  toNodeCertificates(): readonly NodeCertificate[] {
    return this.#chain;
  }
}
