/** Packets that wait for one peer, oldest first. */
export class HeldPackets {
  readonly #mostPackets: number;
  readonly #mostBytes: number;
  readonly #packets: Uint8Array[] = [];
  /** Index of the oldest one: those before it were taken. */
  #first = 0;
  #bytes = 0;

  constructor(mostPackets: number, mostBytes: number) {
    this.#mostPackets = mostPackets;
    this.#mostBytes = mostBytes;
  }

  get count(): number {
    return this.#packets.length - this.#first;
  }

  /** The oldest packet; undefined when there is none. */
  get first(): Uint8Array | undefined {
    return this.#packets[this.#first];
  }

  /** All of them, oldest first. */
  get packets(): readonly Uint8Array[] {
    return this.#packets.slice(this.#first);
  }

  /** Adds a copy of a packet. Returns false when there is no room for it. */
  add(packet: Uint8Array): boolean {
    if (this.count >= this.#mostPackets || this.#bytes + packet.length > this.#mostBytes) return false;
    this.#packets.push(packet.slice());
    this.#bytes += packet.length;
    return true;
  }

  /** Removes the oldest packet. */
  shift(): void {
    const packet = this.first;
    if (packet === undefined) return;
    this.#bytes -= packet.length;
    this.#first++;
    if (this.#first < 64 && this.count > 0) return;
    this.#packets.splice(0, this.#first);
    this.#first = 0;
  }

  /** Removes those for which `isMeant` returns true. */
  removeAll(isMeant: (packet: Uint8Array) => boolean): void {
    const left = this.packets.filter((packet) => !isMeant(packet));
    this.clear();
    this.#packets.push(...left);
    for (const { length } of left) this.#bytes += length;
  }

  /** Removes all packets. Returns how many there were. */
  clear(): number {
    const { count } = this;
    this.#packets.length = 0;
    this.#first = 0;
    this.#bytes = 0;
    return count;
  }
}
