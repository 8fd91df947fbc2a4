/** The bytes under a peer: TCP, TLS and memory streams, the TCP server, certificates and keys. */
export { Crypto, type SelfSignedOptions } from './crypto.ts';
export { CryptoKey } from './crypto-key.ts';
export type { DialEnvironment } from './dial.ts';
export { HashType } from './hash-type.ts';
export { HMACContext } from './hmac-context.ts';
export { StreamPeer } from './stream-peer.ts';
export { type MemoryPairOptions, StreamPeerMemory } from './stream-peer-memory.ts';
export { StreamPeerTCP } from './stream-peer-tcp.ts';
export { StreamPeerTLS } from './stream-peer-tls.ts';
export type { StreamSink } from './stream-sink.ts';
export { systemClock } from './system-clock.ts';
export { type ListenOptions, TCPServer } from './tcp-server.ts';
export { TCPStatus } from './tcp-status.ts';
export { checkServerOptions } from './tls-context.ts';
export { type TLSExtraOptions, TLSOptions } from './tls-options.ts';
export { TLSStatus } from './tls-status.ts';
export { unavailable } from './unavailable.ts';
export { X509Certificate } from './x509-certificate.ts';
