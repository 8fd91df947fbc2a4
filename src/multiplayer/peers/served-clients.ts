import { ErrorCode } from '../../error-code.ts';
import { type Failure, isFailure } from '../../failure.ts';
import { CloseCode } from '../../protocol/index.ts';
import type { WebSocketPeer, WebSocketServer } from '../../websocket/index.ts';
import { CHANNELS } from '../diagnostics/diagnostics.ts';
import { writeIdMessage } from '../wire/id-message.ts';
import { chooseClientId } from './client-id.ts';
import type { Client, ClientSource } from './client-source.ts';
import { ConnectingClient } from './connecting-client.ts';
import type { MultiplayerPeer } from './multiplayer-peer.ts';
import { ReturnCloseCode } from './return-desk.ts';

/** The peer that the clients belong to. */
export interface ServerOwner extends MultiplayerPeer {
  generateUniqueId(client?: ConnectingClient): number;
}

/** How long a closed server waits for its clients to close. Seconds. */
const CLOSE_WITHIN = 2;

/** The clients of a `WebSocketServer`: each gets an id, which is the first message to it. */
export class ServedClients implements ClientSource {
  readonly #server: WebSocketServer;
  readonly #isOurs: boolean;
  readonly #owner: ServerOwner;
  #isClosed = false;

  /** `isOurs`: the server stops with its link. */
  constructor(server: WebSocketServer, isOurs: boolean, owner: ServerOwner) {
    this.#server = server;
    this.#isOurs = isOurs;
    this.#owner = owner;
  }

  get localPort(): number {
    return this.#server.getLocalPort();
  }

  get failure(): Failure | null {
    return this.#server.getLastFailure();
  }

  poll(): boolean {
    this.#server.poll();
    return !this.#server.isQuiet;
  }

  readyPeers(): readonly WebSocketPeer[] {
    return this.#server.readyPeers();
  }

  takeClient(
    isTaken: (id: number) => boolean,
    endEarlier: (id: number) => WebSocketPeer | null,
  ): Client | Failure | null {
    while (!this.#isClosed) {
      const peer = this.#server.takePeer();
      if (peer === null) break;
      const client = this.#greet(peer, isTaken, endEarlier);
      if (client !== null) return client;
    }
    return null;
  }

  close(peers: Iterable<WebSocketPeer>): void {
    this.#isClosed = true;
    if (!this.#isOurs) {
      for (const peer of peers) peer.close(CloseCode.GOING_AWAY);
      return;
    }
    const server = this.#server;
    server.stop({ timeLimit: CLOSE_WITHIN });
    // Nothing polls it any more, so it polls itself until it is closed.
    server.onWake = () => server.poll();
    server.poll();
  }

  /** Gives a new client its id. Null for one that was turned away, or has gone. */
  #greet(
    peer: WebSocketPeer,
    isTaken: (id: number) => boolean,
    endEarlier: (id: number) => WebSocketPeer | null,
  ): Client | Failure | null {
    const address = this.#server.getClientAddress(peer) || peer.getConnectedHost();
    const connecting = new ConnectingClient(peer, address);
    const identify = (): number | Failure | null => this.#owner.returnDesk?.identify(connecting) ?? null;
    let known = identify();
    if (typeof known === 'number' && isTaken(known)) {
      const earlier = endEarlier(known);
      if (earlier !== null) this.#owner.returnDesk?.keepReplaced(known, earlier);
      if (this.#isClosed) return null;
      // The player may have left for good with that connection.
      known = identify();
    }
    if (isFailure(known)) {
      this.#turnAway(peer, address, known, ReturnCloseCode.INVALID_TOKEN);
      return null;
    }
    if (known === null && this.#owner.refuseNewConnections) {
      const message = 'new connections are refused';
      this.#turnAway(peer, address, { code: 'TICKPEER_HANDSHAKE_REFUSED', message });
      return null;
    }
    const id = known ?? this.#idFor(connecting, isTaken);
    if (isFailure(id)) {
      this.#turnAway(peer, address, id);
      return id;
    }
    if (this.#isClosed) return null;
    if (peer.send(writeIdMessage(id)) === ErrorCode.OK) return { id, peer, address };
    peer.close(-1);
    this.#owner.returnDesk?.fail(id);
    return null;
  }

  #idFor(connecting: ConnectingClient, isTaken: (id: number) => boolean): number | Failure {
    const { returnDesk } = this.#owner;
    try {
      return chooseClientId(
        () => this.#owner.generateUniqueId(connecting),
        (id) => isTaken(id) || returnDesk?.isReserved(id) === true,
      );
    } catch (error) {
      connecting.peer.close(CloseCode.INTERNAL_ERROR);
      throw error;
    }
  }

  #turnAway(peer: WebSocketPeer, address: string, failure: Failure, code: number = CloseCode.POLICY_VIOLATION): void {
    const channel = CHANNELS['tickpeer:multiplayer:turned-away'];
    if (channel.hasSubscribers) channel.publish({ peer: this.#owner, address, failure });
    peer.close(code, failure.message);
  }
}
