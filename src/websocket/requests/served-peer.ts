import type { Clock } from '../../clock.ts';
import { type Failure, isFailure } from '../../failure.ts';
import type { HandshakeRequest } from '../../protocol/index.ts';
import type { StreamPeer } from '../../stream/index.ts';
import { type PeerKeeper, WebSocketPeer } from '../peer/websocket-peer.ts';
import { type HandshakeOwner, type PlainAnswer, type Refusal, ServerOpening } from '../session/server-opening.ts';
import type { StreamSession } from '../session/stream-session.ts';
import type { PeerSettings } from '../settings/peer-settings.ts';
import { State } from '../state.ts';

/** How far a client has come in the event loop; polls show it later. */
export enum Stage {
  /** Its request has not arrived, or not all of it. */
  READING = 0,
  /** Its request waits for the program. */
  ASKED = 1,
  /** Accepted: open, or about to be. */
  ADMITTED = 2,
  /** Refused, or disconnected before it was accepted. */
  REFUSED = 3,
}

/** What a peer reports to its server. */
export interface ServedPeerOwner {
  /** The peer needs a poll. Called once between two polls of the server. */
  onServedPeerWake(served: ServedPeer, isInCall: boolean): void;
  onHandshakeEnd(served: ServedPeer, isPlain: boolean): void;
}

/** Decides on the requests of a server's clients; see `HandshakeOwner`. */
export interface ServedPeerGate {
  judge(served: ServedPeer, request: HandshakeRequest, opening: ServerOpening): Refusal | 'ask' | null;
  answerPlain(path: string): PlainAnswer | null;
  keepEarly(served: ServedPeer, size: number): Refusal | null;
  accept(served: ServedPeer): void;
  end(served: ServedPeer): void;
}

/** What a server gives each of its peers. */
export interface ServedPeerParts {
  readonly clock: Clock;
  readonly settings: PeerSettings;
  readonly gate: ServedPeerGate;
  readonly owner: ServedPeerOwner;
}

/** A server's record of one peer. */
export class ServedPeer implements PeerKeeper, HandshakeOwner {
  readonly peer: WebSocketPeer;
  session!: StreamSession; // set by `on`, as is the opening
  opening!: ServerOpening;
  readonly #gate: ServedPeerGate;
  readonly #owner: ServedPeerOwner;
  stage: Stage = Stage.READING;
  /** The key that counts its connection in `Stage.READING`; empty where it is not counted. */
  connectionKey = '';
  /** In `Stage.ASKED`: bytes of its request, and of what came after it. */
  requestSize = 0;
  earlySize = 0;
  /** In the handshake, as of the last poll. */
  isPending = true;
  /** As of the last poll. */
  state: State = State.STATE_CONNECTING;
  /** In the server's list of peers that the next poll polls. */
  isQueued = false;
  /** In the list of peers that this poll reports. */
  isListed = false;
  /** The server does not have it any more. */
  isForgotten = false;
  /** The client's address, behind trusted proxies if there are any; empty until its request is judged. */
  clientAddress = '';
  /** The program got its request. */
  isAsked = false;
  /** When a poll is due even if nothing arrives. */
  deadline: number = Number.POSITIVE_INFINITY;

  /** A peer on `stream`, to be begun. After a failure the stream is untouched. */
  static on(stream: StreamPeer, parts: ServedPeerParts): ServedPeer | Failure {
    const served = new ServedPeer(parts);
    const opening = ServerOpening.with(parts.settings, served);
    if (isFailure(opening)) return opening;
    served.opening = opening;
    served.session = served.peer.sessionOn(stream, opening);
    return served;
  }

  private constructor({ clock, settings, gate, owner }: ServedPeerParts) {
    this.peer = WebSocketPeer.served(clock, settings, this);
    this.#gate = gate;
    this.#owner = owner;
  }

  /** Takes the stream over; its session may end before this returns. */
  begin(): void {
    this.peer.start(this.session);
  }

  /** Polls the peer; what it sends is written when the turn ends. */
  poll(): void {
    this.peer.advance();
  }

  /** Ends the connection; in the handshake with a response, if the stream is open. */
  refuse(refusal: Refusal, failure: Failure): void {
    this.opening.refuse(refusal, failure);
    this.session.abandon(failure);
  }

  onPeerWake(isInCall: boolean): void {
    if (this.isQueued || this.isForgotten) return;
    this.isQueued = true;
    this.#owner.onServedPeerWake(this, isInCall);
  }

  judge(request: HandshakeRequest, opening: ServerOpening): Refusal | 'ask' | null {
    return this.#gate.judge(this, request, opening);
  }

  answerPlain(path: string): PlainAnswer | null {
    return this.#gate.answerPlain(path);
  }

  keepEarly(size: number): Refusal | null {
    return this.#gate.keepEarly(this, size);
  }

  onAccepted(): void {
    this.#gate.accept(this);
  }

  onHandshakeEnd(isPlain: boolean): void {
    this.#gate.end(this);
    this.#owner.onHandshakeEnd(this, isPlain);
  }

  forget(): void {
    this.isForgotten = true;
    this.peer.release();
  }
}
