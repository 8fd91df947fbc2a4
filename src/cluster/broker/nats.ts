import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { Kvm } from '@nats-io/kv';
import type { createInbox, headers, NatsConnection } from '@nats-io/transport-node';
import type { Clock } from '../../clock.ts';
import type { ConnectionState } from './connection-state.ts';

/** What a bucket needs of NATS and its packages, which are loaded at run time. */
export interface Nats {
  readonly connection: NatsConnection;
  readonly state: ConnectionState;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly buckets: Kvm;
  readonly createInbox: typeof createInbox;
  readonly headers: typeof headers;
  readonly replicas: number;
  readonly markerAge: number;
  readonly clock: Clock;
}

/** The header of an entry's marker that it is deleted. */
export const OPERATION = 'KV-Operation';
