import type { Failure } from '../../failure.ts';
import type { ParsedUrl } from './url.ts';

/** The parts of the browser's `URL` that are used here; this compiles without the DOM's types. */
interface BrowserUrl {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
  readonly search: string;
  readonly username: string;
  readonly password: string;
}
const { URL } = globalThis as unknown as { readonly URL: new (text: string) => BrowserUrl }; // every browser has it

/** As in url.ts, with the browser's own parser, which the browser's `WebSocket` uses in any case. */
export function parseUrl(text: string): ParsedUrl | Failure {
  // The standard allows control characters, and drops some.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are meant
  if (text === '' || /[\0-\x1f\x7f]/.test(text)) return invalid(`${JSON.stringify(text)} cannot be one`);
  try {
    const url = new URL(/^[\w+.-]*:\/\//.test(text) ? text : `ws://${text}`);
    const { protocol, username, password } = url;
    if (protocol !== 'ws:' && protocol !== 'wss:') return invalid(`its scheme is "${protocol}"`);
    if (url.port === '0') return invalid('its port is 0');
    // Chromium escapes what cannot be in a host.
    if (url.hostname === '' || url.hostname.includes('%')) return invalid('its host cannot be one');
    const secure = protocol === 'wss:';
    return {
      secure,
      host: url.hostname,
      port: Number(url.port) || (secure ? 443 : 80),
      target: url.pathname + url.search,
      authorization: username + password === '' ? null : { user: username, password },
    };
  } catch {
    return invalid('the browser cannot parse it');
  }
}

/** Host and port, without the scheme's default port. */
export function hostHeader({ secure, host, port }: ParsedUrl): string {
  return port === (secure ? 443 : 80) ? host : `${host}:${port}`;
}

function invalid(problem: string): Failure {
  return { code: 'TICKPEER_INVALID_URL', message: `The URL cannot be used: ${problem}.` };
}
