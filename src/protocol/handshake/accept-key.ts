import { encodeBase64, isBase64OfSize } from '../http/base64.ts';
import type { Platform } from '../platform.ts';

/** The GUID of RFC 6455 1.3. */
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** RFC 6455 4.1, step 7: the nonce is 16 bytes. */
const KEY_SIZE = 16;

/**
 * The `Sec-WebSocket-Accept` that answers a `Sec-WebSocket-Key`: Base64 of the SHA-1 of the key, as sent, followed by
 * a fixed GUID (RFC 6455 4.2.2, step 5.4). It proves only that the server understood the request.
 */
export function acceptKey(key: string, platform: Platform): string {
  const text = key + WEBSOCKET_GUID;
  return platform.sha1Base64?.(text) ?? encodeBase64(platform.sha1(platform.encodeUtf8(text)));
}

/** A fresh `Sec-WebSocket-Key`: 16 random bytes in Base64 (RFC 6455 4.1, step 7). */
export function createHandshakeKey(platform: Platform): string {
  const nonce = new Uint8Array(KEY_SIZE);
  platform.fillRandom(nonce);
  return encodeBase64(nonce);
}

/** Whether `text` decodes to 16 bytes, as a server must check (RFC 6455 4.2.1, step 5). */
export function isHandshakeKey(text: string): boolean {
  return isBase64OfSize(text, KEY_SIZE);
}
