import { expect, test } from 'vitest';
import { table } from '../../../test/support/hub.ts';
import { ErrorCode } from '../../error-code.ts';
import { ConnectionStatus, MultiplayerPeer, TransferMode } from './multiplayer-peer.ts';
import { OfflineMultiplayerPeer } from './offline-multiplayer-peer.ts';
import { DEFAULT_OUTBOX_LIMITS } from './outbox.ts';
import { Router } from './router.ts';
import { SendOutcome } from './send-outcome.ts';

/** Keeps what is sent. */
class Recorder extends OfflineMultiplayerPeer {
  readonly sent: [target: number, mode: TransferMode, ...bytes: number[]][] = [];
  result: ErrorCode = ErrorCode.OK;
  readonly #id: number;

  constructor(id: number) {
    super();
    this.#id = id;
  }

  override getUniqueId(): number {
    return this.#id;
  }

  override isServerRelaySupported(): boolean {
    return true;
  }

  protected override sendPacket(packet: Uint8Array): ErrorCode {
    this.sent.push([this.targetPeer, this.transferMode, ...packet]);
    return this.result;
  }
}

const RELIABLE = TransferMode.TRANSFER_MODE_RELIABLE;
const PACKET = Uint8Array.of(3, 7);

test('a server sends to each client directly', () => {
  const peer = new Recorder(MultiplayerPeer.TARGET_PEER_SERVER);
  const router = new Router(peer);
  expect(router.sendTo([2, 3], PACKET, TransferMode.TRANSFER_MODE_UNRELIABLE)).toBe(ErrorCode.OK);
  expect(router.send(4, PACKET)).toBe(ErrorCode.OK);
  expect(peer.sent).toEqual([
    [2, TransferMode.TRANSFER_MODE_UNRELIABLE, 3, 7],
    [3, TransferMode.TRANSFER_MODE_UNRELIABLE, 3, 7],
    [4, RELIABLE, 3, 7],
  ]);
});

test('a client reaches other clients through the server', () => {
  const peer = new Recorder(5);
  const router = new Router(peer);
  router.send(1, PACKET);
  router.send(2, PACKET);
  router.broadcastAsClient(-2, PACKET);
  expect(peer.sent).toEqual([
    [1, RELIABLE, 3, 7],
    [1, RELIABLE, 7, 3, 2, 0, 0, 0, 3, 7],
    [1, RELIABLE, 7, 3, 0xfe, 0xff, 0xff, 0xff, 3, 7],
  ]);
});

test('without relay a client reaches the server only', () => {
  const peer = new Recorder(5);
  const router = new Router(peer);
  router.allowsRelay = false;
  expect(router.send(2, PACKET)).toBe(ErrorCode.ERR_UNAVAILABLE);
  expect(router.broadcastAsClient(-1, PACKET)).toBe(ErrorCode.ERR_UNAVAILABLE);
  expect(router.broadcastAsClient(0, PACKET)).toBe(ErrorCode.OK);
  expect(peer.sent).toEqual([[1, RELIABLE, 3, 7]]);
});

test('a router without a peer is not connected', () => {
  const router = new Router(new Recorder(1));
  expect([router.isConnected, router.peer.getConnectionStatus()]).toEqual([
    true,
    ConnectionStatus.CONNECTION_CONNECTED,
  ]);
  router.hasPeer = false;
  expect(router.isConnected).toBe(false);
});

test('the outcome of a send keeps the failure until the next success', () => {
  const outcome = new SendOutcome(new Router(new Recorder(5)));
  expect(outcome.of(ErrorCode.ERR_UNAVAILABLE)).toBe(ErrorCode.ERR_UNAVAILABLE);
  expect(outcome.failure).toMatchObject({ code: 'TICKPEER_UNAVAILABLE' });
  outcome.refuse(ErrorCode.ERR_INVALID_PARAMETER, 'there is no peer 9');
  expect(outcome.failure).toEqual({ code: 'TICKPEER_UNKNOWN_PEER', message: 'there is no peer 9' });
  outcome.of(ErrorCode.ERR_OUT_OF_MEMORY);
  expect(outcome.failure?.message).toContain('ERR_OUT_OF_MEMORY');
  expect([outcome.of(ErrorCode.OK), outcome.failure]).toEqual([ErrorCode.OK, null]);
});

