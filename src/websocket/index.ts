/** The peers: WebSocket connections that are polled, and the server that makes them. */
export type { CompressionOptions } from './compression.ts';
export type {
  CloseMessage,
  DiagnosticsMessage,
  DiagnosticsMessages,
  FailureMessage,
  HandshakeRefusedMessage,
  LimitHit,
  LimitMessage,
  LimitName,
  OpenMessage,
} from './diagnostics.ts';
export type { AllowedOrigins } from './origin-rule.ts';
export { PacketPeer } from './packet-peer.ts';
export { PeerConfiguration, type PeerProperties, type WebSocketPeerOptions } from './peer-configuration.ts';
export type { HandshakeResponse } from './peer-session.ts';
export type { PendingRequest } from './pending-request.ts';
export type { ProxyOptions } from './proxy-options.ts';
export type { AttachOptions, StopOptions, StopResult, WebSocketServerOptions } from './server-options.ts';
export { State, WriteMode } from './state.ts';
export type { Statistics } from './statistics.ts';
export { WebSocketPeer } from './websocket-peer.ts';
export { WebSocketServer } from './websocket-server.ts';
