import * as nodeCrypto from 'node:crypto';
import { NO_BYTES } from '../../bytes.ts';
import { issueCertificate } from './certificate-issuer.ts';
import { CryptoKey } from './crypto-key.ts';
import { digestOf, type HashType } from './hash-type.ts';
import { HMACContext } from './hmac-context.ts';
import { X509Certificate } from './x509-certificate.ts';

export interface SelfSignedOptions {
  /**
   * The DNS names and IP addresses that the certificate is for; they are distinguished by their form. Default: none,
   * as in Godot, and then clients check the name's CN. Browsers require them.
   */
  subjectAltNames?: readonly string[];
}

/**
 * Keys, signatures, certificates and random bytes (docs/engine/streams.md#crypto). All methods but
 * `generateSelfSignedCertificate` are synchronous. With data that cannot be used they return an empty array or false, as
 * in Godot. With a key of an unsupported kind they throw a `TypeError`.
 *
 * The engine's `encrypt` and `decrypt` are left out: they are RSA with PKCS #1 v1.5 padding, whose decryption Node
 * refuses because it leaks the plaintext through errors about the padding (CVE-2023-46809). Encrypt with `node:crypto` and
 * OAEP instead, with the key of `CryptoKey.toKeyObject`.
 */
export class Crypto {
  /** `size` bytes, 0 to 2^31 - 1, fit for keys. */
  generateRandomBytes(size: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(nodeCrypto.randomBytes(size));
  }

  /** A new RSA key of `bits` bits, at least 512; 2,048 is usual. Takes a tenth of a second there, seconds at 4,096. */
  generateRsa(bits: number): CryptoKey {
    return CryptoKey.fromKeyObject(nodeCrypto.generateKeyPairSync('rsa', { modulusLength: bits }).privateKey);
  }

  /** A new elliptic-curve key, made at once: the better choice for TLS. Not in the engine. */
  generateEc(curve: 'P-256' | 'P-384' | 'P-521' = 'P-256'): CryptoKey {
    return CryptoKey.fromKeyObject(nodeCrypto.generateKeyPairSync('ec', { namedCurve: curve }).privateKey);
  }

  /**
   * An X.509 v3 certificate for `key`, signed by `key` with SHA-256, as an authority of its own, with a random serial
   * number. The name's parts are CN, O, OU, C, L, ST, STREET, DC, UID, SERIALNUMBER and EMAILADDRESS; the dates are
   * `YYYYMMDDHHMMSS` in UTC, from 1950 on. Rejects with a `TypeError` when they are not, or when the key is not a private
   * RSA one or EC one of the curves of `generateEc`.
   *
   * A Promise, other than in the engine, because it loads `@peculiar/x509` and `reflect-metadata`, two optional packages
   * that you install where you call this. Rejects with an `Error` that says so when they are missing.
   */
  async generateSelfSignedCertificate(
    key: CryptoKey,
    issuerName = 'CN=myserver,O=myorganisation,C=IT',
    notBefore = '20140101000000',
    notAfter = '20340101000000',
    { subjectAltNames = [] }: SelfSignedOptions = {},
  ): Promise<X509Certificate> {
    const keyObject = requireKey(key, 'private');
    const pem = await issueCertificate({
      key: keyObject,
      subject: issuerName,
      issuer: issuerName,
      issuerKey: keyObject,
      notBefore,
      notAfter,
      isAuthority: true,
      subjectAltNames,
    });
    const certificate = new X509Certificate();
    certificate.loadFromString(pem);
    return certificate;
  }

  /**
   * Signs a digest, made with the algorithm `hashType`, with an RSA key (PKCS #1 v1.5, RFC 8017 8.2). Empty when the digest
   * has a wrong length or the key is too short. EC keys are a `TypeError`: Node cannot sign a digest with them, only a
   * whole message (`crypto.sign`).
   */
  sign(hashType: HashType, hash: Uint8Array, key: CryptoKey): Uint8Array<ArrayBuffer> {
    const keyObject = requireRsa(key, 'private');
    const info = digestInfo(hashType, hash);
    if (info === null) return NO_BYTES;
    return orEmpty(() => nodeCrypto.privateEncrypt({ key: keyObject, padding: PKCS1 }, info));
  }

  /** Whether `signature` is one of `sign` for this digest, by the private half of `key`. */
  verify(hashType: HashType, hash: Uint8Array, signature: Uint8Array, key: CryptoKey): boolean {
    const keyObject = requireRsa(key, 'public');
    const info = digestInfo(hashType, hash);
    // RFC 8017 8.2.2 step 1: as long as the modulus. OpenSSL also takes one whose leading zeros were left out.
    const size = Math.ceil((keyObject.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
    if (info === null || signature.length !== size) return false;
    const signed = orEmpty(() => nodeCrypto.publicDecrypt({ key: keyObject, padding: PKCS1 }, signature));
    return this.constantTimeCompare(info, signed);
  }

  /** RFC 2104, with SHA-1 or SHA-256. Empty for MD5, an empty key or an empty message, which the engine refuses, too. */
  hmacDigest(hashType: HashType, key: Uint8Array, message: Uint8Array): Uint8Array<ArrayBuffer> {
    if (message.length === 0) return NO_BYTES;
    const context = new HMACContext();
    context.start(hashType, key);
    context.update(message);
    return context.finish();
  }

  /** Whether the two are equal, in a time that depends on their lengths only. */
  constantTimeCompare(trusted: Uint8Array, received: Uint8Array): boolean {
    return trusted.length === received.length && nodeCrypto.timingSafeEqual(trusted, received);
  }
}

const PKCS1 = nodeCrypto.constants.RSA_PKCS1_PADDING;

/** RFC 8017 9.2 note 1: what comes before the digest. */
const DIGEST_INFO_PREFIX = {
  md5: '3020300c06082a864886f70d020505000410',
  sha1: '3021300906052b0e03021a05000414',
  sha256: '3031300d060960864801650304020105000420',
};

function digestInfo(hashType: HashType, hash: Uint8Array): Uint8Array | null {
  const { name, size } = digestOf(hashType);
  return hash.length === size ? Buffer.concat([Buffer.from(DIGEST_INFO_PREFIX[name], 'hex'), hash]) : null;
}

function requireKey(key: CryptoKey, half: 'public' | 'private'): nodeCrypto.KeyObject {
  const found = half === 'public' ? key.toPublicKeyObject() : key.toKeyObject();
  if (found?.type !== half) throw new TypeError(`this needs a ${half} key`);
  return found;
}

function requireRsa(key: CryptoKey, half: 'public' | 'private'): nodeCrypto.KeyObject {
  const found = requireKey(key, half);
  if (found.asymmetricKeyType === 'rsa') return found;
  throw new TypeError(`this needs an RSA key, not ${found.asymmetricKeyType}`);
}

function orEmpty(operation: () => Uint8Array): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(operation());
  } catch {
    return NO_BYTES;
  }
}
