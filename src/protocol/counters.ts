/** The counters of one connection since it opened. Bytes are those on the wire after the handshake, with frame headers. */
export class Counters {
  packetsReceived = 0;
  packetsSent = 0;
  framesReceived = 0;
  framesSent = 0;
  bytesReceived = 0;
  bytesSent = 0;
  pingsReceived = 0;
  pingsSent = 0;
  pongsReceived = 0;
  pongsSent = 0;
  /** Packets that arrived after our Close while the queue was full: only then are packets discarded. */
  packetsDiscarded = 0;
  /** Sends refused because a limit was reached. */
  sendsRefused = 0;
  /** The most that waited to be read: packets, and payload bytes. */
  inboundPeakPackets = 0;
  inboundPeakSize = 0;
  /** The most that waited to be sent, as `getCurrentOutboundBufferedAmount` counts. */
  outboundPeakSize = 0;
  /** Milliseconds from the last heartbeat's Ping to its Pong; -1 before the first (see `heartbeatInterval`). */
  roundTripTime = -1;
}

/** Copies the counters of received data, unless `to` is null. */
export function copyReceived(from: Counters, to: Counters | null): void {
  if (to === null) return;
  to.packetsReceived = from.packetsReceived;
  to.framesReceived = from.framesReceived;
  to.bytesReceived = from.bytesReceived;
  to.pingsReceived = from.pingsReceived;
  to.pongsReceived = from.pongsReceived;
  to.packetsDiscarded = from.packetsDiscarded;
  to.inboundPeakPackets = from.inboundPeakPackets;
  to.inboundPeakSize = from.inboundPeakSize;
  to.roundTripTime = from.roundTripTime;
}

/** Copies the counters of sent data, unless `to` is null. */
export function copySent(from: Counters, to: Counters | null): void {
  if (to === null) return;
  to.packetsSent = from.packetsSent;
  to.framesSent = from.framesSent;
  to.bytesSent = from.bytesSent;
  to.pingsSent = from.pingsSent;
  to.pongsSent = from.pongsSent;
  to.sendsRefused = from.sendsRefused;
  to.outboundPeakSize = from.outboundPeakSize;
}
