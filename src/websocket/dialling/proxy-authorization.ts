import { encodeBase64 } from '../../protocol/index.ts';
import { encodeUtf8 } from '../platform/utf8.ts';
import type { ProxyServer } from '../settings/proxy-options.ts';

/**
 * The headers of the CONNECT request besides `Host`: the program's, and `Proxy-Authorization: Basic …` in UTF-8 (RFC 7617 section 2)
 * for the credentials of the proxy's URL. A `Proxy-Authorization` of the program's replaces that of the URL.
 */
export function proxyHeaders({ credentials, headers }: ProxyServer): readonly string[] {
  if (credentials === null || headers.some(isAuthorization)) return headers;
  const { user, password } = credentials;
  return [`Proxy-Authorization: Basic ${encodeBase64(encodeUtf8(`${user}:${password}`))}`, ...headers];
}

/** Whether the CONNECT request has a `Proxy-Authorization`. */
export function isAuthorized({ credentials, headers }: ProxyServer): boolean {
  return credentials !== null || headers.some(isAuthorization);
}

function isAuthorization(line: string): boolean {
  return /^proxy-authorization:/i.test(line);
}
