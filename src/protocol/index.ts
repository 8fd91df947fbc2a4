/** RFC 6455 as values in, values out: the opening handshakes, the connection, and what they are made of. */

export { acceptKey } from './accept-key.ts';
export { encodeBase64 } from './base64.ts';
export { ClientHandshake, type ClientHandshakeOptions, type ClientHandshakeResult } from './client-handshake.ts';
export { CloseCode, isCloseCodeOnWire } from './close-code.ts';
export { encodeCloseReason } from './close-payload.ts';
export { Connection, ConnectionState, isSendableCloseCode } from './connection.ts';
export type { ConnectionSettings } from './connection-settings.ts';
export { parseCookies } from './cookies.ts';
export { Counters, copyReceived, copySent } from './counters.ts';
export type {
  DeflateCodec,
  Deflater,
  DeflaterOptions,
  InflateFault,
  Inflater,
  InflaterOptions,
} from './deflate-codec.ts';
export type { Extension, ExtensionAnswer, ExtensionFactory, ExtensionFailure } from './extension.ts';
export { frameHeaderSize } from './frame-header.ts';
export { checkProtocols, type HeaderLine, listHas, parseHeaderLines, quote } from './header-grammar.ts';
export {
  encodeHead,
  type HeadLimits,
  HeadReader,
  type HttpHead,
  parseRequestLine,
  parseStatusLine,
  type StatusLine,
} from './http-head.ts';
export { HttpHeaders } from './http-headers.ts';
export { hasRoom } from './inbound-limits.ts';
export { Opcode, type Role } from './opcode.ts';
export { PacketQueue } from './packet-queue.ts';
export { type DeflateSettings, PermessageDeflate } from './permessage-deflate.ts';
export type { Platform } from './platform.ts';
export {
  type AcceptOptions,
  type HandshakeRequest,
  type RefuseOptions,
  readHandshakeRequest,
  ServerHandshake,
  type ServerHandshakeOptions,
} from './server-handshake.ts';
export { SharedMessage } from './shared-message.ts';
export { hostHeader, type ParsedUrl, parseUrl } from './url.ts';
