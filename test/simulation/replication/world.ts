import { ErrorCode } from '../../../src/error-code.ts';
import { WebSocketPeer, WebSocketServer } from '../../../src/index.ts';
import {
  ConnectionStatus,
  type MultiplayerSynchronizer,
  type ReplicatedNode,
  WebSocketMultiplayerPeer,
} from '../../../src/multiplayer/index.ts';
import { Random, VirtualClock, type VirtualLink, VirtualNetwork } from '../../../src/testing/index.ts';
import { type Action, type ReplicationPlan, STEPS } from './plan.ts';
import { type PeerClass, player, Side, squad, unit, valuesOf } from './side.ts';

/** Milliseconds of a step. */
const STEP = 30;
/** Steps in which the network has recovered and the sides have to become equal: longer than paths are sent again. */
const LAST_STEPS = 5000;
const MOST_CLIENTS = 4;

/** A client and its link. */
interface Connected {
  readonly side: Side;
  readonly link: VirtualLink;
}

/** What the server has declared of a node that it has spawned, so that the world knows who sees it. */
interface Spawned {
  readonly node: ReplicatedNode;
  readonly sync: MultiplayerSynchronizer;
  readonly outer: Spawned | null;
  isPublic: boolean;
  /** The ids for which it was made visible. */
  readonly visibleFor: Set<number>;
  /** Ids with this remainder modulo 2 do not see it; null for no filter. */
  hiddenFrom: number | null;
}

/** A server and its clients. `run` returns what is wrong at the end; null when nothing is. */
class World {
  readonly #plan: ReplicationPlan;
  readonly #Peer: PeerClass;
  readonly #clock = new VirtualClock();
  readonly #network: VirtualNetwork;
  readonly #sockets: WebSocketServer;
  readonly #server: Side;
  readonly #random: Random;
  #clients: Connected[] = [];
  #spawned: Spawned[] = [];
  readonly #held = new Set<number>();
  #stateAuthority = 1;
  #count = 0;
  #lastId = 1;

