import { channel } from 'node:diagnostics_channel';
import type { Room } from './room/room.ts';
import type { Rooms } from './rooms.ts';
import type { SavingFailure } from './saving/room-store.ts';

/**
 * The messages that rooms publish on channels of `node:diagnostics_channel`, by channel (docs/observing.md). No message is made for a
 * channel without subscribers. A subscriber runs in the middle of a call, so it must only read.
 */
export interface RoomsDiagnosticsMessages {
  /** A handler of a room has thrown. `Rooms.roomFailed` is emitted as well. */
  'tickpeer:rooms:fault': RoomFaultMessage;
  /** A client was refused before it got an id. */
  'tickpeer:rooms:refused': EntryRefusedMessage;
  /** A room could not be saved, or not restored. `Rooms.savingFailed` is emitted as well. */
  'tickpeer:rooms:saving-failed': SavingFailedMessage;
  /** A room has ticked. */
  'tickpeer:rooms:tick': RoomTickMessage;
}

export interface RoomFaultMessage {
  readonly rooms: Rooms;
  readonly room: Room;
  readonly error: unknown;
  /** How many handlers of this room have thrown. */
  readonly count: number;
}

export interface EntryRefusedMessage {
  readonly rooms: Rooms;
  /** The client's IP address, also when it connects through `trustedProxies`. May be empty. */
  readonly address: string;
  /** The close code, and the reason that the client is told. */
  readonly code: number;
  readonly reason: string;
}

export interface SavingFailedMessage extends SavingFailure {
  readonly rooms: Rooms;
}

export interface RoomTickMessage {
  readonly rooms: Rooms;
  readonly room: Room;
  /** How long the tick took, in milliseconds. */
  readonly duration: number;
}

interface RoomsChannel<Message> {
  readonly hasSubscribers: boolean;
  publish(message: Message): void;
}

/** Stored here, because Node drops a channel that nothing references. */
export const CHANNELS: {
  readonly [Name in keyof RoomsDiagnosticsMessages]: RoomsChannel<RoomsDiagnosticsMessages[Name]>;
} = {
  'tickpeer:rooms:fault': channel('tickpeer:rooms:fault'),
  'tickpeer:rooms:refused': channel('tickpeer:rooms:refused'),
  'tickpeer:rooms:saving-failed': channel('tickpeer:rooms:saving-failed'),
  'tickpeer:rooms:tick': channel('tickpeer:rooms:tick'),
};
