import { expect, test } from 'vitest';
import { ErrorCode } from '../../error-code.ts';
import { ConnectionStatus, MultiplayerPeer, TransferMode } from './multiplayer-peer.ts';
import { OfflineMultiplayerPeer } from './offline-multiplayer-peer.ts';
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
