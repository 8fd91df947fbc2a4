import { Crypto } from '../../stream/index.ts';

/** Bytes of a player's id, and of the secret behind it: 160 bits. */
const ID_SIZE = 4;
const SECRET_SIZE = 20;
const TOKEN = new RegExp(`^[0-9a-f]{${2 * (ID_SIZE + SECRET_SIZE)}}$`);

/** The secrets by which one player can come back. */
interface Secrets {
  /** The one that it is given now; null until somebody asks for it. */
  current: Uint8Array | null;
  /** The one that it came back with, until its game has got the next one; null afterwards. */
  previous: Uint8Array | null;
  /** The one that the last connection has shown. */
  shown: Uint8Array | null;
}

/**
 * The tokens by which players come back: the player's id and a random secret, as hex digits. A token is good for one return. It stays
 * valid until the game has the next one, because a connection may be cut again before that.
 */
export class ReturnTokens {
  readonly #players = new Map<number, Secrets>();
  readonly #crypto = new Crypto();

  /** Whether `id` has a token. */
  has(id: number): boolean {
    const secrets = this.#players.get(id);
    return secrets !== undefined && (secrets.current ?? secrets.previous) !== null;
  }

  /** The token with which `id` comes back next. */
  tokenOf(id: number): string {
    const secrets = this.#players.get(id) ?? { current: null, previous: null, shown: null };
    this.#players.set(id, secrets);
    secrets.current ??= this.#crypto.generateRandomBytes(SECRET_SIZE);
    const bytes = new Uint8Array(ID_SIZE + SECRET_SIZE);
    new DataView(bytes.buffer).setUint32(0, id);
    bytes.set(secrets.current, ID_SIZE);
    return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  }

  /** The player whose token this is; 0 for none. */
  identify(token: string): number {
    const id = idOfToken(token);
    const secrets = this.#players.get(id);
    if (secrets === undefined) return 0;
    const secret = bytesOf(token.slice(2 * ID_SIZE));
    for (const known of [secrets.current, secrets.previous]) {
      if (known === null || !this.#crypto.constantTimeCompare(known, secret)) continue;
      secrets.shown = known;
      return id;
    }
    return 0;
  }

  /**
   * `id` has come back with the token that was identified last. Where that is the older one, the newer one was on its way or still waits, and
   * its game may get it yet: it stays valid.
   */
  redeem(id: number): void {
    const secrets = this.#players.get(id);
    if (secrets === undefined) return;
    if (secrets.shown === secrets.current) secrets.current = null;
    secrets.previous = secrets.shown;
    secrets.shown = null;
  }

  /** Whether `id` has got a new token since it came back, and the one that it came back with is still valid. */
  isReplacing(id: number): boolean {
    const secrets = this.#players.get(id);
    return secrets !== undefined && secrets.previous !== null && secrets.current !== null;
  }

  /** The token that `id` came back with is no longer valid. */
  spend(id: number): void {
    const secrets = this.#players.get(id);
    if (secrets !== undefined) secrets.previous = null;
  }

  forget(id: number): void {
    this.#players.delete(id);
  }

  clear(): void {
    this.#players.clear();
  }
}

/** The id in a token; 0 for a text that cannot be one. */
export function idOfToken(token: string): number {
  return TOKEN.test(token) ? Number.parseInt(token.slice(0, 2 * ID_SIZE), 16) : 0;
}

function bytesOf(digits: string): Uint8Array {
  return Uint8Array.from({ length: digits.length / 2 }, (_, at) =>
    Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16),
  );
}
