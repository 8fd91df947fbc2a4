import { type Failure, isFailure } from '../../failure.ts';
import { CloseCode } from '../../protocol/index.ts';
import { WebSocketPeer, type WebSocketServer } from '../../websocket/index.ts';
import { AddressCounts, WrongCodes } from '../limits/address-counts.ts';
import type { RoomsLimits } from '../limits/rooms-limits.ts';
import { Room } from '../room/room.ts';
import { checkedRefusal, type EntryRefusal, RoomCloseCode, refusalFor } from '../room/room-close-code.ts';
import type { CheckedKind } from '../room/room-kind.ts';
import { EntryRequest } from './entry-request.ts';

/** How long a client waits for a saved room. Milliseconds. */
const LOADING_TIME = 10_000;
const NOT_LOADED: EntryRefusal = { code: CloseCode.INTERNAL_ERROR, reason: 'the room could not be loaded' };

/** Which room a client enters, or why none; null to decide by its URL. */
export type Enter = (request: EntryRequest) => Room | EntryRefusal | Failure | null;

/** What the entrance asks its `Rooms` to do. */
export interface EntranceHost {
  isStopping(): boolean;
  /** Whether a saved room may have the code that is asked for, but none is opened now. */
  isDraining(): boolean;
  /** How many clients there are. */
  players(): number;
  now(): number;
  kindOf(name: string): CheckedKind | undefined;
  find(code: string): Room | null;
  /** Makes a room with a code that a client of `addressKey` has asked for. */
  create(kind: string, code: string, addressKey: string): Room | Failure;
  /** Whether another process has, or is about to have, a room with this code. */
  isElsewhere(code: string): boolean;
  /** Reads the saved room with a code; null where rooms are not saved, and while none are opened. */
  load(code: string): Loading | null;
  /** Opens a saved room. */
  restore(code: string, saved: string): Room | Failure;
  quickMatch(kind: string, addressKey: string): Room | Failure;
  /** A player comes back by the token of its URL. Returns why it cannot. */
  readmit(peer: WebSocketPeer, address: string, addressKey: string, request: EntryRequest): Failure | null;
  /** The client enters. Returns why it cannot. */
  admit(peer: WebSocketPeer, address: string, addressKey: string, room: Room): Failure | null;
  onRefused(address: string, refusal: EntryRefusal): void;
  onError(error: unknown): void;
}

/** A saved room that is read for a client: a part of `RoomSaver`. */
export interface Loading {
  readonly isDone: boolean;
  /** Null when nothing is stored. */
  readonly text: string | null;
  readonly hasFailed: boolean;
}

/** A new client. */
interface Newcomer {
  readonly peer: WebSocketPeer;
  readonly address: string;
  readonly key: string;
}

/** A client that asks for a code that no open room has. */
interface Sought extends Newcomer {
  readonly code: string;
  readonly kind: string;
}

/** A client whose room is being read. */
interface Waiting extends Sought {
  readonly loading: Loading;
  readonly deadline: number;
}

export interface EntranceOptions {
  readonly enter: Enter | null;
  readonly versions: readonly string[] | null;
  readonly limits: Required<RoomsLimits>;
  /** Whether players of any kind of rooms come back by a token. */
  readonly mayReturn: boolean;
  /** The kinds of which a client can open a room with a code. */
  readonly byCode: readonly string[];
}

/** Decides which room a new client enters. One that is refused is told why with a close code, before it gets an id. */
export class Entrance {
  readonly addresses: AddressCounts = new AddressCounts();
  readonly #server: WebSocketServer;
  readonly #options: EntranceOptions;
  readonly #host: EntranceHost;
  readonly #wrongCodes: WrongCodes;
  readonly #waiting = new Set<Waiting>();

  constructor(server: WebSocketServer, options: EntranceOptions, host: EntranceHost) {
    this.#server = server;
    this.#options = options;
    this.#host = host;
    this.#wrongCodes = new WrongCodes(options.limits.wrongCodesPerMinute);
  }

  /** Lets in, or refuses, every client that has connected. */
  admitAll(): void {
    for (const waiting of this.#waiting) this.#look(waiting);
    for (let peer = this.#server.takePeer(); peer !== null; peer = this.#server.takePeer()) {
      const address = this.#server.getClientAddress(peer) || peer.getConnectedHost();
      const newcomer = { peer, address, key: this.#server.getClientAddressKey(peer) };
      this.#handle(newcomer, () => this.#decide(newcomer));
    }
  }

  /** The kind of the room that a code opens which no room has; null for none. `kind`: what the client asks for, or empty. */
  opens(kind: string): string | null {
    const { byCode } = this.#options;
    const opened = kind === '' && byCode.length === 1 ? byCode[0]! : kind;
    return byCode.includes(opened) ? opened : null;
  }

  /** Refuses a client for which `decide` returns why, or throws. */
  #handle({ peer, address }: Newcomer, decide: () => EntryRefusal | null): void {
    let refusal: EntryRefusal | null;
    try {
      refusal = decide();
    } catch (error) {
      peer.close(CloseCode.INTERNAL_ERROR);
      this.#host.onError(error);
      return;
    }
    if (refusal === null) return;
    this.#host.onRefused(address, refusal);
    peer.close(refusal.code, refusal.reason);
  }

  /** Why the client is refused; null when it has entered, or waits. */
  #decide(newcomer: Newcomer): EntryRefusal | null {
    const { peer, address, key } = newcomer;
    const { versions, enter, mayReturn } = this.#options;
    const handshake = peer.getHandshakeRequest();
    const request = handshake === null ? null : new EntryRequest(handshake, address);
    // The place of a player who comes back is its own, whatever the limits.
    const isBack = mayReturn && request !== null && request.token !== '' && !this.#host.isStopping();
    const refusal = isBack ? null : this.#checkLimits(newcomer);
    if (refusal !== null) return refusal;
    if (request === null) return refuse(RoomCloseCode.BAD_REQUEST, 'the connection has no URL');
    if (versions !== null && !versions.includes(request.version)) {
      return refuse(RoomCloseCode.WRONG_VERSION, `version ${versions.join(' or ')} is needed`);
    }
    if (isBack) {
      const failure = this.#host.readmit(peer, address, key, request);
      return failure === null ? null : refusalFor(failure);
    }
    const decided = enter?.(request) ?? null;
    const chosen = decided ?? this.#byUrl(request, newcomer);
    if (chosen === null) return null;
    if (chosen instanceof Room || isFailure(chosen)) return this.#enter(newcomer, chosen);
    return decided === null ? chosen : checkedRefusal(chosen);
  }

