import type { Clock } from '../../clock.ts';
import type { Failure } from '../../failure.ts';
import { readCode } from '../../rooms/index.ts';
import { systemClock } from '../../stream/index.ts';
import type { Broker } from '../broker/broker.ts';
import { Inbox, type QueueLimits } from './inbox.ts';
import { type Letter, readBatch, readBroadcast, textOfMessage, writeBatch, writeBroadcast } from './mail-text.ts';
import { Outbox } from './outbox.ts';

const QUEUE_LIMITS: QueueLimits = { messages: 256, bytes: 262_144 };
/** Bytes of all messages that are under way to other nodes. */
const MOST_UNDER_WAY = 67_108_864;
/** How long an answer is waited for. Milliseconds. */
const REQUEST_TIME = 5000;
/** Until the owner of a room is looked up again. Milliseconds. */
const LOOK_AGAIN = 200;

/** What a node answers to a batch besides one letter for each message. */
const UNKNOWN_ROOM = 'unknown';
const LATE = 'late';
const MALFORMED = 'malformed';

/** A room that can get messages: a `Room`. */
export interface MailRoom {
  readonly code: string;
  readonly kind: string;
  readonly isClosed: boolean;
  readonly inside: { receiveMessage(message: unknown, from: string): void };
}

/** What a `RoomMail` needs. */
export interface RoomMailParts {
  readonly broker: Pick<Broker, 'isConnected' | 'publish' | 'subscribe' | 'request' | 'respond'>;
  /** The beginning of all subjects. */
  readonly prefix: string;
  /** The open rooms of this node: its `Rooms`. */
  readonly rooms: { find(code: string): MailRoom | null; getRooms(): readonly MailRoom[] };
  /** The id of the node that has a room; null for none. */
  ownerOf(code: string): string | null;
  readonly clock?: Clock;
  /** What may wait for one room, at its node and at that of the sender. Default: 256 messages, 256 KiB. */
  readonly queue?: QueueLimits;
  /** Bytes of all messages that are under way to other nodes. Default: 64 MiB. */
  readonly mostUnderWay?: number;
}

/** How often something has happened to messages at this process. */
export interface MailCounts {
  /** Messages that rooms of this process have got. */
  readonly delivered: number;
  /** Messages that arrived for a room whose queue was full (broadcasts), or that closed before it got them. */
  readonly dropped: number;
  /** Texts of other processes that could not be read. */
  readonly malformed: number;
}

/** Options of `RoomMail.send`. */
export interface SendOptions {
  /** The code of the room that sends. Default: empty, none. */
  readonly from?: string;
}

/** Options of `RoomMail.broadcast`. */
export interface BroadcastOptions extends SendOptions {
  /** Only rooms of this kind. Default: all. */
  readonly kind?: string;
}

/**
 * Messages between rooms, also of different processes: `Cluster.mail`. A message is delivered at most once, and those from one room to another one in the
 * order in which they were sent. `Cluster.poll` delivers them.
 */
// Input: `join`, `leave`. Commands: `send`, `broadcast`. Output: `deliver`, to be called with each poll.
export class RoomMail {
  readonly #parts: RoomMailParts;
  readonly #clock: Clock;
  readonly #limits: QueueLimits;
  readonly #outbox: Outbox;
  /** By the room and not by its code, so that the next room with the code does not get what was for this one. */
  readonly #inboxes = new WeakMap<MailRoom, Inbox>();
  /** The rooms with messages that wait. */
  #filled = new Set<MailRoom>();
  #node: string | null = null;
  #unsubscribe: readonly (() => void)[] = [];
  #sequence = 0;
  #delivered = 0;
  #dropped = 0;
  #malformed = 0;

  /** @internal */
  constructor(parts: RoomMailParts) {
    const { queue = QUEUE_LIMITS, clock = systemClock, mostUnderWay = MOST_UNDER_WAY } = parts;
    this.#parts = parts;
    this.#clock = clock;
    this.#limits = queue;
    this.#outbox = new Outbox((code, letters) => this.#sendBatch(code, letters), queue, mostUnderWay);
  }

