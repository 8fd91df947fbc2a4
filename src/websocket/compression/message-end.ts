/** What every flushed message ends with, left out on the wire (RFC 7692 7.2.1, 7.2.2). */
export const TAIL: Uint8Array = Uint8Array.of(0x00, 0x00, 0xff, 0xff);

/** A compressed empty message (RFC 7692 7.2.3.6). Zlib writes nothing when it is flushed without input. */
export const EMPTY_MESSAGE: Uint8Array = Uint8Array.of(0x00);

/** A flushed message without the tail. */
export function withoutTail(deflated: Uint8Array): Uint8Array {
  return deflated.subarray(0, deflated.length - TAIL.length);
}
