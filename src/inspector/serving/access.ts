import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { isIP, isIPv4 } from 'node:net';

/** Characters of a token that the program chooses. */
export const SHORTEST_TOKEN = 16;
const TOKEN_BYTES = 32;

/** A token that nobody can guess: 256 random bits, in characters that a URL and a sub-protocol may have. */
export function randomToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** Whether a text can be a token. */
export function isToken(text: string): boolean {
  return text.length >= SHORTEST_TOKEN && /^[A-Za-z0-9_-]+$/.test(text);
}

/** Whether an address reaches this machine only. */
export function isLoopback(address: string): boolean {
  return address === '::1' || (isIPv4(address) && address.startsWith('127.'));
}

/** Who may see the inspector: those who have the token, and reach it under one of its names. */
export class Access {
  readonly #digest: Buffer | null;
  readonly #hosts: ReadonlySet<string>;

  /** `token`: null for none. `hosts`: further names of this machine, besides `localhost` and all IP addresses. */
  constructor(token: string | null, hosts: readonly string[]) {
    this.#digest = token === null ? null : digest(token);
    this.#hosts = new Set(['localhost', ...hosts.map((host) => host.toLowerCase())]);
  }

  /** Compares in a time that does not depend on where the two differ. */
  admits(token: string): boolean {
    return this.#digest === null || timingSafeEqual(this.#digest, digest(token));
  }

  /**
   * Whether a `Host` header names this machine. A page of another site whose name was made to resolve to this machine (DNS rebinding)
   * sends that name; it cannot send an IP address.
   */
  isOurHost(host: string | undefined): boolean {
    const [, name = ''] = /^(\[[^\]]*\]|[^:]*)(?::\d*)?$/.exec(host ?? '') ?? [];
    return this.#hosts.has(name.toLowerCase()) || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
