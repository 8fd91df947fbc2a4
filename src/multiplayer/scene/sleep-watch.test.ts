import { expect, test } from 'vitest';
import { type Player, table } from '../../../test/support/hub.ts';
import { ErrorCode } from '../../error-code.ts';
import { string } from '../../variant/index.ts';
import { ConnectionStatus, rpc } from '../index.ts';
import type { SleepOptions } from '../limits/sleep-options.ts';

/** Milliseconds of one poll of all that are awake. */
const TICK = 50;
/** The number in a SIMPLIFY_PATH for the root. */
const PROBE = /^01[0-9a-f]{64}00[0-9a-f]{8}2e00$/;

/** A server with the node `Main`, and clients that have it, too. Each of `ids` has sent a call. */
function start(ids: readonly number[] = [5], sleep: SleepOptions | false = {}) {
  const all = table(ids, { sleep });
  const { server, clients, clock } = all;
  const said = new Map<number, string[]>(ids.map((id) => [id, []]));
  const ours = server.multiplayer.node('Main', { say: rpc.anyPeer([string], () => undefined) });
  const theirs = clients.map(({ multiplayer }, at) =>
    multiplayer.node('Main', { say: rpc.anyPeer([string], (_, text) => void said.get(ids[at]!)!.push(text)) }),
  );
  const awake = new Set<Player>(clients);
  const tick = (): void => {
    clock.advance(TICK);
    server.multiplayer.poll();
    for (const client of awake) client.multiplayer.poll();
  };
  /** Lets `seconds` pass. `each`: called before each tick. */
  const run = (seconds: number, each: () => void = () => {}): void => {
    for (let time = 0; time < seconds * 1000 - 1; time += TICK) {
      each();
      tick();
    }
  };
  ours.say.rpc('first');
  all.settle();
  // The second call says that the confirmation of the first one's path is handled.
  for (const text of ['', '']) {
    for (const { say } of theirs) say.rpcId(1, text);
    all.settle();
  }
  for (const list of said.values()) list.length = 0;
  /** Everything is confirmed. */
  const confirm = (): void => {
    ours.say.rpc('confirmed');
    run(1.2);
  };
  const probes = (client: Player): number => client.peer.heard.filter(([, hex]) => PROBE.test(hex)).length;
  return { ...all, ours, theirs, said, awake, run, tick, probes, confirm };
}

test('a client that has been sent nothing is not probed', () => {
  const { clients, run, probes, server } = start();
  run(10);
  expect([probes(clients[0]!), server.news()]).toEqual([0, []]);
});

test('a silent client is probed at most once in a second, and stays awake while it polls', () => {
  const { clients, run, probes, ours, server, said } = start();
  ours.say.rpc('a');
  run(0.9);
  expect(probes(clients[0]!)).toBe(0);
  run(0.3);
  expect(probes(clients[0]!)).toBe(1);
  run(10);
  expect(probes(clients[0]!)).toBe(1);
  run(10, () => ours.say.rpc('b'));
  expect(probes(clients[0]!)).toBeLessThanOrEqual(11);
  expect(probes(clients[0]!)).toBeGreaterThan(5);
  expect([server.news(), said.get(5)?.length]).toEqual([[], 201]);
});

test('a client that sends is not probed', () => {
  const { clients, run, probes, ours, theirs } = start();
  run(10, () => {
    ours.say.rpc('a');
    theirs[0]!.say.rpcId(1, 'here');
  });
  expect(probes(clients[0]!)).toBe(0);
});

test('a client that stops to poll is asleep after two seconds, and awake when it polls again', () => {
  const { server, clients, run, ours, awake, said } = start([5, 6]);
  const [sleeper] = clients;
  awake.delete(sleeper!);
  const sent: string[] = [];
  const send = (): void => {
    sent.push(`${sent.length}`);
    expect(ours.say.rpc(sent.at(-1)!)).toBe(ErrorCode.OK);
  };
  run(1.9, send);
  expect(server.news()).toEqual([]);
  run(0.3, send);
  expect(server.news()).toEqual(['asleep 5']);
  const { waitingPackets: before = 0 } = server.multiplayer.getPeerStatistics(5) ?? {};
  run(60, send);
  expect(server.multiplayer.getPeerStatistics(5)).toMatchObject({ isAsleep: true, waitingPackets: before + 1200 });
  expect(server.multiplayer.getPeerStatistics(6)).toMatchObject({
    isAsleep: false,
    waitingPackets: 0,
    waitingBytes: 0,
  });
  expect(said.get(6)).toEqual(sent);
  awake.add(sleeper!);
  run(0.5, send);
  expect([server.news(), server.multiplayer.getPeerStatistics(5)]).toEqual([
    ['awake 5'],
    expect.objectContaining({ isAsleep: false, waitingPackets: 0, waitingBytes: 0 }),
  ]);
  expect(said.get(5)).toEqual(sent);
});