  #checkLimits({ key }: Newcomer): EntryRefusal | null {
    const { limits } = this.#options;
    const host = this.#host;
    if (host.isStopping()) return refuse(RoomCloseCode.STOPPING, 'the server stops');
    if (host.players() + this.#waiting.size >= limits.players) {
      return refuse(RoomCloseCode.TOO_MANY, 'the server is full');
    }
    if (this.addresses.of(key) < limits.playersPerAddress) return null;
    return refuse(RoomCloseCode.TOO_MANY, 'too many players of one address');
  }

  #enter({ peer, address, key }: Newcomer, room: Room | Failure): EntryRefusal | null {
    if (isFailure(room)) return refusalFor(room);
    if (room.isClosed) return refuse(RoomCloseCode.CLOSED, 'the room is closed');
    if (room.isLocked) return refuse(RoomCloseCode.FULL, 'the room is locked');
    if (!room.hasPlace) return refuse(RoomCloseCode.FULL, 'the room is full');
    const failure = this.#host.admit(peer, address, key, room);
    return failure === null ? null : refusalFor(failure);
  }

  /** Null when the client waits. */
  #byUrl(request: EntryRequest, newcomer: Newcomer): Room | Failure | EntryRefusal | null {
    const host = this.#host;
    const { key } = newcomer;
    const { code, kind } = request;
    if (code === null) return refuse(RoomCloseCode.BAD_REQUEST, 'that is no code of a room');
    if (code === '') {
      if (kind === '') return refuse(RoomCloseCode.BAD_REQUEST, 'the URL asks for no room');
      if (host.kindOf(kind)?.opensByKind === true) return host.quickMatch(kind, key);
      return refuse(RoomCloseCode.BAD_REQUEST, 'a room of that kind needs a code');
    }
    const now = host.now();
    if (!this.#wrongCodes.allows(key, this.#codesOf(key, code), now)) {
      return refuse(RoomCloseCode.TOO_MANY, 'too many wrong codes: try later');
    }
    const room = host.find(code);
    if (room !== null) return room;
    const loading = host.load(code);
    if (loading === null || loading.isDone) return this.#open({ ...newcomer, code, kind }, loading);
    this.#waiting.add({ ...newcomer, code, kind, loading, deadline: now + LOADING_TIME });
    this.addresses.add(key);
    return null;
  }

  /** How many codes an address tries: `code`, and those that are being loaded. */
  #codesOf(key: string, code: string): number {
    const codes = new Set([code]);
    for (const waiting of this.#waiting) if (waiting.key === key) codes.add(waiting.code);
    return codes.size;
  }

  /** Looks at a client that waits. */
  #look(waiting: Waiting): void {
    const { peer, key, loading, deadline } = waiting;
    const isOpen = peer.getReadyState() === WebSocketPeer.STATE_OPEN;
    const isOver = this.#host.now() >= deadline;
    if (isOpen && !loading.isDone && !isOver && !this.#host.isStopping()) return;
    this.#waiting.delete(waiting);
    this.addresses.remove(key);
    if (!isOpen) return;
    this.#handle(waiting, () => {
      const refusal = this.#checkLimits(waiting);
      if (refusal !== null) return refusal;
      if (!loading.isDone) return NOT_LOADED;
      const room = this.#host.find(waiting.code) ?? this.#open(waiting, loading);
      return room instanceof Room || isFailure(room) ? this.#enter(waiting, room) : room;
    });
  }

  /** There is no open room with the code. `loading`: what the store has; null where rooms are not saved. */
  #open({ code, kind, key }: Sought, loading: Loading | null): Room | Failure | EntryRefusal {
    const host = this.#host;
    if (loading?.hasFailed === true) return NOT_LOADED;
    if (typeof loading?.text === 'string') return host.restore(code, loading.text);
    if (host.isElsewhere(code))
      return refuse(RoomCloseCode.STOPPING, 'the room cannot be opened here at present: try again');
    const opened = this.opens(kind);
    if (opened !== null) return host.create(opened, code, key);
    this.#wrongCodes.count(key, host.now());
    if (host.isDraining()) return refuse(RoomCloseCode.STOPPING, 'the server opens no more rooms');
    return refuse(RoomCloseCode.UNKNOWN_ROOM, `there is no room ${code}`);
  }
}

function refuse(code: RoomCloseCode, reason: string): EntryRefusal {
  return { code, reason };
}
