import type { Counters } from '../counters.ts';
import type { Extension } from '../extension.ts';
import { Opcode } from '../opcode.ts';
import type { Platform } from '../platform.ts';
import type { Violation } from '../violation.ts';
import type { InboundLimits } from './message-limits.ts';
import type { PacketQueue } from './packet-queue.ts';

/** What a reader reports to its connection. A payload is valid during the call only. */
export interface ReaderOwner {
  onPing(payload: Uint8Array): void;
  onPong(payload: Uint8Array): void;
  /** Nothing is read after a Close frame. */
  onClose(payload: Uint8Array): void;
  /** Nothing is read after a violation. */
  onViolation(violation: Violation): void;
}

/** Reports a control frame that is not a Close. */
export function reportPingOrPong(owner: ReaderOwner, opcode: number, payload: Uint8Array): void {
  if (opcode === Opcode.PING) owner.onPing(payload);
  else owner.onPong(payload);
}

/** A reader's settings, read again at every use. */
export interface ReaderSettings extends InboundLimits {
  /** Whether the packets of one chunk may share an ArrayBuffer. Default: each has its own. */
  readonly packetsShareMemory?: boolean;
}

/** The arguments of a reader's constructor. */
export interface ReaderParts {
  readonly owner: ReaderOwner;
  /** Gets the complete messages. */
  readonly queue: PacketQueue;
  readonly settings: ReaderSettings;
  readonly counters: Counters;
  readonly platform: Platform;
  /** True for a server: frames must be masked (RFC 6455 5.1). False for a client: they must not be. */
  readonly expectsMask: boolean;
  readonly extension: Extension | null;
}
