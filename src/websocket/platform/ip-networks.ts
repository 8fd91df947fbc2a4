import { BlockList, isIP } from 'node:net';

/** A set of IP addresses and networks. */
export class IpNetworks {
  readonly #blocks = new BlockList();
  #isEmpty = true;

  /** Adds an address, or a network such as `10.0.0.0/8`. False for any other text, which adds nothing. */
  add(text: string): boolean {
    const [, address = '', bits] = /^([^/]*)(?:\/(\d+))?$/.exec(text) ?? [];
    const version = isIP(address);
    const most = version === 6 ? 128 : 32;
    const prefix = bits === undefined ? most : Number(bits);
    if (version === 0 || prefix > most) return false;
    this.#blocks.addSubnet(address, prefix, family(version));
    this.#isEmpty = false;
    return true;
  }

  /** Whether `address` is in the set; false for what is no address. */
  has(address: string): boolean {
    // A check makes an object of the system for the address.
    if (this.#isEmpty) return false;
    const version = isIP(address);
    return version !== 0 && this.#blocks.check(address, family(version));
  }
}

function family(version: number): 'ipv4' | 'ipv6' {
  return version === 6 ? 'ipv6' : 'ipv4';
}
