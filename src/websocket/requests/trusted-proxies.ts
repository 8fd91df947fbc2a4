import { isIP } from 'node:net';
import type { HandshakeRequest } from '../../protocol/index.ts';
import { IpNetworks } from '../platform/ip-networks.ts';
import { checkedStrings } from '../settings/value-checks.ts';

/** The proxies whose `X-Forwarded-For` is used. */
export class TrustedProxies {
  readonly #networks: IpNetworks;
  /** Whether connections without an address come through a trusted proxy. */
  readonly #trustsUnix: boolean;

  /** `entries` is the option `trustedProxies`. Throws for an entry that cannot be used. */
  constructor(entries: readonly string[]) {
    const checked = checkedStrings('trustedProxies', entries);
    this.#networks = networks(checked.filter((entry) => entry !== UNIX));
    this.#trustsUnix = checked.includes(UNIX);
  }

  /** Whether a connection from `address` comes through a trusted proxy. */
  has(address: string): boolean {
    return address === '' ? this.#trustsUnix : this.#networks.has(address);
  }

  /**
   * The address of the client that sent `request` over a connection from `address`. This is `address` or, if that is a trusted
   * proxy, the address that the last trusted proxy reports. Every proxy appends the address that it sees, so the list is read from its
   * end. Everything before the first untrusted address may be forged.
   */
  clientAddress(request: HandshakeRequest, address: string): string {
    const forwarded = request.headers.get('x-forwarded-for');
    if (forwarded === null || !this.has(address)) return address;
    let client = address;
    for (const element of forwarded.split(',').reverse()) {
      const hop = forwardedAddress(element.trim());
      if (hop === null) return client;
      client = hop;
      if (!this.has(hop)) return client;
    }
    return client;
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
