import { createHash, createSign, createVerify, generateKeyPairSync, createHmac as nodeHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ErrorCode } from '../../error-code.ts';
import { issueCertificate } from './certificate-issuer.ts';
import { Crypto } from './crypto.ts';
import { CryptoKey } from './crypto-key.ts';
import { HashType } from './hash-type.ts';
import { HMACContext } from './hmac-context.ts';
import { X509Certificate } from './x509-certificate.ts';

const crypto = new Crypto();
const rsa = crypto.generateRsa(2048);
const otherRsa = crypto.generateRsa(2048);
const ec = crypto.generateEc();
const message = Buffer.from('a message');
const one = (await crypto.generateSelfSignedCertificate(ec, 'CN=one')).saveToString();
const two = (await crypto.generateSelfSignedCertificate(ec, 'CN=two')).saveToString();
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tickpeer-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('Crypto', () => {
  test('random bytes have the length asked for and differ', () => {
    expect(crypto.generateRandomBytes(0)).toHaveLength(0);
    const bytes = crypto.generateRandomBytes(32);
    expect(bytes).toHaveLength(32);
    expect(bytes).not.toEqual(crypto.generateRandomBytes(32));
  });

  test.each([
    [HashType.HASH_MD5, 'md5'],
    [HashType.HASH_SHA1, 'sha1'],
    [HashType.HASH_SHA256, 'sha256'],
  ])('a signature of digest %s is the one that Node makes of the message', (hashType, name) => {
    const hash = createHash(name).update(message).digest();
    const signature = crypto.sign(hashType, hash, rsa);
    expect(Buffer.from(signature)).toEqual(createSign(name).update(message).sign(rsa.toKeyObject()!));
    expect(createVerify(name).update(message).verify(rsa.toPublicKeyObject()!, signature)).toBe(true);
    expect(crypto.verify(hashType, hash, signature, rsa)).toBe(true);
    expect(crypto.verify(hashType, hash, signature, otherRsa)).toBe(false);
    expect(crypto.verify(hashType, createHash(name).update('x').digest(), signature, rsa)).toBe(false);
    expect(crypto.verify(hashType, hash.subarray(1), signature, rsa)).toBe(false);
    expect(crypto.sign(hashType, hash.subarray(1), rsa)).toHaveLength(0);
    expect(crypto.sign(hashType, Buffer.concat([hash, hash.subarray(0, 1)]), rsa)).toHaveLength(0);
    expect(crypto.verify(hashType, hash, signature.subarray(1), rsa)).toBe(false);
  });

  test('a signature that begins with zero does not verify without the zero', () => {
    // One in 256 does.
    for (let count = 0; count < 10_000; count++) {
      const hash = createHash('sha256').update(`${count}`).digest();
      const signature = crypto.sign(HashType.HASH_SHA256, hash, rsa);
      if (signature[0] !== 0) continue;
      expect(crypto.verify(HashType.HASH_SHA256, hash, signature, rsa)).toBe(true);
      expect(crypto.verify(HashType.HASH_SHA256, hash, signature.subarray(1), rsa)).toBe(false);
      return;
    }
    expect.unreachable('no signature began with zero');
  }, 30_000);

  test('an operation that the kind of key does not have throws a TypeError', () => {
    const hash = createHash('sha256').update(message).digest();
    const publicOnly = new CryptoKey();
    publicOnly.loadFromString(rsa.saveToString(true), true);
    expect(() => crypto.sign(HashType.HASH_SHA256, hash, ec)).toThrow(/RSA key, not ec/);
    expect(() => crypto.sign(HashType.HASH_SHA256, hash, publicOnly)).toThrow(TypeError);
    expect(() => crypto.sign(HashType.HASH_SHA256, hash, new CryptoKey())).toThrow(TypeError);
    expect(() => crypto.sign(7 as HashType, hash, rsa)).toThrow(TypeError);
    expect(crypto.verify(HashType.HASH_SHA256, hash, crypto.sign(HashType.HASH_SHA256, hash, rsa), publicOnly)).toBe(
      true,
    );
  });

  test('an HMAC is the one of RFC 4231 test case 2', () => {
    const key = Buffer.from('Jefe');
    const text = Buffer.from('what do ya want for nothing?');
    const digest = Buffer.from(crypto.hmacDigest(HashType.HASH_SHA256, key, text));
    expect(digest.toString('hex')).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
    expect(Buffer.from(crypto.hmacDigest(HashType.HASH_SHA1, key, text))).toEqual(
      nodeHmac('sha1', key).update(text).digest(),
    );
    expect(crypto.hmacDigest(HashType.HASH_MD5, key, text)).toHaveLength(0);
    expect(crypto.hmacDigest(HashType.HASH_SHA256, key, new Uint8Array(0))).toHaveLength(0);
    expect(crypto.hmacDigest(HashType.HASH_SHA256, new Uint8Array(0), text)).toHaveLength(0);
  });

  test('an HMAC context takes its data in pieces, and only in the right order of calls', () => {
    const context = new HMACContext();
    expect(context.update(message)).toBe(ErrorCode.ERR_UNCONFIGURED);
    expect(context.finish()).toHaveLength(0);
    expect(context.start(HashType.HASH_MD5, message)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(context.start(HashType.HASH_SHA256, message)).toBe(ErrorCode.OK);
    expect(context.start(HashType.HASH_SHA256, message)).toBe(ErrorCode.ERR_FILE_ALREADY_IN_USE);
    expect(context.update(message.subarray(0, 4))).toBe(ErrorCode.OK);
    expect(context.update(new Uint8Array(0))).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(context.update(message.subarray(4))).toBe(ErrorCode.OK);
    expect(context.finish()).toEqual(crypto.hmacDigest(HashType.HASH_SHA256, message, message));
    expect(context.start(HashType.HASH_SHA1, message)).toBe(ErrorCode.OK);
  });

  test('constant-time comparison compares length and content', () => {
    expect(crypto.constantTimeCompare(message, Buffer.from('a message'))).toBe(true);
    expect(crypto.constantTimeCompare(message, Buffer.from('a messagE'))).toBe(false);
    expect(crypto.constantTimeCompare(message, message.subarray(1))).toBe(false);
    expect(crypto.constantTimeCompare(new Uint8Array(0), new Uint8Array(0))).toBe(true);
  });
});

describe('a self-signed certificate', () => {
  test.each([
    ['RSA', rsa],
    ['P-256', ec],
    ['P-384', crypto.generateEc('P-384')],
    ['P-521', crypto.generateEc('P-521')],
  ])('for an %s key has the requested name and dates', async (_name, key) => {
    const subjectAltNames = ['game.example', '127.0.0.1', '::1', '[2001:db8::ff00:42:8329]', '::ffff:10.1.2.3'];
    const certificate = await crypto.generateSelfSignedCertificate(
      key,
      'CN=game.example,O=A\\, B,C=IT',
      undefined,
      undefined,
      {
        subjectAltNames,
      },
    );
    const [node, ...others] = certificate.toNodeCertificates();
    expect(others).toEqual([]);
    expect(node!.subject.split('\n')).toEqual(['CN=game.example', 'O=A\\, B', 'C=IT']);
    expect(node!.issuer).toBe(node!.subject);
    expect(node!.ca).toBe(true);
    expect(node!.verify(key.toPublicKeyObject()!)).toBe(true);
    expect(node!.checkPrivateKey(key.toKeyObject()!)).toBe(true);
    expect(node!.checkIssued(node!)).toBe(true);
    expect(new Date(node!.validFrom).toISOString()).toBe('2014-01-01T00:00:00.000Z');
    expect(new Date(node!.validTo).toISOString()).toBe('2034-01-01T00:00:00.000Z');
    expect(node!.serialNumber).toHaveLength(40);
    expect(node!.checkHost('game.example')).toBe('game.example');
    expect(node!.checkHost('other.example')).toBeUndefined();
    for (const address of ['127.0.0.1', '::1', '2001:db8::ff00:42:8329']) {
      expect(node!.checkIP(address)).toBe(address);
    }
    expect(node!.subjectAltName).toContain('IP Address:0:0:0:0:0:FFFF:A01:203');
  });

  test('two have different serial numbers', async () => {
    const one = await crypto.generateSelfSignedCertificate(ec);
    const two = await crypto.generateSelfSignedCertificate(ec);
    expect(one.toNodeCertificates()[0]?.serialNumber).not.toBe(two.toNodeCertificates()[0]?.serialNumber);
    expect(one.toNodeCertificates()[0]?.subject).toBe('CN=myserver\nO=myorganisation\nC=IT');
  });

  test('dates have another form from the year 2050 on, and both forms are read back', async () => {
    const certificate = await crypto.generateSelfSignedCertificate(ec, 'CN=a', '20491231235959', '20500101000000');
    expect(new Date(certificate.toNodeCertificates()[0]!.validFrom).toISOString()).toBe('2049-12-31T23:59:59.000Z');
    expect(new Date(certificate.toNodeCertificates()[0]!.validTo).toISOString()).toBe('2050-01-01T00:00:00.000Z');
  });

  test.each([
    ['', undefined],
    ['CN', undefined],
    ['CN=', undefined],
    ['XX=1', undefined],
    ['C=ITA', undefined],
    ['CN=a', '2014'],
    ['CN=a', '20140230000000'],
    ['CN=a', '20141301000000'],
    ['CN=a', '19491231235959'],
    ['C=ÃÃ', undefined],
    ['DC=grüße', undefined],
  ])('of the name "%s" and the date %s is a TypeError', async (name, date) => {
    await expect(crypto.generateSelfSignedCertificate(ec, name, date)).rejects.toThrow(TypeError);
  });

  test('needs a private key and alternative names that are names', async () => {
    const publicOnly = new CryptoKey();
    publicOnly.loadFromString(ec.saveToString(true), true);
    await expect(crypto.generateSelfSignedCertificate(publicOnly)).rejects.toThrow(TypeError);
    await expect(crypto.generateSelfSignedCertificate(new CryptoKey())).rejects.toThrow(TypeError);
    for (const name of ['', 'grüße.example', 'a b']) {
      const options = { subjectAltNames: [name] };
      await expect(crypto.generateSelfSignedCertificate(ec, 'CN=a', undefined, undefined, options)).rejects.toThrow(
        TypeError,
      );
    }
  });

  test.each([
    ['ed25519', generateKeyPairSync('ed25519').privateKey, /not ed25519/],
    ['secp256k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey, /not ec on secp256k1/],
  ])('with a key of another kind, %s, throws a TypeError that names the kind', async (_name, key, message) => {
    const failure = crypto.generateSelfSignedCertificate(CryptoKey.fromKeyObject(key));
    await expect(failure).rejects.toThrow(TypeError);
    await expect(failure).rejects.toThrow(message);
  });

  test('keeps every part of a name, in its order, with special characters unchanged', async () => {
    const name = 'CN=C++ "server" #1 = grüße, SERIALNUMBER=7,STREET=\\\\, UID=#00,DC=example,emailAddress=a@b.example';
    const [node] = (await crypto.generateSelfSignedCertificate(ec, name)).toNodeCertificates();
    const fields = node!.toLegacyObject().subject as unknown as Record<string, string>;
    expect(fields).toEqual({
      CN: 'C++ "server" #1 = grüße',
      serialNumber: '7',
      street: '\\',
      UID: '#00',
      DC: 'example',
      emailAddress: 'a@b.example',
    });
    expect(Object.keys(fields)).toEqual(['CN', 'serialNumber', 'street', 'UID', 'DC', 'emailAddress']);
  });
});

describe('X509Certificate', () => {
  const subjects = (certificate: X509Certificate) => certificate.toNodeCertificates().map((each) => each.subject);

  test('loading twice appends, and the whole chain is saved', () => {
    const chain = new X509Certificate();
    expect(chain.loadFromString(`some words\n${one}`)).toBe(ErrorCode.OK);
    expect(chain.loadFromString(two)).toBe(ErrorCode.OK);
    const path = join(folder, 'chain.crt');
    expect(chain.save(path)).toBe(ErrorCode.OK);
    const loaded = new X509Certificate();
    expect(loaded.load(path)).toBe(ErrorCode.OK);
    expect(subjects(loaded)).toEqual(['CN=one', 'CN=two']);
    expect(loaded.saveToString()).toBe(readFileSync(path, 'utf8'));
  });

  test('invalid certificates in a chain are skipped', () => {
    const chain = new X509Certificate();
    const bad = one.replace(/MII/, 'AAA');
    expect(chain.loadFromString(bad + two)).toBe(ErrorCode.OK);
    expect(subjects(chain)).toEqual(['CN=two']);
  });

  test('errors: nothing to parse, no file, nothing to save', () => {
    const chain = new X509Certificate();
    expect(chain.loadFromString('no certificate')).toBe(ErrorCode.FAILED);
    expect(chain.loadFromString('')).toBe(ErrorCode.FAILED);
    expect(chain.load(join(folder, 'missing.crt'))).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(chain.save(join(folder, 'x.crt'))).toBe(ErrorCode.FAILED);
    expect(chain.saveToString()).toBe('');
    chain.loadFromString(one);
    expect(chain.save(join(folder, 'no', 'such', 'folder.crt'))).toBe(ErrorCode.ERR_INVALID_PARAMETER);
  });

  test('a certificate signed by another one verifies against it', async () => {
    const leafKey = crypto.generateEc();
    const leaf = new X509Certificate();
    leaf.loadFromString(
      await issueCertificate({
        key: leafKey.toPublicKeyObject()!,
        subject: 'CN=leaf',
        issuer: 'CN=one',
        issuerKey: ec.toKeyObject()!,
        notBefore: '20200101000000',
        notAfter: '20600101000000',
        isAuthority: false,
        subjectAltNames: ['leaf.example'],
      }),
    );
    const [node] = leaf.toNodeCertificates();
    expect(node!.ca).toBe(false);
    expect(node!.verify(ec.toPublicKeyObject()!)).toBe(true);
    expect(node!.issuer).toBe('CN=one');
  });
});

describe('CryptoKey', () => {
  test('private and public halves are saved and loaded', () => {
    const path = join(folder, 'server.key');
    expect(rsa.save(path)).toBe(ErrorCode.OK);
    expect(statSync(path).mode & 0o077).toBe(0);
    const loaded = new CryptoKey();
    expect(loaded.load(path)).toBe(ErrorCode.OK);
    expect(loaded.saveToString()).toBe(rsa.saveToString());
    expect(loaded.isPublicOnly()).toBe(false);

    const publicPath = join(folder, 'server.pub');
    expect(rsa.save(publicPath, true)).toBe(ErrorCode.OK);
    const publicKey = new CryptoKey();
    expect(publicKey.load(publicPath, true)).toBe(ErrorCode.OK);
    expect(publicKey.isPublicOnly()).toBe(true);
    expect(publicKey.saveToString(true)).toBe(rsa.saveToString(true));
    expect(publicKey.saveToString()).toBe('');
    expect(publicKey.save(path)).toBe(ErrorCode.FAILED);
  });

  test('the public half of a private key can be loaded alone', () => {
    const key = new CryptoKey();
    expect(key.loadFromString(rsa.saveToString(), true)).toBe(ErrorCode.OK);
    expect(key.isPublicOnly()).toBe(true);
  });

  test('errors: no key, a public one where a private one is wanted, an encrypted one, no file', () => {
    const key = new CryptoKey();
    expect(key.isPublicOnly()).toBe(false);
    expect(key.saveToString()).toBe('');
    expect(key.loadFromString('no key')).toBe(ErrorCode.FAILED);
    expect(key.loadFromString(rsa.saveToString(true))).toBe(ErrorCode.FAILED);
    const secret = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' } as const;
    expect(key.loadFromString(String(ec.toKeyObject()!.export(secret)))).toBe(ErrorCode.FAILED);
    expect(key.load(join(folder, 'missing.key'))).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    writeFileSync(join(folder, 'empty.key'), '');
    expect(key.load(join(folder, 'empty.key'))).toBe(ErrorCode.FAILED);
    expect(rsa.save(join(folder, 'no', 'folder.key'))).toBe(ErrorCode.ERR_INVALID_PARAMETER);
  });
});
