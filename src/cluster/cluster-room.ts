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
  rooms: readonly ClusterRoom[],
  kind: string,
  filter?: (room: ClusterRoom) => boolean,
): ClusterRoom | null {
  let fullest: ClusterRoom | null = null;
  for (const room of rooms) {
    if (room.kind !== kind || !room.isListed || room.isLocked || room.taken >= room.capacity) continue;
    if ((fullest === null || room.taken > fullest.taken) && filter?.(room) !== false) fullest = room;
  }
  return fullest;
}
