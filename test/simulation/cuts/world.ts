import { createHash } from 'node:crypto';
import { WebSocketPeer, WebSocketServer } from '../../../src/index.ts';
import { WebSocketMultiplayerPeer } from '../../../src/multiplayer/index.ts';
import { Random, VirtualClock, type VirtualLink, VirtualNetwork } from '../../../src/testing/index.ts';
import { player, squad, unit } from '../replication/side.ts';
import { Side } from './side.ts';

/** Milliseconds of a step. */
const STEP = 20;
const STEPS = 900;
/** Steps in which nothing is cut and nothing changes, after which all sides have to be equal. */
const LAST_STEPS = 1500;
const PLAYERS = 3;
/** Steps between two cuts of one player, on average. */
const CUT_EVERY = 250;

/** One player: its game, which may be another process after a cut, and what it was sent. */
class Guest {
  side: Side;
  link: VirtualLink | null = null;
  id = 0;
  isOut = false;
  /** When it tries to connect. */
  nextTry = 0;
  /** The last number that it was sent, by the server and by the other players. */
  readonly sent = new Map<number, number>();
  /** The first number of the server that has to arrive: what was sent before the last cut may be lost. */
  mustHearFrom = 1;
  cuts = 0;
  /** Numbers that it has heard in processes that have ended. */
  readonly earlier = new Map<number, number[]>();

  constructor(side: Side) {
    this.side = side;
  }

  heardOf(from: number): number[] {
    return [...(this.earlier.get(from) ?? []), ...(this.side.heard.get(from) ?? [])];
  }
}

export interface CutsResult {
  readonly cuts: number;
  readonly returns: number;
  /** What was wrong; null when nothing was. */
  readonly fault: string | null;
}

