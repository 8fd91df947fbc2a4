/** What one client may send another, which does not take it, at any rate without being at fault. */
const PACKETS_PER_SECOND = 1000;
const BYTES_PER_SECOND = 256 * 1024;
/** A sender is at fault when it has sent at least this part of what may wait, above these rates. */
const LARGEST_SHARE = 0.5;
/** Smaller bounds count as these: a few packets are no flood. */
const FEWEST_PACKETS = 512;
const FEWEST_BYTES = 128 * 1024;

/** Bounds for what waits for one peer. */
export interface WaitingBounds {
  readonly packets: number;
  readonly bytes: number;
}

/** Ends the connections of clients that send others more than these take. */
export interface FloodJudge {
  /** Milliseconds. */
  readonly now: number;
  /** How many seconds' worth may arrive at once: `PollGap.burstSeconds`. */
  readonly burstSeconds: number;
  /** `sender` has filled what may wait for `receiver`. Returns whether it is disconnected, so that what waits of it can be dropped. */
  blame(sender: number, receiver: number): boolean;
}

/** A queue of packets for one peer, which another packet does not fit into. */
export interface FullQueue {
  /** Removes all packets that are relayed for `sender`. */
  dropOf(sender: number): void;
  /** Tries to add the packet again. */
  retry(): boolean;
}

/** What one sender has sent that has to wait. */
interface Share {
  /** Less what it may send at any rate. */
  packets: number;
  bytes: number;
  at: number;
  /** The largest part of the bounds that these have been. */
  largest: number;
}

/**
 * How fast other clients fill what waits for one peer, by sender. A peer whose bounds are reached because it has taken nothing for long is
 * itself the reason; a sender that fills half of them within seconds is, also when it waits for another packet to reach them.
 */
export class SenderShares {
  readonly #shares = new Map<number, Share>();

  /** Counts a packet of `size` bytes that has to wait, relayed for `sender`; 0 for one of the server, which is not counted. */
  note(sender: number, size: number, bounds: WaitingBounds, { now, burstSeconds }: FloodJudge): void {
    if (sender === 0) return;
    let share = this.#shares.get(sender);
    if (share === undefined) {
      share = { packets: 0, bytes: 0, at: now, largest: 0 };
      this.#shares.set(sender, share);
    }
    const seconds = (now - share.at) / 1000;
    share.at = now;
    share.packets = 1 + Math.max(0, share.packets - seconds * PACKETS_PER_SECOND);
    share.bytes = size + Math.max(0, share.bytes - seconds * BYTES_PER_SECOND);
    // What was sent while this side did not poll arrives at once.
    const excused = burstSeconds - 1;
    const ofPackets = (share.packets - excused * PACKETS_PER_SECOND) / Math.max(bounds.packets, FEWEST_PACKETS);
    const ofBytes = (share.bytes - excused * BYTES_PER_SECOND) / Math.max(bounds.bytes, FEWEST_BYTES);
    share.largest = Math.max(share.largest, ofPackets, ofBytes);
  }

  /**
   * A packet for `receiver`, relayed for `sender`, does not fit: drops the packets of senders that are at fault. Returns whether the packet
   * waits now, or needs not.
   */
  makeRoom(sender: number, receiver: number, judge: FloodJudge, queue: FullQueue): boolean {
    for (;;) {
      const flooder = this.#flooder();
      if (flooder === 0 || !judge.blame(flooder, receiver)) return false;
      this.#shares.delete(flooder);
      queue.dropOf(flooder);
      if (flooder === sender || queue.retry()) return true;
    }
  }

  /** The sender that is at fault; 0 for none. */
  #flooder(): number {
    let [flooder, largest] = [0, LARGEST_SHARE];
    for (const [sender, share] of this.#shares) {
      if (share.largest < largest) continue;
      flooder = sender;
      largest = share.largest;
    }
    return flooder;
  }
}
