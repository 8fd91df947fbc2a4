/**
 * `tickpeer/rooms`: several rooms behind one `WebSocketServer`, each with a `SceneMultiplayer` of its own, between which players move
 * on their open connection (docs/rooms.md). For Node.
 *
 * @module
 */
export type {
  EntryRefusedMessage,
  RoomFaultMessage,
  RoomsDiagnosticsMessages,
  RoomTickMessage,
  SavingFailedMessage,
} from './diagnostics.ts';
export type { Enter } from './entering/entrance.ts';
export type { EntryRequest } from './entering/entry-request.ts';
export type { RoomDirectory } from './entering/room-directory.ts';
export type { RoomsLimits } from './limits/rooms-limits.ts';
export type { MatchQueue } from './moving/match-queue.ts';
export { Room, type RoomMetadata } from './room/room.ts';
export { type EntryRefusal, RoomCloseCode } from './room/room-close-code.ts';
export type { LogicOf, MatchRules, RoomKind, RoomKinds, RoomLogic } from './room/room-kind.ts';
export { Rooms } from './rooms.ts';
export type { CreateOptions, QuickMatchOptions, RoomsOptions } from './rooms-options.ts';
export type { RoomStore, SavingFailure, SavingOptions, SavingStep } from './saving/room-store.ts';
export type { RoomsStopOptions } from './stopping/rooms-shutdown.ts';
