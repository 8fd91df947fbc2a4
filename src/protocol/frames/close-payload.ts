import { NO_BYTES } from '../../bytes.ts';
import { CloseCode, isCloseCodeOnWire } from '../close-code.ts';
import type { Platform } from '../platform.ts';
import { protocolError, type Violation } from '../violation.ts';

/** The longest reason a Close frame holds: 125 bytes of control payload less the two of the code (RFC 6455 5.5). */
const MAX_CLOSE_REASON_SIZE = 123;

/** A Close frame's payload: the code in network order, then the reason as UTF-8 (RFC 6455 5.5.1). */
export interface ClosePayload {
  /** `CloseCode.NO_STATUS_RECEIVED` (1005) for an empty payload. */
  readonly code: number;
  readonly reason: string;
}

/** Reads the payload of a Close frame that arrived. */
export function parseClosePayload(payload: Uint8Array, platform: Platform): ClosePayload | Violation {
  if (payload.length === 0) return { code: CloseCode.NO_STATUS_RECEIVED, reason: '' };
  if (payload.length === 1) return protocolError('a Close frame with a payload of one byte, half a code');
  const code = (payload[0]! << 8) | payload[1]!;
  if (!isCloseCodeOnWire(code)) return protocolError(`a Close frame with the code ${code}, which may not be sent`);
  const reason = payload.subarray(2);
  if (!platform.isUtf8(reason)) {
    return {
      closeCode: CloseCode.INVALID_PAYLOAD_DATA,
      code: 'TICKPEER_INVALID_UTF8',
      message: 'a Close frame whose reason is not UTF-8',
    };
  }
  return { code, reason: platform.decodeUtf8(reason) };
}

/**
 * The payload for a Close frame. A reason above 123 bytes of UTF-8 is cut between code points, so that closing does not fail
 * because of it. With `CloseCode.NO_STATUS_RECEIVED` the payload is empty, and so is the reason.
 */
export function buildClosePayload(code: number, reason: string, platform: Platform): Uint8Array {
  if (code === CloseCode.NO_STATUS_RECEIVED) return NO_BYTES;
  const text = encodeCloseReason(reason, platform);
  const payload = new Uint8Array(2 + text.length);
  payload[0] = code >>> 8;
  payload[1] = code & 0xff;
  payload.set(text, 2);
  return payload;
}

/** The longest start of `reason` that has at most 123 bytes of UTF-8 and ends between code points. */
export function encodeCloseReason(reason: string, platform: Pick<Platform, 'encodeUtf8'>): Uint8Array {
  const bytes = platform.encodeUtf8(reason.slice(0, MAX_CLOSE_REASON_SIZE));
  if (bytes.length <= MAX_CLOSE_REASON_SIZE) return bytes;
  let end = MAX_CLOSE_REASON_SIZE;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}
