// What the inspector and its page send each other, as JSON. Types only: the page imports them, too.

/** The server's figures of one interval. Rates are per second; times are milliseconds. */
export interface Sample {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly peers: number;
  readonly polls: number;
  /** How long a poll took; null without one. */
  readonly pollMean: number | null;
  readonly pollMost: number | null;
  /** Of the peers whose round-trip time is known; null without any. */
  readonly roundTrip: number | null;
  readonly roundTripMost: number | null;
}

/** How full a queue is, and its limits. */
export interface QueueFill {
  readonly bytes: number;
  readonly mostBytes: number;
  readonly packets: number;
  readonly mostPackets: number;
}

/** A simulated line between a peer and the network. Milliseconds. */
export interface LineState {
  readonly latency: number;
  readonly jitter: number;
  /** How much longer it is stalled; 0 if it is not. */
  readonly stalledFor: number;
}

/** What a multiplayer knows of a peer. */
export interface MultiplayerState {
  readonly isAdmitted: boolean;
  /** Numbers of this side that it was sent and has confirmed; its own numbers here, and how many it may have. */
  readonly pathsSent: number;
  readonly pathsConfirmed: number;
  readonly pathsTheirs: number;
  readonly mostPathsTheirs: number;
  /** Where its methods differ. */
  readonly differences: readonly string[];
  readonly spawned: number;
  readonly unsent: number;
  readonly badPackets: number;
  readonly refusedPackets: number;
  readonly relayedPackets: number;
  /** Whether its game does not run, and what waits for it at the server. */
  readonly isAsleep: boolean;
  readonly waitingPackets: number;
  readonly waitingBytes: number;
}

export interface PeerRow {
  /** Numbers the connections in the order in which the inspector saw them. */
  readonly key: number;
  /** The multiplayer's id; 0 for none. */
  readonly id: number;
  /** The code of the room that it is in; empty for none, and while it moves to another room. */
  readonly room: string;
  readonly address: string;
  readonly port: number;
  readonly url: string;
  readonly state: 'OPEN' | 'CLOSING';
  readonly protocol: string;
  /** When it opened, milliseconds since 1970; `isEarlier`: it was open when the inspector was attached, at that time. */
  readonly since: number;
  readonly isEarlier: boolean;
  /** Null while it is not known. */
  readonly roundTrip: number | null;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly totalBytesIn: number;
  readonly totalBytesOut: number;
  readonly totalPacketsIn: number;
  readonly totalPacketsOut: number;
  readonly sendsRefused: number;
  readonly inbound: QueueFill;
  readonly outbound: QueueFill;
  /** Bytes that the system has not taken. */
  readonly backlog: number;
  readonly line: LineState | null;
  readonly multiplayer: MultiplayerState | null;
}

/** A number that stands for the path of a node. */
export interface PathRow {
  readonly number: number;
  readonly path: string;
  readonly isConfirmed: boolean;
}

/** The first of the numbers that a peer and the server have given each other. */
export interface PathsState {
  readonly ours: readonly PathRow[];
  readonly theirs: readonly PathRow[];
}

export type PeerOrder = 'key' | 'id' | 'address' | 'roundTrip' | 'bytesIn' | 'bytesOut' | 'outbound' | 'inbound';

