import { BlockList, isIP } from 'node:net';
import type { HandshakeRequest } from '../protocol/index.ts';
import { type RequestRules, requestRule } from './request-rules.ts';
import type { Refusal } from './server-session.ts';

/** Who is let in. */
export interface AdmissionOptions extends RequestRules {
  /** Connections from one client address; further ones get 429. */
  readonly maxConnectionsPerAddress: number;
  /** Proxies whose `X-Forwarded-For` is believed: addresses, networks such as `10.0.0.0/8`, and `unix`. */
  readonly trustedProxies: readonly string[];
  /** Whether the program decides on what is left. */
  readonly manualHandshake: boolean;
}

/** Decides on requests, and counts who is there. */
export class Admission {
  readonly #rule: ReturnType<typeof requestRule>;
  readonly #maxConnectionsPerAddress: number;
  readonly #proxies: BlockList;
  /** Connections without an address come through a trusted proxy. */
  readonly #trustsUnix: boolean;
  readonly #isManual: boolean;
  /** Connections by the client's address; only where there is a limit. */
  readonly #counts = new Map<string, number>();

  constructor(options: AdmissionOptions) {
    const { maxConnectionsPerAddress, trustedProxies, manualHandshake } = options;
    if (!(maxConnectionsPerAddress >= 1)) {
      throw new RangeError(`maxConnectionsPerAddress is at least 1, not ${maxConnectionsPerAddress}`);
    }
    this.#rule = requestRule(options);
    this.#maxConnectionsPerAddress = maxConnectionsPerAddress;
    this.#proxies = networks(trustedProxies.filter((entry) => entry !== UNIX));
    this.#trustsUnix = trustedProxies.includes(UNIX);
    this.#isManual = manualHandshake;
  }

  /** Judges the request of a client at `clientAddress`. Who is let in, or asked about, is to `leave` some day. */
  judge(request: HandshakeRequest, clientAddress: string): Refusal | 'ask' | null {
    const verdict = this.#rule(request);
    if (verdict !== null) return verdict;
    // A client of a Unix socket has no address, and so none that could be counted.
    if (this.#maxConnectionsPerAddress !== Number.POSITIVE_INFINITY && clientAddress !== '') {
      const count = this.#counts.get(clientAddress) ?? 0;
      if (count >= this.#maxConnectionsPerAddress) {
        const limit = { limit: 'maxConnectionsPerAddress', value: this.#maxConnectionsPerAddress } as const;
        return { status: 429, body: 'There are as many connections from your address as are allowed.', limit };
      }
      this.#counts.set(clientAddress, count + 1);
    }
    return this.#isManual ? 'ask' : null;
  }

  leave(clientAddress: string): void {
    const count = this.#counts.get(clientAddress) ?? 0;
    if (count > 1) this.#counts.set(clientAddress, count - 1);
    else this.#counts.delete(clientAddress);
  }

  /**
   * Where the client is: at the other end of the connection, or, when that is a trusted proxy, where the last proxy that is
   * trusted says. Every proxy appends the address that it sees, so the list is read from its end; what stands before the
   * first untrusted address may be anybody's invention.
   */
  clientAddress(request: HandshakeRequest, address: string): string {
    const forwarded = request.headers.get('x-forwarded-for');
    if (forwarded === null || !this.#isTrusted(address)) return address;
    let client = address;
    for (const element of forwarded.split(',').reverse()) {
      const hop = plainAddress(element.trim());
      if (hop === null) return client;
      client = hop;
      if (!this.#isTrusted(hop)) return client;
    }
    return client;
  }

  #isTrusted(address: string): boolean {
    if (address === '') return this.#trustsUnix;
    const version = isIP(address);
    return version !== 0 && this.#proxies.check(address, version === 6 ? 'ipv6' : 'ipv4');
  }
}

/** What stands for whoever comes by a Unix socket. */
const UNIX = 'unix';

/** An address without the port and the brackets that some proxies add; null for what is none. */
function plainAddress(text: string): string | null {
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  return isIP(bare) === 0 ? null : bare;
}

function networks(list: readonly string[]): BlockList {
  const blocks = new BlockList();
  for (const entry of list) {
    const [address = '', prefix] = entry.split('/');
    const version = isIP(address);
    const most = version === 6 ? 128 : 32;
    const bits = prefix === undefined ? most : Number(prefix);
    if (version === 0 || prefix === '' || !Number.isInteger(bits) || bits < 0 || bits > most) {
      throw new RangeError(
        `"${entry}" in trustedProxies is neither an IP address, a network such as 10.0.0.0/8, nor "unix"`,
      );
    }
    blocks.addSubnet(address, bits, version === 6 ? 'ipv6' : 'ipv4');
  }
  return blocks;
}
