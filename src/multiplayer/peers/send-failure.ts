import type { Failure } from '../../failure.ts';
import type { WebSocketPeer } from '../../websocket/index.ts';

/** Why `peer` did not send a packet of `size` bytes, and how to avoid it; null when the peer has no failure. */
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
