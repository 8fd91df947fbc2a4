import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { isError } from '../../bytes.ts';
import { type Failure, isFailure } from '../../failure.ts';
import { IpNetworks } from '../platform/ip-networks.ts';
import { type ProxyOptions, type ProxyServer, readProxy } from '../settings/proxy-options.ts';

/** The server that is to be reached. */
export interface ProxiedTarget {
  /** Whether its scheme is `wss`. */
  readonly secure: boolean;
  /** In ASCII, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The proxy that `setting`, a peer's `proxy`, means for a server; null for none. */
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
 * The proxy that the environment has for a server; null for none.
 *
 * `wss` goes by `https_proxy` or `HTTPS_PROXY`, `ws` by `http_proxy` or `HTTP_PROXY`, both else by `all_proxy` or `ALL_PROXY`. The
 * first one that is there and not empty counts. This machine itself, and what `no_proxy` or `NO_PROXY` names, is reached
 * directly. A variable that counts and cannot be used is a `TICKPEER_INVALID_PROXY`.
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

/** In a CGI program, which `REQUEST_METHOD` tells, HTTP_PROXY is the client's header "Proxy" (CVE-2016-5385, "httpoxy"). */
function namesForWs({ REQUEST_METHOD }: Environment): readonly string[] {
  return REQUEST_METHOD === undefined ? ['http_proxy', 'HTTP_PROXY'] : ['http_proxy'];
}

/**
 * Whether one of the entries of a `NO_PROXY`, between commas or spaces, names the server: `*`; a name, which means its
 * sub-domains, too; `.name` or `*.name`, which mean its sub-domains only; an IP address; a network, `10.0.0.0/8`. Each but `*` and
 * networks may end with `:port`. Names are not looked up: an address matches no name, a name no address.
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

/** `name:port`, `[address]:port`, or no port. A bare IPv6 address has colons, and no port. */
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

/** Without the dot that may end a name, and the zone that may end an address. */
function plainHost(host: string): string {
  if (isIP(host) !== 0) return host.replace(/%.*$/, '');
  return domainToASCII(host).replace(/\.$/, '');
}