/** Bytes by what they were for. */
export interface TrafficRow {
  readonly kind: string;
  /** Empty where there is no node. */
  readonly path: string;
  readonly member: string;
  /** Per second, over the last seconds. */
  readonly bytesInRate: number;
  readonly bytesOutRate: number;
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface TrafficState {
  readonly rows: readonly TrafficRow[];
  /** How many rows there are, with those that are not in `rows`. */
  readonly count: number;
  /** For how many seconds packets were counted. */
  readonly seconds: number;
  /** False when there were so many packets that only some of them were read, and the rows are estimates. */
  readonly isExact: boolean;
}

export interface SynchronizerRow {
  readonly path: string;
  readonly authority: number;
  readonly netId: number;
  /** -1 where another peer is the authority. */
  readonly viewers: number;
  readonly receivers: number;
}

export interface NodeRow {
  readonly path: string;
  readonly scene: string;
  readonly spawner: string;
  readonly from: number;
  readonly authority: number;
  readonly methods: readonly string[];
  /** -1 where that does not apply. */
  readonly viewers: number;
  readonly synchronizers: readonly SynchronizerRow[];
}

export interface NodesState {
  readonly rows: readonly NodeRow[];
  readonly count: number;
  /** The peers that see the node that the page looks at; null without one. */
  readonly viewers: readonly number[] | null;
}

/** A room of a `Rooms`. */
export interface RoomRow {
  readonly code: string;
  readonly kind: string;
  /** Those that are in it, and those with a place that are about to enter. */
  readonly players: number;
  readonly arriving: number;
  readonly capacity: number;
  readonly isLocked: boolean;
  readonly isListed: boolean;
  /** Ticks per second, as its kind says, and as they were; null without one in the interval. Milliseconds of a tick. */
  readonly tickRate: number;
  readonly ticks: number | null;
  readonly tickMean: number | null;
  readonly tickMost: number | null;
  /** Of its players, per second. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Handlers that have thrown. */
  readonly faults: number;
}

export type RoomOrder = 'code' | 'kind' | 'players' | 'tickMean' | 'tickMost' | 'bytesIn' | 'bytesOut' | 'faults';

export interface RoomsState {
  readonly rows: readonly RoomRow[];
  /** How many rooms match the page's search. */
  readonly count: number;
}

/** A process of the cluster. */
export interface ClusterNodeRow {
  readonly id: string;
  readonly label: string;
  readonly address: string;
  /** Whether it is the one that the inspector is attached to. */
  readonly isThis: boolean;
  readonly isDraining: boolean;
  readonly rooms: number;
  readonly players: number;
  /** Milliseconds since it has renewed its lease. */
  readonly age: number;
}

/** A room of any process of the cluster. */
export interface ClusterRoomRow {
  readonly code: string;
  readonly kind: string;
  /** The label of its process. */
  readonly node: string;
  readonly taken: number;
  readonly capacity: number;
  readonly isLocked: boolean;
  readonly isListed: boolean;
}

export interface ClusterState {
  /** Whether this process is a member at present. */
  readonly isMember: boolean;
  readonly nodes: readonly ClusterNodeRow[];
  readonly rooms: readonly ClusterRoomRow[];
  /** How many rooms match the page's search. */
  readonly count: number;
  /** Rooms and players of all processes. */
  readonly allRooms: number;
  readonly players: number;
}

export interface LogEntry {
  /** Rises; an entry that is repeated gets the number of a new one. */
  readonly number: number;
  /** The number that it had first: a page may have missed some of those between. */
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly text: string;
  /** How often it has happened; the text is that of the last time. */
  readonly count: number;
}

/** A packet of the peer that a page follows. */
export interface FollowedPacket {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly isSent: boolean;
  readonly size: number;
  /** What it is: a text message, or what the multiplayer makes of it. */
  readonly summary: string;
  /** The first bytes in hexadecimal digits; empty for text. */
  readonly hex: string;
}

/** The first message to a page. */
export interface Hello {
  readonly type: 'hello';
  readonly target: 'server' | 'peer' | 'scene' | 'rooms';
  /** Whether the rooms are those of a cluster. */
  readonly hasCluster: boolean;
  /** Milliseconds between two updates. */
  readonly interval: number;
  /** When the inspector was attached. */
  readonly since: number;
  /** The program's process id and Node's version, to tell two programs apart. */
  readonly process: string;
  readonly history: readonly Sample[];
  readonly log: readonly LogEntry[];
}

export interface Update {
  readonly type: 'update';
  readonly sample: Sample;
  readonly server: ServerState;
  /** None while the page does not show them. */
  readonly peers: readonly PeerRow[];
  /** How many peers match the page's search. */
  readonly peerCount: number;
  /** The peer that the page shows in detail; null when it is gone, or none was chosen. */
  readonly chosen: PeerRow | null;
  /** Of the chosen peer; null while the page does not show them. */
  readonly paths: PathsState | null;
  /** The room that the page looks at; null without rooms, for none, and when it has closed. */
  readonly room: RoomRow | null;
  /** Null without rooms, or while the page does not show them. */
  readonly rooms: RoomsState | null;
  /** Null without a cluster, or while the page does not show it. */
  readonly cluster: ClusterState | null;
  /** Null for a server without a multiplayer, without a room that the page looks at, or while the page does not show it. */
  readonly traffic: TrafficState | null;
  readonly nodes: NodesState | null;
  readonly log: readonly LogEntry[];
  readonly packets: readonly FollowedPacket[];
  /** Packets of the followed peer that were left out. */
  readonly packetsSkipped: number;
}

export interface ServerState {
  readonly isListening: boolean;
  readonly port: number;
  /** Clients in the handshake. */
  readonly pending: number;
  /** Connections that were dropped unread. */
  readonly dropped: number;
  readonly totalBytesIn: number;
  readonly totalBytesOut: number;
  readonly totalPacketsIn: number;
  readonly totalPacketsOut: number;
  /** Of this process. */
  readonly memory: number;
  /** The share of one processor that the process has used in the interval. */
  readonly cpu: number;
  /** Null without rooms. */
  readonly rooms: RoomTotals | null;
}

export interface RoomTotals {
  readonly rooms: number;
  readonly players: number;
  /** Players that wait for a match. */
  readonly waiting: number;
}

/** What has become of a page's request. */
export interface Notice {
  readonly type: 'notice';
  readonly isError: boolean;
  readonly text: string;
}

export type ServerMessage = Hello | Update | Notice;

/** What the page shows now. */
export interface ViewRequest {
  readonly type: 'view';
  readonly showsPeers: boolean;
  readonly order: PeerOrder;
  readonly isDescending: boolean;
  /** Shown are the peers with this text in their id, address or room. */
  readonly search: string;
  /** The key of the peer shown in detail; 0 for none. */
  readonly chosen: number;
  /** Whether the path numbers of that peer are shown. */
  readonly showsPaths: boolean;
  /** The code of the room whose peers, traffic and nodes are shown; empty for all peers. */
  readonly room: string;
  readonly showsRooms: boolean;
  readonly roomOrder: RoomOrder;
  readonly isRoomsDescending: boolean;
  /** Shown are the rooms with this text in their code or kind. */
  readonly roomSearch: string;
  readonly showsCluster: boolean;
  /** Shown are the rooms of all processes with this text in their code, their kind or the label of their process. */
  readonly clusterSearch: string;
  readonly showsTraffic: boolean;
  readonly showsNodes: boolean;
  readonly nodeSearch: string;
  /** The node whose viewers are shown; empty for none. */
  readonly node: string;
}

export interface KickRequest {
  readonly type: 'kick';
  readonly peer: number;
  readonly reason: string;
}

export interface LineRequest {
  readonly type: 'line';
  readonly peer: number;
  readonly latency: number;
  readonly jitter: number;
}

export interface StallRequest {
  readonly type: 'stall';
  readonly peer: number;
  readonly milliseconds: number;
}

export interface FollowRequest {
  readonly type: 'follow';
  /** 0 for none. */
  readonly peer: number;
}

export type PageMessage = ViewRequest | KickRequest | LineRequest | StallRequest | FollowRequest;
