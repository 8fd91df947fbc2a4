import { describe, expect, test } from 'vitest';
import { type CutGuest, CutServer } from '../../../test/support/cut.ts';
import { type Player, table } from '../../../test/support/hub.ts';
import { ErrorCode } from '../../error-code.ts';
import type { PeerLimits } from '../limits/peer-limits.ts';
import type { SleepOptions } from '../limits/sleep-options.ts';

const TICK = 50;
const SLEEPER = 5;
const SENDER = 6;

/** A server and clients, the first of which does not poll and is asleep. */
function start(sleep: SleepOptions | false = {}, limits: PeerLimits = {}) {
  const all = table([SLEEPER, SENDER, 7], { sleep, limits });
  const { server, clients, clock } = all;
  const [sleeper, sender, other] = clients as [Player, Player, Player];
  const awake = new Set([sender, other]);
  const run = (seconds: number): void => {
    for (let time = 0; time < seconds * 1000 - 1; time += TICK) {
      clock.advance(TICK);
      server.multiplayer.poll();
      for (const { multiplayer } of awake) multiplayer.poll();
    }
  };
  server.multiplayer.sendBytes(Uint8Array.of(1), SLEEPER);
  run(3);
  if (sleep !== false) expect(server.news()).toEqual(['asleep 5']);
  const send = (from: Player, count: number, size = 4): void => {
    for (let left = count; left > 0; left--) from.multiplayer.sendBytes(new Uint8Array(size).fill(left), SLEEPER);
  };
  const waiting = (): number => server.multiplayer.getPeerStatistics(SLEEPER)?.waitingPackets ?? -1;
  const wake = (): string[] => {
    awake.add(sleeper);
    sleeper.news();
    run(1);
    return sleeper.news();
  };
  return { ...all, sleeper, sender, other, run, send, waiting, wake };
}

test.each([
  { count: 599, isBlamed: false },
  { count: 600, isBlamed: false },
  { count: 601, isBlamed: true },
])(
  'a client that sends $count packets at once to one for which 600 may wait is disconnected: $isBlamed',
  ({ count, isBlamed }) => {
    const { server, run, send, sender, waiting, wake } = start({ packets: 600 });
    send(sender, count);
    run(0.1);
    expect(server.news()).toEqual(isBlamed ? ['misbehaved 6 TICKPEER_PEER_LIMIT', '- 6 TICKPEER_PEER_LIMIT'] : []);
    expect(server.multiplayer.getPeers()).toEqual(isBlamed ? [5, 7] : [5, 6, 7]);
    // Of a client that is gone, no part is delivered after what is missing.
    expect(waiting()).toBe(isBlamed ? 1 : count);
    const news = wake();
    expect(news.filter((line) => line.startsWith('bytes 6'))).toHaveLength(isBlamed ? 0 : count);
    expect(news.at(-1)).toBe(isBlamed ? '- 6' : 'bytes 6 01010101');
  },
);

test.each([
  { bytes: 199_999, isBlamed: false },
  { bytes: 200_000, isBlamed: false },
  { bytes: 200_001, isBlamed: true },
])('the same for $bytes of 200,000 bytes: $isBlamed', ({ bytes, isBlamed }) => {
  const { server, run, send, sender } = start({ bytes: 200_000 });
  // The header of the server, and that of bytes.
  send(sender, 1, bytes - 7);
  run(0.1);
  expect(server.multiplayer.getPeers()).toEqual(isBlamed ? [5, 7] : [5, 6, 7]);
});

test('a client whose bounds are filled slowly is disconnected itself', () => {
  const { server, run, send, sender, sleeper } = start({ packets: 2000 });
  for (let count = 0; count < 1001; count++) {
    send(sender, 2);
    run(0.05);
  }
  expect(server.news()).toEqual(['- 5 TICKPEER_OUTBOUND_LIMIT']);
  expect([server.multiplayer.getPeers(), sleeper.peer.closing?.[0]]).toEqual([[6, 7], 4413]);
});

test('what others and the server send still waits, in order, also when their packets reach the bound', () => {
  const { server, run, send, sender, other, waiting, wake } = start({ packets: 600 });
  send(other, 2);
  run(0.1);
  send(sender, 598);
  run(0.1);
  send(other, 2);
  run(0.1);
  expect([server.news(), waiting()]).toEqual([['misbehaved 6 TICKPEER_PEER_LIMIT', '- 6 TICKPEER_PEER_LIMIT'], 5]);
  expect(wake().slice(-5)).toEqual([
    'bytes 7 02020202',
    'bytes 7 01010101',
    'bytes 7 02020202',
    'bytes 7 01010101',
    '- 6',
  ]);
});

test('a call of the server that reaches the bound is kept, and the client is disconnected in the next poll', () => {
  const { server, run, send, sender, waiting } = start({ packets: 600 });
  send(sender, 600);
  run(0.1);
  expect(server.multiplayer.sendBytes(Uint8Array.of(9), SLEEPER)).toBe(ErrorCode.OK);
  expect([waiting(), server.news()]).toEqual([1, []]);
  send(sender, 1);
  run(0.05);
  expect(server.news()).toEqual(['misbehaved 6 TICKPEER_PEER_LIMIT', '- 6 TICKPEER_PEER_LIMIT']);
  expect([waiting(), server.multiplayer.getPeers()]).toEqual([2, [5, 7]]);
});

