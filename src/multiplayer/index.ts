/** Godot's multiplayer: what `tickpeer/multiplayer` publishes, and what `rooms` and `inspector` need besides. */
export { override } from './inspection/override.ts';
export type { SubjectKind, SubjectSink } from './inspection/packet-subjects.ts';
export type { PacketTap } from './inspection/packet-tap.ts';
export {
  type FoundNodes,
  type NodeFacts,
  type PeerFacts,
  SceneInspection,
  type SynchronizerFacts,
} from './inspection/scene-inspection.ts';
export { TokenBucket } from './limits/token-bucket.ts';
export { chooseClientId } from './peers/client-id.ts';
export type { Client, ClientSource } from './peers/client-source.ts';
export { endingCodeOf } from './peers/return-desk.ts';
export { ServerLink } from './peers/server-link.ts';
export * from './public.ts';
export { checkReturnOptions } from './returning/return-options.ts';
export { idOfToken } from './returning/return-tokens.ts';
export { CarriedPeer } from './rpc/carried-peer.ts';
export type { NumberedPath, NumberedPaths } from './rpc/path-cache.ts';
export { PathNumbers } from './rpc/path-numbers.ts';
export { NO_METHODS } from './rpc/rpc-table.ts';
export { INVALID_TOKEN } from './scene/absences.ts';
export type { QueueRoom, QueueSize } from './scene/sleep-watch.ts';
export { Command, commandOf } from './wire/command.ts';
export { writeIdMessage } from './wire/id-message.ts';
export { readConfirmation, readIntroduction, readPath, rootPathPacket } from './wire/path-packet.ts';
