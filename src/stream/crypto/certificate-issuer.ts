import { createPublicKey, type KeyObject, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import type * as X509 from '@peculiar/x509';

/** The contents of a new certificate. */
export interface CertificateContent {
  /** The key it is for, public or private. */
  key: KeyObject;
  /** The name it is for, as `CN=myserver,O=myorganisation,C=IT`. */
  subject: string;
  /** The name and private key that sign it; for a self-signed one the same as `subject` and `key`. */
  issuer: string;
  issuerKey: KeyObject;
  /** UTC, as `YYYYMMDDHHMMSS`. */
  notBefore: string;
  notAfter: string;
  /** Whether it may sign others. */
  isAuthority: boolean;
  /** DNS names and IP addresses, distinguished by their form. */
  subjectAltNames: readonly string[];
}

/**
 * Issues an X.509 v3 certificate (RFC 5280) with SHA-256 and a random serial number, and resolves to its PEM. Node can read
 * certificates but not make them. `@peculiar/x509`, an optional peer dependency, makes them; `load` resolves to its exports. Rejects with
 * a `TypeError` for invalid names, dates and keys, and with an `Error` that names what to install when the library is
 * missing.
 */
export async function issueCertificate(
  content: CertificateContent,
  load: () => Promise<object> = loadLibrary,
): Promise<string> {
  const algorithm = signatureAlgorithm(content.issuerKey);
  const names = { issuer: distinguishedName(content.issuer), subject: distinguishedName(content.subject) };
  const validity = { notBefore: date(content.notBefore), notAfter: date(content.notAfter) };
  const alternatives = content.subjectAltNames.map(alternativeName);
  const publicKey = content.key.type === 'private' ? createPublicKey(content.key) : content.key;
  const publicKeyInfo = publicKey.export({ format: 'der', type: 'spki' });

  // Not in the signature: the package's types would then need those of an optional dependency.
  const x509 = (await load()) as typeof X509;
  const extensions: X509.Extension[] = [
    // Critical: RFC 5280 4.2.1.9.
    new x509.BasicConstraintsExtension(content.isAuthority, undefined, true),
    await x509.SubjectKeyIdentifierExtension.create(publicKeyInfo, false, webcrypto),
  ];
  if (alternatives.length > 0) extensions.push(new x509.SubjectAlternativeNameExtension(alternatives));
  const issuerKeyInfo = content.issuerKey.export({ format: 'der', type: 'pkcs8' });
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serialNumber(),
      subject: new x509.Name(names.subject),
      issuer: new x509.Name(names.issuer),
      ...validity,
      publicKey: publicKeyInfo,
      signingKey: await webcrypto.subtle.importKey('pkcs8', issuerKeyInfo, algorithm, false, ['sign']),
      signingAlgorithm: algorithm,
      extensions,
    },
    webcrypto,
  );
  return certificate.toString('pem');
}

/** `reflect-metadata` first: the library's dependency tsyringe looks for it when it is loaded, and throws without. */
async function loadLibrary(): Promise<typeof X509> {
  try {
    await import('reflect-metadata');
    return await import('@peculiar/x509');
  } catch (cause) {
    throw new Error(
      'making certificates needs the optional packages @peculiar/x509 and reflect-metadata, since Node can only read ' +
        'them, and one could not be loaded: npm install @peculiar/x509 reflect-metadata',
      { cause },
    );
  }
}

/** In hexadecimal: 20 bytes, positive, not starting with a zero byte. RFC 5280 4.1.2.2. */
function serialNumber(): string {
  const serial = randomBytes(20);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial.toString('hex');
}

/** OpenSSL's names for the curves, and WebCrypto's. */
const CURVES: ReadonlyMap<string | undefined, string> = new Map([
  ['prime256v1', 'P-256'],
  ['secp384r1', 'P-384'],
  ['secp521r1', 'P-521'],
]);

