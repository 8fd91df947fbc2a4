import type { Failure } from '../../failure.ts';
import type { WakeHook } from '../peer/wake-hook.ts';
import type { WebSocketPeer } from '../peer/websocket-peer.ts';
import type { HandshakeLimits } from '../requests/handshake-limits.ts';
import { PendingRequests } from '../requests/pending-requests.ts';
import type { ServedPeer, ServedPeerOwner } from '../requests/served-peer.ts';
import type { Refusal } from '../session/server-opening.ts';
import { State } from '../state.ts';
import { ReadyPeers } from './ready-peers.ts';
import { ServedDeadlines } from './served-deadlines.ts';

/** Never added to. */
const NONE: never[] = [];

/** What the set of peers reports to its server. */
export interface ServedPeersOwner {
  /** A peer that had opened is CLOSED. */
  onPeerClosed(peer: WebSocketPeer): void;
  /** The last peer is gone. */
  onEmpty(): void;
}

/**
 * The peers of a server, and the lists that each of them is in: those in the handshake, those that have opened, those that the
 * next poll polls, those to look at after it.
 *
 * - Inputs: `add` for a new connection; `onServedPeerWake` and `onHandshakeEnd` from its peer.
 * - A poll is `beginPoll`, `wakeDue`, `pollWoken` and `endPoll`, in this order.
 */
export class ServedPeers implements ServedPeerOwner {
  readonly #handshakes: HandshakeLimits;
  readonly #wakeHook: WakeHook;
  readonly #owner: ServedPeersOwner;
  readonly #served = new Map<WebSocketPeer, ServedPeer>();
  /** Those in the handshake, in the order of their arrival. */
  readonly #pending = new Set<ServedPeer>();
  /** Opened, and neither handed out nor closed since. */
  readonly #opened = new Set<WebSocketPeer>();
  readonly #requests = new PendingRequests();
  /** Those that the next poll polls. */
  #woken: ServedPeer[] = NONE;
  readonly #ready = new ReadyPeers();
  readonly #deadlines = new ServedDeadlines(this.#served);
  /** The peer that is being refused, and that is not one of the peers any more. */
  #turnedAway: WebSocketPeer | null = null;

  /** `wakeHook`: the server's. */
  constructor(handshakes: HandshakeLimits, wakeHook: WakeHook, owner: ServedPeersOwner) {
    this.#handshakes = handshakes;
    this.#wakeHook = wakeHook;
    this.#owner = owner;
  }

  // ---------------------------------------------------------------- inputs

  /** Takes in a new connection, which may make another one in the handshake go. */
  add(served: ServedPeer): void {
    this.#served.set(served.peer, served);
    this.#pending.add(served);
    served.begin();
    if (served.isForgotten) return;
    this.#deadlines.note(served);
    const eviction = this.#handshakes.begin(served);
    if (eviction !== null) this.#turnAway(eviction.served, eviction.refusal);
  }

