import { HTTP2Stream } from './http2-stream.ts';
import { SocketStream } from './socket-stream.ts';
import type { StreamPeer } from './stream-peer.ts';

/** Whether a stream knows who is at its other end. */
export function hasAddress(stream: StreamPeer): stream is SocketStream | HTTP2Stream {
  return stream instanceof SocketStream || stream instanceof HTTP2Stream;
}
