import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { type Failure, failed, isFailure } from '../failure.ts';
import { CODE_LETTERS, type RoomMetadata, type Rooms, readCode } from '../rooms/index.ts';
import { jsonObject } from './broker/json-object.ts';
import type { ClusterCreateOptions } from './cluster-options.ts';
import { type ClusterRoom, clusterRoom } from './cluster-room.ts';
import type { Directory } from './directory/directory.ts';
import type { OwnRooms } from './directory/own-rooms.ts';
import { checkMetadata } from './room-metadata.ts';
import { timeLimit } from './waiting.ts';

/** Milliseconds in which a room that another process is opening has to be open. */
const OPENING_TIME = 5000;
/** 12 letters: 53 bits. */
const LENGTH = 12;
/** Characters of a request, which is in the room's record. */
const MOST_REQUEST = 1024;

/** A room that is to be made. */
export interface RoomOrder {
  readonly kind: string;
  readonly code: string | null;
  readonly metadata: RoomMetadata;
  /** Empty for none. */
  readonly request: string;
}

export interface MakerContext {
  readonly directory: Directory;
  /** Null while this process is not a member. */
  own(): OwnRooms | null;
  rooms(): Rooms;
  readonly clock: Clock;
}

/** Throws `TypeError` and `RangeError` for options that cannot be used. */
export function orderOf(kind: string, { code, metadata = {}, request = '' }: ClusterCreateOptions): RoomOrder {
  const wanted = code === undefined ? null : readCode(code);
  if (code !== undefined && wanted === null) throw new TypeError(`"${code}" cannot be the code of a room`);
  checkMetadata(metadata);
  if (typeof request !== 'string') throw new TypeError('request is a string');
  if (request.length > MOST_REQUEST) throw new RangeError(`request has at most ${MOST_REQUEST} characters`);
  return { kind, code: wanted, metadata, request };
}

/** The code of the room that is made for a request, if the program gives none: the same in every process. */
export function codeOfRequest(request: string): string {
  const hash = createHash('sha256').update(request).digest();
  return Array.from({ length: LENGTH }, (_, at) => CODE_LETTERS[hash.readUInt16BE(2 * at) % CODE_LETTERS.length]).join(
    '',
  );
}

/** Makes rooms in this process, each request once in the whole cluster. */
export class RoomMaker {
  readonly #context: MakerContext;

  constructor(context: MakerContext) {
    this.#context = context;
  }

  /** Never rejects. */
  async make({ kind, code, metadata, request }: RoomOrder): Promise<ClusterRoom | Failure> {
    const own = this.#context.own();
    if (own === null) return failed('TICKPEER_CLUSTER', 'this process has no lease');
    const wanted = code ?? (request === '' ? null : codeOfRequest(request));
    if (wanted === null) return this.#open(own, kind, null, metadata);
    const made = this.#madeHere(own, wanted, request);
    if (made !== null) return made;
    const result = await own.claim(wanted, request);
    if (result === 'unknown') return failed('TICKPEER_CLUSTER', `the code ${wanted} could not be claimed: try again`);
    if (result === 'elsewhere') return this.#madeElsewhere(wanted, request);
    // Somebody else may have opened it while this call waited.
    const meanwhile = this.#madeHere(own, wanted, request);
    if (meanwhile !== null) return meanwhile;
    own.setRequest(wanted, request);
    const opened = this.#open(own, kind, wanted, metadata);
    if (isFailure(opened)) own.release(wanted);
    return opened;
  }

  /** The room of an earlier call with the same request, or why the code cannot be used; null when it is free here. */
  #madeHere(own: OwnRooms, code: string, request: string): ClusterRoom | Failure | null {
    const record = own.recordOf(code);
    if (record === null || record.state === 'reserved') return null;
    return record.state === 'open' && request !== '' && record.request === request
      ? clusterRoom(code, record)
      : taken(code);
  }

  async #madeElsewhere(code: string, request: string): Promise<ClusterRoom | Failure> {
    const { directory, clock } = this.#context;
    if (request === '' || directory.get(code)?.record.request !== request) return taken(code);
    await directory.until(() => directory.get(code)?.record.state !== 'reserved', timeLimit(clock, OPENING_TIME));
    const record = directory.get(code)?.record;
    if (record === undefined || record.state === 'reserved') {
      return failed('TICKPEER_CLUSTER', `another process has not opened the room ${code}: ask again`);
    }
    return record.state === 'open' && record.request === request ? clusterRoom(code, record) : taken(code);
  }

  #open(own: OwnRooms, kind: string, code: string | null, metadata: RoomMetadata): ClusterRoom | Failure {
    try {
      const room = this.#context.rooms().create(kind, code === null ? { metadata } : { code, metadata });
      if (isFailure(room)) return room;
      const record = own.recordOf(room.code);
      return record === null ? failed('TICKPEER_CLUSTER', 'the lease has ended') : clusterRoom(room.code, record);
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      return failed('TICKPEER_ROOM_FAILED', `the room could not be opened: ${cause.message}`, cause);
    }
  }
}

function taken(code: string): Failure {
  return { code: 'TICKPEER_ALREADY_IN_USE', message: `a room has the code ${code}` };
}

/** An order that another process has sent; null for a text that is none. */
export function readOrder(text: string): RoomOrder | null {
  const order = jsonObject(text);
  if (order === null) return null;
  const { kind, code, metadata, request } = order as Partial<Record<keyof RoomOrder, unknown>>; // checked next
  const isCode = code === null || (typeof code === 'string' && readCode(code) === code);
  if (typeof kind !== 'string' || typeof request !== 'string' || !isCode) return null;
  if (typeof metadata !== 'object' || metadata === null) return null;
  return { kind, code, metadata: metadata as RoomMetadata, request }; // an object of JSON
}
