const FIRST_CAPACITY = 8;

/**
 * Complete messages in the order of their arrival, with the sizes that the limits are checked against. A ring that grows
 * by doubling and is let go when it runs empty, so that an idle peer holds none.
 */
export class PacketQueue {
  #packets: (Uint8Array | undefined)[] = [];
  /** Beside `#packets`: 1 where the packet came as text. */
  #isText: boolean[] = [];
  #head = 0;

  /** Packets waiting. */
  count = 0;
  /** Their payload bytes. */
  size = 0;

  push(packet: Uint8Array, isText: boolean): void {
    const capacity = this.#packets.length;
    if (this.count === capacity) this.#grow();
    const at = (this.#head + this.count) & (this.#packets.length - 1);
    this.#packets[at] = packet;
    this.#isText[at] = isText;
    this.count++;
    this.size += packet.length;
  }

  /** Whether the first packet came as text. Only with `count` > 0. */
  get isFirstText(): boolean {
    return this.#isText[this.#head] === true;
  }

  /** Bytes of the first packet. Only with `count` > 0. */
  get firstSize(): number {
    return this.#packets[this.#head]?.length ?? 0;
  }

  shift(): Uint8Array | undefined {
    if (this.count === 0) return undefined;
    const packet = this.#packets[this.#head];
    this.#packets[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#packets.length - 1);
    this.count--;
    if (packet !== undefined) this.size -= packet.length;
    if (this.count === 0 && this.#packets.length > FIRST_CAPACITY) this.clear();
    return packet;
  }

  clear(): void {
    this.#packets = [];
    this.#isText = [];
    this.#head = 0;
    this.count = 0;
    this.size = 0;
  }

  #grow(): void {
    const packets: (Uint8Array | undefined)[] = new Array(Math.max(FIRST_CAPACITY, this.#packets.length * 2));
    const isText: boolean[] = new Array(packets.length);
    for (let index = 0; index < this.count; index++) {
      const from = (this.#head + index) & (this.#packets.length - 1);
      packets[index] = this.#packets[from];
      isText[index] = this.#isText[from] === true;
    }
    this.#packets = packets;
    this.#isText = isText;
    this.#head = 0;
  }
}
