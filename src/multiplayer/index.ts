/** Godot's multiplayer: numbered peers over WebSocket, and remote calls between them. */
export { type Arguments, type RestSchema, rest, strict } from './argument-schemas.ts';
export type { ConnectingClient } from './connecting-client.ts';
export type {
  ChecksumMismatchMessage,
  HandlerErrorMessage,
  MultiplayerDiagnosticsMessages,
  MultiplayerMessage,
  PacketRefusedMessage,
  PeerDisconnectedMessage,
  PeerLimitMessage,
  TurnedAwayMessage,
} from './diagnostics-messages.ts';
export { ConnectionStatus, MultiplayerPeer, TransferMode } from './multiplayer-peer.ts';
export type { NodeHandle, NodePattern, RemoteMethod } from './node-handle.ts';
export type { MethodsOf } from './node-registry.ts';
export { OfflineMultiplayerPeer } from './offline-multiplayer-peer.ts';
export type { PeerLimits, PeerStatistics } from './peer-limits.ts';
export { RpcHandlerError } from './rpc-handler-error.ts';
export { type RpcHandler, RpcMethod, RpcMode, type RpcOptions, rpc } from './rpc-method.ts';
export { type RelayFilter, SceneMultiplayer, type SceneMultiplayerOptions } from './scene-multiplayer.ts';
export { Signal } from './signal.ts';
export { WebSocketMultiplayerPeer, type WebSocketMultiplayerPeerOptions } from './web-socket-multiplayer-peer.ts';
