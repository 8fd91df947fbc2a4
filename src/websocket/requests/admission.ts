import type { HandshakeRequest } from '../../protocol/index.ts';
import type { Refusal } from '../session/server-opening.ts';
import { checkedCount } from '../settings/value-checks.ts';
import { addressKey } from './address-key.ts';
import { type RequestRule, type RequestRules, requestRule, tooManyFromAddress } from './request-rules.ts';
import { TrustedProxies } from './trusted-proxies.ts';

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
  readonly proxies: TrustedProxies;
  readonly #rule: RequestRule;
  readonly #maxConnectionsPerAddress: number;
  readonly #isManual: boolean;
  /** How many clients were accepted, by `addressKey`; only where there is a limit. */
  readonly #counts = new Map<string, number>();

  constructor(options: AdmissionOptions) {
    const { manualHandshake } = options;
    const maxConnectionsPerAddress = checkedCount('maxConnectionsPerAddress', options.maxConnectionsPerAddress, 1);
    this.proxies = new TrustedProxies(options.trustedProxies);
    this.#rule = requestRule(options);
    this.#maxConnectionsPerAddress = maxConnectionsPerAddress;
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
    const key = this.clientKey(address);
    return key === '' || this.proxies.has(address) ? '' : key;
  }

  /**
   * The key that counts a client at `address`. Empty where there is no limit, and for a client of a Unix socket, which has no
   * address.
   */
  clientKey(address: string): string {
    return this.#maxConnectionsPerAddress === Number.POSITIVE_INFINITY ? '' : addressKey(address);
  }
}
