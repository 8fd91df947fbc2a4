import { ErrorCode } from '../../error-code.ts';
import { SceneMultiplayer, WebSocketMultiplayerPeer } from '../../multiplayer/index.ts';
import type { WebSocketServer } from '../../websocket/index.ts';
import { CommandError } from '../command/command-error.ts';
import { ExitCode } from '../command/exit-code.ts';

/** A multiplayer server without a game: it admits Godot clients, and relays what they send to each other. */
export class RelayServer {
  readonly #multiplayer = new SceneMultiplayer();
  /** `onChange` is called for each client that comes or leaves. */
  constructor(sockets: WebSocketServer, onChange: (line: string) => void) {
    const peer = new WebSocketMultiplayerPeer();
    const result = peer.createServerFrom(sockets);
    if (result !== ErrorCode.OK) {
      throw new CommandError(ExitCode.IO, `The relay did not start: ${peer.getLastFailure()?.message ?? result}`);
    }
    this.#multiplayer.peerConnected.connect((id) => onChange(`player ${id} joined, ${this.#count()}`));
    this.#multiplayer.peerDisconnected.connect((id) => onChange(`player ${id} left, ${this.#count()}`));
    this.#multiplayer.multiplayerPeer = peer;
  }

  poll(): void {
    this.#multiplayer.poll();
  }

  #count(): string {
    const { length } = this.#multiplayer.getPeers();
    return `${length} here`;
  }
}
