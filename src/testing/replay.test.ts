import { describe, expect, test } from 'vitest';
import type { Clock } from '../clock.ts';
import { isFailure } from '../failure.ts';
import { WebSocketPeer as Peer, type WebSocketPeer, WebSocketServer } from '../websocket/index.ts';
import {
  type Random,
  RecordedKind,
  Recorder,
  RecordingWriter,
  type ReplayedProgram,
  type ReplayHost,
  type ReplayResult,
  readerOf,
  replay,
  VirtualClock,
  VirtualNetwork,
} from './index.ts';

/** A server whose answers depend on what arrives, on the time, on chance, and on how much waits to be sent. */
class Game implements ReplayedProgram {
  readonly server: WebSocketServer;
  readonly peers: WebSocketPeer[] = [];
  readonly state: string[] = [];
  ticks = 0;

  constructor(
    readonly clock: Clock,
    readonly random: Random,
    readonly greeting = 'welcome',
  ) {
    this.server = new WebSocketServer({ clock, heartbeatInterval: 0.5, compression: true, outboundBufferSize: 20_000 });
  }

  accept(stream: Parameters<WebSocketServer['acceptStream']>[0]): void {
    this.server.acceptStream(stream);
  }

  tick(): void {
    this.ticks++;
    this.server.poll();
    for (const peer of this.server.readyPeers()) {
      if (!this.peers.includes(peer)) {
        this.peers.push(peer);
        peer.sendText(`${this.greeting} ${this.random.integer(1, 1e9)}`);
      }
      for (const packet of peer.packets()) {
        const refused = peer.send(typeof packet === 'string' ? packet.toUpperCase() : packet);
        this.state.push(`${this.clock.now()} ${packet.length} ${refused} ${peer.getCurrentOutboundBufferedAmount()}`);
        if (packet === 'bye') peer.close(4001, 'you said so');
      }
    }
  }
}

/** Five seconds with three clients: one is slow, one leaves, one breaks off. */
function play(): { recording: Uint8Array; game: Game; received: string[] } {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, seed: 3, latency: 20, jitter: 15, chunkSize: [1, 3000] });
  const chunks: Uint8Array[] = [];
  const recorder = new Recorder({ clock, seed: 9, write: (chunk) => chunks.push(chunk) });
  const game = new Game(clock, recorder.random);
  const received: string[] = [];
  const clients = [0, 1, 2].map((index) => {
    const conditions = index === 0 ? { bandwidth: 30_000, capacity: 4000 } : {};
    const [near, far] = network.connect(conditions).ends;
    const client = new Peer({ clock, compression: index === 1 });
    client.connectToStream(near, 'ws://game.test');
    game.accept(recorder.record(far, `10.0.0.${index}`));
    return { client, near };
  });
  for (let tick = 0; tick < 300; tick++) {
    clock.advance(16);
    recorder.tick();
    game.tick();
    for (const [index, { client, near }] of clients.entries()) {
      client.poll();
      for (const packet of client.packets()) received.push(`${index} ${packet.length}`);
      if (client.getReadyState() !== Peer.STATE_OPEN) continue;
      if (tick % 5 === index) client.sendText(`move ${tick} `.repeat(1 + (tick % 40)));
      if (index === 0 && tick % 20 === 0) client.send(new Uint8Array(6000).fill(tick));
      if (index === 1 && tick === 200) client.sendText('bye');
      if (index === 2 && tick === 150) near.reset();
    }
  }
  clock.endTurn();
  return { recording: Buffer.concat(chunks), game, received };
}

function run(recording: Uint8Array, greeting?: string): { result: ReplayResult; game: Game } {
  let game: Game | null = null;
  const result = replay(recording, ({ clock, random }) => {
    game = new Game(clock, random, greeting);
    return game;
  });
  if (isFailure(result) || game === null) throw new Error('it is a recording');
  return { result, game };
}

