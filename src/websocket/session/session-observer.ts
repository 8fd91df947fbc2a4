import type { Failure } from '../../failure.ts';
import type { HandshakeRequest } from '../../protocol/index.ts';
import type { WebSocketPeer } from '../peer/websocket-peer.ts';
import type { PeerSettings } from '../settings/peer-settings.ts';
import { State } from '../state.ts';
import { CHANNELS, type DiagnosticsMessage, type LimitHit } from './diagnostics.ts';
import type { Opening } from './opening.ts';

const OPEN = CHANNELS['tickpeer:open'];
const CLOSE = CHANNELS['tickpeer:close'];
const FAILURE = CHANNELS['tickpeer:failure'];
const LIMIT = CHANNELS['tickpeer:limit'];
const REFUSED = CHANNELS['tickpeer:handshake:refused'];

/** The session that is observed. */
export interface ObservedSession {
  readonly peer: WebSocketPeer;
  readonly opening: Opening;
  readonly settings: PeerSettings;
  readonly state: State;
  readonly connectedHost: string;
  readonly selectedProtocol: string;
  readonly closeCode: number;
  readonly closeReason: string;
}

/**
 * Publishes a session's events on the channels of `diagnostics.ts`: changes of `state` when a poll shows them, other events when they
 * happen. No message is made for a channel without subscribers.
 */
export class SessionObserver {
  readonly #session: ObservedSession;

  constructor(session: ObservedSession) {
    this.#session = session;
  }

  /** Publishes a change of the session's state since `before`. `ending` is why the session ended, if it did. */
  noteState(before: State, ending: Failure | null): void {
    const { state } = this.#session;
    if (state === before) return;
    if (before === State.STATE_CONNECTING && state === State.STATE_OPEN) this.#tellOpen();
    else if (state === State.STATE_CLOSED) this.#tellEnd(before !== State.STATE_CONNECTING, ending);
  }

  /** The response to the opening handshake has `status`; null on a client for a response that could not be read. */
  tellHandshakeRefused(status: number | null, request: HandshakeRequest | null, failure: Failure): void {
    if (REFUSED.hasSubscribers) REFUSED.publish({ ...this.#about(), status, request, failure });
  }

  /** A server refuses a client; `limit` is undefined where no limit is the reason. */
  tellRefusedBy(limit: LimitHit | undefined): void {
    if (limit === undefined || !LIMIT.hasSubscribers) return;
    LIMIT.publish({ ...this.#about(), ...limit, effect: 'refused', size: null, failure: null });
  }

  /** Reading was paused: the queue holds `packets` of `size` bytes, and the next message has no room. */
  tellReadingPaused(packets: number, size: number): void {
    if (!LIMIT.hasSubscribers) return;
    const [hit, reached] = this.#queueLimit('inboundBufferSize', packets, size);
    LIMIT.publish({ ...this.#about(), ...hit, effect: 'paused', size: reached, failure: null });
  }

  /** A send was refused: `packets` wait to be sent; with the refused message there would be `size` bytes. */
  tellSendRefused(failure: Failure, size: number, packets: number): void {
    if (!LIMIT.hasSubscribers) return;
    const [hit, reached] = this.#queueLimit('outboundBufferSize', packets, size);
    const wanted = hit.limit === 'maxQueuedPackets' ? reached + 1 : reached;
    LIMIT.publish({ ...this.#about(), ...hit, effect: 'refused', size: wanted, failure });
  }

  #tellOpen(): void {
    if (OPEN.hasSubscribers) OPEN.publish({ ...this.#about(), protocol: this.#session.selectedProtocol });
  }

  #tellEnd(wasOpen: boolean, ending: Failure | null): void {
    if (ending !== null) this.#tellFailure(ending, wasOpen);
    if (!wasOpen || !CLOSE.hasSubscribers) return;
    const { closeCode, closeReason } = this.#session;
    CLOSE.publish({ ...this.#about(), code: closeCode, reason: closeReason, failure: ending });
  }

  #tellFailure(failure: Failure, wasOpen: boolean): void {
    if (LIMIT.hasSubscribers) {
      const hit = limitBehind(failure, this.#session);
      if (hit !== null) LIMIT.publish({ ...this.#about(), ...hit, effect: 'ended', size: null, failure });
    }
    if (FAILURE.hasSubscribers) FAILURE.publish({ ...this.#about(), failure, wasOpen });
  }

  /** The limit of a queue that was reached, of two, and how much the queue holds in its unit. */
  #queueLimit(bytes: 'inboundBufferSize' | 'outboundBufferSize', packets: number, size: number): [LimitHit, number] {
    const { settings } = this.#session;
    const { maxQueuedPackets } = settings;
    if (packets >= maxQueuedPackets) return [{ limit: 'maxQueuedPackets', value: maxQueuedPackets }, packets];
    return [{ limit: bytes, value: settings[bytes] }, size];
  }

  #about(): DiagnosticsMessage {
    const { peer, opening, connectedHost } = this.#session;
    const { role, knownUrl, clientAddress } = opening;
    return { peer, role, url: knownUrl, address: clientAddress === '' ? connectedHost : clientAddress };
  }
}

/** The limit that a failure is about; null for any other failure. */
function limitBehind(failure: Failure, { settings, opening }: ObservedSession): LimitHit | null {
  switch (failure.code) {
    case 'TICKPEER_MESSAGE_TOO_BIG':
      return { limit: 'inboundBufferSize', value: settings.inboundBufferSize };
    case 'TICKPEER_TOO_MANY_FRAGMENTS':
      return { limit: 'maxFragments', value: settings.maxFragments };
    case 'TICKPEER_HANDSHAKE_TOO_LARGE':
      // One code for two limits.
      return opening.reachedLimit === 'maxHeaders'
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
