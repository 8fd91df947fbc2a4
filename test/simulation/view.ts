import type { Failure } from '../../src/failure.ts';
import type { State, Statistics, WebSocketPeer } from '../../src/index.ts';

/** The visible part of a peer's statistics. Sent frames and bytes are not in it, since Pongs leave between two calls. */
const STEADY: readonly (keyof Statistics)[] = [
  'packetsReceived',
  'framesReceived',
  'bytesReceived',
  'pingsReceived',
  'pongsReceived',
  'packetsDiscarded',
  'inboundPeakPackets',
  'inboundPeakSize',
  'roundTripTime',
  'packetsSent',
  'pingsSent',
  'sendsRefused',
  'outboundPeakSize',
  'framesSent',
  'bytesSent',
  'pongsSent',
];

/** Everything that a program can see of a peer at one time. */
export class View {
  readonly statistics: Statistics;
  readonly #state: State;
  readonly #packets: number;
  readonly #closeCode: number;
  readonly #closeReason: string;
  readonly #protocol: string;
  readonly #failure: Failure | null;

  constructor(peer: WebSocketPeer) {
    this.#state = peer.getReadyState();
    this.#packets = peer.getAvailablePacketCount();
    this.#closeCode = peer.getCloseCode();
    this.#closeReason = peer.getCloseReason();
    this.#protocol = peer.getSelectedProtocol();
    this.#failure = peer.getLastFailure();
    this.statistics = peer.getStatistics();
  }

  /** Describes what has changed; null if nothing has. */
  findChange(peer: WebSocketPeer): string | null {
    if (peer.getReadyState() !== this.#state) return `the state changed from ${this.#state}`;
    if (peer.getAvailablePacketCount() !== this.#packets) return `the packet count changed from ${this.#packets}`;
    if (peer.getCloseCode() !== this.#closeCode) return `the close code changed from ${this.#closeCode}`;
    if (peer.getCloseReason() !== this.#closeReason) return 'the close reason changed';
    if (peer.getSelectedProtocol() !== this.#protocol) return 'the sub-protocol changed';
    if (peer.getLastFailure() !== this.#failure) return 'the failure changed';
    const before = this.statistics;
    const now = peer.getStatistics();
    for (let index = 0; index < STEADY.length; index++) {
      const name = STEADY[index]!;
      if (now[name] !== before[name]) return `${name} went from ${before[name]} to ${now[name]}`;
    }
    return null;
  }
}
