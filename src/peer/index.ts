/**
 * `tickpeer/peer`: `WebSocketPeer` without Godot's Variants. For browsers it is a separate build, about half as large as that of
 * `tickpeer`, with another class `WebSocketPeer`: a page uses one of the two. In Node it is the class of `tickpeer`, typed without
 * the three members.
 *
 * @module
 */
import { type WebSocketPeerOptions, WebSocketPeer as WholePeer } from '../websocket/index.ts';

export type { Clock } from '../clock.ts';
export { ErrorCode } from '../error-code.ts';
export type { Failure, FailureCode } from '../failure.ts';
export { CloseCode } from '../protocol/index.ts';
export {
  type CompressionOptions,
  type HandshakeResponse,
  type ProxyOptions,
  State,
  type Statistics,
  type WebSocketPeerOptions,
  WriteMode,
} from '../websocket/index.ts';

/** The `WebSocketPeer` of `tickpeer` without `getVar`, `putVar` and `encodeBufferMaxSize`. */
export interface WebSocketPeer extends Omit<WholePeer, 'getVar' | 'putVar' | 'encodeBufferMaxSize'> {}

/** Its constructor, with the constants of the class: `WebSocketPeer.STATE_OPEN`. */
export interface WebSocketPeerConstructor extends Omit<typeof WholePeer, 'prototype'> {
  readonly prototype: WebSocketPeer;
  new (options?: WebSocketPeerOptions): WebSocketPeer;
}

export const WebSocketPeer: WebSocketPeerConstructor = WholePeer;
