import { expect, test } from 'vitest';
import { IpNetworks } from './ip-networks.ts';

test.each([
  ['10.0.0.1', '10.0.0.1', '10.0.0.2'],
  ['10.0.0.0/8', '10.255.0.1', '11.0.0.1'],
  ['10.0.0.0/32', '10.0.0.0', '10.0.0.1'],
  ['0.0.0.0/0', '203.0.113.1', '::1'],
  ['2001:db8::/32', '2001:db8:1::1', '2001:db9::1'],
  ['::1', '::1', '::2'],
  ['fe80::/10', 'fe80::1%eth0', 'ff02::1'],
  ['10.0.0.0/8', '10.0.0.1', 'localhost'],
  ['10.0.0.0/8', '10.0.0.1', ''],
])('%s has %s, and not %s', (entry, inside, outside) => {
  const networks = new IpNetworks();
  expect(networks.add(entry)).toBe(true);
  expect([networks.has(inside), networks.has(outside)]).toEqual([true, false]);
});

test.each(['', '/8', 'localhost', '10.0.0.0/', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/8/9', '10.0.0.0/8.0', '::/129'])(
  '%j is not a network',
  (entry) => {
    const networks = new IpNetworks();
    expect(networks.add(entry)).toBe(false);
    expect(networks.has('10.0.0.1')).toBe(false);
  },
);
