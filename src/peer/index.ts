/**
 * `tickpeer/peer`: `WebSocketPeer` without Godot's Variants. In browsers it is a build of its own, about half as large as that of
 * `tickpeer`, and its `WebSocketPeer` is another class: a page uses the one or the other. In Node it is the class of `tickpeer`,
 * typed without the three members.
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

/** The `WebSocketPeer` of `tickpeer`, see there, but for `getVar`, `putVar` and `encodeBufferMaxSize`. */
export interface WebSocketPeer extends Omit<WholePeer, 'getVar' | 'putVar' | 'encodeBufferMaxSize'> {}

/** What makes one, with the constants of the class: `WebSocketPeer.STATE_OPEN`. */
export interface WebSocketPeerConstructor extends Omit<typeof WholePeer, 'prototype'> {
  readonly prototype: WebSocketPeer;
  new (options?: WebSocketPeerOptions): WebSocketPeer;
}

export const WebSocketPeer: WebSocketPeerConstructor = WholePeer;