/** A server's router to the peers 5, 6 and 7, of which those in `full` take nothing, and those in `behind` have a backlog. */
function start() {
  const { server } = table([5, 6, 7]);
  const full = new Set<number>();
  const behind = new Set<number>();
  const sent: string[] = [];
  server.peer.putPacket = (packet) => {
    const to = Reflect.get(server.peer, 'targetPeer');
    if (full.has(to)) return ErrorCode.ERR_OUT_OF_MEMORY;
    sent.push(`${to}: ${packet[0]}`);
    return ErrorCode.OK;
  };
  server.peer.getOutboundBacklog = (id) => (behind.has(id) ? 1 : 0);
  const router = new Router(server.peer);
  const system = (receivers: number[], byte: number, isState = false): void =>
    router.sendSystem(receivers, Uint8Array.of(byte), isState);
  return { server, router, full, behind, system, news: () => sent.splice(0) };
}

test('a system packet that a full buffer refuses is sent later, in order, and to that peer alone', () => {
  const { router, full, behind, system, news } = start();
  full.add(6);
  system([5, 6, 7], 1);
  system([5, 6], 2);
  system([6], 3);
  expect(news()).toEqual(['5: 1', '7: 1', '5: 2']);
  router.outbox.flush();
  expect(news()).toEqual([]);
  full.clear();
  // Nothing overtakes what waits.
  system([5, 6], 4);
  expect([news(), router.isBehind(5), router.isBehind(6)]).toEqual([['5: 4'], false, true]);
  behind.add(6);
  router.outbox.flush();
  expect(news()).toEqual([]);
  behind.clear();
  router.outbox.flush();
  expect(news()).toEqual(['6: 1', '6: 2', '6: 3', '6: 4']);
  router.outbox.flush();
  expect([news(), router.isBehind(6)]).toEqual([[], false]);
});

test('relayed state does not wait, and does not overtake what waits', () => {
  const { router, full, system, news } = start();
  full.add(6);
  system([5, 6], 1, true);
  system([6], 2);
  full.clear();
  system([6], 3, true);
  router.outbox.flush();
  expect(news()).toEqual(['5: 1', '6: 2']);
});

test.each([
  { last: DEFAULT_OUTBOX_LIMITS.bytes - 2, isKept: true },
  { last: DEFAULT_OUTBOX_LIMITS.bytes - 1, isKept: true },
  { last: DEFAULT_OUTBOX_LIMITS.bytes, isKept: false },
])('behind 1 byte, $last more are kept: $isKept', ({ last, isKept }) => {
  const { router, full, system, news } = start();
  full.add(6);
  system([6], 1);
  router.sendSystem([6], new Uint8Array(last).fill(2));
  full.clear();
  router.outbox.flush();
  expect(news()).toEqual(isKept ? ['6: 1', '6: 2'] : ['6: 1']);
});

test('a system packet that no buffer takes is dropped, and keeps nothing behind it', () => {
  const { server, router, full, system, news } = start();
  server.peer.canEverSend = (_id, size) => size < 10;
  full.add(6);
  router.sendSystem([6], new Uint8Array(10));
  expect(router.isWaiting(6)).toBe(false);
  router.sendSystem([6], new Uint8Array(9).fill(9));
  system([6], 1);
  full.clear();
  router.outbox.flush();
  expect(news()).toEqual(['6: 9', '6: 1']);
});

test('calls and bytes wait behind system packets, and state is refused meanwhile', () => {
  const { router, full, system, news } = start();
  full.add(6);
  const call = Uint8Array.of(0, 0, 0);
  // Nothing waits: the program is told that the buffer is full.
  expect(router.send(6, call)).toBe(ErrorCode.ERR_OUT_OF_MEMORY);
  system([6], 7);
  full.clear();
  expect(router.sendTo([5, 6], call)).toBe(ErrorCode.OK);
  expect(router.send(6, Uint8Array.of(3, 1))).toBe(ErrorCode.OK);
  const refused: number[] = [];
  const sync = Uint8Array.of(6, 0, 0);
  expect([router.sendTo([5, 6], sync, undefined, 0, refused), refused]).toEqual([ErrorCode.ERR_BUSY, [6]]);
  expect(router.send(6, Uint8Array.of(0x16))).toBe(ErrorCode.ERR_BUSY);
  expect(news()).toEqual(['5: 0', '5: 6']);
  router.outbox.flush();
  expect(news()).toEqual(['6: 7', '6: 0', '6: 3']);
});

