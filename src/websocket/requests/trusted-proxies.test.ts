import { describe, expect, test } from 'vitest';
import { readHandshakeRequest } from '../../protocol/index.ts';
import { TrustedProxies } from './trusted-proxies.ts';

function request(...headers: string[]) {
  const lines = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13', ...headers];
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
  return readHandshakeRequest(`GET / HTTP/1.1\r\nHost: game.test\r\n${[...lines, key].join('\r\n')}\r\n\r\n`);
}

describe('the address of a client', () => {
  const behind = (address: string, forwarded: string | null, ...trustedProxies: string[]): string =>
    new TrustedProxies(trustedProxies).clientAddress(
      request(...(forwarded === null ? [] : [`X-Forwarded-For: ${forwarded}`])),
      address,
    );

  test.each<[what: string, found: string, expected: string]>([
    ['without a header', behind('10.0.0.1', null, '10.0.0.0/8'), '10.0.0.1'],
    ['no proxy is trusted', behind('10.0.0.1', '1.2.3.4'), '10.0.0.1'],
    ['another proxy is trusted', behind('11.0.0.1', '1.2.3.4', '10.0.0.0/8'), '11.0.0.1'],
    ['through one proxy', behind('10.0.0.1', '1.2.3.4', '10.0.0.0/8'), '1.2.3.4'],
    ['through two', behind('10.0.0.1', '1.2.3.4, 10.0.0.2', '10.0.0.0/8'), '1.2.3.4'],
    ['an address forged by the client is before it', behind('10.0.0.1', '6.6.6.6, 1.2.3.4', '10.0.0.1'), '1.2.3.4'],
    ['a client inside', behind('10.0.0.1', '10.0.0.7', '10.0.0.0/8'), '10.0.0.7'],
    ['nonsense ends it', behind('10.0.0.1', '1.2.3.4, unknown', '10.0.0.1'), '10.0.0.1'],
    ['with a port', behind('10.0.0.1', '1.2.3.4:5678', '10.0.0.1'), '1.2.3.4'],
    ['IPv6 with brackets and port', behind('::1', '[2001:db8::1]:443', '::1'), '2001:db8::1'],
    ['an IPv6 network', behind('2001:db8::5', '1.2.3.4', '2001:db8::/32'), '1.2.3.4'],
    ['by a Unix socket that is trusted', behind('', '1.2.3.4', 'unix'), '1.2.3.4'],
    ['by one that is not', behind('', '1.2.3.4', '10.0.0.0/8'), ''],
    ['a Unix socket alone is trusted', behind('10.0.0.1', '1.2.3.4', 'unix'), '10.0.0.1'],
    ['an empty header', behind('10.0.0.1', '', '10.0.0.1'), '10.0.0.1'],
  ])('%s', (_what, found, expected) => {
    expect(found).toBe(expected);
  });

  test('several header lines are one list', () => {
    const proxies = new TrustedProxies(['10.0.0.0/8']);
    const twice = request('X-Forwarded-For: 6.6.6.6', 'X-Forwarded-For: 1.2.3.4');
    expect(proxies.clientAddress(twice, '10.0.0.1')).toBe('1.2.3.4');
  });

  test.each(['', 'localhost', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.0/x', '::/129', '1.2.3'])(
    '%j cannot be a proxy',
    (entry) => {
      expect(() => new TrustedProxies([entry])).toThrow(RangeError);
    },
  );
});
