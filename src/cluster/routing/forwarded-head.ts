import type { IncomingMessage } from 'node:http';

/** What Node has read of a request's head. */
export type RequestHead = Pick<IncomingMessage, 'method' | 'url' | 'httpVersion' | 'rawHeaders'>;

/** A proxy or a client in front of this process, as the connection shows it. */
export interface Hop {
  /** The IP address; `''` for a Unix socket. */
  readonly address: string;
  /** Whether the `X-Forwarded-For` that it sends is true. */
  readonly isTrusted: boolean;
}

const FORWARDED_FOR = 'X-Forwarded-For';

/**
 * The bytes of a request's head for the node that has the room: as they came, but with one `X-Forwarded-For`, to which the address of
 * `hop` is appended. From a hop that is not trusted nothing is kept of that header, because a client can write anything there. Null when
 * a line has a character that would begin another one, which Node's parser reads only with `insecureHTTPParser`.
 *
 * `Connection` and `Upgrade` stay: they are the request for a WebSocket, and the two connections become one.
 */
export function forwardedHead({ method, url, httpVersion, rawHeaders }: RequestHead, hop: Hop): Buffer | null {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  const addresses: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
    if (name.toLowerCase() !== FORWARDED_FOR.toLowerCase()) lines.push(`${name}: ${value}`);
    // Several lines are one list, in their order (RFC 9110 5.3).
    else if (hop.isTrusted && value !== '') addresses.push(value);
  }
  if (hop.address !== '') addresses.push(plainIPv4(hop.address));
  if (addresses.length > 0) lines.push(`${FORWARDED_FOR}: ${addresses.join(', ')}`);
  return headBytes(lines);
}

/** The bytes of a request's head for a process that gets the client's socket: as they came. Null as for `forwardedHead`. */
export function sameHead({ method, url, httpVersion, rawHeaders }: RequestHead): Buffer | null {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  return headBytes(lines);
}

function headBytes(lines: readonly string[]): Buffer | null {
  if (lines.some((line) => /[\r\n\0]/.test(line))) return null;
  // Node reads the head's bytes as Latin-1, one character each.
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

/** An IPv4 address without the prefix that it has on a dual-stack socket (RFC 4291 2.5.5.2). */
function plainIPv4(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
