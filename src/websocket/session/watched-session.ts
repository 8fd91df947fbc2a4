import type { Failure } from '../../failure.ts';
import type { HandshakeRequest, Role } from '../../protocol/index.ts';
import type { WebSocketPeer } from '../peer/websocket-peer.ts';
import type { PeerSettings } from '../settings/peer-settings.ts';
import { State } from '../state.ts';
import { CHANNELS, type DiagnosticsMessage, type LimitHit } from './diagnostics.ts';
import { PeerSession } from './peer-session.ts';

const OPEN = CHANNELS['tickpeer:open'];
const CLOSE = CHANNELS['tickpeer:close'];
const FAILURE = CHANNELS['tickpeer:failure'];
const LIMIT = CHANNELS['tickpeer:limit'];
const REFUSED = CHANNELS['tickpeer:handshake:refused'];

/**
 * A session whose life is told on the channels of `diagnostics.ts`: what `state` shows, when it shows it, and what never
 * becomes a state, when it happens. No message is made for a channel without subscribers.
 */
export abstract class WatchedSession extends PeerSession {
  protected readonly role: Role;
  protected readonly peer: WebSocketPeer;
  protected settings: PeerSettings;

  constructor(role: Role, peer: WebSocketPeer, settings: PeerSettings) {
    super();
    this.role = role;
    this.peer = peer;
    this.settings = settings;
  }

  /** `requestedUrl`, as soon as it is known. */
  protected abstract get knownUrl(): string;
  /** The other side's address; a client's behind trusted proxies, if it came through any. */
  protected abstract get farAddress(): string;

  protected override showState(
    hasOpened: boolean,
    hasNewPackets: boolean,
    isOver: boolean,
    ending: Failure | null,
  ): boolean {
    const wasConnecting = this.state === State.STATE_CONNECTING;
    const isEndWaiting = super.showState(hasOpened, hasNewPackets, isOver, ending);
    if (wasConnecting && OPEN.hasSubscribers && this.state === State.STATE_OPEN) {
      OPEN.publish({ ...this.#about(), protocol: this.selectedProtocol });
    }
    return isEndWaiting;
  }

  protected override showEnd(ending: Failure | null): void {
    const before = this.state;
    super.showEnd(ending);
    if (before === State.STATE_CLOSED) return;
    const wasOpen = before !== State.STATE_CONNECTING;
    if (ending !== null) this.#tellFailure(ending, wasOpen);
    if (!wasOpen || !CLOSE.hasSubscribers) return;
    CLOSE.publish({ ...this.#about(), code: this.closeCode, reason: this.closeReason, failure: ending });
  }

  /** A server: it answered with `status`. A client: the server did, or its answer could not be read. */
  protected tellHandshakeRefused(status: number | null, request: HandshakeRequest | null, failure: Failure): void {
    if (REFUSED.hasSubscribers) REFUSED.publish({ ...this.#about(), status, request, failure });
  }

  /** A server turns a client away, for one of its limits or for something else. */
  protected tellRefusedBy(limit: LimitHit | undefined): void {
    if (limit === undefined || !LIMIT.hasSubscribers) return;
    LIMIT.publish({ ...this.#about(), ...limit, effect: 'refused', size: null, failure: null });
  }

  /** The queue holds `packets` of `size` bytes, and the next message has no room. */
  protected tellReadingPaused(packets: number, size: number): void {
    if (!LIMIT.hasSubscribers) return;
    const [hit, reached] = this.#queueLimit('inboundBufferSize', packets, size);
    LIMIT.publish({ ...this.#about(), ...hit, effect: 'paused', size: reached, failure: null });
  }

  /** `packets` wait to be sent; with the refused message there would be `size` bytes. */
  protected tellSendRefused(failure: Failure, size: number, packets: number): void {
    if (!LIMIT.hasSubscribers) return;
    const [hit, reached] = this.#queueLimit('outboundBufferSize', packets, size);
    const wanted = hit.limit === 'maxQueuedPackets' ? reached + 1 : reached;
    LIMIT.publish({ ...this.#about(), ...hit, effect: 'refused', size: wanted, failure });
  }

  #tellFailure(failure: Failure, wasOpen: boolean): void {
    if (LIMIT.hasSubscribers) {
      const hit = limitBehind(failure, this.settings);
      if (hit !== null) LIMIT.publish({ ...this.#about(), ...hit, effect: 'ended', size: null, failure });
    }
    if (FAILURE.hasSubscribers) FAILURE.publish({ ...this.#about(), failure, wasOpen });
  }

  /** Of a queue's two limits the one that counts, and how much there is of it. */
  #queueLimit(bytes: 'inboundBufferSize' | 'outboundBufferSize', packets: number, size: number): [LimitHit, number] {
    const { maxQueuedPackets } = this.settings;
    if (packets >= maxQueuedPackets) return [{ limit: 'maxQueuedPackets', value: maxQueuedPackets }, packets];
    return [{ limit: bytes, value: this.settings[bytes] }, size];
  }

  #about(): DiagnosticsMessage {
    return { peer: this.peer, role: this.role, url: this.knownUrl, address: this.farAddress };
  }
}

/** The limit that a failure is about; null for any other failure. */
function limitBehind(failure: Failure, settings: PeerSettings): LimitHit | null {
  switch (failure.code) {
    case 'TICKPEER_MESSAGE_TOO_BIG':
      return { limit: 'inboundBufferSize', value: settings.inboundBufferSize };
    case 'TICKPEER_TOO_MANY_FRAGMENTS':
      return { limit: 'maxFragments', value: settings.maxFragments };
    case 'TICKPEER_HANDSHAKE_TOO_LARGE':
      // One code for both; the message names its unit.
      return failure.message.includes('headers')
        ? { limit: 'maxHandshakeHeaders', value: settings.maxHandshakeHeaders }
        : { limit: 'maxHandshakeSize', value: settings.maxHandshakeSize };
    case 'TICKPEER_CONNECT_TIMEOUT':
      return { limit: 'connectTimeLimit', value: settings.connectTimeLimit / 1000 };
    case 'TICKPEER_HANDSHAKE_TIMEOUT':
      return { limit: 'handshakeTimeLimit', value: settings.handshakeTimeLimit / 1000 };
    case 'TICKPEER_CLOSE_TIMEOUT':
      return { limit: 'closeTimeLimit', value: settings.closeTimeLimit / 1000 };
    case 'TICKPEER_HEARTBEAT_TIMEOUT': {
      const { pongTimeLimit, heartbeatInterval } = settings;
      return { limit: 'pongTimeLimit', value: (pongTimeLimit > 0 ? pongTimeLimit : heartbeatInterval) / 1000 };
    }
    default:
      return null;
  }
}
