import { expect, test } from 'vitest';
import { SceneMultiplayer, type SleepOptions, WebSocketMultiplayerPeer } from '../../src/multiplayer/index.ts';
import { VirtualClock, VirtualNetwork } from '../../src/testing/index.ts';
import { WebSocketPeer, WebSocketServer } from '../../src/websocket/index.ts';

const ONE_WAY = 100;
const FRAME = 16;
const LARGE = 1 << 24;

interface Load {
  readonly sleep: SleepOptions | false;
  /** Whether the client sends its inputs at 30 Hz. */
  readonly isChatty: boolean;
  /** Bytes of a packet. */
  readonly size: number;
  readonly bytesPerSecond?: number;
  /** Bytes that are sent at once. */
  readonly burst?: number;
}

/** Milliseconds from a send to its arrival, for each packet of five seconds, with a round trip of 200 ms. */
function delaysOf({ sleep, isChatty, size, bytesPerSecond = 0, burst = 0 }: Load): number[] {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, seed: 1, latency: ONE_WAY, capacity: LARGE });
  const limits = { outboundBufferSize: LARGE, inboundBufferSize: LARGE, maxQueuedPackets: 100_000 };
  const server = new WebSocketServer({ clock, ...limits });
  const carrier = new WebSocketMultiplayerPeer({ clock });
  carrier.createServerFrom(server);
  const multiplayer = new SceneMultiplayer({ clock, sleep });
  multiplayer.multiplayerPeer = carrier;
  const [near, far] = network.connect().ends;
  const socket = new WebSocketPeer({ clock, ...limits });
  socket.connectToStream(near, 'ws://game.test');
  server.acceptStream(far);
  const client = new SceneMultiplayer({ clock });
  const link = new WebSocketMultiplayerPeer({ clock });
  link.createClientFrom(socket);
  client.multiplayerPeer = link;
  const sentAt: number[] = [];
  const delays: number[] = [];
  client.peerPacket.connect((_, packet) => {
    const number = new DataView(packet.buffer, packet.byteOffset).getUint32(0);
    expect(number).toBe(delays.length);
    delays.push(clock.now() - sentAt[number]!);
  });
  let owed = 0;
  const frame = (isSending: boolean): void => {
    clock.advance(FRAME);
    client.poll();
    if (isChatty && client.getPeers().length > 0) client.sendBytes(new Uint8Array(20), 1);
    clock.advance(FRAME);
    client.poll();
    multiplayer.poll();
    if (isSending) owed += (bytesPerSecond * 2 * FRAME) / 1000;
    for (; owed >= size; owed -= size) {
      const packet = new Uint8Array(size);
      new DataView(packet.buffer).setUint32(0, sentAt.length);
      sentAt.push(clock.now());
      multiplayer.sendBytes(packet);
    }
  };
  while (clock.now() < 3000) frame(false);
  owed = burst;
  while (clock.now() < 8000) frame(true);
  while (clock.now() < 14_000) frame(false);
  expect(delays.length).toBe(sentAt.length);
  return delays;
}

test.each([
  { isChatty: true, bytesPerSecond: 400_000 },
  { isChatty: false, bytesPerSecond: 100_000 },
])('a client (sends: $isChatty) gets $bytesPerSecond bytes in a second no later than without the watch', (load) => {
  const without = delaysOf({ sleep: false, size: 1000, ...load });
  expect(without.length).toBeGreaterThan(490);
  expect(delaysOf({ sleep: {}, size: 1000, ...load })).toEqual(without);
});

test('a silent client that gets 200,000 bytes in a second gets them at most a round trip later', () => {
  const load = { isChatty: false, size: 1000, bytesPerSecond: 200_000 };
  const latest = Math.max(...delaysOf({ sleep: false, ...load }));
  expect(Math.max(...delaysOf({ sleep: {}, ...load }))).toBeLessThanOrEqual(latest + 2 * ONE_WAY);
});

test('a burst of a megabyte takes a round trip for each queue of the client, and none when the server knows that it is larger', () => {
  const load = { isChatty: true, size: 10_000, burst: 1_000_000 };
  const without = delaysOf({ sleep: false, ...load });
  const known = { inboundBufferSize: 2_000_000, maxQueuedPackets: 16_384 };
  expect(delaysOf({ sleep: known, ...load })).toEqual(without);
  const latest = Math.max(...delaysOf({ sleep: {}, ...load }));
  expect(latest).toBeGreaterThan(2000);
  expect(latest).toBeLessThan(5000);
});
