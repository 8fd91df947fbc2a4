import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { issueCertificate } from '../../stream/index.ts';

/** A key and a certificate that it has signed itself. */
export interface DevelopmentCertificate {
  readonly key: string;
  readonly certificate: string;
  /** SHA-256 of the certificate, as browsers show it. */
  readonly fingerprint: string;
  readonly validTo: Date;
}

/** What a certificate is for when nothing is named. */
export const LOCAL_NAMES: readonly string[] = ['localhost', '127.0.0.1', '::1'];

const DAY = 24 * 60 * 60 * 1000;

/**
 * An EC key on P-256 and a certificate for `names` (DNS names and IP addresses), valid from an hour ago, so that a clock
 * that is a little behind accepts it, for `days` days. Rejects with a `TypeError` for a name that a certificate cannot have.
 */
export async function developmentCertificate(
  names: readonly string[],
  days: number,
  now: Date = new Date(),
): Promise<DevelopmentCertificate> {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const subject = `CN=${commonName(names)}`;
  const certificate = await issueCertificate(
    {
      key,
      subject,
      issuer: subject,
      issuerKey: key,
      notBefore: stamp(new Date(now.getTime() - DAY / 24)),
      notAfter: stamp(new Date(now.getTime() + days * DAY)),
      // A Godot client gets it as its trusted chain, which works with an authority of its own.
      isAuthority: true,
      subjectAltNames: names,
    },
    loadLibrary,
  );
  const parsed = new X509Certificate(certificate);
  return {
    key: String(key.export({ type: 'pkcs8', format: 'pem' })),
    certificate,
    fingerprint: parsed.fingerprint256,
    validTo: new Date(parsed.validTo),
  };
}

/** The first DNS name, without characters that a distinguished name escapes. */
function commonName(names: readonly string[]): string {
  return names.find((name) => isIP(name) === 0)?.replace(/[^\w.*-]/g, '') ?? names[0] ?? 'localhost';
}

/** UTC, as `YYYYMMDDHHMMSS`. */
function stamp(date: Date): string {
  return date.toISOString().replace(/\D/g, '').slice(0, 14);
}

/** Bundled with the command, so that it needs no further package. `reflect-metadata` first: tsyringe looks for it. */
async function loadLibrary(): Promise<typeof import('@peculiar/x509')> {
  await import('reflect-metadata');
  return await import('@peculiar/x509');
}
