import { type LogLine, reasonOf } from './log-line.ts';

/** The fields of the messages of `tickpeer/cluster` that a log uses. */
interface LeaseMessage {
  readonly id: string;
}

interface FaultMessage {
  readonly error: unknown;
}

interface RoomLostMessage {
  readonly code: string;
}

/** By channel; see docs/observing.md. Subscribed to by name, so that a program without a cluster does not load its code. */
export const CLUSTER_LINES = {
  'tickpeer:cluster:joined': ({ id }: LeaseMessage): LogLine => {
    return { level: 'info', kind: '', text: `cluster: this process is a member, with the id ${id}`, failure: null };
  },
  'tickpeer:cluster:lease-lost': ({ id }: LeaseMessage): LogLine => {
    const text = `cluster: the lease of ${id} has ended, because it could not be renewed in time; the rooms were closed`;
    return { level: 'error', kind: '', text, failure: null };
  },
  'tickpeer:cluster:room-lost': ({ code }: RoomLostMessage): LogLine => {
    const text = `cluster: the room ${code} was closed, because its record was taken away`;
    return { level: 'error', kind: '', text, failure: null };
  },
  'tickpeer:cluster:fault': ({ error }: FaultMessage): LogLine => {
    const text = `cluster: a client could not be routed, or a room not be listed: ${reasonOf(error)}`;
    return { level: 'error', kind: '', text, failure: null };
  },
};
