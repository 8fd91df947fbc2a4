import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { Command, commandOf } from '../wire/command.ts';
import { isSync } from '../wire/state-packet.ts';
import { SysCommand, sysPacket } from '../wire/sys-packet.ts';
import { ConnectionStatus, MultiplayerPeer, TransferMode } from './multiplayer-peer.ts';
import { Outbox, type OutboxLine } from './outbox.ts';
import { packetKind } from './packet-kind.ts';
import type { HeldLinks } from './return-desk.ts';

const SERVER = MultiplayerPeer.TARGET_PEER_SERVER;
const { TRANSFER_MODE_RELIABLE: RELIABLE } = TransferMode;

/** How much one peer may be sent before it has handled it. */
export interface SendAllowance {
  /** Whether the peer can be sent another `size` bytes directly. */
  admits(size: number): boolean;
  /** The peer was sent `size` bytes. `isReliable`: no later packet replaces them. */
  onSent(size: number, isReliable: boolean): void;
}

/** Decides how much a peer may be sent before it has handled it. */
export interface SendGate {
  /** Undefined for a peer that may be sent anything. A packet needs it once: with a second look-up an RPC takes 5 % longer. */
  allowanceOf(id: number): SendAllowance | undefined;
  /** As `SendAllowance.admits`, for a packet that has waited. */
  admitsWaiting(id: number, size: number): boolean;
  /** Whether `id`, for which nothing waits any more, can be sent packets directly again. */
  isOpen(id: number): boolean;
  /** A packet for `id` waits, because `admits` was false. */
  onBlocked(id: number): void;
}

/**
 * Sends packets to admitted peers: directly, or from client to client through the server (docs/engine/multiplayer-wire.md#relay).
 * The server's part of relaying is in `scene/relay.ts`. What cannot be sent yet waits in the `outbox`.
 */
export class Router implements OutboxLine {
  peer: MultiplayerPeer;
  /** By the ids of peers that are connected directly. */
  readonly outbox: Outbox = new Outbox(this);
  /** Null while nothing limits what peers may be sent. */
  gate: SendGate | null = null;
  /** The players that were cut off, for which packets wait at this side; null where nobody comes back. */
  held: HeldLinks | null = null;
  /** Why the outbox did not take the last packet that it was to take; null when it did. */
  outboxFailure: Failure | null = null;
  /** False when there is no peer and `peer` is only a placeholder. */
  hasPeer = true;
  /** Whether clients may reach each other. */
  allowsRelay = true;

  /** Used for one packet after another, because a new one for each takes 200 bytes. Null while it is in use. */
  #allowances: (SendAllowance | undefined)[] | null = [];

  constructor(peer: MultiplayerPeer) {
    this.peer = peer;
  }

  get isConnected(): boolean {
    return this.hasPeer && this.peer.getConnectionStatus() === ConnectionStatus.CONNECTION_CONNECTED;
  }

  get isServer(): boolean {
    return this.peer.getUniqueId() === SERVER;
  }

  get isRelaying(): boolean {
    return this.allowsRelay && this.peer.isServerRelaySupported();
  }

  /** Whether what was sent to an admitted peer before still waits at this side. */
  isBehind(id: number): boolean {
    const link = this.isServer ? id : SERVER;
    return this.outbox.has(link) || this.peer.getOutboundBacklog(link) > 0;
  }

  /** Whether packets for an admitted peer wait at this side, because its connection was cut. */
  isHeld(id: number): boolean {
    return this.held?.has(id) === true;
  }

  /** Whether packets for an admitted peer have to wait in the outbox. */
  isWaiting(id: number): boolean {
    return this.outbox.size > 0 && this.outbox.has(this.isServer ? id : SERVER);
  }

  /** Sends to a peer that is connected directly, behind what waits for it. A SYNC or DELTA that would have to wait is refused. */
  sendToLink(id: number, packet: Uint8Array, mode: TransferMode = RELIABLE, channel: number = 0): ErrorCode {
    const held = this.isHeld(id) ? this.#hold(id, packet, mode) : null;
    if (held !== null) return held;
    const isState = isSync(packet);
    const allowance = this.gate?.allowanceOf(id);
    return this.#mustWait(id, allowance, packet.length, isState)
      ? this.#keep(id, packet, mode, channel, null)
      : this.put(id, packet, mode, channel, mode === RELIABLE && !isState, allowance);
  }

  /** Sends to one admitted peer. */
  send(id: number, packet: Uint8Array, mode?: TransferMode, channel?: number): ErrorCode {
    if (this.isServer || id === SERVER) return this.sendToLink(id, packet, mode, channel);
    if (!this.isRelaying) return ErrorCode.ERR_UNAVAILABLE;
    return this.sendToLink(SERVER, sysPacket(SysCommand.RELAY, id, packet), mode, channel);
  }

