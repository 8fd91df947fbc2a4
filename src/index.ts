/**
 * A WebSocket peer that you poll, for Node: client and server, TLS, bounded queues.
 *
 * @module
 */
export type { Clock } from './clock.ts';
export { ErrorCode } from './error-code.ts';
export type { Failure, FailureCode } from './failure.ts';
export { CloseCode, type HandshakeRequest, HttpHeaders } from './protocol/index.ts';
export * from './stream/index.ts';
export * from './websocket/index.ts';
