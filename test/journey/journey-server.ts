import type { Addresses } from './step.ts';

/** A key and its certificate, PEM. */
export interface PemPair {
  readonly key: string;
  readonly certificate: string;
}

export interface Identities {
  readonly trusted: PemPair;
  readonly untrusted: PemPair;
}

/** One scripted server (`script.ts`) with all the addresses that the journey needs. */
export interface JourneyServer {
  readonly addresses: Omit<Addresses, 'nobody'>;
  /** Messages of all bursts so far. */
  burstMessages(): number;
  /** Bytes that were sent on all connections and that the system has not taken. */
  unsentBytes(): number;
  stop(): void;
}

export const SUB_PROTOCOLS: readonly string[] = ['chess', 'go'];
/** Above every message of the journey. */
export const MAX_MESSAGE_SIZE = 16 * 1024 * 1024;
