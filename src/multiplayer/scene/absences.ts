import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { CloseCode } from '../../protocol/index.ts';
import { type FloodJudge, SenderShares } from '../limits/sender-shares.ts';
import type { ConnectingClient } from '../peers/connecting-client.ts';
import { TransferMode } from '../peers/multiplayer-peer.ts';
import { type Closable, type HeldLinks, mayReturn, ReturnCloseCode, type ReturnDesk } from '../peers/return-desk.ts';
import type { Router } from '../peers/router.ts';
import { HeldPackets } from '../returning/held-packets.ts';
import type { Markers } from '../returning/markers.ts';
import type { ReturnOptions } from '../returning/return-options.ts';
import { ReturnTokens } from '../returning/return-tokens.ts';
import { Command, commandOf } from '../wire/command.ts';
import { isAuthentication, isDelivery } from '../wire/delivery.ts';
import { CallHeader, readCallHeader } from '../wire/rpc-packet.ts';
import { isSysPacket, relayedFor } from '../wire/sys-packet.ts';

/** Why a client is refused whose token is not known. */
export const INVALID_TOKEN: Failure = {
  code: 'TICKPEER_INVALID_TOKEN',
  message: 'the token is not valid, or no longer',
};

type Ending = readonly [code: number, reason: string];

/** How a connection is closed whose player has come back on another one. */
const REPLACED: Ending = [ReturnCloseCode.REPLACED, 'another connection has come back as this player'];
/** How it is closed when that other one was not authenticated. */
const TRY_AGAIN: Ending = [CloseCode.TRY_AGAIN_LATER, 'another connection has tried to come back as this player'];

/** How far a player is that was cut off. */
enum Stage {
  /** It has no connection, or one that is being authenticated. */
  AWAY = 0,
  /** It has a connection, and its game has not confirmed the fresh state yet. */
  ARRIVING = 1,
  /** It is sent what has waited. */
  CATCHING_UP = 2,
}

/** A player, from when its connection has ended until it has got what it has missed. */
interface Absence {
  stage: Stage;
  /** When the player is given up. Milliseconds. */
  deadline: number;
  /** Why its connection ended. */
  failure: Failure | null;
  /** How many packets it has missed for good. */
  lost: number;
  /** Nothing more waits until it comes back, because there was no room. */
  isOverfull: boolean;
  /** Whether the marker behind its fresh state was sent. */
  isMarked: boolean;
  readonly held: HeldPackets;
  readonly shares: SenderShares;
}

/** What absences use of their multiplayer. */
export interface AbsencesParts {
  readonly router: Router;
  readonly markers: Markers;
  /** Decides about clients that send more than their receivers take. */
  readonly judge: FloodJudge;
  /** Sends a peer the path of a number of this side, unless it was sent before. Returns false when no node has the number any more. */
  introduce(id: number, number: number): boolean;
  now(): number;
}

/**
 * The players of a server whose connection was cut (docs/returning.md): those that are away, with the packets that wait for them, and those that
 * come back. `has` is true for both.
 */
export class Absences implements ReturnDesk, HeldLinks {
  readonly #options: Required<ReturnOptions>;
  readonly #parts: AbsencesParts;
  readonly #tokens = new ReturnTokens();
  readonly #absences = new Map<number, Absence>();
  /** Players whose old token is no longer valid once they have confirmed that they have the new one. */
  readonly #replacing = new Set<number>();
  /** Connections that are closed when those that have come after them are admitted, or have failed. */
  readonly #replaced = new Map<number, Closable>();
  readonly #header = new CallHeader();
  /** The packet that is being sent to its receiver now; null for none. */
  #delivered: Uint8Array | null = null;
  /** Called when a player that is away is gone for good. */
  onEnded: ((id: number) => void) | null = null;

  constructor(options: Required<ReturnOptions>, parts: AbsencesParts) {
    this.#options = options;
    this.#parts = parts;
  }

  // ---------------------------------------------------------------- tokens

  /** The token with which an admitted player comes back; null while it is away. */
  tokenOf(id: number): string | null {
    return this.isAway(id) ? null : this.#tokens.tokenOf(id);
  }

  identify({ request }: ConnectingClient): number | Failure | null {
    const token = new URLSearchParams(request?.query ?? '').get('token') ?? '';
    return token === '' ? null : this.identifyToken(token);
  }

  /** The id of the player whose token this is. */
  identifyToken(token: string): number | Failure {
    const id = this.#tokens.identify(token);
    return id === 0 ? INVALID_TOKEN : id;
  }

  keepReplaced(id: number, connection: Closable): void {
    this.#closeReplaced(id, false);
    // It may have been closed for good.
    if (this.isAway(id)) this.#replaced.set(id, connection);
    else connection.close(...REPLACED);
  }

