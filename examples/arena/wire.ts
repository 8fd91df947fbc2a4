// The arena's binary messages, for the server, the bots and the page. Numbers are big-endian.
//
//   to the server     input     u8 1, i8 x, i8 y                  a direction, -127 to 127 on each axis
//                     ping      u8 2, f64 time                    a number that the sender chooses
//   from the server   pong      u8 2, f64 time, f32 waited, u32 buffered, u32 skipped, f64 bytesSent, f64 bytesReceived
//                               the ping's number, and how long it waited for the tick, in milliseconds; and of this
//                               connection, in the server: bytes that wait, snapshots left out because it was too slow,
//                               and bytes on the network so far
//                     snapshot  u8 3, f64 time, f32 tickTime, f32 botTime, u16 count,
//                               count times: u16 id, u16 x, u16 y; then padding, if longer messages were requested
//
// A snapshot's `time` is the server's clock, `tickTime` the duration of its last tick, `botTime` that of the bots, in milliseconds.
// Positions are fractions of the field, in 1/65535: a dot takes six bytes.

/** The size of the field, in its units. */
export const FIELD = { width: 1600, height: 900 } as const;

/** Ids below it are people's, shown as their number; ids from it on are bots'. */
export const FIRST_BOT_ID = 0x8000;

export function isBot(id: number): boolean {
  return id >= FIRST_BOT_ID;
}

/** A point of the field; or a direction to move in, where 1 is full speed. */
export interface Vector {
  readonly x: number;
  readonly y: number;
}

/** A dot's place in the field. */
export interface Place extends Vector {
  readonly id: number;
}

const INPUT = 1;
const PING = 2;
const SNAPSHOT = 3;

const INPUT_SIZE = 3;
const PING_SIZE = 9;
const PONG_SIZE = 37;
const SNAPSHOT_HEADER_SIZE = 19;
const PLACE_SIZE = 6;

// ---------------------------------------------------------------- to the server

export function writeInput({ x, y }: Vector): Uint8Array {
  return Uint8Array.of(INPUT, Math.round(x * 127), Math.round(y * 127));
}

export function writePing(time: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(PING_SIZE));
  view.setUint8(0, PING);
  view.setFloat64(1, time);
  return new Uint8Array(view.buffer);
}

export type PlayerMessage =
  | { readonly type: 'input'; readonly direction: Vector }
  | { readonly type: 'ping'; readonly time: number };

/** A player's message; null for one that the arena's page does not send. */
export function readPlayerMessage(bytes: Uint8Array): PlayerMessage | null {
  const view = viewOf(bytes);
  if (bytes.length === INPUT_SIZE && bytes[0] === INPUT) {
    const x = view.getInt8(1) / 127;
    const y = view.getInt8(2) / 127;
    return { type: 'input', direction: shorten(x, y) };
  }
  if (bytes.length === PING_SIZE && bytes[0] === PING) return { type: 'ping', time: view.getFloat64(1) };
  return null;
}

/** Limits the speed: also on the diagonal, and for a client that sends too large values. */
function shorten(x: number, y: number): Vector {
  const length = Math.hypot(x, y);
  return length > 1 ? { x: x / length, y: y / length } : { x, y };
}

// ---------------------------------------------------------------- from the server

export interface Pong {
  readonly type: 'pong';
  readonly time: number;
  readonly waited: number;
  readonly buffered: number;
  readonly skipped: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

export function writePong({
  time,
  waited,
  buffered,
  skipped,
  bytesSent,
  bytesReceived,
}: Omit<Pong, 'type'>): Uint8Array {
  const view = new DataView(new ArrayBuffer(PONG_SIZE));
  view.setUint8(0, PING);
  view.setFloat64(1, time);
  view.setFloat32(9, waited);
  view.setUint32(13, buffered);
  view.setUint32(17, skipped);
  view.setFloat64(21, bytesSent);
  view.setFloat64(29, bytesReceived);
  return new Uint8Array(view.buffer);
}

/** The positions of all dots, read from the packet. */
export class Snapshot {
  readonly type = 'snapshot';
  readonly time: number;
  readonly tickTime: number;
  readonly botTime: number;
  readonly count: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    const view = viewOf(bytes);
    this.#view = view;
    this.time = view.getFloat64(1);
    this.tickTime = view.getFloat32(9);
    this.botTime = view.getFloat32(13);
    this.count = view.getUint16(17);
  }

  id(index: number): number {
    return this.#view.getUint16(SNAPSHOT_HEADER_SIZE + index * PLACE_SIZE);
  }

  x(index: number): number {
    return (this.#view.getUint16(SNAPSHOT_HEADER_SIZE + index * PLACE_SIZE + 2) / 65_535) * FIELD.width;
  }

  y(index: number): number {
    return (this.#view.getUint16(SNAPSHOT_HEADER_SIZE + index * PLACE_SIZE + 4) / 65_535) * FIELD.height;
  }
}

/** A message from the server. Throws a `RangeError` for one that the server does not send. */
export function readServerMessage(bytes: Uint8Array): Pong | Snapshot {
  if (bytes[0] === SNAPSHOT) return new Snapshot(bytes);
  const view = viewOf(bytes);
  return {
    type: 'pong',
    time: view.getFloat64(1),
    waited: view.getFloat32(9),
    buffered: view.getUint32(13),
    skipped: view.getUint32(17),
    bytesSent: view.getFloat64(21),
    bytesReceived: view.getFloat64(29),
  };
}

/** Writes all snapshots into the same memory: each is valid until the next. */
export class SnapshotWriter {
  #bytes = new Uint8Array(0);

  write(
    { time, tickTime, botTime }: Pick<Snapshot, 'time' | 'tickTime' | 'botTime'>,
    places: readonly Place[],
    padding = 0,
  ): Uint8Array {
    const size = SNAPSHOT_HEADER_SIZE + places.length * PLACE_SIZE;
    if (this.#bytes.length < size + padding) this.#bytes = new Uint8Array(2 * size + padding);
    const view = viewOf(this.#bytes);
    view.setUint8(0, SNAPSHOT);
    view.setFloat64(1, time);
    view.setFloat32(9, tickTime);
    view.setFloat32(13, botTime);
    view.setUint16(17, places.length);
    let at = SNAPSHOT_HEADER_SIZE;
    for (const { id, x, y } of places) {
      view.setUint16(at, id);
      view.setUint16(at + 2, (x / FIELD.width) * 65_535);
      view.setUint16(at + 4, (y / FIELD.height) * 65_535);
      at += PLACE_SIZE;
    }
    return this.#bytes.subarray(0, size + padding);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
