import type { CaptureEvent } from './capture-event.ts';
import type { CapturedPacket } from './pcap.ts';
import { TcpDirection } from './tcp-direction.ts';
import { readSegment, type TcpSegment } from './tcp-segment.ts';
import { WebSocketConversation } from './websocket-conversation.ts';

/** Connections that are followed at once; the oldest is given up beyond. */
const MOST_CONNECTIONS = 65_536;

/** A TCP connection of a capture. */
interface Connection {
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
  #count = 0;
  /** Packets that are TCP, but fragments of IP, which are not put together. */
  fragments = 0;
  /** Packets of a link that is not known. */
  unknownLinks = 0;

  constructor(emit: (event: CaptureEvent) => void) {
    this.#emit = emit;
  }

  take({ time, linkType, data }: CapturedPacket): void {
    const segment = readSegment(linkType, data);
    if (segment === 'fragment') this.fragments++;
    else if (segment === 'unknown link') this.unknownLinks++;
    else if (segment !== 'other') this.#takeSegment(segment, time);
  }

  /** The capture ends: reports what is missing. */
  finish(time: number): void {
    for (const connection of this.#connections.values()) {
      for (const isFromClient of [true, false]) {
        const { fromClient, fromServer, conversation, broken } = connection;
        const direction = isFromClient ? fromClient : fromServer;
        if (direction.waitingBytes > 0 && !broken.has(isFromClient)) conversation?.lose(isFromClient, time);
      }
    }
    this.#connections.clear();
  }

  #takeSegment(segment: TcpSegment, time: number): void {
    const { source, target, isSyn, isAck, isReset } = segment;
    const key = source < target ? `${source} ${target}` : `${target} ${source}`;
    let connection = this.#connections.get(key);
    // The addresses are used again.
    if (isSyn && !isAck && connection !== undefined && connection.ended.size > 0) connection = undefined;
    if (connection === undefined) {
      // What still comes of a connection that is over.
      if (isReset || (!isSyn && segment.payload.length === 0)) return;
      connection = this.#begin(key, segment);
    }
    const { conversation, broken, ended } = connection;
    if (conversation === null) return;
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
    if (isReset || ended.size === 2) connection.conversation = null;
  }

  #begin(key: string, { source, target, isSyn, isAck, payload }: TcpSegment): Connection {
    // Without the first SYN, a request tells the client.
    const isRequest = Buffer.from(payload.subarray(0, 4)).toString('latin1') === 'GET ';
    const isFromServer = !isRequest && ((isSyn && isAck) || (!isSyn && portOf(source) < portOf(target)));
    const [client, server] = isFromServer ? [target, source] : [source, target];
    const number = ++this.#count;
    const connection: Connection = {
      number,
      client,
      fromClient: new TcpDirection(),
      fromServer: new TcpDirection(),
      conversation: new WebSocketConversation(number, { client, server }, this.#emit),
      ended: new Set(),
      broken: new Set(),
    };
    this.#connections.delete(key);
    this.#connections.set(key, connection);
    if (this.#connections.size > MOST_CONNECTIONS) {
      for (const oldest of this.#connections.keys()) {
        this.#connections.delete(oldest);
        break;
      }
    }
    return connection;
  }
}

function portOf(end: string): number {
  return Number(end.slice(end.lastIndexOf(':') + 1));
}
