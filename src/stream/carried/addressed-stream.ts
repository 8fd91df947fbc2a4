import type { StreamPeer } from '../peer/stream-peer.ts';
import { SocketStream } from '../socket/socket-stream.ts';
import { HTTP2Stream } from './http2-stream.ts';

/** A stream that knows the address of the other side. */
export type AddressedStream = SocketStream | HTTP2Stream;

export function isAddressed(stream: StreamPeer): stream is AddressedStream {
  return stream instanceof SocketStream || stream instanceof HTTP2Stream;
}
