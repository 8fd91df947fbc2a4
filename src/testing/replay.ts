import { type Failure, isFailure } from '../failure.ts';
import type { StreamPeer } from '../stream/index.ts';
import { Random } from './random.ts';
import { type RecordedEvent, RecordedKind, type RecordingReader, readerOf } from './recording-format.ts';
import { ReplayedStream, type UnsentChange } from './replayed-stream.ts';
import { VirtualClock } from './virtual-clock.ts';

/** What a program gets in a replay instead of the real things. */
export interface ReplayHost {
  readonly clock: VirtualClock;
  /** As `Recorder.random`. */
  readonly random: Random;
}

/** A server program, as a replay runs it. */
export interface ReplayedProgram {
  /** Takes a connection: `server.acceptStream(stream)`. */
  accept(stream: StreamPeer, address: string): void;
  /** What the loop does after `recorder.tick()`. */
  tick(): void;
}

/** Options of `replay`. */
export interface ReplayOptions {
  /**
   * Milliseconds between two ticks for a recording without any, such as one of `tickpeer record`, which does not see the
   * loop of the server. A tick is also made where something was sent. Default: 1000 / 60.
   */
  readonly tickInterval?: number;
}

/** What a connection has sent in a replay. */
export interface ReplayedConnection {
  readonly number: number;
  readonly address: string;
  readonly sent: Uint8Array;
  /** What it had sent when it was recorded. */
  readonly recorded: Uint8Array;
}

/** The first byte that differs from the recording. */
export interface ReplayDifference {
  readonly connection: number;
  /** How many bytes of the connection are the same. */
  readonly at: number;
  /** Milliseconds since the recording began: when the recorded byte was sent; the end of the recording if there is none. */
  readonly time: number;
  /** For people: what was sent and what was recorded. */
  readonly message: string;
}

/** The outcome of a replay. */
export interface ReplayResult {
  readonly connections: readonly ReplayedConnection[];
  readonly ticks: number;
  /** Milliseconds. */
  readonly duration: number;
  /** Null when the program has sent what was recorded. */
  readonly difference: ReplayDifference | null;
}

/** One connection while the replay runs. */
interface Replayed {
  readonly address: string;
  readonly stream: ReplayedStream;
  readonly recorded: { readonly time: number; readonly bytes: Uint8Array }[];
}

/**
 * Runs a server program with what a `Recorder` has recorded, on a virtual clock. Every replay of a recording is the same: the
 * program gets the same bytes at the same times, and sends the same. A recording that was made on a virtual clock gives the
 * bytes that were sent then. Returns a failure for bytes that are no recording.
 *
 * ```ts
 * const result = replay(recording, ({ clock }) => {
 *   const server = new WebSocketServer({ clock });
 *   const game = new Game(server);
 *   return { accept: (stream) => server.acceptStream(stream), tick: () => game.tick() };
 * });
 * ```
 */
export function replay(
  recording: Uint8Array,
  program: (host: ReplayHost) => ReplayedProgram,
  options: ReplayOptions = {},
): ReplayResult | Failure {
  const { tickInterval = 1000 / 60 } = options;
  if (!(tickInterval > 0)) throw new RangeError(`tickInterval cannot be ${tickInterval}`);
  const reader = readerOf(recording);
  const header = reader.header();
  if (isFailure(header)) return header;
  const events = eventsOf(reader);
  if (isFailure(events)) return events;
  const changes = unsentChanges(events);
  const clock = new VirtualClock();
  const running = program({ clock, random: new Random(header.seed) });
  const connections = new Map<number, Replayed>();
  let ticks = 0;
  const hasTicks = events.some(({ kind }) => kind === RecordedKind.TICK);
  let nextTick = tickInterval;
  const tick = (): void => {
    ticks++;
    running.tick();
    clock.endTurn();
  };
  /** Moves the clock, with ticks on the way where the recording has none. */
  const moveTo = (time: number): void => {
    for (; !hasTicks && nextTick <= time; nextTick += tickInterval) {
      clock.advance(Math.max(0, nextTick - clock.now()));
      tick();
    }
    if (time > clock.now()) clock.advance(time - clock.now());
  };
  for (const event of events) {
    moveTo(event.time);
    // The server's loop has run before it sent, and before what comes next, which may be the end of the connection.
    if (!hasTicks && event.kind === RecordedKind.SENT) tick();
    if (event.kind === RecordedKind.TICK) {
      tick();
    } else if (event.kind === RecordedKind.OPENED) {
      const address = new TextDecoder().decode(event.data);
      const stream = new ReplayedStream(changes.get(event.connection) ?? []);
      connections.set(event.connection, { address, stream, recorded: [] });
      running.accept(stream, address);
    } else {
      apply(connections.get(event.connection), event);
    }
    clock.endTurn();
  }
  const duration = events.at(-1)?.time ?? 0;
  if (!hasTicks) moveTo(nextTick);
  const replayed = [...connections].map(([number, { address, stream, recorded }]) => {
    return { number, address, sent: join(stream.sent), recorded: join(recorded.map(({ bytes }) => bytes)) };
  });
  const difference = firstDifference(replayed, connections, duration);
  return { connections: replayed, ticks, duration, difference };
}

