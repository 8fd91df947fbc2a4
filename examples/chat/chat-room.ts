import { WebSocketPeer, type WebSocketServer } from 'tickpeer';

/** A chat over any number of servers: text goes to all with the speaker's name, bytes unchanged. */
export class ChatRoom {
  readonly #servers: readonly WebSocketServer[];
  readonly #names = new Map<WebSocketPeer, string>();
  #nextNumber = 1;

  constructor(servers: readonly WebSocketServer[]) {
    this.#servers = servers;
  }

  get memberCount(): number {
    return this.#names.size;
  }

  /** One tick: accepts new members, handles their messages, and removes those that have left. */
  tick(): void {
    for (const server of this.#servers) {
      server.poll();
      for (let peer = server.takePeer(); peer !== null; peer = server.takePeer()) {
        const name = `guest ${this.#nextNumber++}`;
        this.#names.set(peer, name);
        this.#tell(`${name} came in.`);
      }
      for (const peer of server.readyPeers()) this.#listen(peer);
    }
  }

  #listen(peer: WebSocketPeer): void {
    const name = this.#names.get(peer);
    if (name === undefined) return;
    for (const packet of peer.packets()) this.#tell(typeof packet === 'string' ? `${name}: ${packet}` : packet);
    if (peer.getReadyState() === WebSocketPeer.STATE_CLOSED) {
      this.#names.delete(peer);
      this.#tell(`${name} left.`);
    }
  }

  /** Frames the message once for all. A peer that is too slow is closed with "try again later". */
  #tell(message: string | Uint8Array): void {
    for (const server of this.#servers) {
      const members = [...server.getPeers()].filter((peer) => this.#names.has(peer));
      for (const slow of server.broadcast(members, message)) {
        if (slow.getReadyState() === WebSocketPeer.STATE_OPEN) slow.close(1013, 'too slow to listen');
      }
    }
  }
}
