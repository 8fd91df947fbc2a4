import { Crypto, type CryptoKey, TLSOptions, X509Certificate } from 'tickpeer';
import { issueCertificate } from '../../src/stream/crypto/certificate-issuer.ts';

/** A key and its certificate, or a chain with the leaf first. Made at run time, never stored. */
export interface Identity {
  readonly key: CryptoKey;
  readonly certificate: X509Certificate;
  readonly keyPem: string;
  readonly certificatePem: string;
}

export interface IssueOptions {
  /** DNS names and IP addresses. Default: those of this machine. */
  readonly names?: readonly string[];
  /** UTC, as `YYYYMMDDHHMMSS`. Default: valid. */
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly isAuthority?: boolean;
  /** The issuer. Default: it is self-signed. */
  readonly issuer?: Identity & { readonly name: string };
  /** Whether the issuer's own certificates follow. Default: false. */
  readonly withIssuer?: boolean;
}

export const LOCAL_NAMES: readonly string[] = ['127.0.0.1', '::1', 'localhost'];

export async function makeIdentity(
  name: string,
  options: IssueOptions = {},
): Promise<Identity & { readonly name: string }> {
  const { names = LOCAL_NAMES, notBefore = '20200101000000', notAfter = '20490101000000', issuer } = options;
  const key = new Crypto().generateEc();
  const subject = `CN=${name}`;
  const pem = await issueCertificate({
    key: key.toKeyObject()!,
    subject,
    issuer: issuer?.name ?? subject,
    issuerKey: (issuer?.key ?? key).toKeyObject()!,
    notBefore,
    notAfter,
    isAuthority: options.isAuthority ?? false,
    subjectAltNames: options.isAuthority === true ? [] : names,
  });
  const certificatePem = options.withIssuer === true ? `${pem}\n${issuer?.certificatePem}` : pem;
  const certificate = new X509Certificate();
  certificate.loadFromString(certificatePem);
  return { name: subject, key, certificate, keyPem: key.saveToString(), certificatePem };
}

export function serverOptions(identity: Identity, extra = {}): TLSOptions {
  return TLSOptions.server(identity.key, identity.certificate, extra);
}
