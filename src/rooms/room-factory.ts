import type { Clock } from '../clock.ts';
import { type Failure, isFailure } from '../failure.ts';
import type { PathNumbers } from '../multiplayer/index.ts';
import { newCode, readCode } from './entering/room-code.ts';
import type { RoomDirectory } from './entering/room-directory.ts';
import { AddressCounts } from './limits/address-counts.ts';
import type { RoomsLimits } from './limits/rooms-limits.ts';
import { Room, type RoomHost, type RoomMetadata } from './room/room.ts';
import { type RoomEvents, RoomInside } from './room/room-inside.ts';
import type { CheckedKind, RoomLogic } from './room/room-kind.ts';
import type { RoomTable } from './room-table.ts';
import type { RoomSaver } from './saving/room-saver.ts';
import { readSavedRoom, type SavedRoom } from './saving/saved-room.ts';

/** The shift of each further room's ticks and saves, as a share of the interval, so that not all fall into one poll: the golden ratio. */
const SHIFT = 0.618_033_988_749_895;

/** The `open` of a kind has thrown. */
class OpenFault {
  readonly inside: RoomInside;
  readonly error: unknown;

  constructor(inside: RoomInside, error: unknown) {
    this.inside = inside;
    this.error = error;
  }
}

/** A room to be made. */
export interface RoomRequest {
  readonly kind: CheckedKind;
  /** Null for a new one. */
  readonly code?: string | null;
  readonly metadata?: RoomMetadata;
  /** The address of the client that wants it; empty for none. */
  readonly creatorKey?: string;
  readonly saved?: SavedRoom;
}

/** What rooms are made of. */
export interface FactoryParts {
  readonly clock: Clock;
  readonly numbers: PathNumbers;
  readonly table: RoomTable;
  readonly limits: Required<RoomsLimits>;
  readonly saver: RoomSaver | null;
  readonly directory: RoomDirectory | null;
  readonly events: RoomEvents;
  readonly host: RoomHost;
  /** Whether rooms are opened at present. */
  isDraining(): boolean;
  kindOf(name: string): CheckedKind;
  onCreated(room: Room): void;
}

const DRAINING: Failure = { code: 'TICKPEER_STOPPING', message: 'no rooms are opened any more' };

const NO_CODE: Failure = { code: 'TICKPEER_CLUSTER', message: 'no code is reserved at present: try again' };

/** Makes rooms, as far as the limits allow. */
export class RoomFactory {
  /** The rooms that clients of each address have created. */
  readonly creators: AddressCounts = new AddressCounts();
  readonly #parts: FactoryParts;
  /** Codes of rooms whose `open` is running. */
  readonly #opening = new Set<string>();
  #count = 0;

  constructor(parts: FactoryParts) {
    this.#parts = parts;
  }

  /** Makes a room. Throws what `open` throws. */
  create(request: RoomRequest): Room | Failure {
    const made = this.#create(request);
    if (made instanceof OpenFault) throw made.error;
    return made;
  }

  /** As `create`, for a client or a match: what `open` throws is reported as a fault of the room. */
  createReported(request: RoomRequest): Room | Failure {
    const made = this.#create(request);
    if (!(made instanceof OpenFault)) return made;
    this.#parts.events.onFault(made.inside, made.error);
    return { code: 'TICKPEER_ROOM_FAILED', message: 'the room could not be opened' };
  }

  /** Makes a room that was saved as `text`. What it throws is reported. */
  restore(code: string, text: string): Room | Failure {
    const { saver, kindOf } = this.#parts;
    try {
      const saved = readSavedRoom(text);
      if (readCode(code) !== code) throw new TypeError(`"${code}" cannot be the code of a room`);
      return this.createReported({ kind: kindOf(saved.kind), code, metadata: saved.metadata, saved });
    } catch (error) {
      saver?.fail(code, 'restore', error);
      return { code: 'TICKPEER_ROOM_FAILED', message: 'the room could not be restored' };
    }
  }