  /** What has become of messages since this process has started. */
  get counts(): MailCounts {
    return { delivered: this.#delivered, dropped: this.#dropped, malformed: this.#malformed };
  }

  /** This process is the node `id`: messages to its rooms arrive from now on. @internal */
  join(id: string): void {
    this.leave();
    const { broker, prefix } = this.#parts;
    this.#node = id;
    this.#unsubscribe = [
      broker.respond(subjectOf(prefix, id), (text) => this.#onBatch(text)),
      broker.subscribe(`${prefix}.all`, (text) => this.#onBroadcast(text)),
    ];
  }

  /** It is no node any more. @internal */
  leave(): void {
    this.#node = null;
    for (const end of this.#unsubscribe) end();
    this.#unsubscribe = [];
  }

  /**
   * Sends a message to the room with a code, which gets it by `onMessage`. `message`: plain data, up to 64 KiB as JSON. Throws `TypeError` and
   * `RangeError` for any other.
   *
   * Resolves with null when the message is in the queue of the room, or with why it is not: `TICKPEER_ROOM_CLOSED`, no room has the code;
   * `TICKPEER_OUTBOUND_LIMIT`, a queue is full; `TICKPEER_CLUSTER`, there is no connection, or no answer within 5 seconds: then the message may have
   * arrived or not. Never rejects.
   */
  send(code: string, message: unknown, { from = '' }: SendOptions = {}): Promise<Failure | null> {
    const letter = letterOf(message, from);
    const wanted = readCode(code);
    const room = wanted === null ? null : this.#parts.rooms.find(wanted);
    if (wanted === null) return Promise.resolve(closed(code));
    // Behind those that wait because the room was at another node when they were sent.
    if (room !== null && !this.#outbox.has(wanted))
      return Promise.resolve(this.#push(room, letter) ? null : full(code));
    return this.#outbox.add(wanted, letter) ?? Promise.resolve(full(code));
  }

  /**
   * Sends a message to all rooms of all processes, or to those of a kind; those of this process get it, too. A room gets it at most once: it is lost for rooms
   * whose queue is full, and for processes that have no connection to the broker at this moment. Returns `TICKPEER_CLUSTER` when this one has none:
   * then only its own rooms get it. Throws as `send`.
   */
  broadcast(message: unknown, { kind, from = '' }: BroadcastOptions = {}): Failure | null {
    const letter = letterOf(message, from);
    this.#pushToAll(kind ?? null, letter);
    const { broker, prefix } = this.#parts;
    if (this.#node === null || !broker.isConnected) return disconnected();
    broker.publish(`${prefix}.all`, writeBroadcast({ node: this.#node, kind: kind ?? null, letter }));
    return null;
  }

  /** Gives the rooms of this node what has arrived for them. What a handler throws is a fault of its room. @internal */
  deliver(): void {
    const filled = this.#filled;
    if (filled.size === 0) return;
    this.#filled = new Set();
    for (const room of filled) {
      for (const { from, text } of this.#inboxes.get(room)?.take() ?? []) {
        if (room.isClosed) {
          this.#dropped++;
        } else {
          this.#delivered++;
          room.inside.receiveMessage(JSON.parse(text), from);
        }
      }
    }
  }

  // ---------------------------------------------------------------- to other nodes

  async #sendBatch(code: string, letters: readonly Letter[]): Promise<readonly (Failure | null)[]> {
    const all = (failure: Failure): readonly Failure[] => letters.map(() => failure);
    const { broker, prefix, rooms, ownerOf } = this.#parts;
    for (let isFirst = true; ; isFirst = false) {
      const room = rooms.find(code);
      if (room !== null) return letters.map((letter) => (this.#push(room, letter) ? null : full(code)));
      const node = this.#node;
      if (node === null || !broker.isConnected) return all(disconnected());
      const owner = ownerOf(code);
      if (owner === null) return all(closed(code));
      if (owner !== node) {
        const text = writeBatch({ node, sequence: ++this.#sequence, code, letters });
        const answer = await this.#request(subjectOf(prefix, owner), text);
        if (answer === null) return all(unanswered(code));
        if (answer !== UNKNOWN_ROOM) {
          if (answer.length !== letters.length || !/^[yn]+$/.test(answer)) return all(unreadable(code));
          return letters.map((_, index) => (answer[index] === 'y' ? null : full(code)));
        }
      }
      // The room is not open there yet, or not any more: what this node knows may be late.
      if (!isFirst) return all(closed(code));
      await new Promise<void>((resolve) => void this.#clock.setTimeout(resolve, LOOK_AGAIN));
    }
  }

  /** Null for no answer. */
  async #request(subject: string, text: string): Promise<string | null> {
    try {
      return await this.#parts.broker.request(subject, text, REQUEST_TIME);
    } catch {
      return null;
    }
  }

  // ---------------------------------------------------------------- from other nodes

  /** Answers with `y` or `n` for each message: whether it is in the queue. */
  #onBatch(text: string): string {
    const batch = readBatch(text);
    if (batch === null) {
      this.#malformed++;
      return MALFORMED;
    }
    const room = this.#parts.rooms.find(batch.code);
    if (room === null) return UNKNOWN_ROOM;
    if (!this.#inboxOf(room).isInOrder(batch.node, batch.sequence)) return LATE;
    return batch.letters.map((letter) => (this.#push(room, letter) ? 'y' : 'n')).join('');
  }

  #onBroadcast(text: string): void {
    const broadcast = readBroadcast(text);
    if (broadcast === null) this.#malformed++;
    else if (broadcast.node !== this.#node) this.#pushToAll(broadcast.kind, broadcast.letter);
  }

  // ---------------------------------------------------------------- the queues of this node's rooms

  #pushToAll(kind: string | null, letter: Letter): void {
    for (const room of this.#parts.rooms.getRooms()) {
      if ((kind === null || room.kind === kind) && !this.#push(room, letter)) this.#dropped++;
    }
  }

  #push(room: MailRoom, letter: Letter): boolean {
    const isTaken = this.#inboxOf(room).push(letter);
    if (isTaken) this.#filled.add(room);
    return isTaken;
  }

  #inboxOf(room: MailRoom): Inbox {
    const found = this.#inboxes.get(room);
    if (found !== undefined) return found;
    const made = new Inbox(this.#limits);
    this.#inboxes.set(room, made);
    return made;
  }
}

function subjectOf(prefix: string, node: string): string {
  return `${prefix}.node.${node}.mail`;
}

function letterOf(message: unknown, from: string): Letter {
  const code = from === '' ? '' : readCode(from);
  if (code === null) throw new TypeError(`from: "${from}" cannot be the code of a room`);
  return { from: code, text: textOfMessage(message) };
}

function closed(code: string): Failure {
  return { code: 'TICKPEER_ROOM_CLOSED', message: `no open room has the code ${code}` };
}

function full(code: string): Failure {
  return { code: 'TICKPEER_OUTBOUND_LIMIT', message: `too many messages wait for the room ${code}` };
}

function disconnected(): Failure {
  return { code: 'TICKPEER_CLUSTER', message: 'this process is not connected to the cluster at present' };
}

function unanswered(code: string): Failure {
  const message = `the process with the room ${code} has not answered: the message may have arrived`;
  return { code: 'TICKPEER_CLUSTER', message };
}

function unreadable(code: string): Failure {
  return { code: 'TICKPEER_CLUSTER', message: `the process with the room ${code} could not read the message` };
}
