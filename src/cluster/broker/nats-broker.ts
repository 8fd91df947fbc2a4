import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { Clock } from '../../clock.ts';
import { systemClock } from '../../stream/index.ts';
import type { Broker, Bucket, Responder } from './broker.ts';
import { ConnectionState } from './connection-state.ts';
import { NatsBucket } from './nats-bucket.ts';

/** How a NATS server is used. */
export interface NatsBrokerOptions {
  /** On how many servers of a NATS cluster each bucket is kept: 1, 3 or 5. Default: 1. An existing bucket is not changed. */
  readonly replicas?: number;
  /** Milliseconds until a read or a write is rejected that got no answer. Default: 2,000. */
  readonly timeout?: number;
  /**
   * Milliseconds for which a deleted entry leaves a marker in its bucket. Default: 300,000. A write of before, which the network has
   * delayed, is refused for as long.
   */
  readonly markerAge?: number;
  /** Default: the system's clock. */
  readonly clock?: Clock;
}

/**
 * A NATS server, or a cluster of them, with JetStream: version 2.9 or later. Rejects when JetStream does not answer or is off, and for a
 * connection that is closed. The connection stays the caller's, who closes it. Its `pingInterval` should be a few seconds: by default it takes minutes to find that a server is gone
 * without a word.
 *
 * Reads and writes are rejected at once while there is no connection.
 */
export async function natsBroker(connection: NatsConnection, options: NatsBrokerOptions = {}): Promise<Broker> {
  const { replicas = 1, timeout = 2000, markerAge = 300_000, clock = systemClock } = options;
  const [{ jetstream }, { Kvm }, { createInbox, headers }] = await Promise.all([
    import('@nats-io/jetstream'),
    import('@nats-io/kv'),
    import('@nats-io/transport-node'),
  ]);
  const state = new ConnectionState(connection);
  const client = jetstream(connection, { timeout });
  const manager = await client.jetstreamManager().catch((error: unknown) => {
    throw new Error(whyNoJetStream(connection, error), { cause: error });
  });
  const buckets = new Kvm(client);
  const nats = {
    connection,
    state,
    client,
    manager,
    buckets,
    createInbox,
    headers,
    replicas,
    markerAge,
    clock,
  };

  const listen = (subject: string, onMessage: (message: Msg) => void): (() => void) => {
    const subscription = connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) onMessage(message);
      },
    });
    return () => subscription.unsubscribe();
  };

  return {
    get isConnected() {
      return state.isConnected;
    },
    get isClosed() {
      return state.isClosed;
    },
    openBucket: (name: string): Promise<Bucket> => NatsBucket.open(nats, name),
    publish: (subject, text) => {
      if (state.isConnected) connection.publish(subject, text);
    },
    subscribe: (subject, onMessage) =>
      listen(subject, (message) => {
        outsideTheClient(() => onMessage(message.string()));
      }),
    request: async (subject, text, milliseconds) => {
      if (!state.isConnected) throw new Error('no connection to the broker');
      return (await connection.request(subject, text, { timeout: milliseconds })).string();
    },
    respond: (subject, responder) =>
      listen(subject, (message) => {
        void answer(message, responder);
      }),
  };
}

function whyNoJetStream(connection: NatsConnection, error: unknown): string {
  if (connection.isClosed())
    return 'the connection to NATS is closed: call connect() again, and natsBroker() with the new connection';
  const server = connection.getServer();
  if (error instanceof Error && error.name === 'JetStreamNotEnabled') {
    return `JetStream is off at the NATS server ${server}: start it with nats-server -js, and allow it for the account of this user`;
  }
  return `JetStream of the NATS server ${server} does not answer: ${error instanceof Error ? error.message : String(error)}`;
}

async function answer(message: Msg, responder: Responder): Promise<void> {
  try {
    message.respond(await responder(message.string()));
  } catch {
    // Not answered: the request ends by its time limit.
  }
}

/** The client ends its connection when a callback throws. Throws outside of it, so that the process learns of the error. */
function outsideTheClient(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