test.each([
  { after: 1, asleepAfter: 1 },
  { after: 6, asleepAfter: 6 },
])('sleep.after: $after', ({ after, asleepAfter }) => {
  const { server, run, ours, awake } = start([5], { after });
  awake.clear();
  ours.say.rpc('a');
  run(asleepAfter - 0.1);
  expect(server.news()).toEqual([]);
  run(0.3);
  expect(server.news()).toEqual(['asleep 5']);
});

test('a call of a sleeping client wakes it before the call is handled', () => {
  const { server, clients, run, ours, theirs, awake, said, tick } = start();
  awake.clear();
  ours.say.rpc('a');
  run(3);
  expect(server.news()).toEqual(['asleep 5']);
  ours.say.rpc('b');
  // It sends before it polls.
  theirs[0]!.say.rpcId(1, 'here');
  tick();
  expect(server.news()).toEqual(['awake 5']);
  awake.add(clients[0]!);
  run(0.2);
  expect(said.get(5)).toEqual(['a', 'b']);
});

test('while this side does not poll, nobody falls asleep', () => {
  const { server, clock, run, ours, awake, clients } = start();
  ours.say.rpc('a');
  clock.advance(60_000);
  run(0.5);
  expect(server.news()).toEqual([]);
  awake.clear();
  ours.say.rpc('b');
  run(0.8);
  clock.advance(60_000);
  awake.add(clients[0]!);
  run(0.5);
  expect(server.news()).toEqual([]);
});

test('what has not left this side does not count as unhandled', () => {
  const { server, run, ours, awake } = start();
  awake.clear();
  ours.say.rpc('a');
  server.peer.getOutboundBacklog = () => 1;
  run(5);
  expect(server.news()).toEqual([]);
  server.peer.getOutboundBacklog = () => 0;
  run(1.2);
  expect(server.news()).toEqual(['asleep 5']);
});

test.each([
  { size: 57_342, isSent: true },
  { size: 57_343, isSent: true },
  { size: 57_344, isSent: false },
])(
  'of an unconfirmed client with a queue of 65,535 bytes, $size bytes are sent at once: $isSent',
  ({ size, isSent }) => {
    const { server, clients, tick, confirm } = start();
    confirm();
    server.multiplayer.sendBytes(new Uint8Array(999), 5);
    server.multiplayer.sendBytes(new Uint8Array(size - 1000 - 1), 5);
    tick();
    const heard = clients[0]!.peer.heard.filter(([, hex]) => hex.startsWith('03')).length;
    expect(heard).toBe(isSent ? 2 : 1);
    tick();
    tick();
    // The rest is sent once the client has confirmed.
    expect(clients[0]!.peer.heard.filter(([, hex]) => hex.startsWith('03')).length).toBe(2);
  },
);

test.each([
  { count: 13, sent: 13 },
  { count: 14, sent: 14 },
  { count: 15, sent: 14 },
])('of a client that queues 16 packets, $sent of $count are sent at once', ({ count, sent }) => {
  const { server, clients, tick, confirm } = start([5], { maxQueuedPackets: 16 });
  confirm();
  for (let at = 0; at < count; at++) server.multiplayer.sendBytes(Uint8Array.of(at), 5);
  tick();
  const heard = (): string[] => clients[0]!.peer.heard.map(([, hex]) => hex).filter((hex) => hex.startsWith('03'));
  expect(heard().length).toBe(sent);
  for (let round = 0; round < 3; round++) tick();
  expect(heard()).toEqual(Array.from({ length: count }, (_, at) => `03${at.toString(16).padStart(2, '0')}`));
});

test('a packet that is larger than the queue is sent when everything before is handled', () => {
  const { server, clients, tick, run, confirm } = start();
  confirm();
  const sizes = (): number[] =>
    clients[0]!.peer.heard
      .map(([, hex]) => hex)
      .filter((hex) => hex.startsWith('03'))
      .map((hex) => hex.length / 2);
  server.multiplayer.sendBytes(new Uint8Array(99_999), 5);
  server.multiplayer.sendBytes(new Uint8Array(9), 5);
  tick();
  expect(sizes()).toEqual([100_000]);
  run(0.2);
  expect(sizes()).toEqual([100_000, 10]);
});

