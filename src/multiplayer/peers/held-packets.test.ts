import { expect, onTestFinished, test } from 'vitest';
import { drive } from '../../../test/support/peers.ts';
import { ErrorCode } from '../../error-code.ts';
import { SceneMultiplayer } from '../scene/scene-multiplayer.ts';
import { WebSocketMultiplayerPeer, type WebSocketMultiplayerPeerOptions } from './web-socket-multiplayer-peer.ts';

/** A server and a client over loopback, connected. */
async function connect(options: WebSocketMultiplayerPeerOptions = {}) {
  const [server, client] = [new WebSocketMultiplayerPeer(options), new WebSocketMultiplayerPeer()];
  onTestFinished(() => {
    for (const peer of [client, server]) peer.close();
  });
  expect(server.createServer(0, '127.0.0.1')).toBe(ErrorCode.OK);
  expect(client.createClient(`ws://127.0.0.1:${server.getLocalPort()}`)).toBe(ErrorCode.OK);
  const [ours, theirs] = [server, client].map((peer) => {
    const multiplayer = new SceneMultiplayer();
    multiplayer.multiplayerPeer = peer;
    return multiplayer;
  }) as [SceneMultiplayer, SceneMultiplayer];
  await drive([ours, theirs], () => ours.getPeers().length > 0 && theirs.getPeers().length > 0);
  return { server, client, ours, theirs, id: client.getUniqueId() };
}

test('a connection is closed with a code and a reason', async () => {
  const { server, client, ours, theirs, id } = await connect();
  const socket = client.getPeer(1)!;
  server.disconnectWith(id, 4413, 'too much');
  await drive([ours, theirs], () => theirs.getPeers().length === 0);
  expect([socket.getCloseCode(), socket.getCloseReason()]).toEqual([4413, 'too much']);
  await drive([ours, theirs], () => ours.getPeers().length === 0);
  server.disconnectWith(id, 4413, 'nobody');
});

test.each([
  { size: 999, canBeSent: true },
  { size: 1000, canBeSent: true },
  { size: 1001, canBeSent: false },
])(
  'with a buffer of 1000 bytes, a packet of $size can be sent at some time: $canBeSent',
  async ({ size, canBeSent }) => {
    const { server, ours, id } = await connect({ outboundBufferSize: 1000 });
    expect([server.canEverSend(id, size), server.canEverSend(7, size)]).toEqual([canBeSent, true]);
    // A held peer is told of what can never be sent at once.
    ours.parts.router.outbox.hold(id, 'away');
    const code = ours.sendBytes(new Uint8Array(size - 1), id);
    expect([code, ours.getLastFailure()?.code]).toEqual(
      canBeSent ? [ErrorCode.OK, undefined] : [ErrorCode.ERR_OUT_OF_MEMORY, 'TICKPEER_OUTBOUND_LIMIT'],
    );
  },
);

test('without a limit, every packet can be sent', async () => {
  const { server, id } = await connect({ outboundBufferSize: 0 });
  expect(server.canEverSend(id, 1 << 30)).toBe(true);
});

test('what is held is sent to a real client in order when it is released', async () => {
  const { ours, theirs, id } = await connect();
  const heard: string[] = [];
  theirs.peerPacket.connect((_, packet) => void heard.push(Buffer.from(packet).toString()));
  const { outbox } = ours.parts.router;
  outbox.hold(id, 'away');
  for (const text of ['a', 'b', 'c']) ours.sendBytes(Buffer.from(text), id);
  outbox.release(id, 'away');
  ours.sendBytes(Buffer.from('d'), id);
  await drive([ours, theirs], () => heard.length === 4);
  expect(heard).toEqual(['a', 'b', 'c', 'd']);
});