function signatureAlgorithm(
  key: KeyObject,
): webcrypto.RsaHashedImportParams | (webcrypto.EcKeyImportParams & { hash: string }) {
  if (key.type !== 'private') throw new TypeError('a certificate is signed with a private key');
  if (key.asymmetricKeyType === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const namedCurve = CURVES.get(curve);
  if (namedCurve !== undefined) return { name: 'ECDSA', namedCurve, hash: 'SHA-256' };
  const kind = curve === undefined ? key.asymmetricKeyType : `${key.asymmetricKeyType} on ${curve}`;
  throw new TypeError(`certificates are signed with RSA keys or EC keys on P-256, P-384 or P-521, not ${kind}`);
}

/** RFC 4514 section 3's keywords, and two that OpenSSL has: object identifier and string type. */
const ATTRIBUTES: ReadonlyMap<string, readonly [string, keyof X509.JsonAttributeObject]> = new Map([
  ['CN', ['2.5.4.3', 'utf8String']],
  ['SERIALNUMBER', ['2.5.4.5', 'printableString']],
  ['C', ['2.5.4.6', 'printableString']],
  ['L', ['2.5.4.7', 'utf8String']],
  ['ST', ['2.5.4.8', 'utf8String']],
  ['STREET', ['2.5.4.9', 'utf8String']],
  ['O', ['2.5.4.10', 'utf8String']],
  ['OU', ['2.5.4.11', 'utf8String']],
  ['UID', ['0.9.2342.19200300.100.1.1', 'utf8String']],
  ['DC', ['0.9.2342.19200300.100.1.25', 'ia5String']],
  ['EMAILADDRESS', ['1.2.840.113549.1.9.1', 'ia5String']],
]);

/**
 * RFC 4514's text form, one attribute per part, in the order written; a comma in a value is written `\,`. The library
 * can parse it too, but silently drops parts that it does not understand, and knows fewer keywords.
 */
function distinguishedName(name: string): X509.JsonNameParams {
  const parts = name.match(/(?:\\.|[^,\\])+/g);
  if (parts === null)
    throw new TypeError(`a certificate's name is like CN=myserver,O=myorganisation,C=IT, not "${name}"`);
  return parts.map((part) => {
    const [, keyword = '', escaped = ''] = /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/s.exec(part) ?? [];
    const [identifier, type] = ATTRIBUTES.get(keyword.toUpperCase()) ?? [];
    const value = escaped.replace(/\\(.)/gs, '$1');
    if (identifier === undefined || type === undefined || value === '') {
      throw new TypeError(
        `"${part}" in a certificate's name is none of ${[...ATTRIBUTES.keys()].join(', ')} with a value`,
      );
    }
    if (keyword.toUpperCase() === 'C' && value.length !== 2) throw new TypeError('C in a name has two letters');
    if (type !== 'utf8String' && !/^[\x20-\x7e]+$/.test(value)) throw new TypeError(`${keyword} in a name is ASCII`);
    return { [identifier]: [{ [type]: value }] };
  });
}

function date(digits: string): Date {
  const fields = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (fields ?? []).slice(1).map(Number);
  const read = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const isReal = fields !== null && read.toISOString().replace(/\D/g, '').startsWith(digits);
  if (!isReal) throw new TypeError(`a certificate's date is YYYYMMDDHHMMSS in UTC, not "${digits}"`);
  // RFC 5280 4.1.2.5.1: until 2049 a year has two digits, and 50 is 1950.
  if (year < 1950) throw new TypeError(`a certificate's date is not before 1950, as "${digits}" is`);
  return read;
}

/** RFC 5280 4.2.1.6. */
function alternativeName(name: string): X509.JsonGeneralName {
  const bare = name.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) === 4) return { type: 'ip', value: bare };
  if (isIP(bare) === 6 && !bare.includes('%')) {
    // A URL writes every group in hexadecimal: the library misreads an IPv4 tail (`::ffff:10.1.2.3`).
    return { type: 'ip', value: new URL(`http://[${bare}]`).hostname.slice(1, -1) };
  }
  if (!/^[\x21-\x7e]{1,253}$/.test(name))
    throw new TypeError(`"${name}" is neither a DNS name (in ASCII) nor an IP address`);
  return { type: 'dns', value: name };
}
