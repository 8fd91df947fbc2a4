import { expect, test } from 'vitest';
import { ErrorCode } from '../../error-code.ts';
import { ConnectionStatus, TransferMode } from './multiplayer-peer.ts';
import { OfflineMultiplayerPeer } from './offline-multiplayer-peer.ts';

test('it is a connected server without clients', () => {
  const peer = new OfflineMultiplayerPeer();
  expect(peer.getConnectionStatus()).toBe(ConnectionStatus.CONNECTION_CONNECTED);
  expect([peer.getUniqueId(), peer.isServerRelaySupported(), peer.getPeerAddress(1)]).toEqual([1, false, '']);
});

test('packets are dropped, and none arrive', () => {
  const peer = new OfflineMultiplayerPeer();
  expect(peer.putPacket(Uint8Array.of(1))).toBe(ErrorCode.OK);
  expect(peer.putPacketTo([2, 3], Uint8Array.of(1))).toBe(ErrorCode.OK);
  peer.poll();
  expect([peer.getAvailablePacketCount(), peer.getPacket().length]).toEqual([0, 0]);
  expect([peer.getPacketPeer(), peer.getPacketMode(), peer.getPacketChannel()]).toEqual([
    0,
    TransferMode.TRANSFER_MODE_RELIABLE,
    0,
  ]);
});

test('it cannot be closed', () => {
  const peer = new OfflineMultiplayerPeer();
  const events: number[] = [];
  peer.peerDisconnected.connect((id) => events.push(id));
  peer.disconnectPeer(1, true);
  peer.close();
  expect(peer.getConnectionStatus()).toBe(ConnectionStatus.CONNECTION_CONNECTED);
  expect(events).toEqual([]);
});
