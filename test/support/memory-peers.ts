import { ErrorCode } from '../../src/error-code.ts';
import { type MemoryPairOptions, StreamPeerMemory } from '../../src/stream/index.ts';
import { State, WebSocketPeer, type WebSocketPeerOptions } from '../../src/websocket/index.ts';
import { FakeClock } from './fake-clock.ts';

export interface MemoryPeersOptions {
  readonly client?: WebSocketPeerOptions;
  readonly server?: WebSocketPeerOptions;
  readonly stream?: MemoryPairOptions;
}

/** A client and a server's peer that are connected in memory, and a clock that the test moves. */
export class MemoryPeers {
  readonly clock: FakeClock = new FakeClock();
  readonly client: WebSocketPeer;
  readonly server: WebSocketPeer;
  readonly clientStream: StreamPeerMemory;
  readonly serverStream: StreamPeerMemory;

  constructor(options: MemoryPeersOptions = {}) {
    const [clientStream, serverStream] = StreamPeerMemory.pair(options.stream);
    this.clientStream = clientStream;
    this.serverStream = serverStream;
    this.client = new WebSocketPeer({ ...options.client, clock: this.clock });
    this.server = new WebSocketPeer({ ...options.server, clock: this.clock });
    const results = [
      this.client.connectToStream(clientStream, 'ws://memory.example/room?x=1'),
      this.server.acceptStream(serverStream),
    ];
    if (results.some((result) => result !== ErrorCode.OK)) throw new Error(`could not begin: ${results}`);
  }

  /** The same, already open. */
  static open(options: MemoryPeersOptions = {}): MemoryPeers {
    const peers = new MemoryPeers(options);
    peers.pollUntil(() => peers.states.every((state) => state === State.STATE_OPEN));
    return peers;
  }

  get both(): readonly [WebSocketPeer, WebSocketPeer] {
    return [this.client, this.server];
  }

  get states(): [State, State] {
    return [this.client.getReadyState(), this.server.getReadyState()];
  }

  /** The peer of a role, and the one at the other end. */
  from(role: 'client' | 'server'): {
    peer: WebSocketPeer;
    other: WebSocketPeer;
    stream: StreamPeerMemory;
    otherStream: StreamPeerMemory;
  } {
    const { client, server, clientStream, serverStream } = this;
    return role === 'client'
      ? { peer: client, other: server, stream: clientStream, otherStream: serverStream }
      : { peer: server, other: client, stream: serverStream, otherStream: clientStream };
  }

  /** The event loop's part: ends the turn, sends what was written, and delivers what is in transit. */
  deliver(): void {
    this.clock.endTurn();
    this.clientStream.poll();
    this.clock.endTurn();
  }

  poll(): void {
    this.deliver();
    this.client.poll();
    this.server.poll();
  }

  pollUntil(condition: () => boolean, most = 1000): void {
    for (let polls = 0; !condition(); polls++) {
      if (polls === most) throw new Error(`not after ${most} polls: ${condition}`);
      this.poll();
    }
  }
}
