import { X509Certificate as NodeCertificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { ErrorCode } from '../../error-code.ts';

/**
 * A certificate, or a chain of them with the leaf first, as PEM (docs/engine/streams.md#x509certificate).
 *
 * It differs from Godot in two ways: the whole chain is saved, where Godot writes its first certificate repeatedly; and the
 * object is never locked, because a TLS connection copies the certificates.
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
   * Appends the certificates of a PEM text to the chain. Text around them, and certificates that cannot be parsed, are
   * skipped. `FAILED` when there are none.
   */
  loadFromString(pem: string): ErrorCode {
    const before = this.#chain.length;
    for (const [block] of pem.matchAll(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g)) {
      try {
        this.#chain.push(new NodeCertificate(block));
      } catch {
        // Skipped: a bundle may contain one that OpenSSL cannot read.
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

  /** Node's objects for the chain, for data that this class does not have: names, dates, fingerprints. */
  toNodeCertificates(): readonly NodeCertificate[] {
    return this.#chain;
  }
}
