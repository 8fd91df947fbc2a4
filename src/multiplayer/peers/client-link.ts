import type { Clock } from '../../clock.ts';
import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { CloseCode } from '../../protocol/index.ts';
import { WebSocketPeer } from '../../websocket/index.ts';
import { PollGap } from '../limits/poll-gap.ts';
import { readIdMessage } from '../wire/id-message.ts';
import type { Link } from './link.ts';
import { ConnectionStatus } from './multiplayer-peer.ts';
import { sendFailure } from './send-failure.ts';

const SERVER = 1;

/** The events of a client's link. */
export interface ClientEvents {
  onConnected(id: number): void;
  /** `failure`: why; null when the connection was closed cleanly. */
  onDisconnected(id: number, failure: Failure | null): void;
}

/** The link of a client: one `WebSocketPeer`. Its first message is the id of this client. */
export class ClientLink implements Link {
  status: ConnectionStatus = ConnectionStatus.CONNECTION_CONNECTING;
  uniqueId = 0;
  readonly localPort = 0;
  #ownFailure: Failure | null = null;
  /** Why the last packet was not sent; null when it was. */
  #sendFailure: Failure | null = null;
  readonly #peer: WebSocketPeer;
  readonly #events: ClientEvents;
  readonly #clock: Clock;
  readonly #timeLimit: number;
  readonly #gap: PollGap;

  /** `timeLimit`: milliseconds until the id must have arrived; long gaps between polls do not count in full. */
  constructor(peer: WebSocketPeer, timeLimit: number, clock: Clock, events: ClientEvents) {
    this.#peer = peer;
    this.#clock = clock;
    this.#timeLimit = timeLimit;
    this.#gap = new PollGap(clock.now());
    this.#events = events;
  }

  get failure(): Failure | null {
    return this.#ownFailure ?? this.#sendFailure ?? this.#peer.getLastFailure();
  }

  get packetCount(): number {
    return this.status === ConnectionStatus.CONNECTION_CONNECTED ? this.#peer.getAvailablePacketCount() : 0;
  }

  get packetPeer(): number {
    return this.packetCount > 0 ? SERVER : 0;
  }

  poll(): void {
    if (this.status === ConnectionStatus.CONNECTION_DISCONNECTED) return;
    const peer = this.#peer;
    peer.poll();
    this.#gap.poll(this.#clock.now());
    if (this.status === ConnectionStatus.CONNECTION_CONNECTING) this.#awaitId();
    if (peer.getReadyState() !== WebSocketPeer.STATE_CLOSED) return;
    const wasConnected = this.status === ConnectionStatus.CONNECTION_CONNECTED;
    this.#sendFailure = null;
    if (!wasConnected && this.failure === null) this.#ownFailure = closedWithoutId(peer);
    this.#end();
    if (wasConnected) this.#events.onDisconnected(SERVER, this.failure);
  }

  takePacket(): Uint8Array<ArrayBuffer> | undefined {
    return this.packetCount > 0 ? this.#peer.getPacket() : undefined;
  }

  send(packet: Uint8Array): ErrorCode {
    const result = this.#peer.send(packet);
    this.#sendFailure = result === ErrorCode.OK ? null : sendFailure(this.#peer, packet.length);
    return result;
  }

  /** All packets of a client go to the server. */
  sendTo(_ids: Iterable<number>, packet: Uint8Array): ErrorCode {
    return this.send(packet);
  }

  idOf(peer: WebSocketPeer): number {
    return peer === this.#peer ? 1 : 0;
  }

  getAddress(id: number): string {
    return this.getPeer(id)?.getConnectedHost() ?? '';
  }

  getPeer(id: number): WebSocketPeer | null {
    return id === SERVER ? this.#peer : null;
  }

  disconnectPeer(id: number, force: boolean): void {
    if (id !== SERVER) return;
    this.#peer.close();
    if (force) this.close();
  }

  close(): void {
    this.#peer.close();
    this.#end();
  }

  #awaitId(): void {
    const peer = this.#peer;
    if (peer.getAvailablePacketCount() > 0) {
      const first = peer.getPacket();
      const id = peer.wasStringPacket() ? null : readIdMessage(first);
      if (id !== null) {
        this.uniqueId = id;
        this.status = ConnectionStatus.CONNECTION_CONNECTED;
        this.#events.onConnected(SERVER);
        return;
      }
      const message = `the server's first message, of ${first.length} bytes, is not an id: is it a Godot server?`;
      this.#fail({ code: 'TICKPEER_BAD_PACKET', message }, CloseCode.PROTOCOL_ERROR);
    } else if (this.#gap.attended >= this.#timeLimit) {
      const isOpen = peer.getReadyState() !== WebSocketPeer.STATE_CONNECTING;
      const missing = isOpen ? 'the server accepted the connection, but sent no id' : 'the connection was not accepted';
      const message = `${missing} within handshakeTimeout, ${this.#timeLimit / 1000} s`;
      this.#fail({ code: 'TICKPEER_HANDSHAKE_TIMEOUT', message }, CloseCode.NORMAL_CLOSURE);
    }
  }

  #fail(failure: Failure, code: CloseCode): void {
    this.#ownFailure = this.#peer.getLastFailure() ?? failure;
    this.#peer.close(code);
    this.#end();
  }

  #end(): void {
    this.status = ConnectionStatus.CONNECTION_DISCONNECTED;
    this.uniqueId = 0;
    const peer = this.#peer;
    if (peer.getReadyState() === WebSocketPeer.STATE_CLOSED) return;
    // Nothing polls it any more, so it polls itself until it is closed.
    peer.onWake = () => peer.poll();
  }
}

/** The failure for a server that closed cleanly before it sent an id. */
function closedWithoutId(peer: WebSocketPeer): Failure {
  const reason = peer.getCloseReason();
  const code = `${peer.getCloseCode()}${reason === '' ? '' : `, "${reason}"`}`;
  const message = `the server closed the connection before it sent an id: ${code}`;
  return { code: 'TICKPEER_HANDSHAKE_REFUSED', message };
}
