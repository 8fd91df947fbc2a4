import type { Clock } from '../../clock.ts';
import { type Failure, isFailure } from '../../failure.ts';
import type { HandshakeRequest } from '../../protocol/index.ts';
import type { StreamPeer } from '../../stream/index.ts';
import { type PeerKeeper, WebSocketPeer } from '../peer/websocket-peer.ts';
import { type HandshakeOwner, type PlainAnswer, type Refusal, ServerOpening } from '../session/server-opening.ts';
import type { StreamSession } from '../session/stream-session.ts';
import type { PeerSettings } from '../settings/peer-settings.ts';
import { State } from '../state.ts';

/** How far a client has come, as the event loop knows it; polls show it later. */
export enum Stage {
  /** Its request is not here yet, or not all of it. */
  READING = 0,
  /** Its request waits for the program. */
  ASKED = 1,
  /** Let in: open, or about to be. */
  ADMITTED = 2,
  /** It was refused, or has gone before it was let in. */
  REFUSED = 3,
}

/** What a server does when something happens to one of its peers. */
export interface ServedPeerOwner {
  /** The peer needs a poll. Called once between two polls of the server. */
  onServedPeerWake(served: ServedPeer, isInCall: boolean): void;
  onHandshakeEnd(served: ServedPeer, isPlain: boolean): void;
}

/** Decides on the requests of a server's clients, as `HandshakeOwner` says. */
export interface ServedPeerGate {
  judge(served: ServedPeer, request: HandshakeRequest, opening: ServerOpening): Refusal | 'ask' | null;
  answerPlain(path: string): PlainAnswer | null;
  keepEarly(served: ServedPeer, size: number): Refusal | null;
  accept(served: ServedPeer): void;
  end(served: ServedPeer): void;
}

/** What a server makes its peers of. */
export interface ServedPeerParts {
  readonly clock: Clock;
  readonly settings: PeerSettings;
  readonly gate: ServedPeerGate;
  readonly owner: ServedPeerOwner;
}

/** What a server keeps of each peer. */
export class ServedPeer implements PeerKeeper, HandshakeOwner {
  readonly peer: WebSocketPeer;
  session!: StreamSession; // set by `on`, as is the opening
  opening!: ServerOpening;
  readonly #gate: ServedPeerGate;
  readonly #owner: ServedPeerOwner;
  stage: Stage = Stage.READING;
  /** What its connection is counted by while it is read; empty where it is not counted. */
  connectionKey = '';
  /** In `Stage.ASKED`: bytes of its request, and of what came behind it. */
  requestSize = 0;
  earlySize = 0;
  /** In the handshake, as the last poll left it. */
  isPending = true;
  /** As the last poll left it. */
  state: State = State.STATE_CONNECTING;
  /** In the server's list of peers that the next poll polls. */
  isQueued = false;
  /** Among those to look at after this poll. */
  isListed = false;
  /** No longer the server's. */
  isForgotten = false;
  /** Where the client is, behind trusted proxies if there are any; empty until its request was judged. */
  clientAddress = '';
  /** The program was asked about its request. */
  isAsked = false;
  /** When it is to be polled even if nothing happens. */
  deadline: number = Number.POSITIVE_INFINITY;

  /** A peer on `stream`, to be begun; or why there can be none, and then the stream is untouched. */
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
    this.peer.begin(this.session);
  }

  /** Polls the peer; what was sent leaves when the turn ends. */
  poll(): void {
    this.peer.advance();
  }

  /** Turns the client away: with an answer, if its stream is open and it is still in the handshake. */
  refuse(refusal: Refusal, failure: Failure): void {
    this.opening.refuse(refusal, failure);
    this.session.forsake(failure);
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
