import { expect, onTestFinished, test } from 'vitest';
import { readFrames } from '../../../test/support/frames.ts';
import { dialRaw, upgradeRequest } from '../../../test/support/raw-tcp.ts';
import { until } from '../../../test/support/until.ts';
import { packedByteArray } from '../../variant/index.ts';
import { always, onChange, SceneMultiplayer, scene, synchronizer, WebSocketMultiplayerPeer } from '../index.ts';

const SIZE = 60_000;
const blob = scene('res://blob.tscn', {
  Sync: synchronizer({ bytes: always(packedByteArray), note: onChange(packedByteArray) }),
});

test('a client that stops reading later gets the newest state, not all that it has missed', async () => {
  const peer = new WebSocketMultiplayerPeer({ outboundBufferSize: 1 << 20 });
  peer.createServer(0, '127.0.0.1');
  onTestFinished(() => peer.close());
  // The client confirms nothing.
  const multiplayer = new SceneMultiplayer({ sleep: false });
  multiplayer.multiplayerPeer = peer;
  multiplayer.maxSyncPacketSize = 1 << 17;
  const blobs = multiplayer.spawner('World/Spawner', {
    spawnPath: '../Blobs',
    scenes: [blob],
    awaitsConfirmation: false,
  });
  const node = blob.instantiate({ name: 'a' });
  blobs.addChild(node);

  const raw = await dialRaw(peer.getLocalPort());
  raw.write(upgradeRequest());
  const poll = (condition: () => boolean): Promise<void> =>
    until(() => {
      multiplayer.poll();
      return condition();
    });
  await poll(() => multiplayer.getPeers().length === 1 && raw.hasHead);
  const [id = 0] = multiplayer.getPeers();
  raw.socket.pause();

  // Until the system takes no more.
  let tick = 0;
  await poll(() => {
    node.bytes = new Uint8Array(SIZE).fill(++tick);
    return peer.getOutboundBacklog(id) > 0 && tick > 1;
  });
  const full = tick;
  const buffered = (): number => peer.getPeer(id)?.getCurrentOutboundBufferedAmount() ?? 0;
  const before = buffered();
  await poll(() => {
    node.bytes = new Uint8Array(SIZE).fill(++tick);
    return tick === full + 100;
  });
  expect(buffered()).toBe(before);
  // What is sent on change waits in order.
  node.note = Uint8Array.of(1, 2, 3);
  multiplayer.poll();
  expect(buffered()).toBeGreaterThan(before);

  const last = tick & 0xff;
  raw.socket.resume();
  await until(() => buffered() === 0);
  multiplayer.poll();
  const { bytesSent = 0 } = peer.getPeer(id)?.getStatistics() ?? {};
  await until(() => raw.socket.bytesRead > bytesSent);
  await until(() => raw.body.length === bytesSent);
  const packets = readFrames(raw.body).map(({ payload }) => payload);
  const fills = packets.filter((packet) => packet[0] === 6).map((packet) => packet.at(-1)!);
  // All up to the one that filled the buffers, and then the newest.
  const old = fills.filter((fill) => fill > 0).slice(0, -1);
  expect([old, fills.at(-1)]).toEqual([old.map((_, index) => index + 1), last]);
  expect(old.length).toBeLessThanOrEqual(full);
  expect(packets.filter((packet) => packet[0] === 0x16).length).toBe(2);
});
