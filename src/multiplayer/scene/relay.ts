import { MultiplayerPeer } from '../peers/multiplayer-peer.ts';
import type { Router } from '../peers/router.ts';
import type { RelayedIntroductions } from '../replication/relayed-introductions.ts';
import type { Renumbering } from '../returning/renumbering.ts';
import { Command, commandOf } from '../wire/command.ts';
import { isSync } from '../wire/state-packet.ts';
import { SysCommand, sysPacket } from '../wire/sys-packet.ts';
import type { LimitEnforcer } from './limit-enforcer.ts';

const SERVER = MultiplayerPeer.TARGET_PEER_SERVER;

/**
 * Filters a packet that a client sends to others through the server. Returning false drops it; returned bytes, which are
 * copied, replace it.
 */
export type RelayFilter = (from: number, to: number, packet: Uint8Array<ArrayBuffer>) => boolean | Uint8Array;

/** The parts that a relay uses. */
export interface RelayParts {
  readonly router: Router;
  /** The admitted peers. */
  readonly peers: ReadonlySet<number>;
  readonly enforcer: LimitEnforcer;
  readonly introductions: RelayedIntroductions;
  /** Null where no client comes back. */
  readonly renumbering: Renumbering | null;
  readonly listener: { readonly relayFilter: RelayFilter | null };
}

/** A server's relay: passes packets of its clients on to others (docs/engine/multiplayer-wire.md#relay). */
export class Relay {
  readonly #parts: RelayParts;

  constructor(parts: RelayParts) {
    this.#parts = parts;
  }

  /**
   * Passes a packet on to one other client, to all (`to` 0), or to all but one (negative). Returns the packet where it is for the server,
   * too; otherwise null.
   */
  pass(from: number, to: number, packet: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
    const { peers, enforcer } = this.#parts;
    let ids: number[];
    if (to <= 0) ids = [...peers].filter((id) => id !== from && id !== -to);
    // A packet for the server is never relayed. The receiver may have just disconnected.
    else ids = peers.has(to) ? [to] : [];
    if (!enforcer.admitsRelayed(from, ids.length, packet.length)) return null;
    if (to > 0 && ids.length === 0) return null;
    const passed = this.#filter(from, to, packet);
    if (passed === null) return null;
    this.#send(from, ids, passed);
    if (to > 0 || to === -SERVER) return null;
    // A copy, because the filter may reuse its memory, and handlers may keep the packet.
    return passed === packet ? packet : new Uint8Array(passed);
  }

  /** Sends what this side has kept, or made, of a client's packets to another. `isKnown`: the filter has seen it. */
  passOn(from: number, to: number, packet: Uint8Array<ArrayBuffer>, isKnown: boolean): void {
    const passed = isKnown ? packet : this.#filter(from, to, packet);
    if (passed !== null) this.#parts.router.sendSystem([to], sysPacket(SysCommand.RELAY, from, passed));
  }

  /** The packet, or what the program's filter replaces it by; null when that drops it. */
  #filter(from: number, to: number, packet: Uint8Array<ArrayBuffer>): Uint8Array | null {
    const verdict = this.#parts.listener.relayFilter?.(from, to, packet) ?? true;
    if (verdict === false) return null;
    return verdict === true ? packet : verdict;
  }

  #send(from: number, ids: readonly number[], sent: Uint8Array): void {
    const { router, introductions, renumbering } = this.#parts;
    const packet = renumbering === null ? sent : renumbering.outgoing(from, ids, sent);
    if (packet === null) return;
    if (renumbering !== null && packet.length > 0 && commandOf(packet) === Command.CONFIRM_PATH) {
      for (const id of ids) this.#sendConfirmation(from, id, renumbering.confirmation(id, packet));
      return;
    }
    introductions.noteUse(from, packet);
    const isIntroduction = packet.length > 0 && commandOf(packet) === Command.SIMPLIFY_PATH;
    const receivers = isIntroduction ? introductions.pass(from, ids, packet) : ids;
    if (introductions.hasUnknown && packet.length > 0 && commandOf(packet) === Command.SYNC) {
      for (const id of receivers) {
        const known = introductions.stateFor(id, from, packet);
        if (known !== null) router.sendSystem([id], sysPacket(SysCommand.RELAY, from, known), isSync(known));
      }
      return;
    }
    if (receivers.length > 0) router.sendSystem(receivers, sysPacket(SysCommand.RELAY, from, packet), isSync(packet));
  }

  #sendConfirmation(from: number, to: number, packet: Uint8Array | null): void {
    if (packet !== null) this.#parts.router.sendSystem([to], sysPacket(SysCommand.RELAY, from, packet));
  }
}
