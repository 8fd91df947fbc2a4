/** Godot's multiplayer: numbered peers over WebSocket, and remote calls between them. */

export type {
  DeclaredNames,
  MethodNames,
  PropertyRule,
  SceneRule,
  SpawnerRule,
  SynchronizerRule,
} from './decoding/declared-names.ts';
export type {
  AuthPacket,
  ConfirmPathPacket,
  DecodedPacket,
  DecodedProperty,
  DecodedState,
  DeltaPacket,
  DespawnPacket,
  IdAssignmentPacket,
  PacketDirection,
  PeerAnnouncementPacket,
  RawPacket,
  RelayPacket,
  RpcPacket,
  SimplifyPathPacket,
  SpawnPacket,
  SyncPacket,
  UnreadablePacket,
} from './decoding/decoded-packet.ts';
export { PacketDecoder, type PacketDecoderOptions } from './decoding/packet-decoder.ts';
export type {
  ChecksumMismatchMessage,
  HandlerErrorMessage,
  MultiplayerDiagnosticsMessages,
  MultiplayerMessage,
  PacketRefusedMessage,
  PeerAwayMessage,
  PeerBackMessage,
  PeerDisconnectedMessage,
  PeerLimitMessage,
  PeerSleepMessage,
  TurnedAwayMessage,
} from './diagnostics/diagnostics-messages.ts';
export type { PeerLimits } from './limits/peer-limits.ts';
export type { PeerStatistics } from './limits/peer-statistics.ts';
export type { SleepOptions } from './limits/sleep-options.ts';
export type { AnyScene } from './nodes/any-scene.ts';
export { InterestGrid, type InterestGridOptions, type PeerSource, type Position } from './nodes/interest-grid.ts';
export { MultiplayerSpawner } from './nodes/multiplayer-spawner.ts';
export { MultiplayerSynchronizer } from './nodes/multiplayer-synchronizer.ts';
export {
  always,
  onChange,
  type PropertyOptions,
  ReplicatedProperty,
  ReplicationMode,
  spawnOnly,
} from './nodes/property.ts';
export { ReplicatedNode } from './nodes/replicated-node.ts';
export { type FirstValues, type NodeAt, type NodeOf, PackedScene, scene } from './nodes/scene.ts';
export { SceneNode } from './nodes/scene-node.ts';
export type { Declarations, NodeDeclaration, PathsIn, PropertiesAt, PropertiesOf } from './nodes/scene-types.ts';
export {
  custom,
  SpawnerDeclaration,
  type SpawnerOptions,
  type SpawnFunction,
  spawner,
} from './nodes/spawner-declaration.ts';
export { SynchronizerDeclaration, type SynchronizerOptions, synchronizer } from './nodes/synchronizer-declaration.ts';
export { type VisibilityFilter, VisibilityUpdateMode } from './nodes/visibility.ts';
export type { ConnectingClient } from './peers/connecting-client.ts';
export { ConnectionStatus, MultiplayerPeer, TransferMode } from './peers/multiplayer-peer.ts';
export { OfflineMultiplayerPeer } from './peers/offline-multiplayer-peer.ts';
export type { ReconnectOptions } from './peers/reconnect-options.ts';
export { ReturnCloseCode } from './peers/return-desk.ts';
export { WebSocketMultiplayerPeer, type WebSocketMultiplayerPeerOptions } from './peers/web-socket-multiplayer-peer.ts';
export type { ReturnOptions } from './returning/return-options.ts';
export { type Arguments, type RestSchema, rest, strict } from './rpc/argument-schemas.ts';
export type { NodeHandle, NodePattern, RemoteMethod } from './rpc/node-handle.ts';
export type { AnyMethod, MethodsOf } from './rpc/node-registry.ts';
export { RpcHandlerError } from './rpc/rpc-handler-error.ts';
export { type RpcHandler, RpcMethod, RpcMode, type RpcOptions, rpc } from './rpc/rpc-method.ts';
export type { RelayFilter } from './scene/relay.ts';
export { SceneMultiplayer } from './scene/scene-multiplayer.ts';
export type { SceneMultiplayerOptions } from './scene/scene-options.ts';
export { Signal } from './signal.ts';
