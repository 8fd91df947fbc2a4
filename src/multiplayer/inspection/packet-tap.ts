import { ErrorCode } from '../../error-code.ts';
import type { Router } from '../peers/router.ts';
import type { PacketReceiver } from '../scene/packet-receiver.ts';
import { override } from './override.ts';

/** Sees the packets of a server's multiplayer. The memory of a packet may be used again after the call. */
export interface PacketTap {
  /** A packet of `from` was admitted by the limits, and is handled next. */
  onReceived(from: number, packet: Uint8Array): void;
  /** A packet was sent to this many peers, one or more. */
  onSent(receivers: number, packet: Uint8Array): void;
}

/** Calls `tap` for each packet of a server, until the returned function is called. */
export function tapPackets(parts: { router: Router; receiver: PacketReceiver }, tap: PacketTap): () => void {
  const { router, receiver } = parts;
  const undo = [
    override(receiver, 'receive', (receive) => (from, packet) => {
      tap.onReceived(from, packet);
      receive(from, packet);
    }),
    override(router, 'put', (put) => (id, packet, ...how) => {
      const code = put(id, packet, ...how);
      if (code === ErrorCode.OK) tap.onSent(1, packet);
      return code;
    }),
    override(router, 'putToAll', (putToAll) => (ids, packet, mode, channel, refused, ...how) => {
      const unsent = refused ?? [];
      const before = unsent.length;
      const code = putToAll(ids, packet, mode, channel, unsent, ...how);
      const receivers = ids.length - (unsent.length - before);
      if (receivers > 0) tap.onSent(receivers, packet);
      return code;
    }),
  ];
  return () => {
    // Backwards, so that the objects get the shape back that they had.
    for (const one of undo.reverse()) one();
  };
}
