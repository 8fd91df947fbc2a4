import { expect, test } from 'vitest';
import { makeIdentity } from '../../../test/support/certificates.ts';
import { CryptoKey } from '../crypto/crypto-key.ts';
import { X509Certificate } from '../crypto/x509-certificate.ts';
import { checkOptions, checkServerOptions, namedContextOf, secureContextOf } from './tls-context.ts';
import { TLSOptions } from './tls-options.ts';

const [own, other] = await Promise.all([makeIdentity('own.test'), makeIdentity('other.test')]);
const BAD = { code: 'TICKPEER_INVALID_TLS_OPTIONS' };

test('a context is built once for its options', () => {
  const options = TLSOptions.server(own.key, own.certificate);
  expect(secureContextOf(options)).toBe(secureContextOf(options));
  expect(secureContextOf(options)).not.toBe(secureContextOf(TLSOptions.server(own.key, own.certificate)));
});

test('a server’s options have a key and its certificate', () => {
  expect(checkServerOptions(TLSOptions.server(own.key, own.certificate))).toBeNull();
  for (const [key, certificate] of [
    [own.key, other.certificate],
    [own.key, new X509Certificate()],
    [new CryptoKey(), own.certificate],
  ] as const) {
    expect(checkServerOptions(TLSOptions.server(key, certificate))).toMatchObject(BAD);
  }
});

test('a server cannot use a client’s options, which are good for a client', () => {
  for (const options of [TLSOptions.client(), TLSOptions.clientUnsafe()]) {
    expect(checkServerOptions(options)).toMatchObject(BAD);
    expect(checkOptions(options)).toBeNull();
  }
});

test('a client’s own certificate belongs to its key', () => {
  const { key, certificate } = own;
  expect(checkOptions(TLSOptions.client(null, '', { key, certificate }))).toBeNull();
  expect(checkOptions(TLSOptions.client(null, '', { key, certificate: other.certificate }))).toMatchObject(BAD);
});

test('options that failed fail again', () => {
  const options = TLSOptions.server(own.key, other.certificate);
  expect([checkOptions(options), checkOptions(options)]).toMatchObject([BAD, BAD]);
  expect(() => secureContextOf(options)).toThrow();
});

test('a name has its own context: the exact one, then that of a star for its first label', () => {
  const { key, certificate } = other;
  const pair = { key, certificate };
  const options = TLSOptions.server(own.key, own.certificate, {
    certificatesByName: { 'a.test': pair, '*.test': pair, '*.b.test': pair },
  });
  const [a, star, deep] = ['a.test', 'x.test', 'x.b.test'].map((name) => namedContextOf(options, name));
  expect(new Set([a, star, deep, secureContextOf(options)]).size).toBe(4);
  expect([namedContextOf(options, 'A.TEST'), namedContextOf(options, 'Y.Test')]).toEqual([a, star]);
  for (const name of ['test', '', 'x.y.b.test', 'a.test.', 'other']) expect(namedContextOf(options, name)).toBeNull();
});

test('a name whose key does not belong to its certificate makes the options bad', () => {
  const certificatesByName = { 'a.test': { key: own.key, certificate: other.certificate } };
  expect(checkServerOptions(TLSOptions.server(own.key, own.certificate, { certificatesByName }))).toMatchObject(BAD);
});
