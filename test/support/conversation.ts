import { ErrorCode, type StreamPeer, WebSocketPeer, type WebSocketPeerOptions } from 'tickpeer';
import { VirtualClock, VirtualNetwork } from 'tickpeer/testing';

/** Bytes that one end of a connection has sent. */
export interface SentBytes {
  readonly isFromClient: boolean;
  readonly bytes: Uint8Array;
}

/** A client and a server that are connected, with a tap on the line between them. */
export interface Conversation {
  readonly client: WebSocketPeer;
  readonly server: WebSocketPeer;
  /** Lets what was sent arrive. */
  step(): void;
  /** All bytes so far, in order. */
  readonly sent: readonly SentBytes[];
}

/** A real WebSocket connection on a virtual network, which is open. */
export function converse(options: WebSocketPeerOptions = {}): Conversation {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, seed: 1 });
  const [one, toServer] = network.connect().ends;
  const [toClient, two] = network.connect().ends;
  const sent: SentBytes[] = [];
  pipe(toServer, toClient, (bytes) => sent.push({ isFromClient: true, bytes }));
  pipe(toClient, toServer, (bytes) => sent.push({ isFromClient: false, bytes }));
  const client = new WebSocketPeer({ clock, ...options });
  const server = new WebSocketPeer({ clock, ...options });
  if (client.connectToStream(one, 'ws://game.test/play?room=1') !== ErrorCode.OK) throw new Error('no client');
  if (server.acceptStream(two) !== ErrorCode.OK) throw new Error('no server');
  const step = (): void => {
    for (let turn = 0; turn < 8; turn++) {
      clock.advance(1);
      client.poll();
      server.poll();
    }
  };
  step();
  if (client.getReadyState() !== WebSocketPeer.STATE_OPEN) throw new Error('it did not open');
  return { client, server, step, sent };
}

function pipe(from: StreamPeer, to: StreamPeer, tap: (bytes: Uint8Array) => void): void {
  from.setSink({
    onStreamOpen: () => {},
    onStreamData: (chunk) => {
      const bytes = chunk.slice();
      tap(bytes);
      to.write(bytes.slice());
    },
    onStreamDrain: () => {},
    onStreamEnd: () => to.end(),
    onStreamFailure: () => to.destroy(),
  });
}
