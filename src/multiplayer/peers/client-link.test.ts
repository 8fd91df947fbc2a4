import { expect, test } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { State, type WebSocketPeer } from '../../websocket/index.ts';
import { writeIdMessage } from '../wire/id-message.ts';
import { ClientLink } from './client-link.ts';
import { ConnectionStatus } from './multiplayer-peer.ts';

const { CONNECTION_CONNECTING, CONNECTION_CONNECTED, CONNECTION_DISCONNECTED } = ConnectionStatus;
const { STATE_CONNECTING, STATE_OPEN, STATE_CLOSING, STATE_CLOSED } = State;
const LOST: Failure = { code: 'TICKPEER_CONNECTION_LOST', message: 'lost' };

/** A WebSocket peer as far as a link uses it. */
class FakePeer {
  state = STATE_CONNECTING;
  packets: Uint8Array[] = [];
  isText = false;
  failure: Failure | null = null;
  result = ErrorCode.OK;
  readonly outboundBufferSize = 100;
  readonly sent: Uint8Array[] = [];
  readonly closes: (number | undefined)[] = [];
  polls = 0;
  onWake: (() => void) | null = null;

  poll(): void {
    this.polls++;
  }
  getReadyState(): State {
    return this.state;
  }
  getAvailablePacketCount(): number {
    return this.packets.length;
  }
  getPacket(): Uint8Array {
    return this.packets.shift() ?? new Uint8Array(0);
  }
  wasStringPacket(): boolean {
    return this.isText;
  }
  send(packet: Uint8Array): ErrorCode {
    this.sent.push(packet);
    return this.result;
  }
  close(code?: number): void {
    this.closes.push(code);
    if (this.state !== STATE_CLOSED) this.state = STATE_CLOSING;
  }
  getLastFailure(): Failure | null {
    return this.failure;
  }
  getConnectedHost(): string {
    return '192.0.2.1';
  }
  getCloseCode(): number {
    return 3001;
  }
  getCloseReason(): string {
    return 'full';
  }
}

function make() {
  const peer = new FakePeer();
  const clock = new FakeClock();
  const log: string[] = [];
  const link = new ClientLink(peer as unknown as WebSocketPeer, 1000, clock, {
    onConnected: (id) => void log.push(`connected ${id}`),
    onDisconnected: (id, failure) => void log.push(`disconnected ${id} ${failure?.code ?? 'cleanly'}`),
  });
  const pollAfter = (milliseconds: number): void => {
    clock.advance(milliseconds);
    link.poll();
  };
  return { peer, clock, link, log, pollAfter };
}

function connected() {
  const scene = make();
  scene.peer.state = STATE_OPEN;
  scene.peer.packets = [writeIdMessage(7)];
  scene.link.poll();
  scene.log.length = 0;
  return scene;
}

test('the server’s first message connects it, with the id in it', () => {
  const { peer, link, log } = make();
  link.poll();
  peer.state = STATE_OPEN;
  link.poll();
  expect([link.status, link.uniqueId, log]).toEqual([CONNECTION_CONNECTING, 0, []]);
  peer.packets = [writeIdMessage(7), Uint8Array.of(1)];
  expect(link.packetCount).toBe(0);
  link.poll();
  expect([link.status, link.uniqueId, log]).toEqual([CONNECTION_CONNECTED, 7, ['connected 1']]);
  expect([link.packetCount, link.packetPeer, link.takePacket()]).toEqual([1, 1, Uint8Array.of(1)]);
  expect([link.packetCount, link.packetPeer, link.takePacket()]).toEqual([0, 0, undefined]);
});

test.each([
  ['text', true, writeIdMessage(7)],
  ['the server’s own id', false, writeIdMessage(1)],
  ['three bytes', false, Uint8Array.of(7, 0, 0)],
] as const)('a first message that is %s ends it with 1002', (_name, isText, message) => {
  const { peer, link, log } = make();
  peer.state = STATE_OPEN;
  peer.isText = isText;
  peer.packets = [message];
  link.poll();
  expect([link.status, link.failure?.code, peer.closes, log]).toEqual([
    CONNECTION_DISCONNECTED,
    'TICKPEER_BAD_PACKET',
    [1002],
    [],
  ]);
});

test.each([
  [STATE_CONNECTING, 'not accepted'],
  [STATE_OPEN, 'sent no id'],
])('in state %i, an id that does not come in time ends it', (state, reason) => {
  const { peer, link, pollAfter } = make();
  peer.state = state;
  for (let count = 1; count <= 4; count++) pollAfter(count < 4 ? 250 : 249);
  expect(link.status).toBe(CONNECTION_CONNECTING);
  pollAfter(1);
  expect([link.status, link.failure?.code, peer.closes]).toEqual([
    CONNECTION_DISCONNECTED,
    'TICKPEER_HANDSHAKE_TIMEOUT',
    [1000],
  ]);
  expect(link.failure?.message).toContain(reason);
});

