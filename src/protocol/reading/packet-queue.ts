const FIRST_CAPACITY = 16;
/** A ring larger than this is dropped when it is empty. */
const KEPT_CAPACITY = 4096;

/**
 * Complete messages in the order of their arrival, with their count and size, on which there are limits. The first one has
 * its own field. The others are in a ring, which the queue releases when it is empty: most queues hold at most one packet
 * most of the time. When it is full: `hasRoom` in `message-limits.ts`, `WhenFull` in `message-reader.ts`.
 */
export class PacketQueue {
  #first: Uint8Array<ArrayBuffer> | undefined = undefined;
  /** Whether the first packet is text. Valid when `count` > 0. */
  isFirstText = false;
  #ring: PacketRing | null = null;

  /** Packets waiting. */
  count = 0;
  /** Their payload bytes. */
  size = 0;

  push(packet: Uint8Array<ArrayBuffer>, isText: boolean): void {
    if (this.count === 0) {
      this.#first = packet;
      this.isFirstText = isText;
    } else {
      this.#ring ??= PacketRing.acquire();
      this.#ring.push(packet, isText);
    }
    this.count++;
    this.size += packet.length;
  }

  /** Bytes of the first packet; 0 when there is none. */
  get firstSize(): number {
    return this.#first?.length ?? 0;
  }

  shift(): Uint8Array<ArrayBuffer> | undefined {
    const packet = this.#first;
    if (packet === undefined) return undefined;
    this.count--;
    this.size -= packet.length;
    const ring = this.#ring;
    if (ring === null) {
      this.#first = undefined;
      return packet;
    }
    this.isFirstText = ring.isFirstText;
    this.#first = ring.shift();
    if (this.count === 1) {
      this.#ring = null;
      ring.release();
    }
    return packet;
  }

  clear(): void {
    this.#first = undefined;
    this.#ring = null;
    this.count = 0;
    this.size = 0;
  }
}

/** Packets behind a queue's first one, in a ring that grows by doubling. */
class PacketRing {
  /** An empty ring for the next queue that needs one. One is enough, because queues usually fill one after the other. */
  static #spare: PacketRing | null = null;

  #packets: (Uint8Array<ArrayBuffer> | undefined)[] = new Array(FIRST_CAPACITY);
  /** For each of `#packets`, whether it is text. */
  #isText: boolean[] = new Array(FIRST_CAPACITY);
  #head = 0;
  #count = 0;

  static acquire(): PacketRing {
    const ring = PacketRing.#spare ?? new PacketRing();
    PacketRing.#spare = null;
    return ring;
  }

  /** Called when the ring is empty and no longer used. */
  release(): void {
    if (this.#packets.length <= KEPT_CAPACITY) PacketRing.#spare = this;
  }

  push(packet: Uint8Array<ArrayBuffer>, isText: boolean): void {
    if (this.#count === this.#packets.length) this.#grow();
    const at = (this.#head + this.#count) & (this.#packets.length - 1);
    this.#packets[at] = packet;
    this.#isText[at] = isText;
    this.#count++;
  }

  get isFirstText(): boolean {
    return this.#isText[this.#head] === true;
  }

  shift(): Uint8Array<ArrayBuffer> | undefined {
    const packet = this.#packets[this.#head];
    this.#packets[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#packets.length - 1);
    this.#count--;
    return packet;
  }

  /** Doubles a full ring, and moves the head to its start. */
  #grow(): void {
    const head = this.#head;
    this.#packets = this.#packets.slice(head).concat(this.#packets.slice(0, head));
    this.#isText = this.#isText.slice(head).concat(this.#isText.slice(0, head));
    this.#packets.length *= 2;
    this.#head = 0;
  }
}
