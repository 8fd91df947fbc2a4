// The messages of the two lanes, for the lanes, the bursts and the page. Numbers are big-endian.
//
//   to a lane      steer   u8 1, f64 time, i8 x, i8 y     a viewer's direction, and any number of the viewer's own
//                  goal    u8 2, u16 x, u16 y             a dot's goal, as fractions of the field
//   from a lane    echo    u8 3, f64 time                 that number, once the lane has applied the steering
//                  tick    u8 4, f64 time, f32 interval, f32 input, u32 handled, u16 count, count times: u16 id, u16 x, u16 y
//                          when this tick began, and the time since the one before, in milliseconds; the part spent
//                          on input, and the number of inputs; and the places of all dots
//
// Text is JSON: `Wish` to a lane, `Word` from it.
import { FIELD, type Place, type Vector } from '../wire.js';

export const MODES = ['polled', 'events'] as const;
/** How a lane reads its input: at the top of each tick, or in a callback for each message. */
export type Mode = (typeof MODES)[number];

/** Where a page connects to. */
export const LANE_PATHS: Readonly<Record<Mode, string>> = { polled: '/duel/polled', events: '/duel/events' };

/** Ticks per second of both lanes. */
export const TICK_RATE = 60;

/** From a page. */
export interface Wish {
  readonly storm: boolean;
}

/** From a lane: when a page has connected, and when something of it changes. */
export interface Word {
  readonly id: number;
  readonly storm: Storm;
}

export interface Storm {
  readonly isOn: boolean;
  /** Inputs in each burst, all dots together; 0 before it is known. */
  readonly burst: number;
  /** Milliseconds from burst to burst. */
  readonly period: number;
}

const STEER = 1;
const GOAL = 2;
const ECHO = 3;
const TICK = 4;

const STEER_SIZE = 11;
const GOAL_SIZE = 5;
const ECHO_SIZE = 9;
const TICK_HEADER_SIZE = 23;
const PLACE_SIZE = 6;

export type LaneInput =
  | { readonly type: 'steer'; readonly time: number; readonly direction: Vector }
  | { readonly type: 'goal'; readonly goal: Vector };

export function writeSteer(time: number, { x, y }: Vector): Uint8Array {
  const view = new DataView(new ArrayBuffer(STEER_SIZE));
  view.setUint8(0, STEER);
  view.setFloat64(1, time);
  view.setInt8(9, Math.round(x * 127));
  view.setInt8(10, Math.round(y * 127));
  return new Uint8Array(view.buffer);
}

export function writeGoal({ x, y }: Vector): Uint8Array {
  const view = new DataView(new ArrayBuffer(GOAL_SIZE));
  view.setUint8(0, GOAL);
  view.setUint16(1, toFraction(x, FIELD.width));
  view.setUint16(3, toFraction(y, FIELD.height));
  return new Uint8Array(view.buffer);
}

/** A message to a lane; null for one that neither a page nor the bursts send. */
export function readLaneInput(bytes: Uint8Array): LaneInput | null {
  const view = viewOf(bytes);
  if (bytes.length === GOAL_SIZE && bytes[0] === GOAL) {
    return { type: 'goal', goal: { x: ofFraction(view, 1, FIELD.width), y: ofFraction(view, 3, FIELD.height) } };
  }
  if (bytes.length !== STEER_SIZE || bytes[0] !== STEER) return null;
  const x = view.getInt8(9) / 127;
  const y = view.getInt8(10) / 127;
  const length = Math.max(1, Math.hypot(x, y));
  return { type: 'steer', time: view.getFloat64(1), direction: { x: x / length, y: y / length } };
}

/** A page's request; null for any other text. */
export function parseWish(text: string): Wish | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || !('storm' in value)) return null;
  return typeof value.storm === 'boolean' ? { storm: value.storm } : null;
}

export interface Echo {
  readonly type: 'echo';
  readonly time: number;
}

export function writeEcho(time: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(ECHO_SIZE));
  view.setUint8(0, ECHO);
  view.setFloat64(1, time);
  return new Uint8Array(view.buffer);
}

/** A lane's measurements of one tick. */
export interface TickTimes {
  readonly time: number;
  readonly interval: number;
  /** Milliseconds of the interval that were spent on input. */
  readonly input: number;
  readonly handled: number;
}

/** A tick as its viewers see it. */
export interface Tick extends TickTimes {
  readonly type: 'tick';
  readonly places: readonly Place[];
}

export function writeTick({ time, interval, input, handled }: TickTimes, places: readonly Place[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(TICK_HEADER_SIZE + places.length * PLACE_SIZE));
  view.setUint8(0, TICK);
  view.setFloat64(1, time);
  view.setFloat32(9, interval);
  view.setFloat32(13, input);
  view.setUint32(17, handled);
  view.setUint16(21, places.length);
  let at = TICK_HEADER_SIZE;
  for (const { id, x, y } of places) {
    view.setUint16(at, id);
    view.setUint16(at + 2, toFraction(x, FIELD.width));
    view.setUint16(at + 4, toFraction(y, FIELD.height));
    at += PLACE_SIZE;
  }
  return new Uint8Array(view.buffer);
}

/** A message from a lane. Throws a `RangeError` for one that a lane does not send. */
export function readLaneMessage(bytes: Uint8Array): Echo | Tick {
  const view = viewOf(bytes);
  if (bytes[0] === ECHO) return { type: 'echo', time: view.getFloat64(1) };
  const places: Place[] = [];
  for (let at = TICK_HEADER_SIZE, count = view.getUint16(21); count > 0; count--, at += PLACE_SIZE) {
    const x = ofFraction(view, at + 2, FIELD.width);
    const y = ofFraction(view, at + 4, FIELD.height);
    places.push({ id: view.getUint16(at), x, y });
  }
  return {
    type: 'tick',
    time: view.getFloat64(1),
    interval: view.getFloat32(9),
    input: view.getFloat32(13),
    handled: view.getUint32(17),
    places,
  };
}

function toFraction(value: number, size: number): number {
  return (value / size) * 65_535;
}

function ofFraction(view: DataView, at: number, size: number): number {
  return (view.getUint16(at) / 65_535) * size;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
