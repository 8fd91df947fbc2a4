import { ErrorCode } from '../../error-code.ts';
import { type FloodJudge, SenderShares } from '../limits/sender-shares.ts';
import { relayedFor } from '../wire/sys-packet.ts';
import { MultiplayerPeer, type TransferMode } from './multiplayer-peer.ts';

/** Bounds for what waits for one peer. */
export interface OutboxLimits {
  readonly packets: number;
  readonly bytes: number;
}

/** The bounds where nothing else is chosen. */
export const DEFAULT_OUTBOX_LIMITS: OutboxLimits = { packets: 16_384, bytes: 256 * 1024 };

/** Why nothing is sent to a peer for now: its game does not run, or its connection has ended and it may come back. */
export type Holder = 'asleep' | 'away';

/** A packet that waits. */
export interface WaitingPacket {
  readonly bytes: Uint8Array;
  readonly mode: TransferMode;
  readonly channel: number;
}

/** How an outbox sends what has waited. */
export interface OutboxLine {
  /** Whether a packet of `size` bytes can be sent to `id` now. */
  hasRoomFor(id: number, size: number): boolean;
  /** Sends a packet. Returns a code other than `OK` when the buffer of the connection is full. */
  put(id: number, packet: Uint8Array, mode: TransferMode, channel: number): ErrorCode;
  /** Nothing waits for `id` any more: whether it can be sent packets directly again. */
  isOpen(id: number): boolean;
}

/** What waits for one peer. */
class Queue {
  /** Oldest first: reliable packets by their number, the newest packet of a kind by the name of the kind. */
  readonly packets = new Map<number | string, WaitingPacket>();
  readonly holders = new Set<Holder>();
  readonly shares = new SenderShares();
  bytes = 0;
}

/**
 * Packets that wait for peers, in the order in which they were sent, whatever they are: because a buffer was full, because the peer has not
 * handled enough of what it was sent before, or because it is held. While anything waits for a peer, nothing may be sent past it.
 */
export class Outbox {
  /** Peers for which a packet was lost, because the bounds were reached, and whose sender does not learn it, or not in time. */
  readonly overflowed: Set<number> = new Set();
  limits: OutboxLimits = DEFAULT_OUTBOX_LIMITS;
  /** Null where no sender is blamed. */
  judge: FloodJudge | null = null;
  readonly #line: OutboxLine;
  readonly #queues = new Map<number, Queue>();
  #count = 0;

  constructor(line: OutboxLine) {
    this.#line = line;
  }

  /** The number of peers that are sent nothing directly. Nearly always 0. */
  get size(): number {
    return this.#queues.size;
  }

  /** The ids of the peers that are sent nothing directly. */
  get ids(): Iterable<number> {
    return this.#queues.keys();
  }

  /** Whether packets for `id` have to wait. */
  has(id: number): boolean {
    return this.#queues.size > 0 && this.#queues.has(id);
  }

  /** Whether `id` is held. */
  isHeld(id: number, by?: Holder): boolean {
    const holders = this.#queues.get(id)?.holders;
    return holders !== undefined && (by === undefined ? holders.size > 0 : holders.has(by));
  }

  /** How much waits for `id`. */
  waiting(id: number): { readonly packets: number; readonly bytes: number } {
    const queue = this.#queues.get(id);
    return { packets: queue?.packets.size ?? 0, bytes: queue?.bytes ?? 0 };
  }

  /** From now on everything for `id` waits, until all that hold it have released it. */
  hold(id: number, by: Holder): void {
    this.#of(id).holders.add(by);
  }

  /** Ends a `hold`. What waits is sent with the next `flush`. */
  release(id: number, by: Holder): void {
    const queue = this.#queues.get(id);
    queue?.holders.delete(by);
    if (queue?.holders.size === 0) this.overflowed.delete(id);
  }

  /** What is sent to `id` next has to wait until its line is open again. */
  block(id: number): void {
    this.#of(id);
  }

