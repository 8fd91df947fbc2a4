import { connect } from 'node:net';
import { ErrorCode } from 'tickpeer';
import { expect, onTestFinished, test } from 'vitest';
import { makeIdentity, serverOptions } from '../support/certificates.ts';
import { drive, ending, isClosed, newPeer, serve } from '../support/peers.ts';
import { startRawServer } from '../support/raw-tcp.ts';
import { until } from '../support/until.ts';

test('a server that resets the connection when it has read the ClientHello', async () => {
  const server = await startRawServer((end) => end.socket.once('data', () => end.reset()));
  const peer = newPeer();
  expect(peer.connectToUrl(`wss://127.0.0.1:${server.port}`)).toBe(ErrorCode.OK);
  await drive(peer, () => isClosed(peer));
  const { code, failure } = ending(peer);
  expect(code).toBe(-1);
  expect(['TICKPEER_CONNECTION_RESET', 'TICKPEER_CONNECTION_LOST', 'TICKPEER_TLS']).toContain(failure);
});

test('a client that resets the connection in the middle of its ClientHello', async () => {
  const server = serve({}, { tls: serverOptions(await makeIdentity('reset')) });
  const socket = connect(server.port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  // A record header that announces 512 bytes of handshake, and three of them.
  socket.write(Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01));
  await drive(server, () => server.server.getPendingCount() === 1);
  socket.resetAndDestroy();
  await drive(server, () => server.server.getPendingCount() === 0);
  expect(server.peers).toEqual([]);
  await until(() => socket.destroyed);
});
