import { ErrorCode } from '../../error-code.ts';
import type { Router } from '../peers/router.ts';

/** The most bytes that wait for one peer. What comes after that is lost, as in the engine. */
export const MOST_WAITING: number = 256 * 1024;

/** Packets that wait for one peer, oldest first. */
interface Waiting {
  readonly packets: Uint8Array[];
  bytes: number;
}

/**
 * Sends a server's SYS packets: announcements of peers, and what it relays between them. Their senders do not learn
 * that a buffer was full. So what it refuses waits here, up to a limit, and is sent later, in order.
 */
export class SysOutbox {
  readonly #router: Router;
  readonly #waiting = new Map<number, Waiting>();

  constructor(router: Router) {
    this.#router = router;
  }

  /**
   * Sends a packet to peers that are connected directly. `isState`: a later packet replaces it, so it does not wait.
   */
  send(receivers: readonly number[], packet: Uint8Array, isState: boolean = false): void {
    const ready = this.#waiting.size === 0 ? receivers : receivers.filter((id) => !this.#waiting.has(id));
    const refused = this.#refusedBy(ready, packet);
    if (isState) return;
    if (ready.length < receivers.length) {
      for (const id of receivers) if (this.#waiting.has(id)) this.#wait(id, packet);
    }
    for (const id of refused) this.#wait(id, packet);
  }

  /** Sends what waits, to the peers whose connection has taken what it had. */
  retry(): void {
    for (const [id, waiting] of this.#waiting) {
      if (this.#router.isBehind(id)) continue;
      const { packets } = waiting;
      const first = packets.findIndex((packet) => this.#router.sendToLink(id, packet) !== ErrorCode.OK);
      const sent = packets.splice(0, first < 0 ? packets.length : first);
      for (const packet of sent) waiting.bytes -= packet.length;
      if (packets.length === 0) this.#waiting.delete(id);
    }
  }

  /** What waits for a peer that goes elsewhere, oldest first. */
  take(id: number): Uint8Array[] {
    const packets = this.#waiting.get(id)?.packets ?? [];
    this.#waiting.delete(id);
    return packets;
  }

  /** A peer has left. */
  forget(id: number): void {
    this.#waiting.delete(id);
  }

  clear(): void {
    this.#waiting.clear();
  }

  #wait(id: number, packet: Uint8Array): void {
    const waiting = this.#waiting.get(id) ?? { packets: [], bytes: 0 };
    if (waiting.bytes + packet.length > MOST_WAITING) return;
    waiting.packets.push(packet);
    waiting.bytes += packet.length;
    this.#waiting.set(id, waiting);
  }

  /** Sends a packet, and returns the receivers to which it was not sent. */
  #refusedBy(receivers: readonly number[], packet: Uint8Array): readonly number[] {
    const refused: number[] = [];
    if (receivers.length > 1) this.#router.sendToLinks(receivers, packet, refused);
    else if (receivers.length === 1 && this.#router.sendToLink(receivers[0]!, packet) !== ErrorCode.OK)
      return receivers;
    return refused;
  }
}
