/**
 * `tickpeer/protocol`: RFC 6455 and RFC 7692 as values in, values out. No sockets, no timers, no globals: for programs that bring a
 * transport of their own (docs/protocol.md).
 *
 * @module
 */
export { ErrorCode } from '../error-code.ts';
export type { Failure, FailureCode } from '../failure.ts';
export { CloseCode } from './close-code.ts';
export { Connection, ConnectionState } from './connection/connection.ts';
export { CONNECTION_DEFAULTS, type ConnectionSettings } from './connection/connection-settings.ts';
export type { Counters } from './counters.ts';
export type {
  DeflateCodec,
  Deflater,
  DeflaterOptions,
  InflateFault,
  Inflater,
  InflaterOptions,
} from './deflate/deflate-codec.ts';
export { type DeflateSettings, PermessageDeflate } from './deflate/permessage-deflate.ts';
export type { Extension, ExtensionAnswer, ExtensionFactory } from './extension.ts';
export {
  ClientHandshake,
  type ClientHandshakeAccepted,
  type ClientHandshakeFailed,
  type ClientHandshakeOptions,
  type ClientHandshakePending,
  type ClientHandshakeResult,
} from './handshake/client-handshake.ts';
export type { HandshakeRequest } from './handshake/handshake-request.ts';
export {
  type AcceptOptions,
  type RefuseOptions,
  ServerHandshake,
  type ServerHandshakeOptions,
  type ServerHandshakeState,
} from './handshake/server-handshake.ts';
export type { ExtensionOffer, ExtensionParam } from './http/header-grammar.ts';
export type { HeadLimits } from './http/http-head.ts';
export { HttpHeaders } from './http/http-headers.ts';
export { hostHeader, type ParsedUrl, parseUrl, type UrlCredentials } from './http/url.ts';
export { Opcode, type Role } from './opcode.ts';
export type { Platform } from './platform.ts';
export type { Violation } from './violation.ts';
export type { OutputBuffer } from './writing/output-buffer.ts';
export { SharedMessage } from './writing/shared-message.ts';
