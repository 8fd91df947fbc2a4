import type { WebSocketPeer } from 'tickpeer';
import { describe, expect, onTestFinished, test } from 'vitest';
import { burstOf, measureBurst } from '../../examples/arena/duel/bursts.ts';
import { DOTS, placeOf } from '../../examples/arena/duel/choreography.ts';
import { DOT_PATH, Lane } from '../../examples/arena/duel/lane.ts';
import { Scene } from '../../examples/arena/duel/scene.ts';
import {
  LANE_PATHS,
  MODES,
  type Mode,
  parseWish,
  readLaneInput,
  readLaneMessage,
  type Tick,
  type Wish,
  writeEcho,
  writeGoal,
  writeSteer,
  writeTick,
} from '../../examples/arena/duel/wire.ts';
import { FIELD } from '../../examples/arena/wire.ts';
import { dialPeer, drive, ending, isClosed, isOpen } from '../support/peers.ts';

/** A lane in this thread, and its reports. */
function startLane(mode: Mode) {
  const seen = { handled: 0, wishes: [] as Wish[] };
  const lane = new Lane(
    mode,
    (wish) => seen.wishes.push(wish),
    () => seen.handled++,
  );
  const port = lane.start();
  onTestFinished(async () => void (await lane.stop()));
  return { lane, port, seen };
}

/** A viewer of a lane: the last tick that it saw, and its echoes. */
class Viewer {
  readonly peer: WebSocketPeer;
  readonly texts: string[] = [];
  readonly echoes: number[] = [];
  tick: Tick | null = null;

  constructor(port: number, mode: Mode) {
    this.peer = dialPeer(`ws://127.0.0.1:${port}${LANE_PATHS[mode]}`, { inboundBufferSize: 1_000_000 });
  }

  poll(): void {
    this.peer.poll();
    for (const packet of this.peer.packets()) {
      if (typeof packet === 'string') {
        this.texts.push(packet);
        continue;
      }
      const message = readLaneMessage(packet);
      if (message.type === 'tick') this.tick = message;
      else this.echoes.push(message.time);
    }
  }
}

async function dots(port: number, count: number): Promise<WebSocketPeer[]> {
  const peers = Array.from({ length: count }, (_, number) =>
    dialPeer(`ws://127.0.0.1:${port}${DOT_PATH}?${number}`, {
      outboundBufferSize: 1_000_000,
      maxQueuedPackets: 20_000,
    }),
  );
  await drive(peers, () => peers.every(isOpen));
  return peers;
}

describe.each(MODES)('a lane, %s', (mode) => {
  test('sends its viewers all positions, echoes their steering, and counts its inputs', async () => {
    const { port, seen } = startLane(mode);
    const viewer = new Viewer(port, mode);
    const [dot] = await dots(port, 1);
    await drive([viewer, dot!], () => viewer.tick?.places.length === 2);
    expect(JSON.parse(viewer.texts[0]!)).toMatchObject({ id: 1, storm: { isOn: false } });

    viewer.peer.send(writeSteer(12.5, { x: 1, y: 0 }));
    dot!.send(writeGoal({ x: 100, y: 100 }));
    await drive([viewer, dot!], () => viewer.echoes.length === 1);
    expect(viewer.echoes).toEqual([12.5]);
    await drive([viewer, dot!], () => viewer.tick!.places.find(({ id }) => id === 1)!.x > FIELD.width / 2 + 10);
    expect(seen.handled).toBe(2);
    expect(viewer.tick!.interval).toBeGreaterThan(0);
  });

  test('handles every input of a burst', async () => {
    const { port, seen } = startLane(mode);
    const peers = await dots(port, 8);
    for (const peer of peers) for (let sent = 0; sent < 4000; sent++) peer.send(writeGoal({ x: 800, y: 450 }));
    await drive(peers, () => seen.handled === 32_000, 15_000);
  });

  test('passes on a viewer’s settings, and sends all viewers the state of the storm', async () => {
    const { lane, port, seen } = startLane(mode);
    const viewer = new Viewer(port, mode);
    await drive(viewer, () => viewer.texts.length === 1);
    viewer.peer.sendText('{"storm":true}');
    await drive(viewer, () => seen.wishes.length === 1);
    expect(seen.wishes).toEqual([{ storm: true }]);
    lane.storm = { isOn: true, burst: 720, period: 650 };
    await drive(viewer, () => viewer.texts.length === 2);
    expect(JSON.parse(viewer.texts[1]!).storm).toEqual({ isOn: true, burst: 720, period: 650 });
  });

  test.each(['text', 'bytes'])('closes on invalid %s, and forgets viewers that have left', async (kind) => {
    const { lane, port } = startLane(mode);
    const viewer = new Viewer(port, mode);
    await drive(viewer, () => viewer.tick?.places.length === 1);
    if (kind === 'text') viewer.peer.sendText('nonsense');
    else viewer.peer.send(Uint8Array.of(9));
    await drive(viewer, () => isClosed(viewer.peer) && lane.memberCount === 0);
    expect(ending(viewer.peer)).toMatchObject({ code: 1008, reason: 'not a message of a lane' });
  });

  test.each(['/elsewhere', `${DOT_PATH}?${DOTS}`, `${DOT_PATH}?-1`])('accepts no viewer at %s', async (path) => {
    const { port } = startLane(mode);
    const peer = dialPeer(`ws://127.0.0.1:${port}${path}`);
    await drive(peer, () => isClosed(peer));
    expect(ending(peer)).toMatchObject({ code: 1008 });
  });
});

