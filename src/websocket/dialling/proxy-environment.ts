import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { isError } from '../../bytes.ts';
import { type Failure, isFailure } from '../../failure.ts';
import { IpNetworks } from '../platform/ip-networks.ts';
import { type ProxyOptions, type ProxyServer, readProxy } from '../settings/proxy-options.ts';

/** The server to connect to. */
export interface ProxiedTarget {
  /** Whether its scheme is `wss`. */
  readonly secure: boolean;
  /** In ASCII, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The proxy for a server by `setting`, a peer's `proxy`; null for none. */
export function proxyFor(
  target: ProxiedTarget,
  setting: string | ProxyOptions | null,
  environment: Environment = process.env,
): ProxyServer | Failure | null {
  if (setting === null) return null;
  if (setting === 'environment') {
    try {
      return environmentProxy(target, environment);
    } catch (cause) {
      // Deno without --allow-env.
      const reason = isError(cause) ? cause.message : String(cause);
      return { code: 'TICKPEER_INVALID_PROXY', message: `The environment cannot be read: ${reason}` };
    }
  }
  return readProxy(setting);
}

/**
 * The proxy for a server by the environment; null for none.
 *
 * `wss` uses `https_proxy` or `HTTPS_PROXY`, `ws` uses `http_proxy` or `HTTP_PROXY`; then both use `all_proxy` or `ALL_PROXY`. The first
 * variable that is set and not empty counts. This machine, and the hosts in `no_proxy` or `NO_PROXY`, are reached without a proxy. If the
 * variable that counts cannot be used, the failure is `TICKPEER_INVALID_PROXY`.
 */
export function environmentProxy(target: ProxiedTarget, environment: Environment): ProxyServer | Failure | null {
  if (isThisMachine(target.host)) return null;
  const find = (names: readonly string[]): string | undefined => names.find((name) => environment[name]?.trim());
  const name = find([...(target.secure ? FOR_WSS : namesForWs(environment)), 'all_proxy', 'ALL_PROXY']);
  const exceptions = find(['no_proxy', 'NO_PROXY']);
  if (name === undefined) return null;
  if (exceptions !== undefined && isExempt(target, environment[exceptions] ?? '')) return null;
  const proxy = readProxy(environment[name]?.trim() ?? '');
  if (!isFailure(proxy)) return proxy;
  return { code: proxy.code, message: `The environment variable ${name}: ${proxy.message}.` };
}

const FOR_WSS: readonly string[] = ['https_proxy', 'HTTPS_PROXY'];

/** In a CGI program, where `REQUEST_METHOD` is set, HTTP_PROXY holds the client's header "Proxy" (CVE-2016-5385, "httpoxy"). */
function namesForWs({ REQUEST_METHOD }: Environment): readonly string[] {
  return REQUEST_METHOD === undefined ? ['http_proxy', 'HTTP_PROXY'] : ['http_proxy'];
}

/**
 * Whether an entry of a `NO_PROXY` list, separated by commas or spaces, matches the server. An entry is `*`, a name (which includes its
 * sub-domains), `.name` or `*.name` (sub-domains only), an IP address, or a network such as `10.0.0.0/8`. Names and addresses may end with
 * `:port`. Names are not resolved: an address matches no name, a name no address.
 */
export function isExempt(target: ProxiedTarget, list: string): boolean {
  const host = plainHost(target.host);
  return list.split(/[\s,]+/).some((entry) => entry !== '' && matches(entry, host, target.port));
}

function matches(entry: string, host: string, port: number): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isInNetwork(host, entry);
  const [name, wantedPort] = splitPort(entry);
  if (wantedPort !== null && wantedPort !== port) return false;
  if (isIP(name) !== 0) return isInNetwork(host, name);
  if (isIP(host) !== 0) return false;
  const suffix = /^\*?\./.test(name);
  const domain = plainHost(suffix ? name.replace(/^\*?\./, '') : name);
  return domain !== '' && ((!suffix && host === domain) || host.endsWith(`.${domain}`));
}

/** `name:port`, `[address]:port`, or no port. An IPv6 address without brackets has no port. */
function splitPort(entry: string): [name: string, port: number | null] {
  if (isIP(entry) === 6) return [entry, null];
  const parts = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(entry);
  const name = parts?.[1] ?? parts?.[2];
  return name === undefined ? ['', null] : [name, parts?.[3] === undefined ? null : Number(parts[3])];
}

/** Whether `host` is in `network`, an address or `address/bits`; false where either is none. */
function isInNetwork(host: string, network: string): boolean {
  const networks = new IpNetworks();
  return networks.add(network) && networks.has(host);
}

function isThisMachine(target: string): boolean {
  const host = plainHost(target);
  return /^(.+\.)?localhost$/.test(host) || isInNetwork(host, '127.0.0.0/8') || isInNetwork(host, '::1');
}

/** Without the dot at the end of a name, and the zone at the end of an address. */
function plainHost(host: string): string {
  if (isIP(host) !== 0) return host.replace(/%.*$/, '');
  return domainToASCII(host).replace(/\.$/, '');
}
