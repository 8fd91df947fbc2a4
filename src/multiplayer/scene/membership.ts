import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { CHANNELS } from '../diagnostics/diagnostics.ts';
import type { MultiplayerMessage, PeerDisconnectedMessage } from '../diagnostics/diagnostics-messages.ts';
import { MultiplayerPeer, TransferMode } from '../peers/multiplayer-peer.ts';
import type { Router } from '../peers/router.ts';
import type { SendOutcome } from '../peers/send-outcome.ts';
import { authPacket, SysCommand, sysPacket } from '../wire/sys-packet.ts';

import type { Absences } from './absences.ts';
import { Authentication } from './authentication.ts';
import type { SceneSignals } from './scene-signals.ts';

const SERVER = MultiplayerPeer.TARGET_PEER_SERVER;

/** How a connection is closed. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

/** What `Membership` needs from its multiplayer. */
export interface MembershipContext {
  readonly signals: SceneSignals;
  /** The players who may come back; null where nobody does. */
  readonly absences: Absences | null;
  /** The properties that every diagnostics message about `id` has. */
  describe(id: number): MultiplayerMessage;
  /**
   * When the authentication of a peer that connects now times out, on the clock of `failOverdue`; null when peers are not
   * authenticated.
   */
  authenticationDeadline(): number | null;
  onLinked(id: number): void;
  /** `id` is about to be admitted: what it is sent from now on is for its game. */
  onEntering(id: number): void;
  /** `id` is admitted, and no signal is emitted yet. */
  onAdmitted(id: number): void;
  /** The connection of `id` has ended, and it may come back: only what concerned the connection is dropped. */
  onAway(id: number): void;
  /** `id` has come back on a new connection, and no signal is emitted yet. */
  onBack(id: number): void;
  /** `id` has disconnected: its data can be dropped. */
  onForgotten(id: number): void;
}

/** The peers that are connected, authenticated and admitted (docs/engine/multiplayer-wire.md#joining-and-leaving). */
export class Membership {
  /** The ids of the admitted peers. */
  readonly peers: Set<number> = new Set();
  readonly authentication: Authentication = new Authentication();
  readonly #router: Router;
  readonly #outcome: SendOutcome;
  readonly #context: MembershipContext;
  /** Peers that come from another room, and are not authenticated again. */
  readonly #expected = new Set<number>();

  constructor(router: Router, outcome: SendOutcome, context: MembershipContext) {
    this.#router = router;
    this.#outcome = outcome;
    this.#context = context;
  }

  /** Whether nobody is connected or away. */
  get isEmpty(): boolean {
    return this.peers.size === 0 && this.authentication.size === 0;
  }

