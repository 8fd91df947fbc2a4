/**
 * `tickpeer/cluster`: rooms in several processes and on several machines, by a NATS server (docs/scaling.md). For Node.
 *
 * @module
 */
export type { Broker, Bucket, BucketWatcher, Change, Entry, Responder } from './broker/broker.ts';
export { RevisionMismatch } from './broker/broker.ts';
export { type NatsBrokerOptions, natsBroker } from './broker/nats-broker.ts';