describe('a replay', () => {
  const { recording, game, received } = play();

  test('has the bytes that were sent in the run, and the state of the program', () => {
    const replayed = run(recording);
    expect(replayed.result.difference).toBeNull();
    expect(replayed.result.ticks).toBe(300);
    expect(replayed.game.state).toEqual(game.state);
    expect(replayed.result.connections.map(({ number, address }) => [number, address])).toEqual([
      [1, '10.0.0.0'],
      [2, '10.0.0.1'],
      [3, '10.0.0.2'],
    ]);
    for (const { sent, recorded } of replayed.result.connections) {
      expect(sent.length).toBeGreaterThan(1000);
      expect(sent).toEqual(recorded);
    }
    // What was recorded is a run in which enough happens.
    expect(received.length).toBeGreaterThan(100);
    const kinds = new Set<RecordedKind>();
    const reader = readerOf(recording);
    reader.header();
    for (let event = reader.next(); event !== null && !isFailure(event); event = reader.next()) kinds.add(event.kind);
    const { OPENED, RECEIVED, SENT, FAILED, DROPPED, TICK, DRAINED, UNSENT } = RecordedKind;
    expect(kinds).toEqual(new Set([OPENED, RECEIVED, SENT, FAILED, DROPPED, TICK, DRAINED, UNSENT]));
    expect(game.state.some((line) => / [1-9]\d* \d+$/.test(line))).toBe(true);
  });

  test('is the same each time', () => {
    const [one, two] = [run(recording), run(recording)];
    expect(one.result).toEqual(two.result);
    expect(one.game.state).toEqual(two.game.state);
  });

  test('of another program says where it differs first', () => {
    const { difference } = run(recording, 'wilkommen').result;
    expect(difference).toMatchObject({ connection: expect.any(Number), at: expect.any(Number) });
    expect(difference?.message).toMatch(/^connection \d, byte \d+: sent 0x\w\w, recorded 0x\w\w$/);
    expect(difference?.time).toBeLessThan(300);
  });

  test('takes the memory of nothing that it was given', () => {
    const before = Uint8Array.from(recording);
    run(recording);
    expect(Uint8Array.from(recording)).toEqual(before);
  });

  test.each([
    [new Uint8Array(0), /no recording/],
    [Buffer.from('hello, world'), /no recording/],
    [recording.subarray(0, 10), /header is damaged/],
    [Buffer.concat([recording.subarray(0, 4), Uint8Array.of(2), recording.subarray(5)]), /version is 2/],
    [recording.subarray(0, -1), /the event at byte \d+ is cut off/],
    [Buffer.concat([recording, Uint8Array.of(77)]), /kind 77/],
  ])('of bytes that are none is a failure: %#', (bytes, message) => {
    const result = replay(bytes, ({ clock, random }) => new Game(clock, random));
    expect(result).toMatchObject({ code: 'TICKPEER_INVALID_RECORDING', message: expect.stringMatching(message) });
  });
});

test('a recorder is not noticed by the server: everything arrives, and the other side gets everything', () => {
  const clock = new VirtualClock();
  const [near, far] = new VirtualNetwork({ clock }).connect().ends;
  const recorder = new Recorder({ clock, write: () => {} });
  const [client, server] = [new Peer({ clock }), new Peer({ clock })];
  client.connectToStream(near, 'ws://game.test');
  server.acceptStream(recorder.record(far));
  const step = (): void => {
    for (let turn = 0; turn < 10; turn++) {
      clock.advance(1);
      client.poll();
      server.poll();
    }
  };
  step();
  client.sendText('hi');
  server.close(4000, 'bye');
  step();
  expect([client.getCloseCode(), client.getCloseReason()]).toEqual([4000, 'bye']);
  expect(server.getPacket()).toEqual(new TextEncoder().encode('hi'));
  expect([client, server].map((peer) => peer.getReadyState())).toEqual([Peer.STATE_CLOSED, Peer.STATE_CLOSED]);
});

describe('a recording without ticks', () => {
  const chunks: Uint8Array[] = [];
  const writer = new RecordingWriter({ seed: 1, startedAt: 0 }, (chunk) => chunks.push(chunk));
  writer.event(RecordedKind.OPENED, 5, 1, '');
  writer.event(RecordedKind.RECEIVED, 95, 1, Uint8Array.of(1));
  const recording = Buffer.concat(chunks);
  const run = (tickInterval?: number): number[] => {
    const times: number[] = [];
    const result = replay(
      recording,
      ({ clock }) => ({ accept: () => {}, tick: () => times.push(clock.now()) }),
      tickInterval === undefined ? {} : { tickInterval },
    );
    expect(result).toMatchObject({ ticks: times.length, duration: 95 });
    return times;
  };

  test('has a tick each tickInterval, and one after its end', () => {
    expect(run(20)).toEqual([20, 40, 60, 80, 100]);
    expect(run()).toHaveLength(6);
    expect(run(1000)).toEqual([1000]);
  });

  test('has a tick where something was sent, so that the answer comes before the end of the connection', () => {
    writer.event(RecordedKind.SENT, 96, 1, Uint8Array.of(2));
    const times: number[] = [];
    const program = ({ clock }: ReplayHost) => ({ accept: () => {}, tick: () => times.push(clock.now()) });
    replay(Buffer.concat(chunks), program, { tickInterval: 40 });
    expect(times).toEqual([40, 80, 96, 120]);
  });

  test.each([0, -1, Number.NaN])('tickInterval cannot be %d', (tickInterval) => {
    expect(() => run(tickInterval)).toThrow(RangeError);
  });
});