test('a client that sends is sent half of its queue after each sign, and more with a confirmation', () => {
  const { server, clients, theirs, run, probes } = start();
  // 20 packets of 1000 bytes in each tick: 400 kB in a second.
  run(2, () => {
    for (let at = 0; at < 20; at++) server.multiplayer.sendBytes(new Uint8Array(999), 5);
    theirs[0]!.say.rpcId(1, 'here');
  });
  const heard = clients[0]!.peer.heard.filter(([, hex]) => hex.startsWith('03')).length;
  expect(heard).toBeGreaterThanOrEqual(39 * 20);
  expect(probes(clients[0]!)).toBe(0);
});

test('with sleep: false, nothing is probed, and nothing waits', () => {
  const { server, clients, run, ours, awake, probes } = start([5], false);
  awake.clear();
  run(10, () => ours.say.rpc('a'));
  expect([server.news(), server.multiplayer.getPeerStatistics(5)]).toEqual([
    [],
    expect.objectContaining({ isAsleep: false, waitingPackets: 0, waitingBytes: 0 }),
  ]);
  awake.add(clients[0]!);
  run(0.1);
  expect(probes(clients[0]!)).toBe(0);
});

test.each([
  { count: 9, isKept: true },
  { count: 10, isKept: true },
  { count: 11, isKept: false },
])('of 10 packets that may wait, $count: $isKept', ({ count, isKept }) => {
  const { server, clients, run, ours, awake } = start([5], { packets: 10 });
  awake.clear();
  ours.say.rpc('a');
  run(2.5);
  for (let at = 0; at < count; at++) ours.say.rpc('b');
  const { code = null } = server.multiplayer.getLastFailure() ?? {};
  expect(code).toBe(isKept ? null : 'TICKPEER_OUTBOUND_LIMIT');
  run(0.2);
  expect(server.news()).toEqual(isKept ? ['asleep 5'] : ['asleep 5', '- 5 TICKPEER_OUTBOUND_LIMIT']);
  expect([clients[0]!.peer.closing, server.multiplayer.getPeers()]).toEqual(
    isKept ? [null, [5]] : [[4413, 'too much waits for a game that does not run'], []],
  );
});

test.each([
  { bytes: 999, isKept: true },
  { bytes: 1000, isKept: true },
  { bytes: 1001, isKept: false },
])('of 1000 bytes that may wait, $bytes: $isKept', ({ bytes, isKept }) => {
  const { server, run, ours, awake } = start([5], { bytes: 1000 });
  awake.clear();
  ours.say.rpc('a');
  run(2.5);
  const code = server.multiplayer.sendBytes(new Uint8Array(bytes - 1), 5);
  expect(code).toBe(isKept ? ErrorCode.OK : ErrorCode.ERR_OUT_OF_MEMORY);
  run(0.2);
  expect(server.multiplayer.getPeers()).toEqual(isKept ? [5] : []);
});

/** From now on what is sent to a side waits; the function lets its next packet through, and then all of them. */
function holdArrivals({ peer }: Player): { one: () => void; all: () => void } {
  const waiting: (() => void)[] = [];
  peer.deliver = (arrive) => void waiting.push(arrive);
  return {
    one: () => waiting.shift()?.(),
    all: () => {
      while (waiting.length > 0) waiting.shift()!();
      peer.deliver = (arrive) => arrive();
    },
  };
}

test.each([
  { after: 2, tick: 50 },
  // Shorter than the time between two polls.
  { after: 0.2, tick: 250 },
])(
  'a client that has just woken is not asleep again because of a probe that it was sent in its sleep: $after',
  (given) => {
    const { server, clients, run, ours, awake, probes, clock } = start([5], { after: given.after });
    const [client] = clients as [Player];
    const later = (): void => {
      clock.advance(given.tick);
      server.multiplayer.poll();
    };
    awake.clear();
    ours.say.rpc('a');
    // It is asked again after 5 seconds of sleep.
    run(5 + given.after + 2, () => ours.say.rpc('b'));
    expect(server.news()).toEqual(['asleep 5']);
    // It confirms both probes, but what it sends arrives in two parts.
    const { one, all } = holdArrivals(server);
    client.multiplayer.poll();
    expect(probes(client)).toBe(2);
    one();
    later();
    expect(server.news()).toEqual(['awake 5']);
    all();
    later();
    awake.add(client);
    run(5);
    expect(server.news()).toEqual([]);
  },
);