test('a polled lane replies to a viewer before it has handled all of a burst from the others', async () => {
  const { port, seen } = startLane('polled');
  const viewer = new Viewer(port, 'polled');
  const peers = await dots(port, 60);
  await drive([viewer, ...peers], () => viewer.tick?.places.length === 61);
  const total = 60 * 400;
  for (const peer of peers) for (let sent = 0; sent < 400; sent++) peer.send(writeGoal({ x: 1500, y: 800 }));
  viewer.peer.send(writeSteer(1, { x: 1, y: 0 }));
  await drive([viewer, ...peers], () => viewer.echoes.length === 1, 15_000);
  expect(seen.handled).toBeLessThan(total); // by count, not by time: the rest waits in the queues
  await drive([viewer, ...peers], () => seen.handled === total + 1, 20_000);
}, 60_000);

describe('the scene', () => {
  test('a dot moves to its goal, and around other dots in its way', () => {
    const scene = new Scene();
    const dot = scene.add(1, { x: 100, y: 450 });
    scene.apply(dot, { x: 500, y: 450 });
    expect(dot.goal).toEqual({ x: 500, y: 450 });
    const other = scene.add(2, { x: 300, y: 455 });
    scene.apply(dot, { x: 500, y: 450 });
    expect(dot.goal.y).toBeLessThan(450); // away from the player below
    scene.remove(other);
    scene.apply(dot, { x: 500, y: 450 });
    for (let step = 0; step < 60; step++) scene.step(1 / 30);
    expect(scene.places).toEqual([expect.objectContaining({ id: 1, x: 500, y: 450 })]);
  });

  test('every dot of the choreography stays in the field', () => {
    for (let number = 0; number < DOTS; number++) {
      for (let seconds = 0; seconds < 60; seconds += 0.7) {
        const { x, y } = placeOf(number, seconds);
        expect(x > 24 && x < FIELD.width - 24 && y > 24 && y < FIELD.height - 24).toBe(true);
      }
    }
  });
});

describe('a burst', () => {
  test.each([
    ['130 ms of handling at 20 us each', [9, 0.02, 0.02, 0.02], 6480],
    ['no more than 40,000 on a quick machine', [0.001, 0.001], 40_032],
    ['no fewer than 2,000 on a slow one', [5, 5], 2016],
    ['the most where the clock is too coarse to tell', [0, 0], 40_032],
  ])('is %s, the same for every dot', (_what, costs, inputs) => {
    expect(burstOf(costs)).toBe(inputs);
    expect(inputs % DOTS).toBe(0);
  });

  test('has a measured duration', () => {
    expect(measureBurst()).toBeGreaterThanOrEqual(2016);
  });
});

describe('on the wire of the duel', () => {
  test('inputs', () => {
    const steer = readLaneInput(writeSteer(123.25, { x: 1, y: -1 }));
    expect(steer).toMatchObject({ type: 'steer', time: 123.25 });
    const direction = steer?.type === 'steer' ? steer.direction : { x: 9, y: 9 };
    expect(Math.hypot(direction.x, direction.y)).toBeCloseTo(1); // no client can move faster
    const goal = readLaneInput(writeGoal({ x: 800, y: 450 }));
    expect(goal?.type === 'goal' && Math.hypot(goal.goal.x - 800, goal.goal.y - 450)).toBeLessThan(0.1);
    for (const bytes of [[], [1], [2, 0, 0, 0], [2, 0, 0, 0, 0, 0], [3, 0, 0, 0, 0]]) {
      expect(readLaneInput(Uint8Array.from(bytes))).toBeNull();
    }
  });

  test('ticks and echoes', () => {
    expect(readLaneMessage(writeEcho(7.5))).toEqual({ type: 'echo', time: 7.5 });
    const times = { time: 1e9, interval: 16.5, input: 0.25, handled: 4_000_000_000 };
    const tick = readLaneMessage(writeTick(times, [{ id: 0x8000, x: FIELD.width, y: 0 }]));
    expect(tick).toEqual({ type: 'tick', ...times, places: [{ id: 0x8000, x: FIELD.width, y: 0 }] });
  });

  test('settings', () => {
    expect(parseWish('{"storm":false}')).toEqual({ storm: false });
    for (const text of ['', 'null', '[]', '{}', '{"storm":1}']) expect(parseWish(text)).toBeNull();
  });
});
