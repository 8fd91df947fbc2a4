import { type Failure, isFailure } from '../../failure.ts';
import { type ParsedUrl, parseUrl } from '../../protocol/index.ts';

/** Where a client in Node connects to. */
export interface ClientUrl extends ParsedUrl {
  /** The Unix socket to connect to, instead of `host` and `port`; null for none. */
  readonly socketPath: string | null;
}

/**
 * As `parseUrl`, and beyond it `ws+unix:` and `wss+unix:`, as the npm package `ws` has the former:
 * `ws+unix:///absolute/path.sock:/request/path?query`, or with one slash instead of three.
 *
 * The first `:` or `?` ends the socket's path; what is percent-encoded in it is decoded, so that it can have these, too. The request
 * is for `/` where there is none. Its host is `localhost`, also for the certificate. There are no credentials: the
 * socket's file says who may come.
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
    return invalid('what stands behind the ":" after its socket is the path of the request, and begins with "/"');
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