test('a client that has flooded and left is not in the way', () => {
  const { server, run, send, sender, other, waiting } = start({ packets: 600 });
  send(sender, 598);
  run(0.1);
  server.multiplayer.disconnectPeer(SENDER);
  send(other, 2);
  run(0.1);
  // That it has left, and two packets.
  expect([server.news(), waiting(), server.multiplayer.getPeers()]).toEqual([[], 3, [5, 7]]);
});

test('the packets of the server alone end the connection', () => {
  const { server, run } = start({ packets: 600 });
  for (let count = 0; count < 601; count++) server.multiplayer.sendBytes(Uint8Array.of(9), SLEEPER);
  run(0.1);
  expect(server.news()).toEqual(['- 5 TICKPEER_OUTBOUND_LIMIT']);
});

test('with disconnect: false, the sender is only reported, and its receiver disconnected', () => {
  const { server, run, send, sender } = start({ packets: 600 }, { disconnect: false });
  send(sender, 601);
  run(0.1);
  expect(server.news()).toEqual(['misbehaved 6 TICKPEER_PEER_LIMIT', '- 5 TICKPEER_OUTBOUND_LIMIT']);
});

test('a client that is awake and too slow is not disconnected for what another one sends', () => {
  const { server, run, send, sender, waiting } = start({ packets: 600 });
  const { clock } = server;
  // The other client polls too seldom for what it is sent.
  for (let count = 0; count < 40 && server.multiplayer.getPeers().includes(SENDER); count++) {
    for (let left = 40; left > 0; left--) sender.multiplayer.sendBytes(new Uint8Array(10_000), 7);
    clock.advance(10);
    for (const { multiplayer } of [sender, server]) multiplayer.poll();
  }
  expect(server.news()).toEqual(['misbehaved 6 TICKPEER_PEER_LIMIT', '- 6 TICKPEER_PEER_LIMIT']);
  run(1);
  expect([server.multiplayer.getPeers(), server.news()]).toEqual([[5, 7], []]);
  send(sender, 1);
  expect(waiting()).toBe(1);
});

test('after a pause of the server, what has arrived meanwhile is not held against its sender', () => {
  const { server, run, send, sender, clock } = start({ packets: 2000 });
  send(sender, 2000);
  clock.advance(10_000);
  server.multiplayer.poll();
  send(sender, 1);
  run(0.1);
  expect(server.news()).toEqual(['- 5 TICKPEER_OUTBOUND_LIMIT']);
});

describe('a player who was cut off', () => {
  /** Two players, of whom the first is away, and what it gets. */
  function cutOff() {
    const server = new CutServer();
    const [ada, bob] = [server.enter(), server.enter()] as [CutGuest, CutGuest];
    const token = server.tokenOf(ada);
    server.multiplayer.peerMisbehaved.connect((id) => void told.push(`misbehaved ${id}`));
    const told: string[] = [];
    const got: string[] = [];
    ada.multiplayer.peerPacket.connect((from, [byte]) => void got.push(`${from} ${byte}`));
    server.cut(ada);
    server.multiplayer.sendBytes(Uint8Array.of(7), ada.id);
    server.news();
    const flood = (count: number): void => {
      for (let left = count; left > 0; left--) bob.multiplayer.sendBytes(Uint8Array.of(1), ada.id);
    };
    return { server, ada, bob, token, told, got, flood };
  }

  test.each([
    { count: 1023, isBlamed: false },
    { count: 1024, isBlamed: true },
    { count: 1025, isBlamed: true },
  ])('loses nothing of the server when another one floods it: $count packets', ({ count, isBlamed }) => {
    const { server, ada, bob, token, told, got, flood } = cutOff();
    flood(count);
    server.settle();
    expect(told).toEqual(isBlamed ? [`misbehaved ${bob.id}`] : []);
    server.reconnect(ada, token);
    server.settle(40);
    expect([got[0], got.length]).toEqual(['1 7', isBlamed ? 1 : 1 + count]);
    expect(server.news()).toContain(`back ${ada.id} 0`);
  });

  test('is not closed when another one floods it while it comes back', () => {
    const { server, ada, bob, token, told, got, flood } = cutOff();
    ada.connect(token);
    while (server.multiplayer.getAwayPeers().length > 0) server.turn();
    ada.isAsleep = true;
    flood(1100);
    server.settle();
    ada.isAsleep = false;
    server.settle();
    expect(told).toEqual([`misbehaved ${bob.id}`]);
    expect([server.multiplayer.getPeers(), got]).toEqual([[ada.id], ['1 7']]);
    expect(server.news().slice(0, 2)).toEqual([`back ${ada.id} 0`, `- ${bob.id} TICKPEER_PEER_LIMIT`]);
  });
});
