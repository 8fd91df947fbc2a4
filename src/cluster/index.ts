/**
 * `tickpeer/cluster`: rooms in several processes and on several machines, by a NATS server (docs/scaling.md). For Node.
 *
 * @module
 */
export type { Broker, Bucket, BucketWatcher, Change, Entry, Responder } from './broker/broker.ts';
export { RevisionMismatch } from './broker/broker.ts';
export { type NatsBrokerOptions, natsBroker } from './broker/nats-broker.ts';
export { Cluster } from './cluster.ts';
export type { ClusterCreateOptions, ClusterMatchOptions, ClusterOptions } from './cluster-options.ts';
export type { ClusterNode, ClusterRoom } from './cluster-room.ts';
export type {
  ClusterDiagnosticsMessages,
  ClusterFaultMessage,
  ClusterLeaseMessage,
  ClusterRoomMessage,
} from './diagnostics.ts';
export type { NodeAddress } from './lease/node-record.ts';
export type { Place, Presence, PresentUser } from './messages/presence.ts';
export type { BroadcastOptions, MailCounts, RoomMail, SendOptions } from './messages/room-mail.ts';
export { Front } from './routing/front.ts';
export type { FrontLimits, FrontOptions, FrontRefusal, FrontStatistics } from './routing/front-options.ts';
export { handOverBetweenWorkers } from './routing/hand-over-primary.ts';
export type { FindRoute, Route } from './routing/route.ts';
