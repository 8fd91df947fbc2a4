import { ErrorCode, WebSocketPeer, WebSocketServer } from 'tickpeer';
import { rpc, SceneMultiplayer, WebSocketMultiplayerPeer } from 'tickpeer/multiplayer';
import { Random, VirtualClock, type VirtualLink, VirtualNetwork } from 'tickpeer/testing';
import { array, int, packedByteArray, string } from 'tickpeer/variant';
import { describe, expect, test } from 'vitest';

const CLIENTS = 4;
/** The steps in which something is sent, and then those in which it has to arrive. Milliseconds each. */
const STEPS = 120;
const STEP = 20;

/** One side of the game, and the calls that it received, in order. */
class Side {
  readonly peer: WebSocketMultiplayerPeer;
  readonly multiplayer: SceneMultiplayer;
  readonly heard: string[] = [];
  readonly main;
  readonly deep;

  constructor(clock: VirtualClock) {
    this.peer = new WebSocketMultiplayerPeer({ clock, handshakeTimeout: 60, outboundBufferSize: 0 });
    this.multiplayer = new SceneMultiplayer({ clock });
    const hear =
      (method: string) =>
      (from: number, ...args: readonly unknown[]): void => {
        this.heard.push(`${from} ${this.multiplayer.getCalledPath()} ${method} ${JSON.stringify(args)}`);
      };
    const methods = {
      say: rpc.anyPeer([string, int], hear('say')),
      list: rpc.anyPeer([array(int)], hear('list')),
      raw: rpc.anyPeer([packedByteArray], (from, data) => this.heard.push(`${from} raw ${data.length}`)),
    };
    this.main = this.multiplayer.node('Main', methods);
    this.deep = this.multiplayer.nodes('World/*/Player', methods);
    this.multiplayer.badPacket.connect((id, failure) => this.heard.push(`bad ${id} ${failure.message}`));
  }

  get id(): number {
    return this.multiplayer.getUniqueId();
  }

  /** Does a random action. Returns what each receiver must get, by its id. */
  act(random: Random, all: readonly number[], count: number): Map<number, string> {
    const others = all.filter((id) => id !== this.id);
    const target = random.pick([0, ...others, ...others.map((id) => -id)]);
    const ids = target > 0 ? [target] : others.filter((id) => id !== -target);
    const kind = random.integer(0, 3);
    let said: string;
    let result: ErrorCode;
    if (kind === 0) {
      const path = `World/${random.integer(0, 5)}/Player`;
      result = this.deep.at(path).say.rpcId(target, 'x'.repeat(random.integer(0, 300)), count);
      said = `${this.id} ${path} say`;
    } else if (kind === 1) {
      result = this.main.list.rpcId(target, [count, -count]);
      said = `${this.id} Main list [[${count},${-count}]]`;
    } else if (kind === 2) {
      const size = random.integer(1, 20_000);
      result = this.main.raw.rpcId(target, new Uint8Array(size));
      said = `${this.id} raw ${size}`;
    } else {
      result = this.main.say.rpcId(target, 'hello', count);
      said = `${this.id} Main say ["hello",${count}]`;
    }
    expect(result).toBe(ErrorCode.OK);
    return new Map(ids.map((id) => [id, said]));
  }
}

/** A server and its clients on a bad network, from one seed. */
function play(seed: number): void {
  const random = new Random(seed);
  const clock = new VirtualClock();
  const chunkSize = random.pick([[1, 3], [1, 100], 65_536] as const);
  const network = new VirtualNetwork({ clock, seed, latency: 30, jitter: 40, loss: 0.02, chunkSize });
  const sockets = new WebSocketServer({ clock, inboundBufferSize: 100_000, outboundBufferSize: 0 });
  const server = new Side(clock);
  expect(server.peer.createServerFrom(sockets)).toBe(ErrorCode.OK);
  server.multiplayer.multiplayerPeer = server.peer;
  const links: VirtualLink[] = [];
  const clients = Array.from({ length: CLIENTS }, () => {
    const link = network.connect();
    links.push(link);
    const socket = new WebSocketPeer({ clock, inboundBufferSize: 100_000, outboundBufferSize: 0 });
    expect(socket.connectToStream(link.ends[0], 'ws://game.test')).toBe(ErrorCode.OK);
    expect(sockets.acceptStream(link.ends[1])).toBe(ErrorCode.OK);
    const side = new Side(clock);
    expect(side.peer.createClientFrom(socket)).toBe(ErrorCode.OK);
    side.multiplayer.multiplayerPeer = side.peer;
    return side;
  });
  const sides = [server, ...clients];
  const run = (steps: number, act: () => void = () => undefined): void => {
    for (let step = 0; step < steps; step++) {
      clock.advance(STEP);
      // A side that is busy does not poll in every step.
      for (const { multiplayer } of sides) if (random.chance(0.8)) multiplayer.poll();
      act();
    }
  };
  for (let n = 0; n < 200 && !sides.every(({ multiplayer }) => multiplayer.getPeers().length === CLIENTS); n++) run(1);
  const ids = sides.map(({ id }) => id);
  for (const { multiplayer, id } of sides) {
    expect(multiplayer.getPeers().sort()).toEqual(ids.filter((other) => other !== id).sort());
  }

  /** By receiver, then by sender: the expected calls, in order. */
  const expected = new Map(ids.map((id) => [id, new Map<number, string[]>(ids.map((from) => [from, []]))]));
  let count = 0;
  run(STEPS, () => {
    const side = random.pick(sides);
    for (const [id, said] of side.act(random, ids, ++count)) expected.get(id)?.get(side.id)?.push(said);
    if (random.chance(0.05)) random.pick(links).stall(random.integer(100, 1500));
  });
  run(400);
  for (const side of sides) {
    for (const from of ids) {
      const heard = side.heard.filter((line) => line.startsWith(`${from} `));
      const lines = expected.get(side.id)?.get(from) ?? [];
      // Only the beginning of long texts was recorded.
      expect(heard.map((line, at) => line.slice(0, lines[at]?.length))).toEqual(lines);
    }
    expect(side.heard.filter((line) => line.startsWith('bad'))).toEqual([]);
  }
}

describe('a game on a bad network: every call arrives once, in the order of its caller', () => {
  test.each(Array.from({ length: 30 }, (_, index) => index + 1))('seed %i', (seed) => play(seed));
});
