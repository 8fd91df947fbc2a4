import { isIP } from 'node:net';
import type { HandshakeRequest } from '../../protocol/index.ts';
import { IpNetworks } from '../platform/ip-networks.ts';
import type { Refusal } from '../session/server-opening.ts';
import { checkedCount, checkedStrings } from '../settings/value-checks.ts';
import { addressKey } from './address-key.ts';
import { type RequestRule, type RequestRules, requestRule, tooManyFromAddress } from './request-rules.ts';

/** The rules for accepting clients. */
export interface AdmissionOptions extends RequestRules {
  /** The limit of connections from one client address; more get 429. */
  readonly maxConnectionsPerAddress: number;
  /** Proxies whose `X-Forwarded-For` is used: addresses, networks such as `10.0.0.0/8`, and `unix`. */
  readonly trustedProxies: readonly string[];
  /** Whether the program decides on requests that pass the rules. */
  readonly manualHandshake: boolean;
}

/** Decides on requests, and counts clients by their address. */
export class Admission {
  readonly #rule: RequestRule;
  readonly #maxConnectionsPerAddress: number;
  readonly #proxies: IpNetworks;
  /** Whether connections without an address come through a trusted proxy. */
  readonly #trustsUnix: boolean;
  readonly #isManual: boolean;
  /** How many clients were accepted, by `addressKey`; only where there is a limit. */
  readonly #counts = new Map<string, number>();

  constructor(options: AdmissionOptions) {
    const { manualHandshake } = options;
    const maxConnectionsPerAddress = checkedCount('maxConnectionsPerAddress', options.maxConnectionsPerAddress, 1);
    const trustedProxies = checkedStrings('trustedProxies', options.trustedProxies);
    this.#rule = requestRule(options);
    this.#maxConnectionsPerAddress = maxConnectionsPerAddress;
    this.#proxies = networks(trustedProxies.filter((entry) => entry !== UNIX));
    this.#trustsUnix = trustedProxies.includes(UNIX);
    this.#isManual = manualHandshake;
  }

  /** Judges the request of a client at `clientAddress`. For null and `'ask'`, `leave` has to be called later. */
  judge(request: HandshakeRequest, clientAddress: string, isEncrypted: boolean): Refusal | 'ask' | null {
    const verdict = this.#rule(request, isEncrypted);
    if (verdict !== null) return verdict;
    const key = this.clientKey(clientAddress);
    if (key !== '') {
      const count = this.#counts.get(key) ?? 0;
      if (count >= this.#maxConnectionsPerAddress) return tooManyFromAddress(this.#maxConnectionsPerAddress);
      this.#counts.set(key, count + 1);
    }
    return this.#isManual ? 'ask' : null;
  }

  leave(clientAddress: string): void {
    const key = this.clientKey(clientAddress);
    const count = this.#counts.get(key) ?? 0;
    if (count > 1) this.#counts.set(key, count - 1);
    else this.#counts.delete(key);
  }

  /** How many clients with `key` were accepted. */
  countAt(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  /**
   * The key that counts a connection from `address` before its request arrives. Empty where it is not counted: through a trusted
   * proxy, whose client is not known yet, and without an address or a limit.
   */
  connectionKey(address: string): string {
    return this.#isTrusted(address) ? '' : this.clientKey(address);
  }

  /**
   * The key that counts a client at `address`. Empty where there is no limit, and for a client of a Unix socket, which has no
   * address.
   */
  clientKey(address: string): string {
    return this.#maxConnectionsPerAddress === Number.POSITIVE_INFINITY ? '' : addressKey(address);
  }

  /**
   * The client's address: the other end of the connection or, if that is a trusted proxy, the address that the last trusted proxy
   * reports. Every proxy appends the address that it sees, so the list is read from its end. Everything before the first untrusted
   * address may be forged.
   */
  clientAddress(request: HandshakeRequest, address: string): string {
    const forwarded = request.headers.get('x-forwarded-for');
    if (forwarded === null || !this.#isTrusted(address)) return address;
    let client = address;
    for (const element of forwarded.split(',').reverse()) {
      const hop = forwardedAddress(element.trim());
      if (hop === null) return client;
      client = hop;
      if (!this.#isTrusted(hop)) return client;
    }
    return client;
  }

  #isTrusted(address: string): boolean {
    return address === '' ? this.#trustsUnix : this.#proxies.has(address);
  }
}

/** The entry of `trustedProxies` for connections by a Unix socket. */
const UNIX = 'unix';

/** An address without the port and the brackets that some proxies add; null for text that is no address. */
function forwardedAddress(text: string): string | null {
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  const plain = /^::ffff:(?=\d+\.)/i.test(bare) ? bare.slice(7) : bare;
  return isIP(plain) === 0 ? null : plain;
}

function networks(list: readonly string[]): IpNetworks {
  const networks = new IpNetworks();
  for (const entry of list) {
    if (networks.add(entry)) continue;
    throw new RangeError(
      `"${entry}" in trustedProxies is neither an IP address, a network such as 10.0.0.0/8, nor "unix"`,
    );
  }
  return networks;
}
