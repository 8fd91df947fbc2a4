import type { ClusterNodeRow, ClusterRoomRow, ClusterState } from '../feed/messages.ts';
import { shown } from './shown-text.ts';

/** What the inspector shows of a cluster: a part of `Cluster` of tickpeer/cluster. */
export interface InspectedCluster {
  /** The id of this process; null while it is no member. */
  readonly id: string | null;
  getNodes(): readonly InspectedNode[];
  getRooms(): readonly InspectedRoom[];
}

export interface InspectedNode {
  readonly id: string;
  readonly label: string;
  readonly address: { readonly host: string; readonly port: number };
  readonly rooms: number;
  readonly players: number;
  readonly isDraining: boolean;
  readonly age: number;
}

export interface InspectedRoom {
  readonly code: string;
  readonly kind: string;
  readonly node: string;
  readonly taken: number;
  readonly capacity: number;
  readonly isLocked: boolean;
  readonly isListed: boolean;
}

/** Rows for a page. */
const MOST_ROWS = 100;

/** The processes of the cluster and their rooms with `search` in code, kind or process. */
export function clusterState(cluster: InspectedCluster, search: string): ClusterState {
  const nodes = [...cluster.getNodes()].sort((one, other) => (one.label < other.label ? -1 : 1));
  const labels = new Map(nodes.map(({ id, label }) => [id, shown(label)]));
  const rooms = cluster.getRooms();
  const text = search.toUpperCase();
  const labelOf = ({ node }: InspectedRoom): string => labels.get(node) ?? '';
  const matching = rooms.filter((room) => {
    return [room.code, room.kind, labelOf(room)].some((one) => one.toUpperCase().includes(text));
  });
  matching.sort((one, other) => other.taken - one.taken || (one.code < other.code ? -1 : 1));
  return {
    isMember: cluster.id !== null,
    nodes: nodes.slice(0, MOST_ROWS).map((node) => nodeRow(node, cluster.id)),
    rooms: matching.slice(0, MOST_ROWS).map((room) => roomRow(room, labelOf(room))),
    count: matching.length,
    allRooms: rooms.length,
    players: nodes.reduce((sum, { players }) => sum + players, 0),
  };
}

function nodeRow(
  { id, label, address, rooms, players, isDraining, age }: InspectedNode,
  self: string | null,
): ClusterNodeRow {
  const place = shown(`${address.host}:${address.port}`);
  return {
    id,
    label: shown(label),
    address: place,
    isThis: id === self,
    isDraining,
    rooms,
    players,
    age: Math.round(age),
  };
}

function roomRow({ code, kind, taken, capacity, isLocked, isListed }: InspectedRoom, node: string): ClusterRoomRow {
  return { code, kind: shown(kind), node, taken, capacity, isLocked, isListed };
}
