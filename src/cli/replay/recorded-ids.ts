import { isFailure } from '../../failure.ts';
import { HeadReader } from '../../protocol/index.ts';
import { RecordedKind, readerOf } from '../../testing/index.ts';
import type { MessageEvent } from '../decode/capture-event.ts';
import { WebSocketConversation } from '../decode/websocket-conversation.ts';

const HEAD_LIMITS = { maxHeadSize: 256 * 1024, maxHeaders: 1000 };
const ID_SIZE = 4;

/**
 * The ids that the server of a Godot game gave its clients: by the `Sec-WebSocket-Key` of each client's request, in the order of the
 * recording. A connection whose first message from the server cannot be an id has none.
 */
export function recordedIds(recording: Uint8Array): Map<string, number[]> {
  const ids = new Map<string, number[]>();
  const reader = readerOf(recording);
  if (isFailure(reader.header())) return ids; // the replay reports it
  const beginnings = new Map<number, Beginning>();
  for (let event = reader.next(); event !== null && !isFailure(event); event = reader.next()) {
    const { kind, connection, data } = event;
    if (kind === RecordedKind.OPENED) beginnings.set(connection, new Beginning(connection));
    const beginning = beginnings.get(connection);
    if (kind === RecordedKind.RECEIVED) beginning?.receive(data);
    else if (kind === RecordedKind.SENT) beginning?.send(data);
    if (beginning === undefined || beginning.first === null) continue;
    beginnings.delete(connection); // the rest of it is not read
    const { key, first } = beginning;
    if (key === null || first.isText || first.data.length !== ID_SIZE) continue;
    const id = Buffer.from(first.data).readInt32LE();
    ids.set(key, [...(ids.get(key) ?? []), id]);
  }
  return ids;
}

/** A connection up to the first message of the server. */
class Beginning {
  readonly #conversation: WebSocketConversation;
  readonly #head = new HeadReader(HEAD_LIMITS);
  /** The server's first message; null before. */
  first: MessageEvent | null = null;

  constructor(number: number) {
    this.#conversation = new WebSocketConversation(number, { client: '', server: '' }, (event) => {
      if (event.kind === 'message' && !event.isFromClient) this.first ??= event;
    });
  }

  get key(): string | null {
    return this.#head.head?.headers.get('sec-websocket-key') ?? null;
  }

  receive(bytes: Uint8Array): void {
    this.#head.push(bytes); // takes nothing behind the head
    // The frames are unmasked where they are.
    this.#conversation.receive(true, new Uint8Array(bytes), 0);
  }

  send(bytes: Uint8Array): void {
    this.#conversation.receive(false, new Uint8Array(bytes), 0);
  }
}
