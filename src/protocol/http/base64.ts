const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 with padding (RFC 4648 section 4): handshake keys and Basic authorization, a few dozen bytes each. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += ALPHABET.charAt(group >>> 18) + ALPHABET.charAt((group >>> 12) & 63);
    text += left > 1 ? ALPHABET.charAt((group >>> 6) & 63) : '=';
    text += left > 2 ? ALPHABET.charAt(group & 63) : '=';
  }
  return text;
}

/**
 * Whether `text` is the Base64 of exactly `size` bytes, with its padding.
 *
 * The unused bits of the last digit may be set (RFC 4648 section 3.5 leaves that open): some clients fill a
 * `Sec-WebSocket-Key` with random digits instead of encoding random bytes, and every other server takes them.
 */
export function isBase64OfSize(text: string, size: number): boolean {
  if (text.length !== Math.ceil(size / 3) * 4) return false;
  const padding = (3 - (size % 3)) % 3;
  if (!text.endsWith('='.repeat(padding))) return false;
  return /^[A-Za-z0-9+/]*$/.test(text.slice(0, text.length - padding));
}
