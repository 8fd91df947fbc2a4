import type { PacketQueue } from './packet-queue.ts';

/** The limits on received messages. They are read for every frame, so a change takes effect at once. */
export interface InboundLimits {
  /** The most bytes of one message, and of all waiting messages together with the one being received. */
  readonly inboundBufferSize: number;
  /** The most messages that wait. */
  readonly maxQueuedPackets: number;
  /** The most frames of one message. */
  readonly maxFragments: number;
}

/** Whether `queue` has room for one more message, of `size` bytes. */
export function hasRoom(queue: PacketQueue, limits: InboundLimits, size: number): boolean {
  return queue.count < limits.maxQueuedPackets && queue.size + size <= limits.inboundBufferSize;
}

/**
 * The longest message on the wire. Data that does not compress becomes longer when it is encoded: by a few bytes for every
 * stored block, and by an eighth with DEFLATE's fixed codes, which have up to 9 bits for a byte (RFC 1951 3.2.6).
 */
export function maxWireSize({ inboundBufferSize }: InboundLimits, isEncoded: boolean): number {
  return isEncoded ? inboundBufferSize + Math.ceil(inboundBufferSize / 8) + 256 : inboundBufferSize;
}
