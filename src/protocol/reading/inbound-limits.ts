import type { PacketQueue } from './packet-queue.ts';

/** The limits on what arrives. Read again for every frame: changing them takes effect at once. */
export interface InboundLimits {
  /** Bytes: of one message, and of all messages that wait together with the one under way. */
  readonly inboundBufferSize: number;
  /** Messages that wait. */
  readonly maxQueuedPackets: number;
  /** Frames of one message. */
  readonly maxFragments: number;
}

/** Whether `queue` has room for one more message, of `size` bytes. */
export function hasRoom(queue: PacketQueue, limits: InboundLimits, size: number): boolean {
  return queue.count < limits.maxQueuedPackets && queue.size + size <= limits.inboundBufferSize;
}

/**
 * The longest message on the wire. Encoded, data that does not compress becomes longer: by a few bytes for every block that
 * is stored as it is, and by an eighth where it is written in DEFLATE's fixed codes, of 9 bits for a byte (RFC 1951 3.2.6).
 */
export function maxWireSize({ inboundBufferSize }: InboundLimits, isEncoded: boolean): number {
  return isEncoded ? inboundBufferSize + Math.ceil(inboundBufferSize / 8) + 256 : inboundBufferSize;
}
