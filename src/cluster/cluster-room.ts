import type { Failure } from '../failure.ts';
import type { RoomMetadata } from '../rooms/index.ts';
import type { Directory } from './directory/directory.ts';
import type { RoomRecord } from './directory/room-record.ts';

/** A room somewhere in the cluster, as it was when it was told last. */
export interface ClusterRoom {
  readonly code: string;
  readonly kind: string;
  /** The id of the process that has it. */
  readonly node: string;
  readonly capacity: number;
  /** Places that are taken. */
  readonly taken: number;
  readonly isLocked: boolean;
  readonly isListed: boolean;
  readonly metadata: RoomMetadata;
}

/** A process of the cluster, as it was when it was told last. */
export interface ClusterNode {
  readonly id: string;
  readonly label: string;
  readonly address: { readonly host: string; readonly port: number };
  readonly rooms: number;
  readonly players: number;
  readonly isDraining: boolean;
  /** Milliseconds since it has renewed its lease, as seen from here. */
  readonly age: number;
}

export function clusterRoom(code: string, record: RoomRecord): ClusterRoom {
  const { kind, owner, capacity, taken, isLocked, isListed, metadata } = record;
  return { code, kind, node: owner, capacity, taken, isLocked, isListed, metadata };
}

/** The open rooms of all processes. */
export function openRooms(directory: Directory): ClusterRoom[] {
  const rooms: ClusterRoom[] = [];
  for (const [code, { record }] of directory.entries) {
    if (record.state === 'open' && directory.leases.isAlive(record.owner)) rooms.push(clusterRoom(code, record));
  }
  return rooms;
}

export function clusterNodes(directory: Directory, now: number): ClusterNode[] {
  return directory.leases.records.map(({ id, label, address, rooms, players, isDraining }) => {
    return { id, label, address, rooms, players, isDraining, age: directory.leases.age(id, now) };
  });
}

/** The fullest of the rooms of a kind that are open to all; null for none. */
export function fullestRoom(
  directory: Directory,
  kind: string,
  filter: (room: ClusterRoom) => boolean = () => true,
): ClusterRoom | null {
  for (const [code, record] of directory.fullestFirst(kind)) {
    const room = clusterRoom(code, record);
    if (filter(room)) return room;
  }
  return null;
}

/** What another process has answered to an order: a room or a failure. Null for a text that is neither. */
export function readMade(text: string): ClusterRoom | Failure | null {
  const made: unknown = JSON.parse(text);
  if (typeof made !== 'object' || made === null || !('code' in made) || typeof made.code !== 'string') return null;
  if ('message' in made && typeof made.message === 'string') return made as Failure; // of a process of this cluster
  if (!('node' in made && 'capacity' in made)) return null;
  const capacity = made.capacity ?? Number.POSITIVE_INFINITY; // JSON has null for it
  return { ...(made as ClusterRoom), capacity: Number(capacity) };
}
