import type { CaptureEvent } from './capture-event.ts';
import { HeldBytes } from './held-bytes.ts';
import type { CapturedPacket } from './pcap.ts';
import { TcpDirection } from './tcp-direction.ts';
import { readSegment, type TcpSegment } from './tcp-segment.ts';
import { WebSocketConversation } from './websocket-conversation.ts';

/** Connections that are followed at once; the oldest is given up beyond. */
const MOST_CONNECTIONS = 16_384;

/** A TCP connection of a capture. */
interface Connection {
  /** Of the client's SYN: with another one, the addresses are used again. Null when it is not in the capture. */
  first: number | null;
  /** Whether a segment had content. */
  hasData: boolean;
  readonly number: number;
  readonly client: string;
  readonly fromClient: TcpDirection;
  readonly fromServer: TcpDirection;
  /** Null when it is over; what is sent again is then ignored. */
  conversation: WebSocketConversation | null;
  /** The ends that were reported as ended or broken. */
  readonly ended: Set<boolean>;
  readonly broken: Set<boolean>;
}

/** Follows the TCP connections of a capture, and reads each as a WebSocket connection. */
export class TcpConnections {
  readonly #connections = new Map<string, Connection>();
  readonly #emit: (event: CaptureEvent) => void;
  readonly #held: HeldBytes;
  #count = 0;
  /** Packets that are cut off in their headers. */
  cutOff = 0;
  /** Packets that are TCP, but fragments of IP, which are not put together. */
  fragments = 0;
  /** Packets of a link that is not known. */
  unknownLinks = 0;

  constructor(emit: (event: CaptureEvent) => void, held: HeldBytes = new HeldBytes()) {
    this.#emit = emit;
    this.#held = held;
  }

  take({ time, linkType, data, cut }: CapturedPacket): void {
    const segment = readSegment(linkType, data, cut);
    if (segment === 'cut off') this.cutOff++;
    else if (segment === 'fragment') this.fragments++;
    else if (segment === 'unknown link') this.unknownLinks++;
    else if (segment !== 'other') this.#takeSegment(segment, time);
  }

  /** The capture ends: reports what is missing. */
  finish(time: number): void {
    for (const connection of this.#connections.values()) this.#giveUp(connection, time);
    this.#connections.clear();
  }

  /** Nothing more of it is read: says which bytes were missed, and frees its memory. */
  #giveUp(connection: Connection, time: number): void {
    const { conversation } = connection;
    for (const isFromClient of [true, false]) {
      const direction = isFromClient ? connection.fromClient : connection.fromServer;
      if (direction.waitingBytes > 0) conversation?.lose(isFromClient, time);
      direction.release();
    }
    conversation?.release();
    connection.conversation = null;
  }

  #takeSegment(segment: TcpSegment, time: number): void {
    const { source, target, sequence, isSyn, isAck, isReset } = segment;
    const key = source < target ? `${source} ${target}` : `${target} ${source}`;
    let connection = this.#connections.get(key);
    if (isSyn && !isAck && connection !== undefined) {
      if (isAnother(connection, sequence)) {
        this.#giveUp(connection, time);
        connection = undefined;
      } else connection.first = sequence; // it may come behind its answer
    }
    if (connection === undefined) {
      // What still comes of a connection that is over.
      if (isReset || (!isSyn && segment.payload.length === 0)) return;
      connection = this.#begin(key, segment, time);
    }
    const { conversation, broken, ended } = connection;
    if (conversation === null) return;
    connection.hasData ||= segment.payload.length > 0;
    const isFromClient = source === connection.client;
    const direction = isFromClient ? connection.fromClient : connection.fromServer;
    for (const bytes of direction.take(segment)) conversation.receive(isFromClient, bytes, time);
    if (direction.isBroken && !broken.has(isFromClient)) {
      broken.add(isFromClient);
      conversation.lose(isFromClient, time);
    }
    if (direction.hasEnded && !ended.has(isFromClient)) {
      ended.add(isFromClient);
      conversation.end('end', isFromClient, time);
    }
    if (isReset) {
      ended.add(isFromClient);
      conversation.end('reset', isFromClient, time);
    }
    if (isReset || ended.size === 2) this.#giveUp(connection, time);
  }

  #begin(key: string, { source, target, sequence, isSyn, isAck, payload }: TcpSegment, time: number): Connection {
    // Without the first SYN, a request tells the client.
    const isRequest = Buffer.from(payload.subarray(0, 4)).toString('latin1') === 'GET ';
    const isFromServer = !isRequest && ((isSyn && isAck) || (!isSyn && portOf(source) < portOf(target)));
    const [client, server] = isFromServer ? [target, source] : [source, target];
    const number = ++this.#count;
    const held = this.#held;
    const options = { held, beganBefore: !isSyn };
    const connection: Connection = {
      first: isSyn && !isAck ? sequence : null,
      hasData: false,
      number,
      client,
      fromClient: new TcpDirection(held),
      fromServer: new TcpDirection(held),
      conversation: new WebSocketConversation(number, { client, server }, this.#emit, options),
      ended: new Set(),
      broken: new Set(),
    };
    this.#connections.delete(key);
    this.#connections.set(key, connection);
    if (this.#connections.size > MOST_CONNECTIONS) {
      for (const [oldest, one] of this.#connections) {
        this.#giveUp(one, time);
        this.#connections.delete(oldest);
        break;
      }
    }
    return connection;
  }
}

/** Whether a SYN uses the addresses of a connection again, whose end may not be in the capture. */
function isAnother({ ended, first, hasData }: Connection, sequence: number): boolean {
  return ended.size > 0 || (first === null ? hasData : first !== sequence);
}

function portOf(end: string): number {
  return Number(end.slice(end.lastIndexOf(':') + 1));
}
