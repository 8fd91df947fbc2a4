import { expect, test } from 'vitest';
import type { Player } from '../../../test/support/hub.ts';
import { replicatedTable, type Side, unit } from '../../../test/support/replicated-table.ts';
import { Random } from '../../testing/random.ts';
import { int, string } from '../../variant/index.ts';
import { rpc } from '../index.ts';
import type { SleepOptions } from '../limits/sleep-options.ts';

/** Milliseconds between two polls of all sides. */
const TICK = 20;
/** What an engine with its defaults queues until it polls; what comes beyond that is lost. */
const CAPACITY = { bytes: 65_535, packets: 4096 };
const SECONDS = 60;

interface Outcome {
  /** By client: the reliable calls that did not come, or came twice or out of order. */
  readonly wrong: number[];
  readonly isStateRight: boolean[];
  readonly isNewestRight: boolean[];
  readonly bad: string[];
  readonly slept: number;
}

/**
 * A server and two clients, each of which stops to poll for random times, behind a random latency and with the engine's queue. The server
 * makes reliable and unreliable calls, and spawns, changes and frees nodes. Then all are awake for as long as they need, and a second.
 */
function play(seed: number, sleep: SleepOptions | false): Outcome {
  const random = new Random(seed);
  const { server, clients, clock, sides, ours, bad } = replicatedTable([5, 6], {}, { sleep });
  const latency = random.integer(0, 200);
  const onTheWay: { at: number; arrive: () => void }[] = [];
  for (const { peer } of [server, ...clients]) {
    peer.deliver = (arrive) => void onTheWay.push({ at: clock.now() + latency, arrive });
  }
  for (const { peer } of clients) peer.capacity = CAPACITY;
  const received = clients.map((): number[] => []);
  const newest = clients.map(() => -1);
  const main = server.multiplayer.node('Main', {
    say: rpc.anyPeer([int, string]),
    place: rpc.anyPeer([int], () => undefined, { transferMode: 'unreliable' }),
  });
  const theirs = clients.map(({ multiplayer }, at) =>
    multiplayer.node('Main', {
      say: rpc.anyPeer([int, string], (_, count) => void received[at]!.push(count)),
      place: rpc.anyPeer(
        [int],
        (_, count) => {
          newest[at] = count;
        },
        { transferMode: 'unreliable' },
      ),
    }),
  );
  const isChatty = clients.map(() => random.chance(0.5));
  const asleepUntil = clients.map(() => 0);
  const nextSleep = clients.map(() => random.integer(500, 10_000));
  let [count, slept, lastPlace, isOver] = [0, 0, 0, false];
  const nodes: ReturnType<typeof unit.instantiate>[] = [];
  const sizes = [30, 100, 1000].map((size) => 'x'.repeat(size));
  const text = random.pick(sizes);
  const step = (): void => {
    clock.advance(TICK);
    const now = clock.now();
    while (onTheWay[0] !== undefined && onTheWay[0].at <= now) onTheWay.shift()!.arrive();
    if (!isOver) act(now);
    server.multiplayer.poll();
    for (const [at, client] of clients.entries()) if (isOver || now >= asleepUntil[at]!) frame(client, at, now);
  };
  const act = (now: number): void => {
    if (random.chance(0.6)) main.say.rpc(count++, text);
    main.place.rpc(now);
    lastPlace = now;
    if (random.chance(0.02)) {
      const node = unit.instantiate({ name: `u${now}`, hp: 0 });
      ours.units.addChild(node);
      nodes.push(node);
    }
    for (const node of nodes) {
      node.x = now;
      if (random.chance(0.2)) node.hp++;
    }
    if (nodes.length > 5 && random.chance(0.02)) nodes.shift()!.free();
  };
  const frame = ({ multiplayer }: Player, at: number, now: number): void => {
    multiplayer.poll();
    if (isChatty[at]) theirs[at]!.place.rpcId(1, 0);
    if (isOver || now < nextSleep[at]!) return;
    slept++;
    asleepUntil[at] = now + random.integer(100, random.pick([1000, 5000, 25_000]));
    nextSleep[at] = asleepUntil[at]! + random.integer(100, 10_000);
  };
  while (clock.now() < SECONDS * 1000) step();
  isOver = true;
  const isWaiting = (): boolean =>
    clients.some((_, at) => (server.multiplayer.getPeerStatistics(at + 5)?.waitingPackets ?? 0) > 0);
  for (let left = 3000; left > 0 && isWaiting(); left--) step();
  for (let left = 1000 / TICK; left > 0; left--) step();
  return {
    wrong: received.map((calls) => Math.abs(count - calls.length) + calls.filter((call, at) => call !== at).length),
    isStateRight: sides.slice(1).map((side) => describeUnits(side) === describeUnits(ours)),
    isNewestRight: newest.map((value) => value === lastPlace),
    bad: bad(),
    slept,
  };
}

function describeUnits({ units }: Side): string {
  const nodes = units.getChildren().filter((node) => unit.isInstance(node));
  return nodes.map(({ name, hp, x, title }) => `${name} ${hp} ${x} ${title}`).join('\n');
}

test.each(Array.from({ length: 8 }, (_, index) => index + 1))('schedule %i: nothing reliable is lost', (seed) => {
  const { slept, ...outcome } = play(seed, {});
  expect(outcome).toEqual({
    wrong: [0, 0],
    isStateRight: [true, true],
    isNewestRight: [true, true],
    bad: [],
  });
  expect(slept).toBeGreaterThan(1);
});

test('without it, most schedules lose something', () => {
  const outcomes = Array.from({ length: 8 }, (_, index) => play(index + 1, false));
  const losing = outcomes.filter(({ wrong }) => wrong.some((count) => count > 0));
  expect(losing.length).toBeGreaterThan(3);
});
