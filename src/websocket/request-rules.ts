import type { HandshakeRequest } from '../protocol/index.ts';
import type { Refusal } from './server-session.ts';

/** Which web pages may connect: those of the same host, of the origins listed (`https://example.com`), or all. */
export type AllowedOrigins = 'same-host' | '*' | readonly string[];

/** What a request must fulfil before a server lets it in. */
export interface RequestRules {
  /** The one path that is served; null: every path. */
  readonly path: string | null;
  readonly allowedOrigins: AllowedOrigins;
}

/** 404 for another path, 403 for a web page of another origin. Programs that are not browsers send no `Origin`. */
export function requestRule(rules: RequestRules): (request: HandshakeRequest) => Refusal | null {
  return (request) => {
    if (rules.path !== null && request.path !== rules.path) {
      return { status: 404, body: `There is no WebSocket at ${request.path}.` };
    }
    return isOriginAllowed(request, rules.allowedOrigins) ? null : refuseOrigin(request, rules.allowedOrigins);
  };
}

/** For a connection beyond a server's cap. */
export function overloaded(maxConnections: number): Refusal {
  const limit = { limit: 'maxConnections', value: maxConnections } as const;
  return { status: 503, body: 'The server has as many connections as it takes.', limit };
}

/** For one of more than `maxPendingHandshakes` clients in the handshake. */
export function slowest(maxPendingHandshakes: number): Refusal {
  const limit = { limit: 'maxPendingHandshakes', value: maxPendingHandshakes } as const;
  return { status: 503, body: 'Too many clients are in the handshake, and this one is the slowest.', limit };
}

/** For clients that are in the handshake when a server stops. */
export const STOPPING: Refusal = { status: 503, body: 'The server stops.' };

/** RFC 6455 10.2; a browser cannot forge it, and does send it. */
function isOriginAllowed(request: HandshakeRequest, allowed: AllowedOrigins): boolean {
  const { origin } = request;
  if (origin === null || allowed === '*') return true;
  if (allowed !== 'same-host') return allowed.includes(origin);
  return hostName(origin.replace(/^[a-z0-9+.-]+:\/\//i, '')) === hostName(request.host);
}

function hostName(host: string): string {
  return host.replace(/:\d*$/, '').toLowerCase();
}

function refuseOrigin({ origin, host }: HandshakeRequest, allowed: AllowedOrigins): Refusal {
  const body = `Pages of the origin ${origin} may not connect to ${host}: allowedOrigins is ${describeOrigins(allowed)}.`;
  return { status: 403, body };
}

const MOST_SHOWN = 5;

/** For messages: the setting, or the first of its origins. */
export function describeOrigins(allowed: AllowedOrigins): string {
  if (typeof allowed === 'string') return `'${allowed}'`;
  const shown = allowed.slice(0, MOST_SHOWN).map((origin) => `'${origin}'`);
  const more = allowed.length > MOST_SHOWN ? [`${allowed.length - MOST_SHOWN} more`] : [];
  return `[${[...shown, ...more].join(', ')}]`;
}
