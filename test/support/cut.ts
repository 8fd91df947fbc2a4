import {
  rpc,
  SceneMultiplayer,
  type SceneMultiplayerOptions,
  WebSocketMultiplayerPeer,
} from '../../src/multiplayer/index.ts';
import { StreamPeerMemory } from '../../src/stream/index.ts';
import { string } from '../../src/variant/index.ts';
import { WebSocketPeer, WebSocketServer } from '../../src/websocket/index.ts';
import { FakeClock } from './fake-clock.ts';

/** A game whose connection can be cut, and which can connect again. */
export class CutGuest {
  readonly multiplayer: SceneMultiplayer;
  peer!: WebSocketMultiplayerPeer;
  socket!: WebSocketPeer;
  stream!: StreamPeerMemory;
  /** Nothing moves on its connection. */
  isStalled = false;
  /** Its loop does not run, and its connection is open. */
  isAsleep = false;
  readonly #server: CutServer;
  readonly #told: string[] = [];
  #id = 0;

  constructor(server: CutServer, token: string) {
    this.#server = server;
    this.multiplayer = new SceneMultiplayer({ clock: server.clock });
    this.multiplayer.peerConnected.connect((id) => void this.#told.push(`+${id}`));
    this.multiplayer.peerDisconnected.connect((id) => void this.#told.push(`-${id}`));
    this.multiplayer.serverDisconnected.connect(() => void this.#told.push('lost'));
    this.multiplayer.connectionFailed.connect(() => void this.#told.push('failed'));
    this.multiplayer.badPacket.connect((_, { code, message }) => void this.#told.push(`${code} ${message}`));
    this.connect(token);
  }

  /** The last one, once it is gone. */
  get id(): number {
    this.#id = this.multiplayer.getUniqueId() || this.#id;
    return this.#id;
  }

  /** Connects, again if it was connected before. */
  connect(token: string): void {
    const { clock, sockets } = this.#server;
    const [near, far] = StreamPeerMemory.pair({ capacity: this.#server.capacity });
    this.stream = near;
    this.isStalled = false;
    this.socket = new WebSocketPeer({ clock });
    this.socket.connectToStream(near, `ws://game.example/play?token=${token}`);
    sockets.acceptStream(far);
    this.peer = new WebSocketMultiplayerPeer({ clock });
    this.peer.createClientFrom(this.socket);
    this.multiplayer.multiplayerPeer = this.peer;
  }

  /** What was told since the last call. */
  news(): string[] {
    return this.#told.splice(0);
  }
}

/** A server in memory whose players come back, and a clock that the test moves. */
export class CutServer {
  readonly clock: FakeClock = new FakeClock();
  readonly sockets: WebSocketServer;
  readonly peer: WebSocketMultiplayerPeer;
  readonly multiplayer: SceneMultiplayer;
  readonly guests: CutGuest[] = [];
  readonly capacity: number;
  readonly #told: string[] = [];

  constructor(options: Omit<SceneMultiplayerOptions, 'clock'> = {}, outboundBufferSize = 65_535, capacity = 65_536) {
    const { clock } = this;
    this.capacity = capacity;
    this.sockets = new WebSocketServer({ clock, allowedOrigins: '*', outboundBufferSize });
    this.peer = new WebSocketMultiplayerPeer({ clock });
    this.peer.createServerFrom(this.sockets);
    this.multiplayer = new SceneMultiplayer({ returning: true, ...options, clock });
    this.multiplayer.multiplayerPeer = this.peer;
    const tell = (name: string) => (id: number, detail: unknown) => {
      const what = typeof detail === 'object' && detail !== null && 'code' in detail ? detail.code : detail;
      this.#told.push([name, id, what ?? ''].join(' ').trim());
    };
    this.multiplayer.peerConnected.connect((id) => tell('+')(id, null));
    this.multiplayer.peerDisconnected.connect(tell('-'));
    this.multiplayer.peerAsleep.connect((id) => tell('asleep')(id, null));
    this.multiplayer.peerAwake.connect((id) => tell('awake')(id, null));
    this.multiplayer.peerAway.connect(tell('away'));
    this.multiplayer.peerBack.connect(tell('back'));
    this.multiplayer.badPacket.connect((id, { code, message }) => void this.#told.push(`bad ${id} ${code} ${message}`));
  }

  /** What was told since the last call. */
  news(): string[] {
    return this.#told.splice(0);
  }

  guest(token = ''): CutGuest {
    const guest = new CutGuest(this, token);
    this.guests.push(guest);
    return guest;
  }

  /** A client that was admitted. */
  enter(token = ''): CutGuest {
    const guest = this.guest(token);
    this.settle();
    if (guest.id === 0) throw new Error(`not in: ${guest.socket.getCloseCode()} ${guest.socket.getCloseReason()}`);
    return guest;
  }

  /** The token with which a guest comes back. */
  tokenOf({ id }: CutGuest): string {
    const token = this.multiplayer.getReturnToken(id);
    if (token === null) throw new Error(`${id} has no token`);
    return token;
  }

  /** One turn of everybody's loop, `milliseconds` later. */
  turn(milliseconds = 20): void {
    this.clock.advance(milliseconds);
    for (const { stream, isStalled } of this.guests) {
      this.clock.endTurn();
      if (!isStalled) stream.poll();
      this.clock.endTurn();
    }
    this.multiplayer.poll();
    for (const { multiplayer, isAsleep } of this.guests) if (!isAsleep) multiplayer.poll();
  }

  /** As many turns as everything takes that is under way. */
  settle(turns = 12): void {
    for (let turn = 0; turn < turns; turn++) this.turn();
  }

  /** The connection of a guest breaks. */
  cut(guest: CutGuest): void {
    guest.stream.breakBoth();
    this.settle(2);
  }

  /** A guest comes back in the same process. */
  reconnect(guest: CutGuest, token: string): void {
    guest.connect(token);
    this.settle();
  }

  /** A guest's process ends, and another one comes back. */
  reload(guest: CutGuest, token: string): CutGuest {
    this.guests.splice(this.guests.indexOf(guest), 1);
    return this.enter(token);
  }
}

/** The node `Main` at the server, and at a guest, where what arrives is noted. */
export function serverMain(server: CutServer) {
  return server.multiplayer.node('Main', { say: rpc.authority([string]), ask: rpc.anyPeer([string]) });
}

export function guestMain({ multiplayer }: CutGuest): string[] {
  const heard: string[] = [];
  multiplayer.node('Main', {
    say: rpc.authority([string], (_, text) => void heard.push(text)),
    ask: rpc.anyPeer([string]),
  });
  return heard;
}
