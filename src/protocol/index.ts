/** RFC 6455 without I/O: the opening handshakes, the connection and their parts. */

export { CloseCode, isSendableCloseCode } from './close-code.ts';
export { Connection, ConnectionState } from './connection/connection.ts';
export { CONNECTION_DEFAULTS, type ConnectionSettings } from './connection/connection-settings.ts';
export { Counters, copyReceived, copySent } from './counters.ts';
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
export { encodeCloseReason } from './frames/close-payload.ts';
export { frameHeaderSize } from './frames/frame-header.ts';
export { SharedMessage } from './frames/shared-message.ts';
export { acceptKey } from './handshake/accept-key.ts';
export {
  ClientHandshake,
  type ClientHandshakeOptions,
  type ClientHandshakeResult,
} from './handshake/client-handshake.ts';
export { type HandshakeRequest, readHandshakeRequest } from './handshake/handshake-request.ts';
export {
  type AcceptOptions,
  type RefuseOptions,
  ServerHandshake,
  type ServerHandshakeOptions,
} from './handshake/server-handshake.ts';
export { encodeBase64 } from './http/base64.ts';
export { parseCookies } from './http/cookies.ts';
export {
  checkProtocols,
  type ExtensionOffer,
  type ExtensionParam,
  type HeaderLine,
  listHas,
  parseHeaderLines,
  quote,
} from './http/header-grammar.ts';
export {
  encodeHead,
  type HeadLimits,
  HeadReader,
  type HttpHead,
  parseRequestLine,
  parseStatusLine,
  type StatusLine,
} from './http/http-head.ts';
export { HttpHeaders } from './http/http-headers.ts';
export { isInformational, MAX_INFORMATIONAL } from './http/informational.ts';
export { hostHeader, type ParsedUrl, parseUrl } from './http/url.ts';
export { Opcode, type Role } from './opcode.ts';
export type { Platform } from './platform.ts';
export { hasRoom } from './reading/message-limits.ts';
export { PacketQueue } from './reading/packet-queue.ts';
export type { Violation } from './violation.ts';