function eventsOf(reader: RecordingReader): RecordedEvent[] | Failure {
  const events: RecordedEvent[] = [];
  for (let event = reader.next(); event !== null; event = reader.next()) {
    if (isFailure(event)) return event;
    events.push(event);
  }
  return events;
}

/** By connection: at which calls `getUnsentBytes` returned another number. */
function unsentChanges(events: readonly RecordedEvent[]): Map<number, UnsentChange[]> {
  const changes = new Map<number, UnsentChange[]>();
  for (const { kind, connection, calls, unsent } of events) {
    if (kind !== RecordedKind.UNSENT) continue;
    const list = changes.get(connection) ?? [];
    list.push({ call: (list.at(-1)?.call ?? 0) + calls, unsent });
    changes.set(connection, list);
  }
  return changes;
}

function apply(connection: Replayed | undefined, { kind, time, data }: RecordedEvent): void {
  if (connection === undefined) return; // an event of a connection that was not opened is in no recording of ours
  const { stream, recorded } = connection;
  // A copy, also of a Buffer, whose slice() shares the memory.
  if (kind === RecordedKind.RECEIVED) stream.arrive(new Uint8Array(data));
  else if (kind === RecordedKind.SENT) recorded.push({ time, bytes: data });
  else if (kind === RecordedKind.ENDED) stream.endThere();
  else if (kind === RecordedKind.DRAINED) stream.drain();
  else if (kind === RecordedKind.FAILED) {
    const text = new TextDecoder().decode(data);
    stream.fail({ code: 'TICKPEER_CONNECTION_RESET', message: text.slice(text.indexOf(' ') + 1) });
  }
}

function firstDifference(
  connections: readonly ReplayedConnection[],
  replayed: ReadonlyMap<number, Replayed>,
  end: number,
): ReplayDifference | null {
  let first: ReplayDifference | null = null;
  for (const { number, sent, recorded } of connections) {
    const at = differenceOf(sent, recorded);
    if (at === null) continue;
    const time = timeOf(replayed.get(number)?.recorded ?? [], at) ?? end;
    if (first !== null && first.time <= time) continue;
    const here = at < sent.length ? `0x${hex(sent[at]!)}` : 'the end';
    const there = at < recorded.length ? `0x${hex(recorded[at]!)}` : 'the end';
    const message = `connection ${number}, byte ${at + 1}: sent ${here}, recorded ${there}`;
    first = { connection: number, at, time, message };
  }
  return first;
}

function differenceOf(one: Uint8Array, other: Uint8Array): number | null {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) if (one[at] !== other[at]) return at;
  return one.length === other.length ? null : length;
}

/** When the byte at `at` was sent. */
function timeOf(parts: readonly { readonly time: number; readonly bytes: Uint8Array }[], at: number): number | null {
  let end = 0;
  for (const { time, bytes } of parts) {
    end += bytes.length;
    if (at < end) return time;
  }
  return null;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
