import { expect, test } from 'vitest';
import { makeIdentity } from '../../../test/support/certificates.ts';
import { TLSOptions } from '../../stream/index.ts';
import { redirectedTls } from './redirected-tls.ts';

test('options without a client certificate are used unchanged', async () => {
  const { certificate } = await makeIdentity('authority');
  for (const options of [TLSOptions.client(), TLSOptions.client(certificate, 'name'), TLSOptions.clientUnsafe()]) {
    expect(redirectedTls(options)).toBe(options);
  }
});

test('the certificate is kept only when certificateForRedirects is true', async () => {
  const { key, certificate } = await makeIdentity('client');
  const [allowed, refused] = [true, false].map((certificateForRedirects) =>
    TLSOptions.client(null, '', { certificate, key, certificateForRedirects }),
  ) as [TLSOptions, TLSOptions];
  expect(redirectedTls(allowed)).toBe(allowed);
  expect(redirectedTls(refused).getExtraOptions()).toEqual({});
});

test('otherwise the certificate and its key are left out, and everything else is kept', async () => {
  const [{ key, certificate }, authority] = await Promise.all([makeIdentity('client'), makeIdentity('authority')]);
  const rest = { minVersion: 'TLSv1.3', alpnProtocols: ['http/1.1'] } as const;
  const options = TLSOptions.client(authority.certificate, 'name', { ...rest, certificate, key });
  const redirected = redirectedTls(options);
  expect(redirected.getExtraOptions()).toEqual(rest);
  expect(redirected.getTrustedCaChain()).toBe(authority.certificate);
  expect(redirected.getCommonNameOverride()).toBe('name');
  expect([redirected.isUnsafeClient(), redirected.isServer()]).toEqual([false, false]);
  expect(options.getExtraOptions().certificate).toBe(certificate);
});

test('a client that does not verify the server does not verify it after a redirect either', async () => {
  const [{ key, certificate }, authority] = await Promise.all([makeIdentity('client'), makeIdentity('authority')]);
  const redirected = redirectedTls(TLSOptions.clientUnsafe(authority.certificate, { certificate, key }));
  expect(redirected.isUnsafeClient()).toBe(true);
  expect(redirected.getTrustedCaChain()).toBe(authority.certificate);
  expect(redirected.getExtraOptions()).toEqual({});
});

test('the same options give the same object, other options another one', async () => {
  const { key, certificate } = await makeIdentity('client');
  const [one, other] = [1, 2].map(() => TLSOptions.client(null, '', { certificate, key })) as [TLSOptions, TLSOptions];
  expect(redirectedTls(one)).toBe(redirectedTls(one));
  expect(redirectedTls(one)).not.toBe(redirectedTls(other));
});