test('while a peer is held, the bytes of what waits are a copy, and of unreliable packets the newest is kept', () => {
  const { router, news } = start();
  router.outbox.hold(6, 'asleep');
  const unreliable = TransferMode.TRANSFER_MODE_UNRELIABLE;
  const bytes = Uint8Array.of(3, 1);
  router.send(6, bytes);
  bytes[1] = 9;
  // Calls of the methods 0 and 1 of node 4, and of method 0 of a node by its path.
  const call = (method: number, value: number): Uint8Array => Uint8Array.of(0x80, 4, method, value);
  const byPath = (name: number): Uint8Array => Uint8Array.of(0xa0, 6, 0, 0, 0x80, 0, name, 0);
  for (const packet of [call(0, 1), call(1, 2), byPath(65), call(0, 3), byPath(66), byPath(65)])
    router.sendTo([5, 6], packet, unreliable);
  router.send(6, Uint8Array.of(3, 5), unreliable);
  router.send(6, Uint8Array.of(3, 6), unreliable);
  router.send(6, Uint8Array.of(3, 7), unreliable, 1);
  expect(news().length).toBe(6);
  const waiting = router.outbox.take(6).map((packet) => [...packet]);
  expect(waiting).toEqual([[3, 1], [...call(1, 2)], [...call(0, 3)], [...byPath(66)], [...byPath(65)], [3, 6], [3, 7]]);
});

test('what the outbox does not take is refused with the reason', () => {
  const { server, router } = start();
  const outcome = new SendOutcome(router);
  router.outbox.limits = { packets: 1, bytes: 100 };
  router.outbox.hold(6, 'away');
  server.peer.canEverSend = (_id, size) => size < 10;
  const packet = Uint8Array.of(0, 0, 0);
  expect(outcome.of(router.send(6, packet))).toBe(ErrorCode.OK);
  const refused: number[] = [];
  expect(outcome.of(router.sendTo([5, 6], packet, undefined, 0, refused))).toBe(ErrorCode.ERR_OUT_OF_MEMORY);
  expect([outcome.failure, refused]).toEqual([
    {
      code: 'TICKPEER_OUTBOUND_LIMIT',
      message: '1 packets or 100 bytes wait for peer 6: no more are kept for it',
    },
    [6],
  ]);
  // A packet that no buffer takes is not kept.
  router.outbox.take(6);
  server.peer.putPacket = () => ErrorCode.ERR_OUT_OF_MEMORY;
  expect([router.send(6, new Uint8Array(10)), router.outbox.waiting(6).packets]).toEqual([
    ErrorCode.ERR_OUT_OF_MEMORY,
    0,
  ]);
});

test('a gate decides what is sent directly, and is told of what was sent', () => {
  const { router, full, news } = start();
  const told: string[] = [];
  let room = 5;
  router.gate = {
    allowanceOf: (id) => ({
      admits: (size) => size <= room,
      onSent: (size, isReliable) => void told.push(`${id} ${size} ${isReliable}`),
    }),
    admitsWaiting: (_id, size) => size <= room,
    isOpen: () => room > 0,
    onBlocked: (id) => void told.push(`${id} blocked`),
  };
  full.add(7);
  expect(router.sendTo([5, 6, 7], Uint8Array.of(3, 1))).toBe(ErrorCode.ERR_OUT_OF_MEMORY);
  router.send(5, Uint8Array.of(3, 2), TransferMode.TRANSFER_MODE_UNRELIABLE);
  router.send(5, Uint8Array.of(6, 0, 0));
  router.sendSystem([5, 6], Uint8Array.of(7, 3), true);
  expect([news(), told.splice(0)]).toEqual([
    ['5: 3', '6: 3', '5: 3', '5: 6', '5: 7', '6: 7'],
    ['5 2 true', '6 2 true', '5 2 false', '5 3 false', '5 2 false', '6 2 false'],
  ]);
  room = 0;
  // State is not stopped, until something waits.
  expect(router.send(5, Uint8Array.of(6, 0, 0))).toBe(ErrorCode.OK);
  expect(router.sendTo([5, 6], Uint8Array.of(3, 3))).toBe(ErrorCode.OK);
  expect(router.send(5, Uint8Array.of(6, 0, 0))).toBe(ErrorCode.ERR_BUSY);
  expect(told.splice(0)).toEqual(['5 3 false', '5 blocked', '6 blocked']);
  router.sendSystem([5], Uint8Array.of(7, 1));
  expect([news(), router.outbox.waiting(5).packets]).toEqual([['5: 6'], 2]);
  router.outbox.flush();
  expect(news()).toEqual([]);
  room = 3;
  router.outbox.flush();
  expect([news(), router.outbox.size]).toEqual([['5: 3', '5: 7', '6: 3'], 0]);
});
