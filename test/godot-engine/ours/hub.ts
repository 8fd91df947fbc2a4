import { ErrorCode, WebSocketPeer, WebSocketServer } from 'tickpeer';
import type { SceneMultiplayerOptions } from 'tickpeer/multiplayer';
import type { EngineRun } from '../engine/engine.ts';
import { HubClientPeer } from './hub-client-peer.ts';
import { Side } from './side.ts';

/** The kinds of messages, as in `hub_peer.gd`. The last four come from the engine. */
export const Kind = { JOIN: 0, LEFT: 1, FROM: 2, ADMIT: 3, REFUSE: 4, KICK: 5, TO: 6 } as const;

const HEAD_SIZE = 5;
const BUFFER_SIZE = 8 * 1024 * 1024;

/** All hubs that are not closed. The game loop of `until` polls them. */
export const hubs: Set<Hub> = new Set<Hub>();

/**
 * Connects clients of ours to an engine that is the multiplayer server, over one WebSocket to the engine (`hub_peer.gd`): an engine in a
 * browser cannot listen.
 */
export class Hub {
  /** The engine that serves. */
  readonly game: EngineRun;
  readonly clients: Side<HubClientPeer>[] = [];
  readonly #server = new WebSocketServer({
    allowedOrigins: '*',
    inboundBufferSize: BUFFER_SIZE,
    outboundBufferSize: BUFFER_SIZE,
  });
  #engine: WebSocketPeer | null = null;
  readonly #peers = new Map<number, HubClientPeer>();

  constructor(game: EngineRun) {
    this.game = game;
    const result = this.#server.listen(0, '127.0.0.1');
    if (result !== ErrorCode.OK) throw new Error(`${ErrorCode[result]}: ${this.#server.getLastFailure()?.message}`);
    hubs.add(this);
  }

  /** The URL for the engine. */
  get url(): string {
    return `ws://127.0.0.1:${this.#server.getLocalPort()}`;
  }

  /** Whether the engine is connected. */
  get isOpen(): boolean {
    return this.#engine !== null;
  }

  /** A new client of ours. The engine has admitted it when it tells `connected_to_server`. */
  client(options: SceneMultiplayerOptions = {}): Side<HubClientPeer> {
    const side = new Side(new HubClientPeer(this), options);
    this.clients.push(side);
    return side;
  }

  poll(): void {
    this.#server.poll();
    this.#engine ??= this.#server.takePeer();
    const engine = this.#engine;
    if (engine === null) return;
    while (engine.getAvailablePacketCount() > 0) {
      const message = engine.getPacket();
      const id = new DataView(message.buffer, message.byteOffset).getInt32(1, true);
      this.#peers.get(id)?.receive(message[0]!, message.slice(HEAD_SIZE));
    }
    if (engine.getReadyState() === WebSocketPeer.STATE_CLOSED) this.#onEngineGone();
  }

  /** For `HubClientPeer`. */
  join(peer: HubClientPeer): void {
    this.#peers.set(peer.id, peer);
    this.send(Kind.JOIN, peer.id);
  }

  /** For `HubClientPeer`. */
  leave(peer: HubClientPeer): void {
    if (this.#peers.delete(peer.id)) this.send(Kind.LEFT, peer.id);
  }

  /** For `HubClientPeer`. */
  send(kind: number, id: number, payload: Uint8Array = new Uint8Array()): ErrorCode {
    const message = Buffer.alloc(HEAD_SIZE + payload.length);
    message[0] = kind;
    message.writeInt32LE(id, 1);
    message.set(payload, HEAD_SIZE);
    return this.#engine?.send(message) ?? ErrorCode.ERR_UNAVAILABLE;
  }

  close(): void {
    hubs.delete(this);
    this.#server.stop({ timeLimit: 0 });
    this.#server.poll();
    this.#onEngineGone();
  }

  #onEngineGone(): void {
    this.#engine = null;
    for (const peer of this.#peers.values()) peer.receive(Kind.KICK, new Uint8Array());
  }
}
