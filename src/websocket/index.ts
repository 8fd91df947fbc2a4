/** The peers: WebSocket connections that are polled, and the server that makes them. */
export type { Http2Server } from './attach/extended-connects.ts';
export type { AttachableServer, UpgradeListener, UpgradeServer } from './attach/http-attachment.ts';
export type { CompressionOptions } from './compression/compression.ts';
export { PacketPeer } from './peer/packet-peer.ts';
export { WebSocketPeer } from './peer/websocket-peer.ts';
export type { AllowedOrigins } from './requests/origin-rule.ts';
export type { PendingRequest } from './requests/pending-request.ts';
export type { AttachOptions, StopOptions, StopResult, WebSocketServerOptions } from './server/server-options.ts';
export { WebSocketServer } from './server/websocket-server.ts';
export type {
  CloseMessage,
  DiagnosticsMessage,
  DiagnosticsMessages,
  FailureMessage,
  HandshakeRefusedMessage,
  LimitMessage,
  LimitName,
  OpenMessage,
} from './session/diagnostics.ts';
export type { HandshakeResponse } from './session/opening.ts';
export type { PeerProperties, WebSocketPeerOptions } from './settings/peer-properties.ts';
export type { ProxyOptions } from './settings/proxy-options.ts';
export { State, WriteMode } from './state.ts';
export type { Statistics } from './statistics.ts';
