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

  copyFrom(other: Counters): void {
    this.packetsReceived = other.packetsReceived;
    this.packetsSent = other.packetsSent;
    this.framesReceived = other.framesReceived;
    this.framesSent = other.framesSent;
    this.bytesReceived = other.bytesReceived;
    this.bytesSent = other.bytesSent;
    this.pingsReceived = other.pingsReceived;
    this.pingsSent = other.pingsSent;
    this.pongsReceived = other.pongsReceived;
    this.pongsSent = other.pongsSent;
    this.packetsDiscarded = other.packetsDiscarded;
    this.sendsRefused = other.sendsRefused;
    this.inboundPeakPackets = other.inboundPeakPackets;
    this.inboundPeakSize = other.inboundPeakSize;
    this.outboundPeakSize = other.outboundPeakSize;
  }
}
