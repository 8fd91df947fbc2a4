import type { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { CloseCode } from '../../protocol/index.ts';
import type { ConnectingClient } from './connecting-client.ts';
import type { TransferMode } from './multiplayer-peer.ts';

/** Close codes from here on are those of programs (RFC 6455 7.4.2). */
const FIRST_OF_PROGRAMS = 4000;

/** The close codes of players who come back (docs/returning.md). */
export enum ReturnCloseCode {
  /** The token is unknown, used up or expired, or belongs to another room. */
  INVALID_TOKEN = 4401,
  /** The same player has come back on another connection. */
  REPLACED = 4412,
}

/** Whether a player whose connection was closed with `code`, by either side, may come back; -1 for none. Otherwise it has left for good. */
export function mayReturn(code: number): boolean {
  return code !== CloseCode.NORMAL_CLOSURE && code < FIRST_OF_PROGRAMS;
}

/** The code with which a connection has ended. A client that this side sends away for good is gone even if it does not answer the Close. */
export function endingCodeOf(peer: { readonly ownCloseCode: number; getCloseCode(): number } | null): number {
  if (peer === null) return -1;
  return mayReturn(peer.ownCloseCode) ? peer.getCloseCode() : peer.ownCloseCode;
}

/** A connection that can be closed. */
export interface Closable {
  close(code: number, reason: string): void;
}

/** Knows the players of a server who may come back. */
export interface ReturnDesk {
  /** The id of the player that a client says it is. Null: it is a new player. A failure: it is refused. */
  identify(client: ConnectingClient): number | Failure | null;
  /**
   * The last connection of a player, which still looked alive, has ended for this side, because another one has come with its token. It is closed
   * once that one is admitted, or has failed.
   */
  keepReplaced(id: number, connection: Closable): void;
  /** The new connection of a player that is away has failed before it was admitted. */
  fail(id: number): void;
  /** Whether a player that is away has an id, which no other client gets. */
  isReserved(id: number): boolean;
}

/** The admitted peers for which packets wait at this side. */
export interface HeldLinks {
  readonly size: number;
  has(id: number): boolean;
  /**
   * Takes a packet for one of them. `OK`: it waits, or a fresh state replaces it. `ERR_OUT_OF_MEMORY`: there is no room. `ERR_UNAVAILABLE`: it is
   * for a connection. Null: it is to be sent now.
   */
  keep(id: number, packet: Uint8Array, mode: TransferMode): ErrorCode | null;
}