  constructor(plan: ReplicationPlan, Peer: PeerClass) {
    this.#plan = plan;
    this.#Peer = Peer;
    this.#random = new Random(plan.seed);
    const clock = this.#clock;
    const { seed, capacity } = plan;
    this.#network = new VirtualNetwork({ clock, seed, capacity, latency: 25, jitter: 30, loss: 0.01 });
    this.#sockets = new WebSocketServer({ clock, outboundBufferSize: plan.outboundBufferSize });
    this.#server = new Side(clock, plan, Peer, 1);
    if (this.#server.peer.createServerFrom(this.#sockets) !== ErrorCode.OK) throw new Error('no server');
    this.#server.multiplayer.multiplayerPeer = this.#server.peer;
    this.#server.peer.generateUniqueId = () => this.#freeId();
    this.#server.multiplayer.peerDisconnected.connect((id) => this.#forget(id));
  }

  run(): string | null {
    this.#join();
    const { actions } = this.#plan;
    let at = 0;
    for (let step = 0; step < STEPS; step++) {
      this.#advance();
      for (; actions[at]?.step === step; at++) this.#act(actions[at]!);
    }
    let fault: string | null = null;
    for (let step = 0; step < LAST_STEPS; step++) {
      this.#advance();
      if (step < 100 || step % 20 !== 0) continue;
      fault = this.#fault();
      if (fault === null) break;
    }
    return fault ?? this.#badPackets();
  }

  /** Ids are used again soon: what is kept for one that has left would show. */
  #freeId(): number {
    const used = new Set([...this.#server.multiplayer.getPeers(), ...this.#clients.map(({ side }) => side.id)]);
    do this.#lastId = this.#lastId >= 9 ? 2 : this.#lastId + 1;
    while (used.has(this.#lastId));
    return this.#lastId;
  }

  #badPackets(): string | null {
    for (const { id, bad } of this.#sides()) if (bad.length > 0) return `${id} has refused: ${bad[0]}`;
    return null;
  }

  #sides(): Side[] {
    return [this.#server, ...this.#clients.map(({ side }) => side)];
  }

  #advance(): void {
    this.#clock.advance(STEP);
    for (const { multiplayer } of this.#sides()) if (this.#random.chance(0.9)) multiplayer.poll();
    this.#clients = this.#clients.filter(({ side }) => {
      const isThere = side.peer.getConnectionStatus() !== ConnectionStatus.CONNECTION_DISCONNECTED;
      if (!isThere) this.#forget(side.id);
      return isThere;
    });
  }

  /** A client that has left: its id has no rights any longer. */
  #forget(id: number): void {
    this.#held.delete(id);
    for (const { visibleFor } of this.#spawned) visibleFor.delete(id);
    if (id === this.#stateAuthority) this.#giveState(1);
  }

  #giveState(id: number): void {
    this.#stateAuthority = id;
    for (const { state } of this.#sides()) state.setMultiplayerAuthority(id);
  }

  #join(): void {
    if (this.#clients.length >= MOST_CLIENTS) return;
    const link = this.#network.connect();
    const { outboundBufferSize } = this.#plan;
    const clock = this.#clock;
    const socket = new WebSocketPeer({ clock, outboundBufferSize });
    socket.connectToStream(link.ends[0], 'ws://game.test');
    this.#sockets.acceptStream(link.ends[1]);
    const side = new Side(clock, this.#plan, this.#Peer, this.#stateAuthority);
    if (side.peer.createClientFrom(socket) !== ErrorCode.OK) throw new Error('no client');
    side.multiplayer.multiplayerPeer = side.peer;
    this.#clients.push({ side, link });
  }

  #ready(): Connected[] {
    const ids = this.#server.multiplayer.getPeers();
    return this.#clients.filter(({ side }) => ids.includes(side.id));
  }

  #act({ kind, one, other }: Action): void {
    const ready = this.#ready();
    const client = ready[one % Math.max(1, ready.length)];
    const target = this.#spawned[other % Math.max(1, this.#spawned.length)];
    const value = ++this.#count;
    if (kind === 'join') this.#join();
    else if (kind.startsWith('spawn')) this.#spawn(kind, client, one, other);
    else if (kind === 'state') this.#setState(value);
    if (target !== undefined) this.#change(kind, target, client?.side.id, value);
    if (client !== undefined) this.#treat(kind, client, value, other);
  }

  #spawn(kind: Action['kind'], client: Connected | undefined, one: number, other: number): void {
    const add = (node: ReplicatedNode, sync: MultiplayerSynchronizer, outer: Spawned | null): void => {
      const isPublic = other % 3 !== 0;
      sync.publicVisibility = isPublic;
      sync.replicationInterval = this.#plan.interval;
      sync.deltaInterval = this.#plan.interval;
      const around =
        outer !== null && squad.isInstance(outer.node) ? outer.node.getNode('Spawner') : this.#server.units;
      if (around.addChild(node) !== ErrorCode.OK) throw new Error('not added');
      this.#spawned.push({ node, sync, outer, isPublic, visibleFor: new Set(), hiddenFrom: null });
    };
    if (kind === 'spawn unit' || kind === 'spawn member') {
      const squads = this.#spawned.filter(({ node }) => squad.isInstance(node));
      const outer = kind === 'spawn unit' ? null : squads[one % Math.max(1, squads.length)];
      if (outer === undefined) return;
      const node = unit.instantiate({ name: `u${one % 4}`, x: one, title: `t${this.#count}` });
      add(node, node.getNode('Sync'), outer);
    } else if (kind === 'spawn squad') {
      const node = squad.instantiate({ name: `s${one % 2}` });
      add(node, node.getNode('Sync'), null);
    } else if (client !== undefined) {
      const name = String(client.side.id);
      if (this.#spawned.some(({ node }) => node.name === name)) return;
      const node = player.instantiate({ name });
      add(node, node.getNode('Sync'), null);
    }
  }

  #change(kind: Action['kind'], target: Spawned, id: number | undefined, value: number): void {
    const { node, sync } = target;
    if (kind === 'free') {
      node.free();
      this.#spawned = this.#spawned.filter((one) => one !== target && one.outer !== target);
    } else if (kind === 'set') {
      if (squad.isInstance(node) || player.isInstance(node)) node.x = value;
      else if (unit.isInstance(node)) node.hp = value;
      if (player.isInstance(node)) node.hp = -value;
    } else if (kind === 'change in place') {
      if (unit.isInstance(node)) append(node.tags, value);
    } else if (kind === 'public') {
      target.isPublic = !target.isPublic;
      sync.publicVisibility = target.isPublic;
    } else if (kind === 'visible for' && id !== undefined) {
      const isVisible = !target.visibleFor.has(id);
      if (isVisible) target.visibleFor.add(id);
      else target.visibleFor.delete(id);
      sync.setVisibilityFor(id, isVisible);
    } else if (kind === 'filter') {
      if (target.hiddenFrom === null) sync.addVisibilityFilter((peer) => peer % 2 !== target.hiddenFrom);
      target.hiddenFrom = value % 3;
    }
  }

  #setState(value: number): void {
    const side = this.#sides().find(({ id }) => id === this.#stateAuthority);
    if (side === undefined) return;
    side.state.tick = value;
    if (value % 2 === 0) side.state.label = `label ${value}`;
    else append(side.state.list, value);
  }

