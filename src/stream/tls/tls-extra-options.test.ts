import { describe, expect, test } from 'vitest';
import { CryptoKey } from '../crypto/crypto-key.ts';
import { X509Certificate } from '../crypto/x509-certificate.ts';
import { checkedExtra, type TLSExtraOptions } from './tls-extra-options.ts';

const key = new CryptoKey();
const certificate = new X509Certificate();
const PAIR = { key, certificate };

const server = (extra: object): TLSExtraOptions => checkedExtra(extra as TLSExtraOptions, true);
const client = (extra: object): TLSExtraOptions => checkedExtra(extra as TLSExtraOptions, false);

test('what is given is kept, as a frozen copy, and nothing else', () => {
  const alpnProtocols = ['h2'];
  const extra = client({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3', alpnProtocols });
  alpnProtocols.push('x');
  expect(extra).toEqual({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3', alpnProtocols: ['h2'] });
  expect([Object.isFrozen(extra), Object.isFrozen(extra.alpnProtocols)]).toEqual([true, true]);
  expect([client({}), server({})]).toEqual([{}, {}]);
});

test.each([
  { minVersion: 'TLSv1.1' },
  { maxVersion: 'SSLv3' },
  { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' },
  { alpnProtocols: [''] },
  { alpnProtocols: ['a'.repeat(256)] },
  { alpnProtocols: ['é'.repeat(128)] },
  { alpnProtocols: [1] },
])('%j throws on either side', (extra) => {
  expect(() => client(extra)).toThrow(TypeError);
  expect(() => server(extra)).toThrow(TypeError);
});

test.each(['a', 'a'.repeat(255)])('an ALPN protocol may be as long as "%s"', (name) => {
  expect(client({ alpnProtocols: [name] })).toEqual({ alpnProtocols: [name] });
});

describe('a server', () => {
  test.each([
    { clientCertificates: 'none' },
    { clientCertificates: 'request', trustedClientChain: certificate },
    { clientCertificates: 'require', trustedClientChain: certificate },
    { certificatesByName: {} },
  ])('takes %o', (extra) => {
    expect(server(extra)).toEqual(extra);
  });

  test.each([
    { clientCertificates: 'require' },
    { clientCertificates: 'request' },
    { clientCertificates: 'maybe', trustedClientChain: certificate },
    { clientCertificates: 'none', trustedClientChain: certificate },
    { trustedClientChain: certificate },
    { clientCertificates: 'require', trustedClientChain: {} },
    { certificate },
    { key },
    { certificateForRedirects: false },
  ])('does not take %o', (extra) => {
    expect(() => server(extra)).toThrow(TypeError);
  });

  test.each([
    ['example.com', 'example.com'],
    ['Example.COM.', 'example.com'],
    ['*.example.com', '*.example.com'],
    ['localhost', 'localhost'],
    ['a_b-c.xn--bcher-kva.example', 'a_b-c.xn--bcher-kva.example'],
    // Names that every object has.
    ['constructor', 'constructor'],
    ['__proto__', '__proto__'],
  ])('knows the name %s as %s', (name, known) => {
    const names = Object.fromEntries([[name, PAIR]]);
    expect(Object.entries(server({ certificatesByName: names }).certificatesByName ?? {})).toEqual([[known, PAIR]]);
  });

  test.each(['', '.', '*', '*.', 'a..b', '*.*.a', 'a.*', 'bücher.example', 'a b', 'a:443'])(
    'has no certificate for the name "%s"',
    (name) => {
      expect(() => server({ certificatesByName: { [name]: PAIR } })).toThrow('is not a host name');
    },
  );

  test('has each name once, whatever its case', () => {
    expect(() => server({ certificatesByName: { 'a.test': PAIR, 'A.test.': PAIR } })).toThrow('twice');
  });

  test.each([{ key }, { certificate }, { key: {}, certificate }, { key, certificate: {} }])(
    'needs a key and a certificate for a name, not %o',
    (pair) => {
      expect(() => server({ certificatesByName: { a: pair } })).toThrow(TypeError);
    },
  );
});

describe('a client', () => {
  test('has a certificate with its key, or neither', () => {
    expect(client(PAIR)).toEqual(PAIR);
    expect(client({ ...PAIR, certificateForRedirects: true })).toEqual({ ...PAIR, certificateForRedirects: true });
    expect(() => client({ key })).toThrow(TypeError);
    expect(() => client({ certificate })).toThrow(TypeError);
    expect(() => client({ ...PAIR, certificateForRedirects: 1 })).toThrow(TypeError);
  });

  test.each([{ clientCertificates: 'none' }, { trustedClientChain: certificate }, { certificatesByName: {} }])(
    'does not take %o',
    (extra) => {
      expect(() => client(extra)).toThrow('are for servers');
    },
  );
});