  /** The fullest room of a kind that is open to all and for which `filter` is true; null for none. */
  fullest(kind: CheckedKind, filter?: (room: Room) => boolean): Room | null {
    let fullest: Room | null = null;
    for (const { room } of this.#parts.table.ofKind(kind.name) ?? []) {
      if (!room.hasPlace || !room.isListed || room.isLocked) continue;
      if (fullest !== null && fullest.taken >= room.taken) continue;
      if (filter?.(room) !== false) fullest = room;
    }
    return fullest;
  }

  #create({ kind, code = null, metadata = {}, creatorKey = '', saved }: RoomRequest): Room | Failure | OpenFault {
    const failure = this.#parts.isDraining() ? DRAINING : this.#checkLimits(creatorKey);
    if (failure !== null) return failure;
    const { table, directory } = this.#parts;
    const isTaken = (text: string): boolean => table.byCode.has(text) || this.#opening.has(text);
    const chosen = code ?? (directory === null ? newCode(table.size, isTaken) : directory.takeCode());
    if (chosen === null) return NO_CODE;
    if (code !== null && directory?.mayOpen(code) === false) {
      return { code: 'TICKPEER_CLUSTER', message: `this process has not claimed the code ${code}` };
    }
    if (isTaken(chosen)) return { code: 'TICKPEER_ALREADY_IN_USE', message: `a room has the code ${chosen}` };
    this.#opening.add(chosen);
    let made: Room | Failure | OpenFault;
    try {
      made = this.#open(this.#make(kind, chosen, metadata), creatorKey, saved);
    } finally {
      this.#opening.delete(chosen);
    }
    if (!(made instanceof OpenFault) && !isFailure(made)) this.#parts.onCreated(made);
    return made;
  }

  #checkLimits(creatorKey: string): Failure | null {
    const { rooms, roomsPerAddress } = this.#parts.limits;
    if (this.#parts.table.size + this.#opening.size >= rooms) {
      return { code: 'TICKPEER_ROOM_LIMIT', message: `there are limits.rooms, ${rooms}` };
    }
    if (this.creators.of(creatorKey) < roomsPerAddress) return null;
    const message = `there are limits.roomsPerAddress, ${roomsPerAddress} rooms of one address`;
    return { code: 'TICKPEER_ROOM_LIMIT', message };
  }

  #make(kind: CheckedKind, code: string, metadata: RoomMetadata): RoomInside {
    const { clock, numbers, events, host } = this.#parts;
    const shift = (this.#count++ * SHIFT) % 1;
    const inside = new RoomInside({ kind, clock, numbers, shift, events });
    inside.room = new Room(code, inside, metadata, host);
    return inside;
  }

  #open(inside: RoomInside, creatorKey: string, saved: SavedRoom | undefined): Room | Failure | OpenFault {
    const { room, kind } = inside;
    const { table, clock, saver } = this.#parts;
    if (saved !== undefined) {
      room.capacity = saved.capacity;
      room.isLocked = saved.isLocked;
      room.isListed = saved.isListed;
      inside.isStored = true;
    }
    let logic: unknown;
    try {
      logic = kind.open(room, saved?.data);
    } catch (error) {
      inside.close('open() has thrown');
      return new OpenFault(inside, error);
    }
    if (inside.isClosing) return { code: 'TICKPEER_ROOM_CLOSED', message: 'open() has closed the room' };
    if (this.#parts.isDraining()) {
      inside.close(DRAINING.message);
      return DRAINING;
    }
    if (typeof logic === 'object' && logic !== null) inside.logic = logic as RoomLogic; // its methods are optional
    room.begin(logic);
    inside.creatorKey = creatorKey;
    this.creators.add(creatorKey);
    const now = clock.now();
    if (saver !== null) inside.nextSave = saver.firstSave(now, (this.#count * SHIFT) % 1);
    table.add(inside, now);
    return room;
  }
}
