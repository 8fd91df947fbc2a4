import type { FailureCode } from '../../src/failure.ts';
import type { DeflateSettings } from '../../src/protocol/index.ts';
import type { InFrame, OutFrame } from './wire.ts';

/** What the two levels of the suite can both be set to: `ConnectionSettings` and the peer's properties of the same names. */
export interface CaseSettings {
  readonly inboundBufferSize?: number;
  readonly outboundBufferSize?: number;
  readonly maxQueuedPackets?: number;
  readonly maxFragments?: number;
  readonly fragmentSize?: number;
}

/** `permessage-deflate` as both sides agreed on it, and how our side uses it. */
export type CaseDeflate = Partial<DeflateSettings>;

/** What happens, in order. */
export type Step =
  /** The other side sends these frames; `cut` bytes at the end never come. */
  | { readonly receive: readonly InFrame[]; readonly cut?: number }
  | { readonly send: string | Uint8Array }
  | { readonly close: number; readonly reason?: string }
  /** The stream ends. */
  | { readonly end: true }
  /** The user takes so many packets before anything else happens. */
  | { readonly take: number };

/** A packet that is delivered: a string came as text, bytes as binary. */
export type Packet = string | Uint8Array;

/** How the connection stands at the end. */
export type Ending =
  | 'open'
  | 'closing'
  /** Clean: both Close frames have passed. */
  | { readonly code: number; readonly reason?: string }
  /** Failed. `answer`: the code of the one Close frame that says so, behind the `answers`; null: none is sent. */
  | { readonly failure: FailureCode; readonly answer: number | null };

/** One case on an open connection, for both roles. */
export interface FrameCase {
  /** The section that is put to the test, such as `RFC 6455 5.2`. */
  readonly section: string;
  readonly name: string;
  readonly settings?: CaseSettings;
  readonly deflate?: CaseDeflate;
  readonly steps: readonly Step[];
  readonly packets: readonly Packet[];
  /** The frames that our side sends, exactly. */
  readonly answers: readonly OutFrame[];
  readonly ending: Ending;
  /** Our side sends every packet back as soon as it can read it. Its answers come before what follows the packet. */
  readonly isEchoed?: true;
  /** Runs on a `Connection` only, where a whole `WebSocketPeer` cannot be brought to it. */
  readonly isConnectionOnly?: true;
}

/** The other side sends `frames`, all is well, and the connection stays open. */
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

/** The other side breaks a rule with the last of `frames`; what follows is for nobody. */
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