  /**
   * Adds a packet, whose bytes are not copied. `kind`: only the newest packet of a kind is kept; null: the packet is kept in any case.
   * Returns false when that would be above the bounds. A peer that is not held may wait for one packet of any size. When another client is at
   * fault that the bounds are reached, its packets are dropped instead, and it is disconnected.
   */
  add(id: number, packet: WaitingPacket, kind: string | null = null): boolean {
    const queue = this.#of(id);
    const { judge } = this;
    // What a client sends to its server is not relayed yet.
    const sender = judge === null || id === MultiplayerPeer.TARGET_PEER_SERVER ? 0 : relayedFor(packet.bytes);
    if (judge !== null) queue.shares.note(sender, packet.bytes.length, this.limits, judge);
    if (this.#add(queue, packet, kind)) return true;
    const full = {
      dropOf: (from: number): void => dropOf(queue, from),
      retry: (): boolean => this.#add(queue, packet, kind),
    };
    if (judge !== null && queue.shares.makeRoom(sender, id, judge, full)) return true;
    if (queue.holders.size > 0) this.overflowed.add(id);
    return false;
  }

  /** Adds a packet within the bounds. */
  #add(queue: Queue, packet: WaitingPacket, kind: string | null): boolean {
    const { packets } = queue;
    const older = kind === null ? undefined : packets.get(kind);
    const bytes = queue.bytes + packet.bytes.length - (older?.bytes.length ?? 0);
    const count = packets.size + (older === undefined ? 1 : 0);
    const isAbove = bytes > this.limits.bytes || count > this.limits.packets;
    if (isAbove && (queue.holders.size > 0 || packets.size > 0)) return false;
    // Behind what was sent since, which may be the SPAWN of the node that it is for.
    if (kind !== null) packets.delete(kind);
    packets.set(kind ?? ++this.#count, packet);
    queue.bytes = bytes;
    return true;
  }

  /** Sends what waits, to those peers that are not held and whose line has room. */
  flush(): void {
    if (this.#queues.size === 0) return;
    for (const [id, queue] of this.#queues) if (queue.holders.size === 0) this.#flush(id, queue);
  }

  /** Sends what waits for `id`, whose connection is about to be closed, as far as its buffer takes it. */
  drain(id: number): void {
    const queue = this.#queues.get(id);
    if (queue === undefined) return;
    for (const [key, { bytes, mode, channel }] of queue.packets) {
      if (this.#line.put(id, bytes, mode, channel) !== ErrorCode.OK) return;
      queue.packets.delete(key);
      queue.bytes -= bytes.length;
    }
  }

  drainAll(): void {
    for (const id of this.#queues.keys()) this.drain(id);
  }

  /** Removes what waits for `id`, and returns it, oldest first: all of it, or what is in `mode`. It stays held. */
  take(id: number, mode: TransferMode | null = null): Uint8Array[] {
    const queue = this.#queues.get(id);
    if (queue === undefined) return [];
    const all = [...queue.packets.values()];
    const taken = all.filter((packet) => mode === null || packet.mode === mode).map(({ bytes }) => bytes);
    queue.packets.clear();
    queue.bytes = 0;
    this.overflowed.delete(id);
    return taken;
  }

  /** Forgets what waits for `id`, and who holds it. */
  clear(id: number): void {
    this.#queues.delete(id);
    this.overflowed.delete(id);
  }

  clearAll(): void {
    this.#queues.clear();
    this.overflowed.clear();
  }

  #flush(id: number, queue: Queue): void {
    for (const [key, { bytes, mode, channel }] of queue.packets) {
      if (!this.#line.hasRoomFor(id, bytes.length)) return;
      if (this.#line.put(id, bytes, mode, channel) !== ErrorCode.OK) return;
      queue.packets.delete(key);
      queue.bytes -= bytes.length;
    }
    // A handler of a refused packet may have cleared it.
    if (this.#queues.get(id) === queue && this.#line.isOpen(id)) this.#queues.delete(id);
  }

  #of(id: number): Queue {
    let queue = this.#queues.get(id);
    if (queue === undefined) {
      queue = new Queue();
      this.#queues.set(id, queue);
    }
    return queue;
  }
}

/** Removes what is relayed for a client. */
function dropOf(queue: Queue, sender: number): void {
  for (const [key, { bytes }] of queue.packets) {
    if (relayedFor(bytes) !== sender) continue;
    queue.packets.delete(key);
    queue.bytes -= bytes.length;
  }
}
