/**
 * A WebSocket peer that you poll: client and server, TLS, bounded queues. In a browser's build, files named
 * `….browser.ts` stand in for those without (scripts/build-browser.mjs): the names are the same.
 *
 * @module
 */
export type { Clock } from './clock.ts';
export { ErrorCode } from './error-code.ts';
export type { Failure, FailureCode } from './failure.ts';
export { type LogEvent, type LogLevel, type LogOptions, type LogSink, logTo } from './log/index.ts';
export {
  type AcceptOptions,
  CloseCode,
  type Counters,
  type ExtensionOffer,
  type ExtensionParam,
  type HandshakeRequest,
  HttpHeaders,
  type RefuseOptions,
  type Role,
} from './protocol/index.ts';
export {
  type ClientCertificates,
  Crypto,
  CryptoKey,
  HashType,
  HMACContext,
  type KeyAndCertificate,
  type ListenOptions,
  type MemoryPairOptions,
  type SelfSignedOptions,
  StreamPeer,
  StreamPeerMemory,
  StreamPeerTCP,
  StreamPeerTLS,
  StreamPeerUDS,
  type StreamSink,
  systemClock,
  TCPServer,
  TCPStatus,
  type TLSExtraOptions,
  TLSOptions,
  TLSStatus,
  UDSServer,
  X509Certificate,
} from './stream/index.ts';
export * from './websocket/index.ts';
