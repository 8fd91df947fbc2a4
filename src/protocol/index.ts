/** RFC 6455 without I/O: what `tickpeer/protocol` publishes, and what the other rooms need besides. */

export { isSendableCloseCode } from './close-code.ts';
export { Counters, copyReceived, copySent } from './counters.ts';
export { encodeCloseReason, parseClosePayload } from './frames/close-payload.ts';
export { frameHeaderSize } from './frames/frame-header.ts';
export { acceptKey } from './handshake/accept-key.ts';
export { readHandshakeRequest } from './handshake/handshake-request.ts';
export { encodeBase64 } from './http/base64.ts';
export { parseCookies } from './http/cookies.ts';
export {
  checkProtocols,
  type HeaderLine,
  listHas,
  parseExtensions,
  parseHeaderLines,
  quote,
} from './http/header-grammar.ts';
export {
  encodeHead,
  HeadReader,
  type HttpHead,
  parseRequestLine,
  parseStatusLine,
  type StatusLine,
} from './http/http-head.ts';
export { isInformational, MAX_INFORMATIONAL } from './http/informational.ts';
export * from './public.ts';
export { hasRoom } from './reading/message-limits.ts';
export { MessageReader } from './reading/message-reader.ts';
export { PacketQueue } from './reading/packet-queue.ts';
export type { ReaderOwner } from './reading/reader-parts.ts';
export { outputMemory } from './writing/output-memory.ts';
