import { type Failure, isFailure } from '../../failure.ts';
import { CloseCode } from '../../protocol/index.ts';
import type { WebSocketPeer, WebSocketServer } from '../../websocket/index.ts';
import { AddressCounts, WrongCodes } from '../limits/address-counts.ts';
import type { RoomsLimits } from '../limits/rooms-limits.ts';
import { Room } from '../room/room.ts';
import { checkedRefusal, type EntryRefusal, RoomCloseCode, refusalFor } from '../room/room-close-code.ts';
import type { CheckedKind } from '../room/room-kind.ts';
import { EntryRequest } from './entry-request.ts';

/** Which room a client enters, or why none; null to decide by its URL. */
export type Enter = (request: EntryRequest) => Room | EntryRefusal | Failure | null;

/** What the entrance asks its `Rooms` to do. */
export interface EntranceHost {
  isStopping(): boolean;
  /** How many clients there are. */
  players(): number;
  now(): number;
  kindOf(name: string): CheckedKind | undefined;
  find(code: string): Room | null;
  /** Makes a room with a code that a client of `addressKey` has asked for. */
  create(kind: string, code: string, addressKey: string): Room | Failure;
  quickMatch(kind: string, addressKey: string): Room | Failure;
  /** The client enters. Returns why it cannot. */
  admit(peer: WebSocketPeer, address: string, addressKey: string, room: Room): Failure | null;
  onRefused(address: string, refusal: EntryRefusal): void;
  onError(error: unknown): void;
}

export interface EntranceOptions {
  readonly enter: Enter | null;
  readonly versions: readonly string[] | null;
  readonly limits: Required<RoomsLimits>;
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

  constructor(server: WebSocketServer, options: EntranceOptions, host: EntranceHost) {
    this.#server = server;
    this.#options = options;
    this.#host = host;
    this.#wrongCodes = new WrongCodes(options.limits.wrongCodesPerMinute);
  }

  /** Lets in, or refuses, every client that has connected. */
  admitAll(): void {
    for (let peer = this.#server.takePeer(); peer !== null; peer = this.#server.takePeer()) this.#admit(peer);
  }

  #admit(peer: WebSocketPeer): void {
    const address = this.#server.getClientAddress(peer) || peer.getConnectedHost();
    const key = this.#server.getClientAddressKey(peer);
    let refusal: EntryRefusal | null;
    try {
      refusal = this.#decide(peer, address, key);
    } catch (error) {
      peer.close(CloseCode.INTERNAL_ERROR);
      this.#host.onError(error);
      return;
    }
    if (refusal === null) return;
    this.#host.onRefused(address, refusal);
    peer.close(refusal.code, refusal.reason);
  }

  /** Why the client is refused; null when it has entered. */
  #decide(peer: WebSocketPeer, address: string, key: string): EntryRefusal | null {
    const { limits, versions, enter } = this.#options;
    const host = this.#host;
    const handshake = peer.getHandshakeRequest();
    if (host.isStopping()) return refuse(RoomCloseCode.STOPPING, 'the server stops');
    if (host.players() >= limits.players) return refuse(RoomCloseCode.TOO_MANY, 'the server is full');
    if (this.addresses.of(key) >= limits.playersPerAddress) {
      return refuse(RoomCloseCode.TOO_MANY, 'too many players of one address');
    }
    if (handshake === null) return refuse(RoomCloseCode.BAD_REQUEST, 'the connection has no URL');
    const request = new EntryRequest(handshake, address);
    if (versions !== null && !versions.includes(request.version)) {
      return refuse(RoomCloseCode.WRONG_VERSION, `version ${versions.join(' or ')} is needed`);
    }
    const chosen = enter?.(request) ?? this.#byUrl(request, key);
    if (!(chosen instanceof Room)) return isFailure(chosen) ? refusalFor(chosen) : checkedRefusal(chosen);
    if (chosen.isClosed) return refuse(RoomCloseCode.CLOSED, 'the room is closed');
    if (chosen.isLocked) return refuse(RoomCloseCode.FULL, 'the room is locked');
    if (!chosen.hasPlace) return refuse(RoomCloseCode.FULL, 'the room is full');
    const failure = host.admit(peer, address, key, chosen);
    return failure === null ? null : refusalFor(failure);
  }

  #byUrl(request: EntryRequest, key: string): Room | Failure | EntryRefusal {
    const host = this.#host;
    const { code, kind } = request;
    if (code === null) return refuse(RoomCloseCode.BAD_REQUEST, 'that is no code of a room');
    if (code === '') {
      if (kind === '') return refuse(RoomCloseCode.BAD_REQUEST, 'the URL asks for no room');
      if (host.kindOf(kind)?.opensByKind === true) return host.quickMatch(kind, key);
      return refuse(RoomCloseCode.BAD_REQUEST, 'a room of that kind needs a code');
    }
    const now = host.now();
    if (!this.#wrongCodes.allows(key, now)) return refuse(RoomCloseCode.TOO_MANY, 'too many wrong codes: try later');
    const room = host.find(code);
    if (room !== null) return room;
    const { byCode } = this.#options;
    const opened = kind === '' && byCode.length === 1 ? byCode[0]! : kind;
    if (byCode.includes(opened)) return host.create(opened, code, key);
    this.#wrongCodes.count(key, now);
    return refuse(RoomCloseCode.UNKNOWN_ROOM, `there is no room ${code}`);
  }
}

function refuse(code: RoomCloseCode, reason: string): EntryRefusal {
  return { code, reason };
}