/** A server and players whose connections are cut at random, from a seed. */
export function runCuts(seed: number): CutsResult {
  const random = new Random(seed);
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, seed: random.integer(1, 2 ** 31) });
  const outboundBufferSize = random.pick([65_535, 65_535, 6000]);
  const sockets = new WebSocketServer({
    clock,
    allowedOrigins: '*',
    outboundBufferSize,
    heartbeatInterval: 2,
    pongTimeLimit: 2,
  });
  const server = new Side(clock, { graceTime: 100_000, heldPackets: 100_000, heldBytes: 2 ** 30 });
  const serverPeer = new WebSocketMultiplayerPeer({ clock });
  let nextId = 2;
  serverPeer.generateUniqueId = () => nextId++;
  serverPeer.createServerFrom(sockets);
  const { multiplayer } = server;
  const guests: Guest[] = [];
  const faults: string[] = [];
  let returns = 0;
  const giveToken = (id: number): void => {
    const token = multiplayer.getReturnToken(id);
    if (token !== null) server.giveToken(id, token);
  };
  const guestOf = (id: number): Guest | undefined => guests.find((guest) => guest.id === id);
  multiplayer.peerConnected.connect((id) => {
    giveToken(id);
    server.units.addChild(player.instantiate({ name: `${id}` }));
  });
  multiplayer.peerDisconnected.connect((id) => void faults.push(`${id} has left`));
  multiplayer.peerAway.connect((id) => {
    const guest = guestOf(id);
    if (guest !== undefined) guest.mustHearFrom = (guest.sent.get(1) ?? 0) + 1;
  });
  multiplayer.peerBack.connect((id, lost) => {
    returns++;
    if (lost > 0) faults.push(`${id} has lost ${lost}`);
    giveToken(id);
  });
  multiplayer.multiplayerPeer = serverPeer;

  const connect = (guest: Guest): void => {
    const conditions = {
      latency: random.integer(0, 150),
      jitter: random.pick([0, 50]),
      capacity: random.pick([65_536, 2000]),
    };
    guest.link = network.connect(conditions);
    const [near, far] = guest.link.ends;
    const socket = new WebSocketPeer({ clock, heartbeatInterval: 2, pongTimeLimit: 2 });
    socket.connectToStream(near, `ws://game.example/play?token=${guest.side.token}`);
    sockets.acceptStream(far);
    const peer = guest.side.newPeer(65_535);
    peer.createClientFrom(socket);
    guest.side.multiplayer.multiplayerPeer = peer;
    guest.isOut = false;
  };
  const watch = (guest: Guest): void => {
    const leave = (): void => {
      guest.isOut = true;
      guest.nextTry = clock.now() + random.integer(0, 3000);
    };
    const { serverDisconnected, connectionFailed } = guest.side.multiplayer;
    serverDisconnected.connect(leave);
    connectionFailed.connect(leave);
  };
  for (let count = 0; count < PLAYERS; count++) {
    const guest = new Guest(new Side(clock));
    watch(guest);
    guests.push(guest);
    connect(guest);
  }
  const reload = (guest: Guest): void => {
    for (const [from, numbers] of guest.side.heard) {
      guest.earlier.set(from, [...(guest.earlier.get(from) ?? []), ...numbers]);
    }
    const { token } = guest.side;
    guest.side.multiplayer.multiplayerPeer = null;
    guest.side = new Side(clock);
    guest.side.token = token;
    watch(guest);
    guest.isOut = true;
    guest.nextTry = clock.now() + random.integer(0, 3000);
  };
  const cut = (guest: Guest): void => {
    guest.cuts++;
    const { link, side } = guest;
    switch (random.integer(0, 3)) {
      case 0:
        link?.reset();
        break;
      case 1:
        link?.cut(); // nobody is notified
        break;
      case 2:
        link?.cut();
        reload(guest);
        break;
      default:
        (side.multiplayer.multiplayerPeer as WebSocketMultiplayerPeer | null)?.getPeer(1)?.close(1001);
        reload(guest);
    }
  };
  const change = (): void => {
    const nodes = server.units.getChildren();
    const node = nodes.length === 0 ? null : random.pick(nodes);
    const guest = random.pick(guests);
    switch (random.integer(0, 8)) {
      case 0:
        server.units.addChild(unit.instantiate({ name: `u${random.integer(0, 9)}` }));
        break;
      case 1:
        if (nodes.length < 20) server.units.addChild(squad.instantiate({ name: `s${random.integer(0, 3)}` }));
        break;
      case 2:
        if (node !== null && !player.isInstance(node) && nodes.length > 6) node.free();
        break;
      case 3:
        if (unit.isInstance(node)) node.hp = random.integer(0, 99);
        else if (squad.isInstance(node)) {
          const inner = node.getNode('Spawner');
          if (inner.getChildren().length < 3) inner.addChild(unit.instantiate({ name: 'm' }));
        }
        break;
      case 4:
        if (unit.isInstance(node)) node.x = random.integer(0, 99);
        else if (player.isInstance(node)) node.hp = random.integer(0, 99);
        break;
      case 5: {
        const own = guest.side.multiplayer.getNodeOrNull(`World/Units/${guest.id}`);
        if (!player.isInstance(own)) break;
        own.getNode('Inputs').motion = random.integer(0, 99);
        own.getNode('Inputs').shots = random.integer(0, 99);
        break;
      }
      case 6: {
        if (!multiplayer.getPeers().includes(guest.id)) break;
        const count = (guest.sent.get(1) ?? 0) + 1;
        guest.sent.set(1, count);
        if (server.say(guest.id, count) !== 0 && guest.mustHearFrom <= count) guest.mustHearFrom = count + 1;
        break;
      }
      default: {
        const other = random.pick(guests);
        if (other === guest || !guest.side.multiplayer.getPeers().includes(other.id)) break;
        const count = (other.sent.get(guest.id) ?? 0) + 1;
        other.sent.set(guest.id, count);
        guest.side.say(other.id, count); // the sender does not learn whether it arrives
      }
    }
  };
  const step = (isQuiet: boolean): void => {
    if (!isQuiet) {
      change();
      for (const guest of guests)
        if (guest.side.token !== '' && !guest.isOut && random.chance(1 / CUT_EVERY)) cut(guest);
    }
    clock.advance(STEP);
    multiplayer.poll();
    for (const guest of guests) {
      guest.side.multiplayer.poll();
      // Before the first connection, it is peer 1 without others.
      const id = guest.side.id > 1 ? guest.side.id : 0;
      if (guest.id === 0) guest.id = id;
      else if (id !== 0 && id !== guest.id) faults.push(`${guest.id} has come back as ${id}`);
      if (guest.isOut && clock.now() >= guest.nextTry && guest.side.token !== '') connect(guest);
    }
  };
  for (let count = 0; count < STEPS && faults.length === 0; count++) step(false);
  // A dark link is noticed by the heartbeat; everybody comes back.
  for (let count = 0; count < LAST_STEPS && faults.length === 0; count++) step(true);

  const hash = (side: Side): string => createHash('sha256').update(side.dump()).digest('hex');
  for (const guest of guests) {
    if (guest.side.id !== guest.id) faults.push(`${guest.id} is not back`);
    else if (hash(guest.side) !== hash(server)) {
      const [here, there] = [new Set(server.dump().split('\n')), new Set(guest.side.dump().split('\n'))];
      const missing = [...here].filter((line) => !there.has(line));
      const other = [...there].filter((line) => !here.has(line));
      faults.push(`${guest.id} has another state: not ${missing.join('; ')}, but ${other.join('; ')}`);
    }
    for (const from of [1, ...guests.map(({ id }) => id)]) {
      const heard = guest.heardOf(from);
      if (heard.some((count, index) => index > 0 && count <= heard[index - 1]!)) {
        faults.push(`${guest.id} has heard of ${from} out of order: ${heard}`);
      }
    }
    const heard = new Set(guest.heardOf(1));
    for (let count = guest.mustHearFrom; count <= (guest.sent.get(1) ?? 0); count++) {
      if (!heard.has(count)) faults.push(`${guest.id} has not heard ${count}`);
    }
    faults.push(...guest.side.bad);
  }
  faults.push(...server.bad);
  const [fault = null] = faults;
  sockets[Symbol.dispose]();
  return { cuts: guests.reduce((sum, { cuts }) => sum + cuts, 0), returns, fault };
}
