import { ErrorCode } from '../../error-code.ts';
import { isFailure } from '../../failure.ts';
import {
  Command,
  commandOf,
  NO_METHODS,
  type PathNumbers,
  type QueueRoom,
  type QueueSize,
  readConfirmation,
  readIntroduction,
  readPath,
  rootPathPacket,
} from '../../multiplayer/index.ts';
import { WebSocketPeer } from '../../websocket/index.ts';
import type { Connection } from '../room/connection.ts';
import { RoomCloseCode } from '../room/room-close-code.ts';

/** Bytes of a path of the client; a longer one is not kept. */
const LONGEST_PATH = 1024;

/** A connection on its way from one room to another. */
interface Journey {
  readonly connection: Connection;
  /** What it is still to be sent, in order. The next portion is sent when the one before is handled. */
  readonly portions: Portion[];
  readonly deadline: number;
}

/** As much as fits into the client's queue. */
interface Portion {
  readonly packets: Uint8Array[];
  /** The number that is introduced last. Its confirmation says that the client has handled everything before. */
  readonly marker: number;
}

/** Where the client's queue is not known. */
const NO_END: QueueSize = { bytes: Number.POSITIVE_INFINITY, packets: Number.POSITIVE_INFINITY };

/** What a transit reports. */
export interface TransitEvents {
  /** The client has handled everything of its old room, and nothing of it is left unread. */
  onArrived(connection: Connection): void;
  /** The connection has ended, or is closed because its time is over. */
  onLost(connection: Connection): void;
}

/**
 * The connections that move between rooms. Packets that were sent in the old room are dropped: they are for nodes of that room. Since
 * packets keep their order, they are those before the confirmation of a path that is introduced last: that of the root, which the
 * engine confirms whatever scene the game shows.
 */
export class Transit {
  readonly #numbers: PathNumbers;
  readonly #timeLimit: number;
  readonly #events: TransitEvents;
  readonly #journeys = new Map<Connection, Journey>();

  /** `timeLimit`: milliseconds. */
  constructor(numbers: PathNumbers, timeLimit: number, events: TransitEvents) {
    this.#numbers = numbers;
    this.#timeLimit = timeLimit;
    this.#events = events;
  }

  get size(): number {
    return this.#journeys.size;
  }

  has(connection: Connection): boolean {
    return this.#journeys.has(connection);
  }

  /** `packets`: what it is still to be sent of its old room. `queue`: what its game handles at once. */
  begin(connection: Connection, packets: readonly Uint8Array[], queue: QueueRoom | null, now: number): void {
    const journey = { connection, portions: this.#divide(packets, queue), deadline: now + this.#timeLimit };
    this.#journeys.set(connection, journey);
    send(journey);
  }

  /** Ends the journey of a connection. */
  drop(connection: Connection): void {
    this.#journeys.delete(connection);
  }

  progress(now: number): void {
    for (const journey of this.#journeys.values()) {
      const { connection } = journey;
      if (connection.peer.getReadyState() !== WebSocketPeer.STATE_OPEN) {
        this.#lose(connection);
        continue;
      }
      send(journey);
      if (this.#hasSeenMarker(journey)) {
        this.#journeys.delete(connection);
        connection.carried.settle(this.#numbers);
        connection.carried.hasMoved = true;
        this.#events.onArrived(connection);
      } else if (now >= journey.deadline) {
        connection.peer.close(RoomCloseCode.MOVE_TIMEOUT, 'the game did not answer while it was moved');
        this.#lose(connection);
      }
    }
  }

  #divide(packets: readonly Uint8Array[], queue: QueueRoom | null): Portion[] {
    const portions: Portion[] = [];
    let room = queue?.now ?? NO_END;
    let portion: Uint8Array[] = [];
    let bytes = 0;
    const end = (): void => {
      const marker = this.#numbers.next();
      portions.push({ packets: [...portion, rootPathPacket(NO_METHODS.md5, marker)], marker });
    };
    for (const packet of packets) {
      bytes += packet.length;
      if (bytes > room.bytes || portion.length >= room.packets) {
        end();
        room = queue?.whenEmpty ?? NO_END;
        portion = [];
        bytes = packet.length;
      }
      portion.push(packet);
    }
    end();
    return portions;
  }

  #lose(connection: Connection): void {
    this.#journeys.delete(connection);
    this.#events.onLost(connection);
  }

  /** Reads up to the confirmation of the marker. What comes after it is for the new room. */
  #hasSeenMarker(journey: Journey): boolean {
    const { connection, portions } = journey;
    const { peer, carried } = connection;
    while (peer.getAvailablePacketCount() > 0) {
      const packet = peer.getPacket();
      if (packet.length === 0) continue;
      const command = commandOf(packet);
      if (command === Command.CONFIRM_PATH) {
        const confirmation = readConfirmation(packet);
        if (isFailure(confirmation)) continue;
        if (confirmation.number === portions[0]?.marker) {
          portions.shift();
          if (portions.length === 0) return true;
          send(journey);
        }
        if (carried.sent.has(confirmation.number)) carried.sent.set(confirmation.number, true);
      } else if (command === Command.SIMPLIFY_PATH) {
        this.#keepNumber(connection, packet);
      }
    }
    return false;
  }

  /** The client introduces a node of its own once, so this number has to be kept. */
  #keepNumber({ carried }: Connection, packet: Uint8Array): void {
    const introduction = readIntroduction(packet);
    if (isFailure(introduction) || packet.length - introduction.pathStart - 1 > LONGEST_PATH) return;
    const path = readPath(packet, introduction.pathStart);
    const { number, md5 } = introduction;
    if (path !== null) carried.noteUnconfirmed(number, { path, md5 });
  }
}

/** Sends what waits, as far as the connection takes it. */
function send({ connection, portions }: Journey): void {
  const { peer } = connection;
  const packets = portions[0]?.packets ?? [];
  while (packets.length > 0) {
    const isSent = peer.send(packets[0]!) === ErrorCode.OK;
    // What the empty buffer does not take is larger than it, and can never be sent.
    if (!isSent && peer.getCurrentOutboundBufferedAmount() > 0) return;
    packets.shift();
  }
}
