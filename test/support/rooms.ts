import { type MethodsOf, SceneMultiplayer, WebSocketMultiplayerPeer } from '../../src/multiplayer/index.ts';
import { Room, type RoomKinds, Rooms, type RoomsOptions } from '../../src/rooms/index.ts';
import { StreamPeerMemory } from '../../src/stream/index.ts';
import { State, WebSocketPeer, WebSocketServer, type WebSocketServerOptions } from '../../src/websocket/index.ts';
import { FakeClock } from './fake-clock.ts';

/** A game at the other end of a stream in memory, with its signals, in order. */
export class Guest {
  readonly socket: WebSocketPeer;
  readonly multiplayer: SceneMultiplayer;
  readonly peer: WebSocketMultiplayerPeer;
  readonly stream: StreamPeerMemory;
  /** Its loop does not run. */
  isAsleep = false;
  readonly #told: string[] = [];
  #id = 0;

  constructor(clock: FakeClock, server: WebSocketServer, target: string, capacity: number) {
    const [near, far] = StreamPeerMemory.pair({ capacity });
    this.stream = near;
    this.socket = new WebSocketPeer({ clock });
    this.socket.connectToStream(near, `ws://rooms.example${target}`);
    server.acceptStream(far);
    this.peer = new WebSocketMultiplayerPeer({ clock });
    this.peer.createClientFrom(this.socket);
    this.multiplayer = new SceneMultiplayer({ clock });
    this.multiplayer.multiplayerPeer = this.peer;
    this.multiplayer.peerConnected.connect((id) => void this.#told.push(`+${id}`));
    this.multiplayer.peerDisconnected.connect((id) => void this.#told.push(`-${id}`));
    this.multiplayer.badPacket.connect((_, { code }) => void this.#told.push(code));
    this.multiplayer.checksumMismatch.connect((_, { code }) => void this.#told.push(code));
  }

  /** The last one, once it is gone. */
  get id(): number {
    this.#id = this.multiplayer.getUniqueId() || this.#id;
    return this.#id;
  }

  /** The peers that it sees besides the server. */
  get others(): number[] {
    return this.multiplayer.getPeers().filter((id) => id !== 1);
  }

  /** The code and the reason with which its connection was closed; null while it is open. */
  get refusal(): readonly [number, string] | null {
    return this.socket.getReadyState() === State.STATE_CLOSED
      ? [this.socket.getCloseCode(), this.socket.getCloseReason()]
      : null;
  }

  /** What was told since the last call. */
  news(): string[] {
    return this.#told.splice(0);
  }
}

/** Rooms and their players in memory, with a clock that the test moves. */
export class House<const Kinds extends RoomKinds> {
  readonly clock: FakeClock = new FakeClock();
  readonly server: WebSocketServer;
  readonly rooms: Rooms<Kinds>;
  readonly guests: Guest[] = [];

  constructor(options: Omit<RoomsOptions<Kinds>, 'clock'>, server: WebSocketServerOptions = {}) {
    this.server = new WebSocketServer({ clock: this.clock, ...server });
    this.rooms = new Rooms(this.server, { ...options, clock: this.clock });
  }

  /** A client with this path and query. */
  guest(target: string, capacity = 65_536): Guest {
    const guest = new Guest(this.clock, this.server, target, capacity);
    this.guests.push(guest);
    return guest;
  }

  /** A client that has entered. */
  enter(target: string): Guest {
    const guest = this.guest(target);
    this.settle();
    if (guest.id === 0) throw new Error(`not in: ${guest.refusal}`);
    return guest;
  }

  /** One turn of everybody's loop, `milliseconds` later. */
  turn(milliseconds = 40): void {
    this.clock.advance(milliseconds);
    for (const { stream } of this.guests) {
      this.clock.endTurn();
      stream.poll();
      this.clock.endTurn();
    }
    this.rooms.poll();
    for (const { isAsleep, multiplayer } of this.guests) if (!isAsleep) multiplayer.poll();
  }

  /** As many turns as everything takes that is under way. */
  settle(turns = 12): void {
    for (let turn = 0; turn < turns; turn++) this.turn();
  }
}

/** The room, where a call can also fail. */
export function roomOf<Logic>(result: Room<Logic> | { readonly code: string; readonly message: string }): Room<Logic> {
  if (result instanceof Room) return result;
  throw new Error(`${result.code}: ${result.message}`);
}

/** A node's methods on both sides. */
export function declare<const Methods extends MethodsOf>(
  multiplayer: SceneMultiplayer,
  path: string,
  methods: Methods,
) {
  return multiplayer.node(path, methods);
}
