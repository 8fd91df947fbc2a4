import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import {
  addressBytes,
  bitString,
  type Der,
  element,
  nothing,
  objectIdentifier,
  sequence,
  set,
  TAG_BOOLEAN,
  TAG_INTEGER,
  TAG_OCTET_STRING,
  text,
} from './der.ts';

/** What a new certificate says. */
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
  /** DNS names and IP addresses, told apart by their looks. */
  subjectAltNames: readonly string[];
}

const TAG_UTF8 = 0x0c;
const TAG_PRINTABLE = 0x13;
const TAG_IA5 = 0x16;

/** RFC 4514 section 3's keywords, and two that OpenSSL has: object identifier and string type. */
const ATTRIBUTES: ReadonlyMap<string, readonly [string, number]> = new Map([
  ['CN', ['2.5.4.3', TAG_UTF8]],
  ['SERIALNUMBER', ['2.5.4.5', TAG_PRINTABLE]],
  ['C', ['2.5.4.6', TAG_PRINTABLE]],
  ['L', ['2.5.4.7', TAG_UTF8]],
  ['ST', ['2.5.4.8', TAG_UTF8]],
  ['STREET', ['2.5.4.9', TAG_UTF8]],
  ['O', ['2.5.4.10', TAG_UTF8]],
  ['OU', ['2.5.4.11', TAG_UTF8]],
  ['UID', ['0.9.2342.19200300.100.1.1', TAG_UTF8]],
  ['DC', ['0.9.2342.19200300.100.1.25', TAG_IA5]],
  ['EMAILADDRESS', ['1.2.840.113549.1.9.1', TAG_IA5]],
]);

/**
 * Issues an X.509 v3 certificate (RFC 5280) with SHA-256 and a random serial number, and returns its PEM. Node can read
 * certificates but not make them. Throws a `TypeError` for names, dates and keys that cannot be used.
 */
export function issueCertificate(content: CertificateContent): string {
  const publicKey = content.key.type === 'private' ? createPublicKey(content.key) : content.key;
  const algorithm = signatureAlgorithm(content.issuerKey);
  const publicKeyInfo = publicKey.export({ format: 'der', type: 'spki' });
  const body = sequence(
    element(0xa0, element(TAG_INTEGER, Uint8Array.of(2))), // version 3
    element(TAG_INTEGER, serialNumber()),
    algorithm,
    distinguishedName(content.issuer),
    sequence(time(content.notBefore), time(content.notAfter)),
    distinguishedName(content.subject),
    publicKeyInfo,
    element(0xa3, extensions(content, publicKeyInfo)),
  );
  const certificate = sequence(body, algorithm, bitString(sign('sha256', body, content.issuerKey)));
  const lines = Buffer.from(certificate)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

/** 20 bytes, positive, not starting with a zero byte: RFC 5280 4.1.2.2. */
function serialNumber(): Uint8Array {
  const serial = randomBytes(20);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial;
}

function signatureAlgorithm(key: KeyObject): Der {
  // RFC 4055 5: RSA's parameters are NULL. RFC 5758 3.2: ECDSA's are absent.
  if (key.asymmetricKeyType === 'rsa') return sequence(objectIdentifier('1.2.840.113549.1.1.11'), nothing());
  if (key.asymmetricKeyType === 'ec') return sequence(objectIdentifier('1.2.840.10045.4.3.2'));
  throw new TypeError(`certificates are signed with RSA or EC keys, not ${key.asymmetricKeyType}`);
}

/** RFC 4514's text form, one attribute per part, in the order written; a comma in a value is written `\,`. */
function distinguishedName(name: string): Der {
  const parts = name.match(/(?:\\.|[^,\\])+/g);
  if (parts === null)
    throw new TypeError(`a certificate's name is like CN=myserver,O=myorganisation,C=IT, not "${name}"`);
  return sequence(
    ...parts.map((part) => {
      const [, keyword = '', escaped = ''] = /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/s.exec(part) ?? [];
      const [identifier, tag] = ATTRIBUTES.get(keyword.toUpperCase()) ?? [];
      const value = escaped.replace(/\\(.)/gs, '$1');
      if (identifier === undefined || tag === undefined || value === '') {
        throw new TypeError(
          `"${part}" in a certificate's name is none of ${[...ATTRIBUTES.keys()].join(', ')} with a value`,
        );
      }
      if (keyword.toUpperCase() === 'C' && value.length !== 2) throw new TypeError('C in a name has two letters');
      return set(sequence(objectIdentifier(identifier), text(tag, value)));
    }),
  );
}

/** RFC 5280 4.1.2.5: two-digit years until 2049, four-digit ones from 2050. */
function time(digits: string): Der {
  const fields = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (fields ?? []).slice(1).map(Number);
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const isReal = fields !== null && date.toISOString().replace(/\D/g, '').startsWith(digits);
  if (!isReal) throw new TypeError(`a certificate's date is YYYYMMDDHHMMSS in UTC, not "${digits}"`);
  return year >= 1950 && year < 2050 ? text(0x17, `${digits.slice(2)}Z`) : text(0x18, `${digits}Z`);
}

function extensions(content: CertificateContent, publicKeyInfo: Uint8Array): Der {
  const isTrue = element(TAG_BOOLEAN, Uint8Array.of(0xff));
  const list = [
    // Basic constraints, critical: RFC 5280 4.2.1.9. Not being an authority is the default and is left out.
    extension('2.5.29.19', content.isAuthority ? sequence(isTrue) : sequence(), isTrue),
    // The key's identifier: RFC 5280 4.2.1.2 leaves the method open; any digest serves.
    extension('2.5.29.14', element(TAG_OCTET_STRING, createHash('sha1').update(publicKeyInfo).digest())),
  ];
  if (content.subjectAltNames.length > 0) {
    list.push(extension('2.5.29.17', sequence(...content.subjectAltNames.map(alternativeName))));
  }
  return sequence(...list);
}

function extension(identifier: string, value: Der, ...critical: Der[]): Der {
  return sequence(objectIdentifier(identifier), ...critical, element(TAG_OCTET_STRING, value));
}

/** RFC 5280 4.2.1.6: [7] is an IP address, [2] a DNS name. */
function alternativeName(name: string): Der {
  const bare = name.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) !== 0 && !bare.includes('%')) return element(0x87, addressBytes(bare));
  if (!/^[\x21-\x7e]{1,253}$/.test(name))
    throw new TypeError(`"${name}" is neither a DNS name (in ASCII) nor an IP address`);
  return text(0x82, name);
}
