/** What one connection has counted since it opened. Bytes are those on the wire after the handshake: headers included. */
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
  /** Packets that arrived after our Close, while the queue was full: the one case in which a packet is let go. */
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

  /** Takes over what has been received. */
  copyReceived(other: Counters): void {
    this.packetsReceived = other.packetsReceived;
    this.framesReceived = other.framesReceived;
    this.bytesReceived = other.bytesReceived;
    this.pingsReceived = other.pingsReceived;
    this.pongsReceived = other.pongsReceived;
    this.packetsDiscarded = other.packetsDiscarded;
    this.inboundPeakPackets = other.inboundPeakPackets;
    this.inboundPeakSize = other.inboundPeakSize;
    this.roundTripTime = other.roundTripTime;
  }

  /** Takes over what has been sent. */
  copySent(other: Counters): void {
    this.packetsSent = other.packetsSent;
    this.framesSent = other.framesSent;
    this.bytesSent = other.bytesSent;
    this.pingsSent = other.pingsSent;
    this.pongsSent = other.pongsSent;
    this.sendsRefused = other.sendsRefused;
    this.outboundPeakSize = other.outboundPeakSize;
  }
}
