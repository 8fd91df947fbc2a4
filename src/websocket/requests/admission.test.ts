import { describe, expect, test } from 'vitest';
import { readHandshakeRequest } from '../../protocol/index.ts';
import { Admission, type AdmissionOptions } from './admission.ts';

const RULES: AdmissionOptions = {
  path: null,
  allowedOrigins: 'same-origin',
  allowedHosts: '*',
  maxConnectionsPerAddress: Number.POSITIVE_INFINITY,
  trustedProxies: [],
  manualHandshake: false,
};

function request(...headers: string[]) {
  const lines = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13', ...headers];
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
  return readHandshakeRequest(`GET / HTTP/1.1\r\nHost: game.test\r\n${[...lines, key].join('\r\n')}\r\n\r\n`);
}

describe('connections from one address', () => {
  test('clients without an address, of a Unix socket, are not counted', () => {
    const admission = new Admission({ ...RULES, maxConnectionsPerAddress: 1 });
    expect([1, 2, 3].map(() => admission.judge(request(), '', false))).toEqual([null, null, null]);
  });

  test('one below, on and above the limit; and again after one has left', () => {
    const admission = new Admission({ ...RULES, maxConnectionsPerAddress: 2 });
    const judge = (address: string) => admission.judge(request(), address, false)?.toString() ?? null;
    expect([judge('1.2.3.4'), judge('1.2.3.4')]).toEqual([null, null]);
    expect(admission.judge(request(), '1.2.3.4', false)).toMatchObject({ status: 429 });
    expect(judge('1.2.3.5')).toBeNull();
    admission.leave('1.2.3.4');
    expect(judge('1.2.3.4')).toBeNull();
    expect(admission.judge(request(), '1.2.3.4', false)).toMatchObject({ status: 429 });
  });

  test.each([0, -1, Number.NaN])('%d cannot be a limit', (limit) => {
    expect(() => new Admission({ ...RULES, maxConnectionsPerAddress: limit })).toThrow(RangeError);
  });
});

test('the program decides on requests that pass the rules, and on no others', () => {
  const admission = new Admission({ ...RULES, path: '/', manualHandshake: true });
  expect(admission.judge(request(), '1.2.3.4', false)).toBe('ask');
  expect(admission.judge(request('Origin: https://evil.test'), '1.2.3.4', false)).toMatchObject({ status: 403 });
});
