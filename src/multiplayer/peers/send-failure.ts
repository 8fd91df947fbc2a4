import type { Failure } from '../../failure.ts';
import type { WebSocketPeer } from '../../websocket/index.ts';

/** Why `peer` did not take a packet of `size` bytes, with what to do about it; null when the peer does not know. */
export function sendFailure(peer: WebSocketPeer, size: number): Failure | null {
  const { outboundBufferSize } = peer;
  const failure = peer.getLastFailure();
  if (failure?.code !== 'TICKPEER_OUTBOUND_LIMIT' || outboundBufferSize <= 0 || size <= outboundBufferSize)
    return failure;
  const message =
    `a packet of ${size} bytes is above outboundBufferSize, ${outboundBufferSize}: it can never be sent. ` +
    "Raise that, and on the other side inbound_buffer_size, which Godot's peers need before create_client() or create_server()";
  return { code: failure.code, message };
}
