import { expect, test } from 'vitest';
import { Player, table } from '../../../test/support/hub.ts';
import { ErrorCode } from '../../error-code.ts';
import type { SleepOptions } from '../limits/sleep-options.ts';

const TICK = 50;

/** A server and two clients that poll, and the sizes of the bytes that each client got. */
function start(sleep: SleepOptions | false = {}) {
  const all = table([5, 6], { sleep });
  const { server, clients, clock } = all;
  const awake = new Set<Player>(clients);
  const got = clients.map(({ multiplayer }) => {
    const sizes: number[] = [];
    multiplayer.peerPacket.connect((_, packet) => void sizes.push(packet.length));
    return sizes;
  });
  const tick = (): void => {
    clock.advance(TICK);
    server.multiplayer.poll();
    for (const client of awake) client.multiplayer.poll();
  };
  const run = (seconds: number): void => {
    for (let time = 0; time < seconds * 1000 - 1; time += TICK) tick();
  };
  const send = (size: number, id = 5): ErrorCode => server.multiplayer.sendBytes(new Uint8Array(size), id);
  return { ...all, awake, got, tick, run, send };
}

test('what the buffer refused for a client that had just sent something is sent once there is room', () => {
  const { server, clients, got, run, tick, send } = start();
  // It has confirmed nothing for long, because it is never asked.
  for (let round = 0; round < 4; round++) {
    send(40_000);
    clients[0]!.multiplayer.sendBytes(Uint8Array.of(1), 1);
    tick();
  }
  run(0.2);
  got[0]!.length = 0;
  server.peer.refusal = ErrorCode.ERR_OUT_OF_MEMORY;
  clients[1]!.multiplayer.sendBytes(Uint8Array.of(1, 2, 3), 5);
  server.multiplayer.poll();
  server.peer.refusal = ErrorCode.OK;
  run(0.5);
  expect([got[0], server.multiplayer.getPeerStatistics(5)?.waitingPackets]).toEqual([[3], 0]);
});

test('a packet above the queue is not sent to a client of which much may be on the way', () => {
  const { clients, awake, got, tick, send, run } = start();
  clients[0]!.peer.capacity = { bytes: 65_535, packets: 4096 };
  send(1);
  run(1.2);
  awake.clear();
  send(50_000);
  // Sent before those 50,000 bytes came.
  clients[0]!.multiplayer.sendBytes(Uint8Array.of(1), 1);
  tick();
  send(50_000);
  tick();
  awake.add(clients[0]!);
  run(1);
  expect([clients[0]!.peer.lost, got[0]]).toEqual([0, [1, 50_000, 50_000]]);
});

test('data of authentication is not stopped, because a client is asked only when it is admitted', () => {
  const { server, clock, run } = start();
  server.multiplayer.authCallback = () => undefined;
  const stranger = new Player(7, clock);
  const heard: number[] = [];
  stranger.multiplayer.authCallback = (_, data) => void heard.push(data.length);
  stranger.peer.join(server.peer);
  for (const size of [40_000, 40_000, 40_000]) server.multiplayer.sendAuth(7, new Uint8Array(size));
  server.multiplayer.completeAuth(7);
  stranger.multiplayer.poll();
  expect(heard).toEqual([40_000, 40_000, 40_000]);
  stranger.multiplayer.completeAuth(1);
  run(0.1);
  stranger.multiplayer.poll();
  expect([server.multiplayer.getPeers(), stranger.multiplayer.getPeers()]).toEqual([
    [5, 6, 7],
    [1, 5, 6],
  ]);
});

test('a sleeping client for which too much would wait is closed, also when it wakes before the next poll', () => {
  const { server, clients, awake, run, send, tick } = start({ packets: 2 });
  awake.delete(clients[0]!);
  send(1);
  run(2.5);
  expect(server.news()).toEqual(['asleep 5']);
  for (const byte of [1, 2, 3]) clients[1]!.multiplayer.sendBytes(Uint8Array.of(byte), 5);
  clients[0]!.multiplayer.sendBytes(Uint8Array.of(1), 1);
  tick();
  tick();
  expect(server.news()).toEqual(['bytes 5 01', '- 5 TICKPEER_OUTBOUND_LIMIT']);
  expect(clients[0]!.peer.closing?.[0]).toBe(4413);
});

test.each([
  { count: 2, isKept: true },
  { count: 3, isKept: true },
  { count: 4, isKept: false },
])(
  'of 3 packets of another client that may wait for one whose buffer is full, $count: $isKept',
  ({ count, isKept }) => {
    const { server, clients, got, run } = start({ packets: 3 });
    server.peer.refusal = ErrorCode.ERR_OUT_OF_MEMORY;
    for (let size = 1; size <= count; size++) clients[1]!.multiplayer.sendBytes(new Uint8Array(size), 5);
    server.multiplayer.poll();
    server.peer.refusal = ErrorCode.OK;
    run(0.2);
    expect(clients[0]!.peer.closing?.[0] ?? null).toBe(isKept ? null : 4413);
    if (isKept) expect(got[0]).toEqual(Array.from({ length: count }, (_, at) => at + 1));
  },
);

test('a client that gets state in quantity, and nothing else, falls asleep, too', () => {
  const { server, clients, awake, tick } = start();
  awake.delete(clients[0]!);
  const { router } = server.multiplayer.parts;
  for (let time = 0; time < 2500; time += TICK) {
    tick();
    for (let count = 0; count < 30; count++) router.send(5, new Uint8Array(1350).fill(6, 0, 1));
  }
  expect(server.news()).toEqual(['asleep 5']);
});

test('a packet above the bounds is sent to a client that is awake', () => {
  const { got, run, send } = start({ bytes: 1000 });
  send(1);
  run(1.2);
  expect([send(60_000), send(60_000)]).toEqual([ErrorCode.OK, ErrorCode.OK]);
  expect(send(10)).toBe(ErrorCode.ERR_OUT_OF_MEMORY);
  run(0.3);
  expect(got[0]).toEqual([1, 60_000, 60_000]);
});

test('what waits for a client is sent before the program disconnects it', () => {
  const { server, clients, send } = start();
  for (const size of [40_000, 40_000, 3]) send(size);
  expect(server.multiplayer.getPeerStatistics(5)?.waitingPackets).toBe(2);
  server.multiplayer.disconnectPeer(5);
  const { peer } = clients[0]!;
  peer.poll();
  const sizes: number[] = [];
  while (peer.getAvailablePacketCount() > 0) sizes.push(peer.getPacket().length);
  expect(sizes.filter((size) => size !== 40)).toEqual([40_001, 40_001, 4]);
});

test('a client is asked as soon as something has to wait, not with the next poll', () => {
  const { server, clients, got, send } = start();
  for (const size of [40_000, 40_000]) send(size);
  clients[0]!.multiplayer.poll();
  server.multiplayer.poll();
  clients[0]!.multiplayer.poll();
  expect(got[0]).toEqual([40_000, 40_000]);
});
