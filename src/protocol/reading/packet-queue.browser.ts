/**
 * The queue of packet-queue.ts for a page, which has few peers: one array instead of rings shared by thousands of peers, for
 * a smaller bundle.
 */
export class PacketQueue {
  #packets: (Uint8Array<ArrayBuffer> | undefined)[] = [];
  #isText: boolean[] = [];
  /** The index of the first packet; those before it are taken. */
  #head = 0;
  count = 0;
  size = 0;

  push(packet: Uint8Array<ArrayBuffer>, isText: boolean): void {
    this.#packets.push(packet);
    this.#isText.push(isText);
    this.count++;
    this.size += packet.length;
  }

  get isFirstText(): boolean {
    return this.#isText[this.#head] === true;
  }

  get firstSize(): number {
    return this.#packets[this.#head]?.length ?? 0;
  }

  shift(): Uint8Array<ArrayBuffer> | undefined {
    const packet = this.#packets[this.#head];
    if (packet === undefined) return undefined;
    this.#packets[this.#head++] = undefined;
    this.count--;
    this.size -= packet.length;
    // Half of it is taken. Moving the rest now moves each packet about once.
    if (this.#head > this.count) {
      this.#packets.splice(0, this.#head);
      this.#isText.splice(0, this.#head);
      this.#head = 0;
    }
    return packet;
  }

  clear(): void {
    this.#packets = [];
    this.#isText = [];
    this.#head = this.count = this.size = 0;
  }
}
