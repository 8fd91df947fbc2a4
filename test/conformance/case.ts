import type { FailureCode } from '../../src/failure.ts';
import type { DeflateSettings } from '../../src/protocol/index.ts';
import type { InFrame, OutFrame } from './wire.ts';

/** The settings of both levels of the suite: `ConnectionSettings`, and the peer's properties of the same names. */
export interface CaseSettings {
  readonly inboundBufferSize?: number;
  readonly outboundBufferSize?: number;
  readonly maxQueuedPackets?: number;
  readonly maxFragments?: number;
  readonly fragmentSize?: number;
}

/** The negotiated `permessage-deflate`, and how tickpeer's side uses it. */
export type CaseDeflate = Partial<DeflateSettings>;

/** What happens, in order. */
export type Step =
  /** The other side sends these frames, without the last `cut` bytes. */
  | { readonly receive: readonly InFrame[]; readonly cut?: number }
  | { readonly send: string | Uint8Array }
  | { readonly close: number; readonly reason?: string }
  /** The stream ends. */
  | { readonly end: true }
  /** The user takes this many packets before anything else happens. */
  | { readonly take: number };

/** A delivered packet: a string for text, bytes for binary. */
export type Packet = string | Uint8Array;

/** The connection's state at the end. */
export type Ending =
  | 'open'
  | 'closing'
  /** Clean: both Close frames were sent. */
  | { readonly code: number; readonly reason?: string }
  /** Failed. `answer`: the code of the Close frame for the failure, after the `answers`; null: none is sent. */
  | { readonly failure: FailureCode; readonly answer: number | null };

/** One case on an open connection, for both roles. */
export interface FrameCase {
  /** The tested section, such as `RFC 6455 5.2`. */
  readonly section: string;
  readonly name: string;
  readonly settings?: CaseSettings;
  readonly deflate?: CaseDeflate;
  readonly steps: readonly Step[];
  readonly packets: readonly Packet[];
  /** The exact frames that tickpeer's side sends. */
  readonly answers: readonly OutFrame[];
  readonly ending: Ending;
  /** tickpeer's side sends every packet back as soon as it can read it, before it handles what follows the packet. */
  readonly isEchoed?: true;
  /** Runs only on a `Connection`: a whole `WebSocketPeer` cannot get into this situation. */
  readonly isConnectionOnly?: true;
}

/** The other side sends `frames`, without a failure, and the connection stays open. */
export function delivers(
  section: string,
  name: string,
  frames: readonly InFrame[],
  packets: readonly Packet[],
  answers: readonly OutFrame[] = [],
  settings: CaseSettings = {},
): FrameCase {
  return { section, name, settings, steps: [{ receive: frames }], packets, answers, ending: 'open' };
}

/** The other side breaks a rule with the last of `frames`; what follows is ignored. */
export function fails(
  section: string,
  name: string,
  frames: readonly InFrame[],
  answer: number,
  failure: FailureCode,
  packets: readonly Packet[] = [],
  more: Partial<FrameCase> & { readonly cut?: number } = {},
): FrameCase {
  const { cut = 0, ...rest } = more;
  const steps: Step[] = [{ receive: frames, cut }];
  return { section, name, steps, packets, answers: [], ending: { failure, answer }, ...rest };
}

/** `fails` with 1002. */
export function breaks(
  section: string,
  name: string,
  frames: readonly InFrame[],
  packets: readonly Packet[] = [],
  more: Partial<FrameCase> & { readonly cut?: number } = {},
): FrameCase {
  return fails(section, name, frames, 1002, 'TICKPEER_PROTOCOL_ERROR', packets, more);
}
