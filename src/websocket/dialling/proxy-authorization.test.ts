import { describe, expect, test } from 'vitest';
import { isFailure } from '../../failure.ts';
import { type ProxyOptions, type ProxyServer, readProxy } from '../settings/proxy-options.ts';
import { isAuthorized, proxyHeaders } from './proxy-authorization.ts';

function proxyOf(setting: string | ProxyOptions): ProxyServer {
  const proxy = readProxy(setting);
  if (isFailure(proxy)) throw new Error(proxy.message);
  return proxy;
}

describe('the headers for a proxy', () => {
  test.each<[string, string | ProxyOptions, readonly string[]]>([
    ['a user and a password', 'http://user:secret@host', ['Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=']],
    ['a user without a password', 'http://user@host', ['Proxy-Authorization: Basic dXNlcjo=']],
    ['UTF-8', 'http://us%40er:p%3A%2f%C3%A9@host', ['Proxy-Authorization: Basic dXNAZXI6cDovw6k=']],
    ['no credentials', 'http://host', []],
    ['headers without credentials', { url: 'http://host', headers: ['X-Trace:  1'] }, ['X-Trace: 1']],
    [
      'credentials before the program’s headers',
      { url: 'http://u:p@host', headers: ['X-Trace: 1'] },
      ['Proxy-Authorization: Basic dTpw', 'X-Trace: 1'],
    ],
    [
      'the program’s Proxy-Authorization instead of the URL’s',
      { url: 'http://u:p@host', headers: ['proxy-authorization: Bearer token'] },
      ['proxy-authorization: Bearer token'],
    ],
  ])('%s', (_name, setting, headers) => {
    const proxy = proxyOf(setting);
    expect(proxyHeaders(proxy)).toEqual(headers);
    expect(isAuthorized(proxy)).toBe(headers.some((line) => /^proxy-authorization:/i.test(line)));
  });
});
