import type { FailureCode } from '../../failure.ts';
import type { Counters } from '../counters.ts';
import type { Extension } from '../extension.ts';
import type { Platform } from '../platform.ts';
import type { InboundLimits } from './inbound-limits.ts';
import type { PacketQueue } from './packet-queue.ts';

/** What a reader tells the connection it belongs to. A payload is lent for the call only. */
export interface ReaderOwner {
  onPing(payload: Uint8Array): void;
  onPong(payload: Uint8Array): void;
  /** Nothing is read after a Close frame. */
  onClose(payload: Uint8Array): void;
  /** The other side broke a rule or a limit; nothing is read any more. */
  onViolation(answer: number, code: FailureCode, message: string): void;
}

/** What a reader lives by. Looked at again at every use. */
export interface ReaderSettings extends InboundLimits {
  /** Whether the packets of one chunk may lie in one ArrayBuffer. Default: each in its own. */
  readonly packetsShareMemory?: boolean;
}

/** What a reader is made of. */
export interface ReaderParts {
  readonly owner: ReaderOwner;
  /** Where finished messages go. */
  readonly queue: PacketQueue;
  readonly settings: ReaderSettings;
  readonly counters: Counters;
  readonly platform: Platform;
  /** True for a server: frames must be masked (RFC 6455 5.1). False for a client: they must not be. */
  readonly expectsMask: boolean;
  readonly extension: Extension | null;
}