  #treat(kind: Action['kind'], { side, link }: Connected, value: number, other: number): void {
    const { id } = side;
    if (kind === 'hold') {
      this.#server.units.holdFor(id);
      this.#held.add(id);
    } else if (kind === 'release') {
      this.#server.units.releaseFor(id);
      this.#held.delete(id);
    } else if (kind === 'state authority') {
      this.#giveState(other % 2 === 0 ? 1 : id);
    } else if (kind === 'input') {
      const own = side.multiplayer.getNodeOrNull(`World/Units/${id}`);
      if (!player.isInstance(own)) return;
      own.getNode('Inputs').motion = value;
      own.getNode('Inputs').shots++;
    } else if (kind === 'leave') {
      side.peer.close();
    } else if (kind === 'reset') {
      link.reset();
    } else if (kind === 'stall') {
      link.stall(100 + other * 6);
    }
  }

  #isSeen({ outer, isPublic, visibleFor, hiddenFrom }: Spawned, id: number): boolean {
    if (outer !== null && !this.#isSeen(outer, id)) return false;
    return (isPublic || visibleFor.has(id)) && id % 2 !== hiddenFrom;
  }

  /** What differs between the server and a client, or the other way round. */
  #fault(): string | null {
    const server = this.#server;
    for (const id of this.#held) server.units.releaseFor(id);
    this.#held.clear();
    const ready = this.#ready();
    const authority = this.#sides().find(({ id }) => id === this.#stateAuthority);
    const canRelay = this.#plan.hasRelay || this.#stateAuthority === 1;
    for (const { side } of ready) {
      const expected = new Map<string, string>();
      for (const one of this.#spawned)
        if (this.#isSeen(one, side.id)) expected.set(one.node.getPath(), valuesOf(one.node));
      const found = new Map([...side.nodes()].map(([path, node]) => [path, valuesOf(node)]));
      for (const [path, values] of expected) {
        if (found.get(path) !== values) return `${side.id}: ${path} is ${found.get(path)} instead of ${values}`;
      }
      for (const path of found.keys()) if (!expected.has(path)) return `${side.id}: ${path} is there`;
      if (authority === undefined) continue;
      const [ours, theirs] = [authority, side].map(({ state }) =>
        JSON.stringify([state.tick, state.label, state.list]),
      );
      if (canRelay && ours !== theirs) return `${side.id}: the state is ${theirs} instead of ${ours}`;
    }
    if (authority !== undefined && authority !== server) {
      const [ours, theirs] = [authority, server].map(({ state }) =>
        JSON.stringify([state.tick, state.label, state.list]),
      );
      if (ours !== theirs) return `the server's state is ${theirs} instead of ${ours}`;
    }
    return this.#inputFault(ready.map(({ side }) => side));
  }

  #inputFault(clients: readonly Side[]): string | null {
    for (const owner of clients) {
      const path = `World/Units/${owner.id}`;
      const inputsOf = ({ multiplayer }: Side): string | null => {
        const node = multiplayer.getNodeOrNull(path);
        if (!player.isInstance(node)) return null;
        const { motion, shots } = node.getNode('Inputs');
        return `${motion} ${shots}`;
      };
      const ours = inputsOf(owner);
      if (ours === null) continue;
      const others = this.#plan.hasRelay ? clients : [];
      for (const side of [this.#server, ...others]) {
        const theirs = inputsOf(side);
        if (theirs !== null && theirs !== ours)
          return `${side.id}: the inputs of ${owner.id} are ${theirs} instead of ${ours}`;
      }
    }
    return null;
  }
}

/** Changes a list in place, which stays so short that it fits into the smallest buffer. */
function append(list: unknown[], value: number): void {
  list.push(value);
  if (list.length > 6) list.shift();
}

/** Runs a world. Returns what is wrong at its end, or what was thrown; null when nothing is. */
export function runReplication(plan: ReplicationPlan, Peer: PeerClass = WebSocketMultiplayerPeer): string | null {
  try {
    return new World(plan, Peer).run();
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}