  fail(id: number): void {
    this.#closeReplaced(id, false);
  }

  isReserved(id: number): boolean {
    return this.#absences.has(id);
  }

  // ---------------------------------------------------------------- who is away

  get size(): number {
    return this.#absences.size;
  }

  has(id: number): boolean {
    return this.#absences.size > 0 && this.#absences.has(id);
  }

  isAway(id: number): boolean {
    return this.#absences.size > 0 && this.#absences.get(id)?.stage === Stage.AWAY;
  }

  /** How many players are away. */
  get awayCount(): number {
    return this.#absences.size === 0 ? 0 : this.away.length;
  }

  /** The players that are away. */
  get away(): number[] {
    return [...this.#absences].filter(([, { stage }]) => stage === Stage.AWAY).map(([id]) => id);
  }

  /**
   * The connection of an admitted player has ended. Returns false when it has left for good, because it has no token, has closed with
   * `closeCode`, or would be one too many. `waiting`: what it was still to be sent and no later packet replaces.
   */
  begin(id: number, closeCode: number, failure: Failure | null, waiting: () => readonly Uint8Array[]): boolean {
    if (!this.#tokens.has(id) || !mayReturn(closeCode)) return false;
    const { awayPlayers, heldPackets, heldBytes } = this.#options;
    if (this.#absences.size >= awayPlayers && !this.#absences.has(id)) return false;
    const held = new HeldPackets(heldPackets, heldBytes);
    const before = this.#absences.get(id);
    const absence = {
      stage: Stage.AWAY,
      deadline: this.#deadline(),
      failure,
      lost: before?.lost ?? 0,
      isOverfull: before?.isOverfull === true,
      isMarked: false,
      held,
      shares: new SenderShares(),
    };
    this.#absences.set(id, absence);
    this.#forgetMarkers(id);
    for (const packet of waiting()) if (isDelivery(packet)) this.#hold(absence, packet);
    // Of an earlier absence, behind what its last connection was still to be sent.
    for (const packet of before?.held.packets ?? []) this.#hold(absence, packet);
    return true;
  }

  /** A player that was away has a connection again, and is about to get its fresh state. Returns how many packets it has missed for good. */
  arrive(id: number): number {
    const absence = this.#absences.get(id);
    if (absence === undefined) return 0;
    this.#tokens.redeem(id);
    this.#closeReplaced(id, true);
    absence.stage = Stage.ARRIVING;
    absence.isOverfull = false;
    const { lost } = absence;
    absence.lost = 0;
    return lost;
  }

  /** A player has got its fresh state: what has waited follows once its game has handled that. */
  mark(id: number): void {
    const absence = this.#absences.get(id);
    if (absence?.stage !== Stage.ARRIVING || absence.isMarked) return;
    absence.isMarked = this.#parts.markers.mark(id, () => {
      absence.stage = Stage.CATCHING_UP;
      // It came back with a token and was given no other: it comes back once.
      if (!this.#tokens.isReplacing(id)) this.#tokens.spend(id);
      this.#deliver(id, absence);
    });
  }

  /** A player that comes back goes elsewhere, on its connection. Returns what has waited, once the paths in it are introduced. */
  handOver(id: number): readonly Uint8Array[] {
    const held = this.#absences.get(id)?.held.packets ?? [];
    return held.filter((packet) => this.#introduce(id, packet));
  }

  /** Sends what has waited, as far as the connections take it. */
  progress(): void {
    for (const [id, absence] of this.#absences) {
      if (absence.stage === Stage.ARRIVING) this.mark(id);
      else if (absence.stage === Stage.CATCHING_UP) this.#deliver(id, absence);
    }
    for (const id of this.#replacing) this.#endReplacing(id);
  }

  /** The players whose time is over, and why their connections ended. */
  overdue(): (readonly [id: number, failure: Failure | null])[] {
    if (this.#absences.size === 0) return [];
    const now = this.#parts.now();
    return [...this.#absences]
      .filter(([, { stage, deadline }]) => stage === Stage.AWAY && now >= deadline)
      .map(([id, { failure }]) => [id, failure]);
  }

  /** A player is gone for good. */
  forget(id: number): void {
    const isAway = this.isAway(id);
    this.#closeReplaced(id, true);
    this.#absences.delete(id);
    this.#tokens.forget(id);
    this.#forgetMarkers(id);
    if (isAway) this.onEnded?.(id);
  }

  clear(): void {
    const { away } = this;
    for (const id of this.#replaced.keys()) this.#closeReplaced(id, true);
    this.#absences.clear();
    for (const id of away) this.onEnded?.(id);
    this.#tokens.clear();
    this.#replacing.clear();
    this.#parts.markers.clear();
  }

  // ---------------------------------------------------------------- packets

  keep(id: number, packet: Uint8Array, mode: TransferMode): ErrorCode | null {
    const absence = this.#absences.get(id);
    if (absence === undefined || packet === this.#delivered || isAuthentication(packet)) return null;
    const isAway = absence.stage === Stage.AWAY;
    // Peers, paths and replicated nodes: its next connection gets all of them anew.
    if (!isDelivery(packet) || mode !== TransferMode.TRANSFER_MODE_RELIABLE) {
      if (!isAway) return null;
      // A path that counts as sent would not be sent to the next connection.
      return commandOf(packet) === Command.SIMPLIFY_PATH ? ErrorCode.ERR_UNAVAILABLE : ErrorCode.OK;
    }
    if (isAway) this.#hold(absence, packet, () => this.#add(id, absence, packet));
    else if (!this.#add(id, absence, packet)) return this.#refuse(absence, packet);
    return ErrorCode.OK;
  }

  /** Of a player that is away. Above the bound, nothing that it has missed is kept. */
  #hold(absence: Absence, packet: Uint8Array, add: () => boolean = () => absence.held.add(packet)): void {
    const { held } = absence;
    if (!absence.isOverfull && add()) return;
    absence.isOverfull = true;
    absence.lost += held.clear() + 1;
  }

  /** Adds a packet within the bounds. When another client is at fault that they are reached, its packets are dropped instead. */
  #add(id: number, { held, shares }: Absence, packet: Uint8Array): boolean {
    const { judge } = this.#parts;
    const sender = relayedFor(packet);
    const { heldPackets: packets, heldBytes: bytes } = this.#options;
    shares.note(sender, packet.length, { packets, bytes }, judge);
    if (held.add(packet)) return true;
    return shares.makeRoom(sender, id, judge, {
      dropOf: (from) => held.removeAll((one) => relayedFor(one) === from),
      retry: () => held.add(packet),
    });
  }

  /** There is no room for a packet to a player that comes back. Whoever called it through the server does not learn that. */
  #refuse(absence: Absence, packet: Uint8Array): ErrorCode {
    if (isSysPacket(packet)) {
      absence.isOverfull = true;
      absence.lost++;
    }
    return ErrorCode.ERR_OUT_OF_MEMORY;
  }

  #deliver(id: number, absence: Absence): void {
    const { router } = this.#parts;
    const { held } = absence;
    if (router.isBehind(id)) return;
    for (let packet = held.first; packet !== undefined; packet = held.first) {
      const isSent = this.#send(id, packet);
      // A handler of a refused packet may have ended the connection.
      if (this.#absences.get(id) !== absence || absence.stage !== Stage.CATCHING_UP) return;
      if (!isSent && router.peer.canEverSend(id, packet.length)) return;
      // Unless it was dropped meanwhile.
      if (held.first === packet) held.shift();
    }
    this.#absences.delete(id);
    if (!this.#tokens.isReplacing(id)) return;
    this.#replacing.add(id);
    this.#endReplacing(id);
  }

  /** Whether the packet was sent. A call that waited on the earlier connection may have a number of a path that this one does not know. */
  #send(id: number, packet: Uint8Array): boolean {
    if (!this.#introduce(id, packet)) return true; // of a node that is gone
    this.#delivered = packet;
    try {
      return this.#parts.router.sendToLink(id, packet) === ErrorCode.OK;
    } finally {
      this.#delivered = null;
    }
  }

  /** Sends the path of a call that has only a number. Returns false when there is no such node any more. */
  #introduce(id: number, packet: Uint8Array): boolean {
    if (commandOf(packet) !== Command.REMOTE_CALL || readCallHeader(packet, this.#header) !== null) return true;
    const { pathStart, node } = this.#header;
    return pathStart >= 0 || this.#parts.introduce(id, node);
  }

  /** Once the game has handled the new token, the old one is no longer valid. */
  #endReplacing(id: number): void {
    if (this.#parts.markers.mark(id, () => this.#tokens.spend(id))) this.#replacing.delete(id);
  }

  #closeReplaced(id: number, isReplaced: boolean): void {
    const connection = this.#replaced.get(id);
    if (connection === undefined) return;
    this.#replaced.delete(id);
    connection.close(...(isReplaced ? REPLACED : TRY_AGAIN));
  }

  #forgetMarkers(id: number): void {
    this.#replacing.delete(id);
    this.#parts.markers.forget(id);
  }

  #deadline(): number {
    return this.#parts.now() + this.#options.graceTime * 1000;
  }
}
