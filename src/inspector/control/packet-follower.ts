import { ErrorCode } from '../../error-code.ts';
import { override } from '../../multiplayer/index.ts';
import { Opcode } from '../../protocol/index.ts';
import type { WebSocketPeer } from '../../websocket/index.ts';
import type { FollowedPacket } from '../feed/messages.ts';

/** Packets that are kept until the page takes them; further ones are counted. */
const MOST_PACKETS = 200;
/** Bytes of a packet that are shown. */
const MOST_BYTES = 64;
const MOST_TEXT = 300;
/** Characters of a description. */
const MOST_SUMMARY = 1000;

/** Describes a packet in words. `isSent`: by the server. */
export type DescribePacket = (packet: Uint8Array, isSent: boolean) => string;

/**
 * Sees the packets of one connection: what the program sends, and what it takes from the queue. Only this connection is slower for
 * it, and only until `stop`.
 */
export class PacketFollower {
  readonly peer: WebSocketPeer;
  readonly #describe: DescribePacket;
  readonly #now: () => number;
  readonly #undo: readonly (() => void)[];
  #packets: FollowedPacket[] = [];
  #skipped = 0;

  /** Null for a peer without a connection. `now`: milliseconds since 1970. */
  static of(peer: WebSocketPeer, describe: DescribePacket, now: () => number): PacketFollower | null {
    const session = peer.inspected;
    return session === null ? null : new PacketFollower(peer, session, describe, now);
  }

  private constructor(
    peer: WebSocketPeer,
    session: NonNullable<WebSocketPeer['inspected']>,
    describe: DescribePacket,
    now: () => number,
  ) {
    this.peer = peer;
    this.#describe = describe;
    this.#now = now;
    this.#undo = [
      override(session, 'takePacket', (takePacket) => () => {
        const packet = takePacket();
        if (packet !== undefined) this.#note(packet, session.wasText, false);
        return packet;
      }),
      override(session, 'send', (send) => (payload, opcode, compress) => {
        const code = send(payload, opcode, compress);
        if (code === ErrorCode.OK) this.#note(payload, opcode === Opcode.TEXT, true);
        return code;
      }),
      override(session, 'sendShared', (sendShared) => (message) => {
        const code = sendShared(message);
        if (code === ErrorCode.OK) this.#note(message.payload, message.opcode === Opcode.TEXT, true);
        return code;
      }),
    ];
  }

  /** The packets since the last call, oldest first. */
  take(): { readonly packets: readonly FollowedPacket[]; readonly skipped: number } {
    const taken = { packets: this.#packets, skipped: this.#skipped };
    this.#packets = [];
    this.#skipped = 0;
    return taken;
  }

  stop(): void {
    for (const undo of [...this.#undo].reverse()) undo();
  }

  #note(bytes: Uint8Array, isText: boolean, isSent: boolean): void {
    if (this.#packets.length >= MOST_PACKETS) {
      this.#skipped++;
      return;
    }
    const size = bytes.length;
    const summary = isText ? textOf(bytes) : cut(this.#describe(bytes, isSent), MOST_SUMMARY);
    const hex = isText ? '' : hexOf(bytes);
    this.#packets.push({ time: this.#now(), isSent, size, summary, hex });
  }
}

function textOf(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, 4 * MOST_TEXT));
  return cut(text, MOST_TEXT);
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

function hexOf(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, MOST_BYTES), (byte) => byte.toString(16).padStart(2, '0'));
  return shown.join(' ') + (bytes.length > MOST_BYTES ? ' …' : '');
}
