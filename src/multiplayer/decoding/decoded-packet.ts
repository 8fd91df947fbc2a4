import type { Variant } from '../../variant/index.ts';

/** `sent`: from this end to the other one. */
export type PacketDirection = 'sent' | 'received';

/** What all decoded packets have. */
interface PacketBase {
  readonly direction: PacketDirection;
  /** The id of the peer that made the packet: 1 is the server. In a relayed packet, the peer behind the server. */
  readonly from: number | null;
  /** The id of the peer that the packet is for; null when it is for several, or the client's id is not known. */
  readonly to: number | null;
  /** Bytes. In a relayed packet, without those of the RELAY. */
  readonly size: number;
  /** One line for a log, of limited length, without control characters. */
  readonly text: string;
}

/** The first packet of a server: the client's id. */
export interface IdAssignmentPacket extends PacketBase {
  readonly kind: 'id-assignment';
  readonly id: number;
}

/** The server announces that a peer has joined or left. */
export interface PeerAnnouncementPacket extends PacketBase {
  readonly kind: 'sys-add-peer' | 'sys-del-peer';
  readonly id: number;
}

/** A packet between two clients, on its way to or from the server. */
export interface RelayPacket extends PacketBase {
  readonly kind: 'relay';
  /** The peer that made the packet, in a RELAY from the server; null in one to the server. */
  readonly source: number | null;
  /** In a RELAY to the server: a peer, 0 for all, or the negative of the one that does not get it. Otherwise null. */
  readonly destination: number | null;
  readonly packet: DecodedPacket;
}

export interface AuthPacket extends PacketBase {
  readonly kind: 'auth';
  /** Empty when the sender has completed authentication. */
  readonly data: Uint8Array;
}

/** A remote call. */
export interface RpcPacket extends PacketBase {
  readonly kind: 'rpc';
  /** The path of the node; null when the packet has only its number, and that was not introduced. */
  readonly path: string | null;
  /** The caller's number of the node; null when the packet has its path. */
  readonly node: number | null;
  readonly method: number;
  /** The name of the method; null when no table has it. */
  readonly name: string | null;
  readonly arguments: readonly Variant[];
}

/** A peer gives a node a number. */
export interface SimplifyPathPacket extends PacketBase {
  readonly kind: 'simplify-path';
  readonly number: number;
  readonly path: string;
  /** Of the sender's methods. */
  readonly checksum: string;
  /** Whether the checksum is that of the declared methods; null when none are declared for the path. */
  readonly isAsDeclared: boolean | null;
}

/** A peer confirms a number that the other one has given. */
export interface ConfirmPathPacket extends PacketBase {
  readonly kind: 'confirm-path';
  readonly number: number;
  /** Null when the number was not introduced. */
  readonly path: string | null;
  /** Whether the two peers have the same methods at the node. */
  readonly isEqual: boolean;
}

/** Bytes of the game: `send_bytes`. */
export interface RawPacket extends PacketBase {
  readonly kind: 'raw';
  readonly data: Uint8Array;
}

/** A property in a SPAWN, SYNC or DELTA. */
export interface DecodedProperty {
  /** As in the synchronizer's configuration; null when that was not declared, or does not match. */
  readonly name: string | null;
  readonly value: Variant;
  /** Bytes. */
  readonly size: number;
}

export interface SpawnPacket extends PacketBase {
  readonly kind: 'spawn';
  /** The sender's number of the spawner. */
  readonly spawner: number;
  /** Null when the number was not introduced. */
  readonly spawnerPath: string | null;
  /** The index of the scene in the spawner's list; null for a node that the spawner's function makes. */
  readonly scene: number | null;
  readonly netId: number;
  /** The node's name. */
  readonly name: string;
  /** The path of the node; only its name when the spawner's `spawnPath` was not declared. */
  readonly node: string;
  /** The net ids of its synchronizers. */
  readonly synchronizers: readonly number[];
  /** What the spawner's function is given; undefined for a scene. */
  readonly argument: Variant | undefined;
  readonly values: readonly DecodedProperty[];
}

export interface DespawnPacket extends PacketBase {
  readonly kind: 'despawn';
  readonly netId: number;
  /** As in the SPAWN; null when that was not seen. */
  readonly node: string | null;
}

/** The part of a SYNC or DELTA about one synchronizer. */
export interface DecodedState {
  readonly netId: number;
  /** The synchronizer's path, or that of the spawned node when the synchronizer was not declared; null when it is not known. */
  readonly node: string | null;
  readonly values: readonly DecodedProperty[];
  /** Bytes, with the header of the block. */
  readonly size: number;
}

export interface SyncPacket extends PacketBase {
  readonly kind: 'sync';
  /** Counts the sender's network frames; 16 bits. */
  readonly time: number;
  readonly states: readonly DecodedState[];
}

export interface DeltaPacket extends PacketBase {
  readonly kind: 'delta';
  readonly states: readonly DecodedState[];
}

/** A packet that no engine sends, or that has a form that is not known. */
export interface UnreadablePacket extends PacketBase {
  readonly kind: 'unreadable';
  readonly reason: string;
  readonly data: Uint8Array;
}

/** What `PacketDecoder.decode` returns; `kind` tells the packets apart. */
export type DecodedPacket =
  | IdAssignmentPacket
  | PeerAnnouncementPacket
  | RelayPacket
  | AuthPacket
  | RpcPacket
  | SimplifyPathPacket
  | ConfirmPathPacket
  | RawPacket
  | SpawnPacket
  | DespawnPacket
  | SyncPacket
  | DeltaPacket
  | UnreadablePacket;

/** The fields of each kind, without those that all kinds have. */
export type PacketContent = DecodedPacket extends infer Packet
  ? Packet extends DecodedPacket
    ? Omit<Packet, keyof PacketBase>
    : never
  : never;