  onServedPeerWake(served: ServedPeer, isInCall: boolean): void {
    if (this.#woken === NONE) this.#woken = [served];
    else this.#woken.push(served);
    this.#wakeHook.wake(isInCall);
  }

  onHandshakeEnd(served: ServedPeer, isPlain: boolean): void {
    this.#requests.remove(served);
    if (isPlain && !served.isForgotten) this.#forget(served);
  }

  // ---------------------------------------------------------------- a poll

  beginPoll(): void {
    this.#ready.begin();
  }

  /** Wakes the peers whose time limit or heartbeat is due. */
  wakeDue(now: number): void {
    this.#deadlines.wakeDue(now);
  }

  pollWoken(): void {
    const woken = this.#woken;
    this.#woken = NONE;
    for (const served of woken) {
      served.isQueued = false;
      if (!served.isForgotten) this.#poll(served);
    }
  }

  endPoll(): void {
    this.#ready.end();
  }

  // ---------------------------------------------------------------- ending them

  /** Turns away the peers in the handshake, and closes the others. None is handed out any more. */
  closeAll(code: number, reason: string, refusal: Refusal): void {
    for (const served of [...this.#pending]) this.#poll(served); // Some were let in since the last poll: not in the handshake.
    for (const served of [...this.#pending]) this.#turnAway(served, refusal);
    for (const peer of this.#served.keys()) peer.close(code, reason);
    this.#opened.clear();
    if (this.#served.size === 0) this.#noteEmpty();
  }

  /** Drops all peers at once. */
  dropAll(failure: Failure): void {
    for (const served of [...this.#served.values()]) {
      served.forget(); // Dropping it must not wake the server.
      served.session.drop(failure);
      if (!served.isPending) this.#ready.add(served);
      this.#noteClosed(served);
    }
  }

  clearReady(): void {
    this.#ready.clear();
  }

  // ---------------------------------------------------------------- queries

  get size(): number {
    return this.#served.size;
  }

  /** Whether there is no peer, and none to report. */
  get isQuiet(): boolean {
    return this.#served.size === 0 && this.#ready.peers.length === 0;
  }

  /** Whether the next poll has a peer to poll. */
  get hasWoken(): boolean {
    return this.#woken.length > 0;
  }

  /** How many are in the handshake. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  /** How many are open or closing. */
  get admittedCount(): number {
    return this.#served.size - this.#pending.size;
  }

  /** When a peer is due to be polled even if nothing happens; `Infinity` for none. */
  get deadline(): number {
    return this.#deadlines.next;
  }

  get requests(): PendingRequests {
    return this.#requests;
  }

  /** See `ReadyPeers.watch`. */
  watchReady(listener: (peer: WebSocketPeer) => void): void {
    this.#ready.watch(listener);
  }

  get ready(): readonly WebSocketPeer[] {
    return this.#ready.peers;
  }

  /** Whether a peer is one of them, or is being turned away. */
  has(peer: WebSocketPeer): boolean {
    return this.#served.has(peer) || this.#turnedAway === peer;
  }

  get(peer: WebSocketPeer): ServedPeer | undefined {
    return this.#served.get(peer);
  }

  /** Every peer that is open or closing. */
  *admitted(): Generator<WebSocketPeer, void, undefined> {
    for (const served of this.#served.values()) if (!served.isPending) yield served.peer;
  }

  get hasOpened(): boolean {
    return this.#opened.size > 0;
  }

  /** The peer that opened first and was not handed out yet; null for none. */
  takeOpened(): WebSocketPeer | null {
    for (const peer of this.#opened) {
      this.#opened.delete(peer);
      return peer;
    }
    return null;
  }

  // ---------------------------------------------------------------- the inside

  #poll(served: ServedPeer): void {
    const { peer, state: before } = served;
    served.poll();
    const state = peer.getReadyState();
    served.state = state;
    if (served.isPending) this.#requests.note(served);
    if (served.isPending && state === State.STATE_OPEN) {
      served.isPending = false;
      this.#pending.delete(served);
      this.#opened.add(peer);
    }
    if (!served.isPending && (state !== before || peer.getAvailablePacketCount() > 0)) this.#ready.add(served);
    if (state === State.STATE_CLOSED) this.#noteClosed(served);
    else this.#deadlines.note(served);
  }

  /** Sends `refusal` to a client in the handshake, if its stream is open, and ends its connection. */
  #turnAway(served: ServedPeer, refusal: Refusal): void {
    this.#forget(served);
    this.#turnedAway = served.peer;
    served.refuse(refusal, { code: 'TICKPEER_HANDSHAKE_REFUSED', message: refusal.body });
    this.#turnedAway = null;
  }

  #noteClosed(served: ServedPeer): void {
    this.#forget(served);
    if (!served.isPending) this.#owner.onPeerClosed(served.peer);
  }

  #forget(served: ServedPeer): void {
    served.forget();
    this.#handshakes.leave(served);
    this.#requests.remove(served);
    this.#served.delete(served.peer);
    this.#pending.delete(served);
    this.#opened.delete(served.peer);
    if (this.#served.size === 0) this.#noteEmpty();
  }

  #noteEmpty(): void {
    this.#deadlines.clear();
    this.#owner.onEmpty();
  }
}
