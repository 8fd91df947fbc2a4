import { type Failure, isFailure } from '../../failure.ts';
import { type ParsedUrl, parseUrl } from '../../protocol/index.ts';

/** Where a client in Node connects to. */
export interface ClientUrl extends ParsedUrl {
  /** The Unix socket to connect to, instead of `host` and `port`; null for none. */
  readonly socketPath: string | null;
}

/**
 * As `parseUrl`, and also takes `ws+unix:` (as the npm package `ws` does) and `wss+unix:`:
 * `ws+unix:///absolute/path.sock:/request/path?query`, or with one slash instead of three.
 *
 * The first `:` or `?` ends the socket's path. Its percent-encoding is decoded, so that a path can contain these characters. The default
 * of the request's path is `/`. The host is `localhost`, also for the certificate. There are no credentials: the permissions of the
 * socket's file decide who may connect.
 */
export function parseClientUrl(text: string): ClientUrl | Failure {
  const [scheme = '', secure = ''] = /^ws(s?)\+unix:/i.exec(text) ?? [];
  if (scheme === '') return withSocket(parseUrl(text), null);

  const forbidden = /[\p{Cc}\p{Surrogate}]/u.exec(text);
  if (forbidden !== null)
    return invalid(`it has a control character, or half of a surrogate pair, at position ${forbidden.index}`);
  const rest = text.slice(scheme.length).replace(/#.*$/s, '').replace(/^\/\//, '');
  if (!rest.startsWith('/')) {
    return invalid('it has no absolute path of a socket, as in ws+unix:///run/game.sock:/path; there is no host in it');
  }
  const end = rest.search(/[:?]/);
  const socketPath = decode(end < 0 ? rest : rest.slice(0, end));
  if (socketPath === null) return invalid('the percent-encoding of its socket is not UTF-8');
  const target = end < 0 ? '' : rest.slice(end).replace(/^:/, '');
  if (/^[^/?]/.test(target)) {
    return invalid('after the ":" behind its socket comes the path of the request, which begins with "/"');
  }
  return withSocket(parseUrl(`ws${secure}://localhost${target}`), socketPath);
}

function withSocket(url: ParsedUrl | Failure, socketPath: string | null): ClientUrl | Failure {
  return isFailure(url) ? url : { ...url, socketPath };
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function invalid(problem: string): Failure {
  return { code: 'TICKPEER_INVALID_URL', message: `The URL cannot be used: ${problem}.` };
}
