import type { HandshakeRequest } from '../../protocol/index.ts';
import type { Refusal } from '../session/server-opening.ts';
import { hostRule } from './host-rule.ts';
import { type AllowedOrigins, originRule } from './origin-rule.ts';

/** The rules that a request must fulfil. `admission.ts` applies them, and limits the connections from one address. */
export interface RequestRules {
  /** The one path that is served; null: every path. */
  readonly path: string | null;
  readonly allowedOrigins: AllowedOrigins;
  readonly allowedHosts: '*' | readonly string[];
}

/** Judges a request; `isEncrypted`: it came over TLS that ends here. */
export type RequestRule = (request: HandshakeRequest, isEncrypted: boolean) => Refusal | null;

/**
 * The rule refuses another path with 404; a host that is not allowed, and a web page of another origin, with 403. Programs that are not
 * browsers send no `Origin`. Throws for rules that cannot be used.
 */
export function requestRule({ path, allowedOrigins, allowedHosts }: RequestRules): RequestRule {
  const isHostAllowed = hostRule(allowedHosts);
  const isOriginAllowed = originRule(allowedOrigins);
  return (request, isEncrypted) => {
    if (path !== null && request.path !== path) {
      return { status: 404, body: `There is no WebSocket at ${request.path}.` };
    }
    const { origin, host } = request;
    if (!isHostAllowed(host, isEncrypted)) return refuseHost(host);
    // RFC 6455 10.2: a page cannot forge it, and every browser sends it.
    return origin === null || isOriginAllowed(origin, host, isEncrypted)
      ? null
      : refuseOrigin(origin, host, allowedOrigins);
  };
}

/** For a connection beyond `maxConnections`. */
export function overloaded(maxConnections: number): Refusal {
  const limit = { limit: 'maxConnections', value: maxConnections } as const;
  return { status: 503, body: 'The server has reached its limit of connections.', limit };
}

/** For the oldest client that has not sent its request, when there are more than `maxPendingHandshakes`. */
export function slowest(maxPendingHandshakes: number): Refusal {
  const limit = { limit: 'maxPendingHandshakes', value: maxPendingHandshakes } as const;
  return { status: 503, body: 'Too many clients are in the handshake, and this one is the slowest.', limit };
}

/** For a request that would wait for the program beyond `maxPendingRequests`. */
export function undecided(maxPendingRequests: number): Refusal {
  const limit = { limit: 'maxPendingRequests', value: maxPendingRequests } as const;
  return { status: 503, body: 'Too many requests wait for the server’s decision.', limit };
}

/** For a connection beyond `maxConnectionsPerAddress`. */
export function tooManyFromAddress(maxConnectionsPerAddress: number): Refusal {
  const limit = { limit: 'maxConnectionsPerAddress', value: maxConnectionsPerAddress } as const;
  return { status: 429, body: 'Your address has reached its limit of connections.', limit };
}

/** For clients that are in the handshake when a server stops. */
export const STOPPING: Refusal = { status: 503, body: 'The server stops.' };

function refuseOrigin(origin: string, host: string, allowed: AllowedOrigins): Refusal {
  const body = `Pages of the origin ${origin} may not connect to ${host}`;
  return { status: 403, body: `${body}.`, report: `${body}: allowedOrigins is ${describeOrigins(allowed)}.` };
}

function refuseHost(host: string): Refusal {
  return { status: 403, body: `This server does not serve the host ${host}: it is not in allowedHosts.` };
}

const MOST_SHOWN = 5;

/** For messages: the setting, or the first of its origins. */
export function describeOrigins(allowed: AllowedOrigins): string {
  if (typeof allowed === 'string') return `'${allowed}'`;
  const shown = allowed.slice(0, MOST_SHOWN).map((origin) => `'${origin}'`);
  const more = allowed.length > MOST_SHOWN ? [`${allowed.length - MOST_SHOWN} more`] : [];
  return `[${[...shown, ...more].join(', ')}]`;
}
