import { expect, test } from 'vitest';
import { ErrorCode } from '../../error-code.ts';
import type { SharedMessage } from '../../protocol/index.ts';
import { State, type WebSocketPeer, type WebSocketServer } from '../../websocket/index.ts';
import { ServedClients, type ServerOwner } from './served-clients.ts';
import { ServerLink } from './server-link.ts';

/** A server's peer as far as a link uses it. */
class FakePeer {
  state = State.STATE_OPEN;
  packets: Uint8Array[] = [];
  result = ErrorCode.OK;
  readonly outboundBufferSize = 0;
  readonly sent: Uint8Array[] = [];
  readonly closes: (number | undefined)[] = [];

  getReadyState(): State {
    return this.state;
  }
  getAvailablePacketCount(): number {
    return this.packets.length;
  }
  getPacket(): Uint8Array {
    return this.packets.shift() ?? new Uint8Array(0);
  }
  getConnectedHost(): string {
    return '192.0.2.1';
  }
  getLastFailure(): null {
    return null;
  }
  send(packet: Uint8Array): ErrorCode {
    this.sent.push(packet.slice());
    return this.result;
  }
  sendShared({ payload }: SharedMessage): ErrorCode {
    return this.send(payload);
  }
  close(code?: number): void {
    this.closes.push(code);
  }
}

/** A link whose server hands out `opened`, and whose next clients have the ids in `ids`. */
function make() {
  const log: string[] = [];
  const opened: FakePeer[] = [];
  const ready: FakePeer[] = [];
  const ids: number[] = [];
  const server = {
    poll: () => {},
    readyPeers: () => ready,
    takePeer: () => opened.shift() ?? null,
    getClientAddress: () => '',
    getLocalPort: () => 9080,
    getLastFailure: () => null,
  };
  const owner = { refuseNewConnections: false, generateUniqueId: () => ids.shift() ?? 99 };
  // No other members are used.
  const source = new ServedClients(server as unknown as WebSocketServer, false, owner as unknown as ServerOwner);
  const link = new ServerLink(source, {
    onConnected: (id) => void log.push(`connected ${id}`),
    onDisconnected: (id) => void log.push(`disconnected ${id} at ${link.getAddress(id)}`),
    onRefused: (id, error) => void log.push(`refused ${id} ${error}`),
  });
  const join = (...wanted: readonly number[]): FakePeer => {
    const peer = new FakePeer();
    opened.push(peer);
    ids.push(...wanted);
    link.poll();
    return peer;
  };
  return { link, owner, ready, log, join };
}

test('a client gets its id as the first message', () => {
  const { link, log, join } = make();
  const peer = join(5);
  expect([peer.sent, log]).toEqual([[Uint8Array.of(5, 0, 0, 0)], ['connected 5']]);
  expect([link.getPeer(5), link.getPeer(6), link.getAddress(5)]).toEqual([
    peer as unknown as WebSocketPeer,
    null,
    '192.0.2.1',
  ]);
});

test.each([
  [8, null],
  [7, 6],
])('after %i ids that are taken, a client gets the id %s', (taken, id) => {
  const { link, log, join } = make();
  join(5);
  const second = join(...new Array<number>(taken).fill(5), 6);
  expect(log).toEqual(id === null ? ['connected 5'] : ['connected 5', `connected ${id}`]);
  expect(second.closes).toEqual(id === null ? [1008] : []);
  expect(link.failure?.code ?? null).toBe(id === null ? 'TICKPEER_INVALID_ID' : null);
});

test.each([1, 0, 2 ** 31])('a client is not given the id %i', (id) => {
  const { log, join } = make();
  expect([join(id).closes, log]).toEqual([[1008], []]);
});

test('new connections can be refused', () => {
  const { owner, log, join } = make();
  owner.refuseNewConnections = true;
  expect([join(5).closes, log]).toEqual([[1008], []]);
});

test('packets are taken client by client, in the order in which these are listed', () => {
  const { link, ready, join } = make();
  const [five, seven] = [join(5), join(7)];
  five.packets = [Uint8Array.of(1), Uint8Array.of(2)];
  seven.packets = [Uint8Array.of(3)];
  ready.push(seven, five);
  link.poll();
  const taken: unknown[] = [];
  while (link.packetCount > 0) taken.push([link.packetPeer, link.takePacket()?.[0]]);
  expect(taken).toEqual([
    [7, 3],
    [5, 1],
    [5, 2],
  ]);
  expect([link.packetPeer, link.takePacket()]).toEqual([0, undefined]);
});

test('a client whose connection has ended is reported once, while its address is still known', () => {
  const { link, ready, log, join } = make();
  const peer = join(5);
  peer.state = State.STATE_CLOSED;
  ready.push(peer);
  link.poll();
  link.poll();
  expect(log).toEqual(['connected 5', 'disconnected 5 at 192.0.2.1']);
  expect(link.getPeer(5)).toBeNull();
});

test('a packet goes to one, to all, or to all but one', () => {
  const { link, log, join } = make();
  const peers = [join(5), join(7), join(8)];
  for (const peer of peers) peer.sent.length = 0;
  expect([link.send(Uint8Array.of(1), 7), link.send(Uint8Array.of(2), 0), link.send(Uint8Array.of(3), -7)]).toEqual([
    ErrorCode.OK,
    ErrorCode.OK,
    ErrorCode.OK,
  ]);
  expect(peers.map(({ sent }) => sent.map(([byte]) => byte))).toEqual([
    [2, 3],
    [1, 2],
    [2, 3],
  ]);
  expect([link.send(Uint8Array.of(4), 6), link.failure?.code]).toEqual([
    ErrorCode.ERR_INVALID_PARAMETER,
    'TICKPEER_UNKNOWN_PEER',
  ]);
  peers[0]!.result = ErrorCode.ERR_OUT_OF_MEMORY;
  expect(link.send(Uint8Array.of(5), 0)).toBe(ErrorCode.ERR_OUT_OF_MEMORY);
  expect(log.at(-1)).toBe(`refused 5 ${ErrorCode.ERR_OUT_OF_MEMORY}`);
});

test('with force a client is gone at once and without an event', () => {
  const { link, ready, log, join } = make();
  const peer = join(5);
  link.disconnectPeer(5, true);
  peer.state = State.STATE_CLOSED;
  ready.push(peer);
  link.poll();
  expect([peer.closes.length, link.getPeer(5), log]).toEqual([1, null, ['connected 5']]);
});
