import type { Msg, Subscription } from '@nats-io/transport-node';
import { type Nats, OPERATION } from './nats.ts';

/** A message of a bucket's stream: an entry, or the marker of one that was deleted. */
export interface StreamMessage {
  readonly key: string;
  /** Null for a marker. */
  readonly text: string | null;
  readonly revision: number;
}

export interface StreamReader {
  onMessage(message: StreamMessage): void;
  /** All that was in the stream at the beginning was read. */
  onCaughtUp(): void;
  /** Messages were lost, or the server has ended the consumer. Nothing is read any more. */
  onBroken(): void;
}

/** Milliseconds between the server's signs of life. */
const HEARTBEAT = 1000;
/** The consumer is broken after so many silent intervals. */
const MOST_SILENT = 3;

/**
 * Reads the stream of a bucket: the last message of each key, then all that follow, in the order of their revisions. The client's own
 * consumers take a minute or more to find that the server has ended them, which a restart of the server does.
 */
export class StreamConsumer {
  readonly #nats: Nats;
  readonly #stream: string;
  readonly #prefix: string;
  readonly #reader: StreamReader;
  readonly #name: string;
  #subscription: Subscription | null = null;
  #timer: unknown = null;
  #delivered = 0;
  #silent = 0;
  #lastAtStart = 0;
  #isCaughtUp = false;
  #isOver = false;

  constructor(nats: Nats, bucket: string, reader: StreamReader) {
    this.#nats = nats;
    this.#stream = `KV_${bucket}`;
    this.#prefix = `$KV.${bucket}.`;
    this.#reader = reader;
    this.#name = `tickpeer-${nats.createInbox().split('.').at(-1)}`;
  }

  /** `last` is the revision of the last write when it starts. `headersOnly`: the texts are empty. */
  async start(last: { readonly revision: number; readonly isEmpty: boolean }, headersOnly = false): Promise<void> {
    const { connection, manager, createInbox } = this.#nats;
    this.#lastAtStart = last.revision;
    const inbox = createInbox();
    this.#subscription = connection.subscribe(inbox, {
      callback: (error, message) => {
        if (this.#isOver) return;
        if (error === null) this.#receive(message);
        else this.#break();
      },
    });
    try {
      await manager.consumers.add(this.#stream, {
        name: this.#name,
        deliver_subject: inbox,
        deliver_policy: 'last_per_subject',
        filter_subject: `${this.#prefix}>`,
        ack_policy: 'none',
        max_deliver: 1,
        flow_control: true,
        idle_heartbeat: HEARTBEAT * 1e6,
        // The server removes the consumer when its process has gone.
        inactive_threshold: 30e9,
        mem_storage: true,
        num_replicas: 1,
        headers_only: headersOnly,
      });
    } catch (error) {
      this.stop();
      throw error;
    }
    if (this.#isOver) return;
    this.#watchHeartbeats();
    if (last.isEmpty) this.#catchUp();
  }

  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { connection, manager, clock, state } = this.#nats;
    clock.clearTimeout(this.#timer);
    if (!connection.isClosed()) this.#subscription?.unsubscribe();
    if (state.isConnected) manager.consumers.delete(this.#stream, this.#name).catch(() => {});
  }

  #receive(message: Msg): void {
    this.#silent = 0;
    const { headers } = message;
    if (headers?.code === 100) this.#control(message);
    else if (headers !== undefined && headers.code >= 400) this.#break();
    else this.#take(message);
  }

  /** The server asks to be told how far the messages were read, or has sent nothing for a while. */
  #control(message: Msg): void {
    const { headers } = message;
    if (message.reply !== undefined && message.reply !== '') {
      message.respond();
      return;
    }
    const stalled = headers?.get('Nats-Consumer-Stalled') ?? '';
    if (stalled !== '') this.#nats.connection.publish(stalled);
    else if (Number(headers?.get('Nats-Last-Consumer')) !== this.#delivered) this.#break();
    else this.#catchUp();
  }

  #take(message: Msg): void {
    const { revision, delivered, pending } = place(message);
    if (delivered !== this.#delivered + 1) {
      this.#break();
      return;
    }
    this.#delivered++;
    const key = message.subject.slice(this.#prefix.length);
    const isDeleted = message.headers?.has(OPERATION) === true;
    this.#reader.onMessage({ key, text: isDeleted ? null : message.string(), revision });
    // The number of messages that wait is not exact in some versions of the server. If this does not come true, a heartbeat tells.
    if (pending === 0 && revision >= this.#lastAtStart) this.#catchUp();
  }

  #catchUp(): void {
    if (this.#isCaughtUp || this.#isOver) return;
    this.#isCaughtUp = true;
    this.#reader.onCaughtUp();
  }

  #watchHeartbeats(): void {
    const { clock, state } = this.#nats;
    this.#timer = clock.setTimeout(() => {
      // Counted by intervals in which this process ran: after a stall of the process, the heartbeats are still in its socket.
      this.#silent = state.isConnected ? this.#silent + 1 : 0;
      if (this.#silent >= MOST_SILENT) this.#break();
      else this.#watchHeartbeats();
    }, HEARTBEAT);
  }

  #break(): void {
    if (this.#isOver) return;
    this.stop();
    this.#reader.onBroken();
  }
}

/** `$JS.ACK.STREAM.CONSUMER.ATTEMPTS.REVISION.DELIVERED.TIME.PENDING`; newer servers have more before the stream, and after. */
function place({ reply = '' }: Msg): { revision: number; delivered: number; pending: number } {
  const parts = reply.split('.');
  const at = parts.length === 9 ? 5 : 7;
  return { revision: Number(parts[at]), delivered: Number(parts[at + 1]), pending: Number(parts[at + 3]) };
}
