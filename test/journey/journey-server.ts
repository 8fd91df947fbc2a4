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
  readonly addresses: Omit<Addresses, 'unused'>;
  /** The number of messages in all bursts so far. */
  burstMessages(): number;
  /** Bytes sent on all connections that the system has not taken. */
  unsentBytes(): number;
  stop(): void;
}

export const SUB_PROTOCOLS: readonly string[] = ['chess', 'go'];
/** Larger than every message of the journey. */
export const MAX_MESSAGE_SIZE = 16 * 1024 * 1024;