  /** Adds `id`, which has connected to this peer. */
  link(id: number): void {
    // A server may reuse the id of a connection that it has dropped without a signal.
    if (this.authentication.has(id) || (this.peers.has(id) && !this.#isAway(id))) this.#leave(id, null);
    this.#context.onLinked(id);
    const deadline = this.#expected.delete(id) ? null : this.#context.authenticationDeadline();
    if (deadline === null) {
      this.admit(id);
      return;
    }
    this.authentication.begin(id, deadline);
    this.#context.signals.peerAuthenticating.emit(id);
  }

  /** `id` will come from another room, where it was admitted. */
  expect(id: number): void {
    this.#expected.add(id);
  }

  /**
   * Removes an admitted peer that moves to another room, without a signal. Returns what it is still to be sent: what waits for it,
   * `farewell`, and that the others leave.
   */
  release(id: number, farewell: readonly Uint8Array[]): Uint8Array[] {
    // First, because the paths in it are introduced now.
    const missed = this.#context.absences?.handOver(id) ?? [];
    const waiting = [...this.#router.outbox.take(id), ...missed];
    this.#forget(id);
    const isTold = this.#router.isServer && this.#router.isRelaying;
    const others = isTold ? [...this.peers].map((other) => sysPacket(SysCommand.DEL_PEER, other)) : [];
    this.publishEnd(id, true, 'move', null);
    return [...waiting, ...farewell, ...others];
  }

  /** Removes `id`, which has disconnected, or which the server reports as disconnected. */
  unlink(id: number, failure: Failure | null): void {
    const { absences } = this.#context;
    // A connection that was not authenticated, or was closed by `closeFor`.
    if (this.#isAway(id) && !this.authentication.has(id)) return;
    const mayReturn = absences !== null && this.#router.isServer && this.peers.has(id) && !this.authentication.has(id);
    const closeCode = mayReturn ? this.#router.peer.getPeerCloseCode(id) : -1;
    if (mayReturn && absences.begin(id, closeCode, failure, () => this.#waitingFor(id))) this.#goAway(id, failure);
    else this.#leave(id, failure);
  }

  /** As `unlink`, of a peer that does not come back. */
  #leave(id: number, failure: Failure | null): void {
    if (this.authentication.end(id)) {
      this.#forgetPending(id);
      this.publishEnd(id, false, 'connection', failure);
      this.#context.signals.peerAuthenticationFailed.emit(id, failure);
    } else if (this.peers.has(id)) {
      this.#forget(id);
      this.publishEnd(id, true, 'connection', failure);
      this.#context.signals.peerDisconnected.emit(id, failure);
    }
  }

  /** Whether `id` is admitted, and has a connection. */
  isHere(id: number): boolean {
    return this.peers.has(id) && !this.#isAway(id);
  }

  admit(id: number): void {
    this.#context.onEntering(id);
    if (this.#isAway(id)) {
      this.#comeBack(id);
      return;
    }
    if (this.#router.isServer && this.#router.isRelaying) {
      const others = [...this.peers];
      this.#router.sendSystem(others, sysPacket(SysCommand.ADD_PEER, id));
      for (const other of others) this.#router.sendSystem([id], sysPacket(SysCommand.ADD_PEER, other));
    }
    this.peers.add(id);
    this.#context.onAdmitted(id);
    const channel = CHANNELS['tickpeer:multiplayer:admitted'];
    if (channel.hasSubscribers) channel.publish(this.#context.describe(id));
    if (id === SERVER) this.#context.signals.connectedToServer.emit();
    this.#context.signals.peerConnected.emit(id);
  }

  #isAway(id: number): boolean {
    return this.#context.absences?.isAway(id) === true;
  }

  /** The packets that a peer is still to be sent, and that no later ones replace. */
  #waitingFor(id: number): Uint8Array[] {
    return this.#router.outbox.take(id, TransferMode.TRANSFER_MODE_RELIABLE);
  }

  #goAway(id: number, failure: Failure | null): void {
    this.#router.outbox.clear(id);
    this.#context.onAway(id);
    const channel = CHANNELS['tickpeer:multiplayer:away'];
    if (channel.hasSubscribers) channel.publish({ ...this.#context.describe(id), failure });
    this.#context.signals.peerAway.emit(id, failure);
  }

  /** The new connection knows nothing: it gets the other peers and a fresh state, and then what has waited. */
  #comeBack(id: number): void {
    const lost = this.#context.absences?.arrive(id) ?? 0;
    if (this.#router.isRelaying) {
      for (const other of this.peers)
        if (other !== id) this.#router.sendSystem([id], sysPacket(SysCommand.ADD_PEER, other));
    }
    this.#context.onBack(id);
    this.#context.absences?.mark(id);
    const channel = CHANNELS['tickpeer:multiplayer:back'];
    if (channel.hasSubscribers) channel.publish({ ...this.#context.describe(id), lost });
    this.#context.signals.peerBack.emit(id, lost);
  }

  /** Closes the connection of an admitted peer, which may come back. */
  closeFor(id: number, failure: Failure, closing: Closing): void {
    const { absences } = this.#context;
    if (absences?.begin(id, -1, failure, () => this.#waitingFor(id)) !== true) {
      this.disconnectFor(id, failure, () => {}, closing);
      return;
    }
    this.#router.peer.disconnectWith(id, closing.code, closing.reason);
    this.#goAway(id, failure);
  }

  /** Gives up the players that have been away for longer than the grace time. */
  endAbsences(): void {
    for (const [id, failure] of this.#context.absences?.overdue() ?? []) {
      // It was in time, and authentication has a limit of its own. An earlier handler may have ended it.
      if (this.authentication.has(id) || !this.#end(id)) continue;
      this.publishEnd(id, true, 'connection', failure);
      this.#context.signals.peerDisconnected.emit(id, failure);
    }
  }

  admitIfComplete(id: number): void {
    if (!this.authentication.isComplete(id)) return;
    this.authentication.end(id);
    this.admit(id);
  }

  /** `SceneMultiplayer.sendAuth`. */
  sendAuth(id: number, data: Uint8Array): ErrorCode {
    if (!this.#router.isConnected) return this.#outcome.refuse(ErrorCode.ERR_UNCONFIGURED, 'not connected');
    if (data.length === 0) {
      this.#outcome.failure = { code: 'TICKPEER_UNAVAILABLE', message: 'there are no bytes to send' };
      return ErrorCode.ERR_INVALID_PARAMETER;
    }
    const checked = this.authentication.checkSend(id);
    if (checked !== ErrorCode.OK) return this.#refuseAuth(checked, id);
    return this.#outcome.of(this.#router.sendToLink(id, authPacket(data)));
  }

  /** `SceneMultiplayer.completeAuth`. */
  completeAuth(id: number): ErrorCode {
    if (!this.#router.isConnected) return this.#outcome.refuse(ErrorCode.ERR_UNCONFIGURED, 'not connected');
    const result = this.authentication.completeHere(id);
    if (result !== ErrorCode.OK) return this.#refuseAuth(result, id);
    const sent = this.#router.sendToLink(id, authPacket());
    if (sent !== ErrorCode.OK) {
      this.authentication.reopenHere(id);
      return this.#outcome.of(sent);
    }
    this.admitIfComplete(id);
    // Set after the handlers have run, because they may have sent something.
    this.#outcome.failure = null;
    return ErrorCode.OK;
  }

  #refuseAuth(code: ErrorCode, id: number): ErrorCode {
    const isUnknown = code === ErrorCode.ERR_INVALID_PARAMETER;
    const message = isUnknown
      ? `${id} is not being authenticated`
      : `the authentication of ${id} is complete on one side`;
    return this.#outcome.refuse(code, message);
  }

  /** Ends the connection for the program, without a signal. */
  disconnect(id: number): void {
    const wasAdmitted = this.peers.has(id) && !this.authentication.has(id);
    // It may be a call that says why.
    this.#router.outbox.drain(id);
    if (!this.#end(id)) return;
    this.publishEnd(id, wasAdmitted, 'program', null);
  }

  /**
   * Ends the connection because of a limit. `tell` is called after the connection has ended and before the signal is
   * emitted. `closing`: the close code and the reason for the other side.
   */
  disconnectFor(id: number, failure: Failure, tell: () => void, closing: Closing | null = null): void {
    const wasAdmitted = this.peers.has(id) && !this.authentication.has(id);
    const hasEnded = this.#end(id, closing);
    if (hasEnded) this.publishEnd(id, wasAdmitted, 'limit', failure);
    const { peerDisconnected, peerAuthenticationFailed } = this.#context.signals;
    try {
      tell();
    } finally {
      if (hasEnded) (wasAdmitted ? peerDisconnected : peerAuthenticationFailed).emit(id, failure);
    }
  }

  /** Ends the connections whose authentication has timed out. */
  failOverdue(now: number): void {
    for (const id of this.authentication.overdue(now)) {
      if (!this.#endAuthentication(id)) continue; // an earlier handler has ended it
      const message = `${id} was not authenticated within authTimeout`;
      const failure: Failure = { code: 'TICKPEER_AUTH_TIMEOUT', message };
      this.publishEnd(id, false, 'authentication', failure);
      this.#context.signals.peerAuthenticationFailed.emit(id, failure);
    }
  }

  clear(): void {
    this.#expected.clear();
    this.peers.clear();
    this.authentication.clear();
    this.#router.outbox.clearAll();
  }

  /** Publishes on the diagnostics channel that `id` has disconnected. */
  publishEnd(id: number, wasAdmitted: boolean, by: PeerDisconnectedMessage['by'], failure: Failure | null): void {
    const channel = CHANNELS['tickpeer:multiplayer:disconnected'];
    if (channel.hasSubscribers) channel.publish({ ...this.#context.describe(id), wasAdmitted, by, failure });
  }

  /** Ends the connection of a peer that is being authenticated. Returns false when it is not. */
  #endAuthentication(id: number): boolean {
    if (!this.authentication.end(id)) return false;
    this.#forgetPending(id);
    this.#router.peer.disconnectPeer(id);
    return true;
  }

  /** Of a connection that was not authenticated. A player that was away still is. */
  #forgetPending(id: number): void {
    if (this.#isAway(id)) {
      this.#context.onAway(id);
      this.#context.absences?.fail(id);
    } else {
      this.#forget(id);
    }
  }

  /** Ends the connection, or the absence of a player without one. Returns false when there is neither. */
  #end(id: number, closing: Closing | null = null): boolean {
    const wasPending = this.authentication.end(id);
    if (!wasPending && !this.peers.has(id)) return false;
    if (wasPending) this.#forgetPending(id);
    else this.#forget(id);
    if (closing === null) this.#router.peer.disconnectPeer(id);
    else this.#router.peer.disconnectWith(id, closing.code, closing.reason);
    return true;
  }

  #forget(id: number): void {
    this.#context.onForgotten(id);
    this.#router.outbox.clear(id);
    if (!this.peers.delete(id) || !this.#router.isServer || !this.#router.isRelaying) return;
    this.#router.sendSystem([...this.peers], sysPacket(SysCommand.DEL_PEER, id));
  }
}