  /**
   * Sends the same bytes to several admitted peers. Returns `OK`, or the last code that was not `OK`. `refused` gets the ids to which a
   * server did not send them.
   */
  sendTo(
    ids: readonly number[],
    packet: Uint8Array,
    mode?: TransferMode,
    channel?: number,
    refused: number[] | null = null,
  ): ErrorCode {
    if (ids.length === 1) return this.send(ids[0]!, packet, mode, channel);
    if (this.isServer) {
      const [direct, held] = this.#split(ids, packet, mode ?? RELIABLE, refused);
      const sent = this.#sendToAll(direct, packet, mode ?? RELIABLE, channel ?? 0, refused);
      return sent === ErrorCode.OK ? held : sent;
    }
    let result = ErrorCode.OK;
    for (const id of ids) {
      const code = this.send(id, packet, mode, channel);
      if (code !== ErrorCode.OK) result = code;
    }
    return result;
  }

  /**
   * Sends a SYS packet of a server to peers that are connected directly: an announcement of a peer, or what one client sends to others. Its
   * sender does not learn that a buffer was full, so it waits in the outbox then. `isState`: a later packet replaces it, so it does not wait.
   */
  sendSystem(receivers: readonly number[], packet: Uint8Array, isState: boolean = false): void {
    const unheld: number[] = [];
    const [ids] = this.#split(receivers, packet, RELIABLE, unheld);
    for (const id of unheld) this.outbox.overflowed.add(id);
    let ready: number[] | null = null;
    const left: number[] = [];
    const { gate } = this;
    const isDirect = this.outbox.size === 0 && gate === null;
    for (let at = 0; !isDirect && at < ids.length; at++) {
      const id = ids[at]!;
      if (this.#mustWait(id, gate?.allowanceOf(id), packet.length, isState)) {
        ready ??= ids.slice(0, at);
        left.push(id);
      } else {
        ready?.push(id);
      }
    }
    const direct = ready ?? ids;
    if (direct.length > 1) this.putToAll(direct, packet, RELIABLE, 0, left, !isState);
    else if (direct.length === 1 && this.put(direct[0]!, packet, RELIABLE, 0, !isState) !== ErrorCode.OK)
      left.push(direct[0]!);
    if (isState || left.length === 0) return;
    const waiting = { bytes: packet.slice(), mode: RELIABLE, channel: 0 };
    for (const id of left) {
      // What no buffer takes is lost, as in the engine, and keeps nothing behind it.
      if (!this.peer.canEverSend(id, packet.length)) continue;
      if (!this.outbox.add(id, waiting)) this.outbox.overflowed.add(id);
    }
  }

  /** Sends from a client to all peers, or to all but one. The server relays the packet. */
  broadcastAsClient(target: number, packet: Uint8Array, mode?: TransferMode, channel?: number): ErrorCode {
    if (!this.isRelaying) {
      return target === -SERVER ? ErrorCode.ERR_UNAVAILABLE : this.sendToLink(SERVER, packet, mode, channel);
    }
    return this.sendToLink(SERVER, sysPacket(SysCommand.RELAY, target, packet), mode, channel);
  }

  // ---------------------------------------------------------------- for the outbox

  hasRoomFor(id: number, size: number): boolean {
    return this.peer.getOutboundBacklog(id) === 0 && this.gate?.admitsWaiting(id, size) !== false;
  }

  isOpen(id: number): boolean {
    return this.gate?.isOpen(id) !== false;
  }

  /**
   * Sends to a peer that is connected directly, past what waits for it. `isReliable`: no later packet replaces it. Every packet is sent by
   * this method or by `putToAll`, which the inspector replaces.
   */
  put(
    id: number,
    packet: Uint8Array,
    mode: TransferMode,
    channel: number,
    isReliable: boolean = mode === RELIABLE && !isSync(packet),
    allowance: SendAllowance | undefined = this.gate?.allowanceOf(id),
  ): ErrorCode {
    const { peer } = this;
    peer.transferMode = mode;
    peer.transferChannel = channel;
    peer.setTargetPeer(id);
    const code = peer.putPacket(packet);
    if (code === ErrorCode.OK) allowance?.onSent(packet.length, isReliable);
    return code;
  }

