import { channel } from 'node:diagnostics_channel';
import type { Cluster } from './cluster.ts';

/**
 * The messages that a cluster publishes on channels of `node:diagnostics_channel`, by channel (docs/observing.md). A subscriber runs in the middle of a call, so
 * it must only read.
 */
export interface ClusterDiagnosticsMessages {
  /** An error in deciding where a client goes, which was refused; or metadata of a room that the other processes cannot get. */
  'tickpeer:cluster:fault': ClusterFaultMessage;
  /** The process is a member. `Cluster.joined` is emitted as well. */
  'tickpeer:cluster:joined': ClusterLeaseMessage;
  /** The lease has ended, because it could not be renewed in time. `Cluster.leaseLost` is emitted as well. */
  'tickpeer:cluster:lease-lost': ClusterLeaseMessage;
  /** The record of an open room was taken away. `Cluster.roomLost` is emitted as well. */
  'tickpeer:cluster:room-lost': ClusterRoomMessage;
}

export interface ClusterFaultMessage {
  readonly cluster: Cluster;
  readonly error: unknown;
}

export interface ClusterLeaseMessage {
  readonly cluster: Cluster;
  /** The id that the process has, or had, in the cluster. */
  readonly id: string;
}

export interface ClusterRoomMessage {
  readonly cluster: Cluster;
  readonly code: string;
}

interface ClusterChannel<Message> {
  publish(message: Message): void;
}

/** Stored here, because Node drops a channel that nothing references. */
export const CHANNELS: {
  readonly [Name in keyof ClusterDiagnosticsMessages]: ClusterChannel<ClusterDiagnosticsMessages[Name]>;
} = {
  'tickpeer:cluster:fault': channel('tickpeer:cluster:fault'),
  'tickpeer:cluster:joined': channel('tickpeer:cluster:joined'),
  'tickpeer:cluster:lease-lost': channel('tickpeer:cluster:lease-lost'),
  'tickpeer:cluster:room-lost': channel('tickpeer:cluster:room-lost'),
};