test('a long gap between two polls does not count in full', () => {
  const { link, pollAfter } = make();
  pollAfter(60_000);
  expect(link.status).toBe(CONNECTION_CONNECTING);
});

test('an id that arrives in the poll in which the time is over counts', () => {
  const { peer, link, pollAfter } = make();
  for (let count = 1; count <= 3; count++) pollAfter(250);
  peer.state = STATE_OPEN;
  peer.packets = [writeIdMessage(7)];
  pollAfter(250);
  expect(link.status).toBe(CONNECTION_CONNECTED);
});

test('a server that closes before it sent an id has refused the client; there is no event', () => {
  const { peer, link, log } = make();
  peer.state = STATE_CLOSED;
  link.poll();
  expect([link.status, link.failure?.code, log]).toEqual([CONNECTION_DISCONNECTED, 'TICKPEER_HANDSHAKE_REFUSED', []]);
  expect(link.failure?.message).toContain('3001, "full"');
});

test('a connection that fails before there is an id keeps its own failure', () => {
  const { peer, link } = make();
  peer.state = STATE_CLOSED;
  peer.failure = LOST;
  link.poll();
  expect(link.failure).toBe(LOST);
});

test.each([
  [null, 'disconnected 1 cleanly'],
  [LOST, 'disconnected 1 TICKPEER_CONNECTION_LOST'],
])('an end with the failure %j is one event', (failure, expected) => {
  const { peer, link, log } = connected();
  peer.state = STATE_CLOSED;
  peer.failure = failure;
  link.poll();
  link.poll();
  expect([link.status, link.uniqueId, log]).toEqual([CONNECTION_DISCONNECTED, 0, [expected]]);
});

test('a packet that came with the end is not read any more', () => {
  const { peer, link } = connected();
  peer.packets = [Uint8Array.of(1)];
  peer.state = STATE_CLOSED;
  link.poll();
  expect([link.packetCount, link.takePacket()]).toEqual([0, undefined]);
});

test('every packet goes to the server, and why one did not is known until the next', () => {
  const { peer, link } = connected();
  expect([link.send(Uint8Array.of(1)), link.sendTo([5, 6], Uint8Array.of(2))]).toEqual([ErrorCode.OK, ErrorCode.OK]);
  expect(peer.sent).toEqual([Uint8Array.of(1), Uint8Array.of(2)]);
  peer.result = ErrorCode.ERR_OUT_OF_MEMORY;
  peer.failure = { code: 'TICKPEER_OUTBOUND_LIMIT', message: 'full' };
  expect(link.send(new Uint8Array(100))).toBe(ErrorCode.ERR_OUT_OF_MEMORY);
  expect(link.failure?.message).toBe('full');
  link.send(new Uint8Array(101));
  expect(link.failure?.message).toContain('can never be sent');
  peer.result = ErrorCode.OK;
  peer.failure = null;
  link.send(Uint8Array.of(3));
  expect(link.failure).toBeNull();
});

test('a packet that was not sent is not why the connection ended', () => {
  const { peer, link, log } = connected();
  peer.result = ErrorCode.ERR_OUT_OF_MEMORY;
  peer.failure = { code: 'TICKPEER_OUTBOUND_LIMIT', message: 'full' };
  link.send(new Uint8Array(1));
  peer.failure = null;
  peer.state = STATE_CLOSED;
  link.poll();
  expect(log).toEqual(['disconnected 1 cleanly']);
});

test('only the server is a peer', () => {
  const { peer, link } = connected();
  expect([link.getPeer(1), link.getPeer(2), link.getAddress(1), link.getAddress(2)]).toEqual([
    peer,
    null,
    '192.0.2.1',
    '',
  ]);
  link.disconnectPeer(2, true);
  expect([peer.closes, link.status]).toEqual([[], CONNECTION_CONNECTED]);
});

test('the server is disconnected with an event, or by force at once and without one', () => {
  const gentle = connected();
  gentle.link.disconnectPeer(1, false);
  expect([gentle.peer.closes.length, gentle.link.status]).toEqual([1, CONNECTION_CONNECTED]);
  gentle.peer.state = STATE_CLOSED;
  gentle.link.poll();
  expect(gentle.log).toEqual(['disconnected 1 cleanly']);
  const forced = connected();
  forced.link.disconnectPeer(1, true);
  expect(forced.link.status).toBe(CONNECTION_DISCONNECTED);
  forced.peer.state = STATE_CLOSED;
  forced.link.poll();
  expect(forced.log).toEqual([]);
});

test('a link that has ended polls its peer when that wakes, until it is closed', () => {
  const { peer, link } = connected();
  link.close();
  const { polls } = peer;
  link.poll();
  expect(peer.polls).toBe(polls);
  peer.onWake?.();
  expect(peer.polls).toBe(polls + 1);
  const closed = connected();
  closed.peer.state = STATE_CLOSED;
  closed.link.close();
  expect(closed.peer.onWake).toBeNull();
});