  /** As `put`, to several. `refused` gets the ids to which the packet was not sent. `allowances`: those of `ids`, where they are known. */
  putToAll(
    ids: readonly number[],
    packet: Uint8Array,
    mode: TransferMode,
    channel: number,
    refused: number[] | null,
    isReliable: boolean = mode === RELIABLE && !isSync(packet),
    allowances: readonly (SendAllowance | undefined)[] | null = null,
  ): ErrorCode {
    const { peer, gate } = this;
    peer.transferMode = mode;
    peer.transferChannel = channel;
    if (gate === null) return peer.putPacketTo(ids, packet, refused);
    const unsent = refused ?? [];
    const before = unsent.length;
    const code = peer.putPacketTo(ids, packet, unsent);
    const wereAllSent = unsent.length === before;
    for (let at = 0; at < ids.length; at++) {
      const id = ids[at]!;
      if (!wereAllSent && unsent.includes(id, before)) continue;
      const allowance = allowances === null ? gate.allowanceOf(id) : allowances[at];
      allowance?.onSent(packet.length, isReliable);
    }
    return code;
  }

  // ---------------------------------------------------------------- the inside

  /** `isState`: a SYNC, which may fill the rest of a client's queue. If it is lost there, a newer one follows. */
  #mustWait(id: number, allowance: SendAllowance | undefined, size: number, isState: boolean): boolean {
    const { outbox } = this;
    if (outbox.size > 0 && outbox.has(id)) return true;
    if (allowance === undefined || isState || allowance.admits(size)) return false;
    outbox.block(id);
    this.gate?.onBlocked(id);
    return true;
  }

  /** Adds a packet to the outbox. `kept`: a copy of its bytes that was made for another receiver. */
  #keep(id: number, packet: Uint8Array, mode: TransferMode, channel: number, kept: Uint8Array | null): ErrorCode {
    if (packet.length > 0 && commandOf(packet) === Command.SYNC) return ErrorCode.ERR_BUSY;
    // A packet that no buffer takes is refused as always.
    if (!this.peer.canEverSend(id, packet.length)) return this.put(id, packet, mode, channel);
    const kind = mode === RELIABLE ? null : packetKind(packet, channel);
    const isKept = this.outbox.add(id, { bytes: kept ?? packet.slice(), mode, channel }, kind);
    if (isKept) return ErrorCode.OK;
    const { packets, bytes } = this.outbox.limits;
    const message = `${packets} packets or ${bytes} bytes wait for peer ${id}: no more are kept for it`;
    this.outboxFailure = { code: 'TICKPEER_OUTBOUND_LIMIT', message };
    return ErrorCode.ERR_OUT_OF_MEMORY;
  }

  #sendToAll(
    ids: readonly number[],
    packet: Uint8Array,
    mode: TransferMode,
    channel: number,
    refused: number[] | null,
  ): ErrorCode {
    const { gate } = this;
    if (this.outbox.size === 0 && gate === null) return this.putToAll(ids, packet, mode, channel, refused);
    const isState = isSync(packet);
    const allowances = this.#allowances ?? [];
    this.#allowances = null;
    let admitted = 0;
    let ready: number[] | null = null;
    let kept: Uint8Array | null = null;
    let result = ErrorCode.OK;
    for (let at = 0; at < ids.length; at++) {
      const id = ids[at]!;
      const allowance = gate?.allowanceOf(id);
      if (!this.#mustWait(id, allowance, packet.length, isState)) {
        ready?.push(id);
        allowances[admitted++] = allowance;
        continue;
      }
      ready ??= ids.slice(0, at);
      kept ??= packet.slice();
      const code = this.#keep(id, packet, mode, channel, kept);
      if (code === ErrorCode.OK) continue;
      result = code;
      refused?.push(id);
    }
    const isReliable = mode === RELIABLE && !isState;
    const sent =
      ready?.length === 0
        ? ErrorCode.OK
        : this.putToAll(ready ?? ids, packet, mode, channel, refused, isReliable, allowances);
    this.#allowances = allowances;
    return sent === ErrorCode.OK ? result : sent;
  }

  /** Those of `ids` to which the packet is to be sent now, and whether it waits for the others: `OK` or `ERR_OUT_OF_MEMORY`. */
  #split(
    ids: readonly number[],
    packet: Uint8Array,
    mode: TransferMode,
    refused: number[] | null,
  ): readonly [direct: readonly number[], held: ErrorCode] {
    if (this.held === null || this.held.size === 0) return [ids, ErrorCode.OK];
    let result = ErrorCode.OK;
    const direct = ids.filter((id) => {
      const held = this.isHeld(id) ? this.#hold(id, packet, mode) : null;
      if (held === null || held === ErrorCode.OK) return held === null;
      result = held;
      refused?.push(id);
      return false;
    });
    return [direct, result];
  }

  /** Null for a packet that is to be sent now. */
  #hold(id: number, packet: Uint8Array, mode: TransferMode): ErrorCode | null {
    const held = this.held?.keep(id, packet, mode) ?? null;
    if (held === ErrorCode.ERR_OUT_OF_MEMORY) {
      const message = `more packets wait for ${id} than returning.heldPackets or heldBytes`;
      this.outboxFailure = { code: 'TICKPEER_OUTBOUND_LIMIT', message };
    }
    return held;
  }
}