test('a confirmation is a sign, also while another one is due', () => {
  const { server, clients, run, tick, ours, awake, probes, confirm } = start();
  const [client] = clients as [Player];
  confirm();
  const before = probes(client);
  awake.clear();
  ours.say.rpc('a');
  run(1.2);
  // Half of what may be unconfirmed: it is asked again.
  server.multiplayer.sendBytes(new Uint8Array(30_000), 5);
  run(0.7);
  const { one, all } = holdArrivals(server);
  client.multiplayer.poll();
  expect(probes(client)).toBe(before + 2);
  one();
  tick();
  run(0.9);
  expect(server.news()).toEqual([]);
  // A second after the sign.
  run(0.2);
  expect(server.news()).toEqual(['asleep 5']);
  all();
  run(0.1);
  expect(server.news()).toEqual(['awake 5']);
});

test('a client whose probe was lost is asked again, and any packet of it wakes it', () => {
  const { server, clients, run, ours, awake, probes, said } = start();
  const [client] = clients;
  client!.peer.capacity = { bytes: 0, packets: 0 };
  awake.clear();
  ours.say.rpc('a');
  run(4);
  expect([server.news(), client!.peer.lost]).toEqual([['asleep 5'], 2]);
  client!.peer.capacity = null;
  awake.add(client!);
  run(2);
  expect(server.news()).toEqual([]);
  run(2);
  expect([server.news(), probes(client!)]).toEqual([['awake 5'], 1]);
  ours.say.rpc('b');
  run(0.1);
  expect(said.get(5)).toEqual(['b']);
});

test('a client that goes on sending and never confirms is not watched any more', () => {
  const { server, clients, run, ours, awake, theirs } = start();
  awake.clear();
  let polls = 0;
  // Speaks the protocol without confirming: what it gets is dropped.
  clients[0]!.peer.capacity = { bytes: 0, packets: 0 };
  const chatter = (): void => {
    if (polls++ % 30 === 0) theirs[0]!.say.rpcId(1, 'here');
    ours.say.rpc('x'.repeat(1000));
  };
  run(60, chatter);
  const before = server.multiplayer.getPeerStatistics(5);
  run(60, chatter);
  expect(server.multiplayer.getPeerStatistics(5)).toMatchObject({ isAsleep: false, waitingPackets: 0 });
  expect(before).toMatchObject({ isAsleep: false });
});

test('a client that leaves while it is asleep is forgotten', () => {
  const { server, clients, run, ours, awake } = start([5, 6]);
  awake.delete(clients[0]!);
  ours.say.rpc('a');
  run(2.5);
  clients[0]!.peer.disconnectPeer(1);
  run(0.2);
  expect(server.news()).toEqual(['asleep 5', '- 5']);
  expect(server.multiplayer.getPeerStatistics(5)).toBeNull();
  // With the same id again.
  const [{ peer, multiplayer }] = clients as [Player, Player];
  multiplayer.poll();
  peer.status = ConnectionStatus.CONNECTION_CONNECTED;
  peer.renew();
  multiplayer.multiplayerPeer = peer;
  peer.join(server.peer);
  awake.add(clients[0]!);
  run(3, () => ours.say.rpc('b'));
  expect([server.news(), server.multiplayer.getPeerStatistics(5)]).toEqual([
    ['+ 5'],
    expect.objectContaining({ isAsleep: false, waitingPackets: 0 }),
  ]);
});

test('a handler of peerAsleep may disconnect the client', () => {
  const { server, run, ours, awake } = start([5, 6]);
  awake.clear();
  server.multiplayer.peerAsleep.connect((id) => server.multiplayer.disconnectPeer(id));
  ours.say.rpc('a');
  run(3);
  expect([server.news().sort(), server.multiplayer.getPeers()]).toEqual([['asleep 5', 'asleep 6'], []]);
});

test('a client that is being authenticated is not probed', () => {
  const { server, clients, clock } = table([]);
  expect(clients).toEqual([]);
  server.multiplayer.authCallback = () => undefined;
  server.multiplayer.authTimeout = 0;
  const { clients: others } = table([7]);
  const [stranger] = others;
  stranger!.peer.links.clear();
  stranger!.peer.join(server.peer);
  server.multiplayer.sendAuth(7, Uint8Array.of(1));
  for (let time = 0; time < 100; time++) {
    clock.advance(TICK);
    server.multiplayer.poll();
  }
  stranger!.peer.poll();
  expect([server.news(), stranger!.peer.getAvailablePacketCount()]).toEqual([['auth 7'], 1]);
});
