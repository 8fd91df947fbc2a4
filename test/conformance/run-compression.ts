import { Buffer } from 'node:buffer';
import { ErrorCode } from '../../src/error-code.ts';
import { CONNECTION_DEFAULTS, Connection, type DeflateCodec, Opcode, type Role } from '../../src/protocol/index.ts';
import { drainOutput } from '../support/connection.ts';
import type { ReadFrame } from '../support/frames.ts';
import { seededPlatform } from '../support/platform.ts';
import type { Packet } from './case.ts';
import type { CompressionCase } from './cases/compression.ts';
import { openPeer } from './raw-end.ts';
import { agreedExtension, comparePackets, DEFLATE, decodeText } from './run-connection.ts';
import { negotiating } from './run-peer.ts';
import { pieces, type Split } from './split.ts';
import {
  BINARY,
  CONTINUATION,
  compareFrames,
  encodeFrames,
  type InFrame,
  type OutFrame,
  PING,
  PONG,
  payloadBytes,
  TEXT,
  tryRead,
} from './wire.ts';
import { compressMessages, inflateAll } from './zlib.ts';

/** tickpeer's side of the connection, at either level. */
interface OurEnd {
  receive(bytes: Uint8Array, split: Split, seed: string): void;
  send(message: Packet): ErrorCode;
  takePackets(): Packet[];
  /** What was sent since the last call. */
  read(): Uint8Array;
  readonly ending: string;
}

const LIMITS = { inboundBufferSize: 400_000, outboundBufferSize: 0 };

/**
 * Messages that the other side compresses arrive complete, and it can decompress tickpeer's. `codec`: on a `Connection` with that one;
 * null: on a whole peer.
 */
export async function runCompression(
  test: CompressionCase,
  role: Role,
  split: Split,
  codec: DeflateCodec | null,
): Promise<string | null> {
  const { frames, packets, answers } = await theirSide(test, role);
  const fragmentSize = test.fragments === 1 ? 0 : 100;
  const end =
    codec === null ? peerEnd(test, role, split, fragmentSize) : connectionEnd(test, role, codec, fragmentSize);
  end.receive(encodeFrames(role, frames), split, `${test.name} ${role}`);
  const got = end.takePackets();
  if (end.ending !== 'open') return `ended ${end.ending} while receiving`;
  const fault = comparePackets(got, packets) ?? compareFrames(role, end.read(), answers);
  // The sent bytes do not depend on how the received ones were split.
  if (fault !== null || split !== 'whole') return fault;
  const sent: Uint8Array[] = [];
  for (const message of test.messages) {
    if (end.send(message) !== ErrorCode.OK) return 'a message was refused';
    sent.push(end.read());
  }
  return judgeSent(test, role, Buffer.concat(sent), fragmentSize);
}

interface TheirSide {
  readonly frames: readonly InFrame[];
  readonly packets: readonly Packet[];
  readonly answers: readonly OutFrame[];
}

const theirSides = new WeakMap<CompressionCase, Map<Role, Promise<TheirSide>>>();

/** The same bytes for every split and level: they are compressed once. */
function theirSide(test: CompressionCase, role: Role): Promise<TheirSide> {
  let sides = theirSides.get(test);
  if (sides === undefined) {
    sides = new Map();
    theirSides.set(test, sides);
  }
  let side = sides.get(role);
  if (side === undefined) {
    side = makeTheirSide(test, role);
    sides.set(role, side);
  }
  return side;
}

async function makeTheirSide(test: CompressionCase, role: Role): Promise<TheirSide> {
  const { takesOver, windowBits } = direction(test, role === 'client' ? 'server' : 'client');
  const payloads = await compressMessages(test.messages.map(payloadBytes), windowBits, takesOver);
  const frames: InFrame[] = [];
  const packets: Packet[] = [];
  const answers: OutFrame[] = [];
  for (const [at, message] of test.messages.entries()) {
    const payload = payloads[at]!;
    const size = Math.max(1, Math.ceil(payload.length / test.fragments));
    for (let piece = 0; piece < test.fragments; piece++) {
      frames.push({
        opcode: piece > 0 ? CONTINUATION : typeof message === 'string' ? TEXT : BINARY,
        rsv: piece > 0 ? 0 : 0x40,
        fin: piece === test.fragments - 1,
        payload: payload.subarray(piece * size, (piece + 1) * size),
      });
      if (!test.hasOthersBetween) continue;
      frames.push({ opcode: PING, payload: `${at}.${piece}` }, { opcode: PONG });
      answers.push({ opcode: PONG, payload: `${at}.${piece}` });
    }
    packets.push(message);
    if (!test.hasOthersBetween) continue;
    frames.push({ opcode: TEXT, payload: `plain ${at}` });
    packets.push(`plain ${at}`);
  }
  return { frames, packets, answers };
}

/** The negotiated parameters for messages from `sender`. */
function direction({ deflate }: CompressionCase, sender: Role): { takesOver: boolean; windowBits: number } {
  const all = { ...DEFLATE, ...deflate };
  return sender === 'server'
    ? { takesOver: !all.serverNoContextTakeover, windowBits: all.serverMaxWindowBits }
    : { takesOver: !all.clientNoContextTakeover, windowBits: all.clientMaxWindowBits };
}

/** Whether the sent frames are the messages, compressed as negotiated. */
function judgeSent(test: CompressionCase, role: Role, bytes: Uint8Array, fragmentSize: number): string | null {
  const frames = tryRead(bytes);
  if (typeof frames === 'string') return frames;
  if (frames.some(({ isMasked }) => isMasked !== (role === 'client'))) return 'a frame with a wrong mask';
  const messages = joinFrames(frames, fragmentSize);
  if (typeof messages === 'string') return messages;
  if (messages.length !== test.messages.length) return `sent ${messages.length} messages`;
  const threshold = test.deflate.threshold ?? 0;
  const packed: Uint8Array[] = [];
  const wanted: Uint8Array[] = [];
  for (const [at, { opcode, isPacked, payload }] of messages.entries()) {
    const message = test.messages[at]!;
    const plain = payloadBytes(message);
    if (opcode !== (typeof message === 'string' ? TEXT : BINARY)) return `message ${at} has opcode ${opcode}`;
    const isDue = plain.length >= threshold && plain.length > 0;
    if (isPacked && !isDue) return `message ${at} of ${plain.length} bytes is compressed`;
    if (!isPacked && isDue && test.mustCompress) return `message ${at} of ${plain.length} bytes is not compressed`;
    if (isPacked) {
      packed.push(payload);
      wanted.push(plain);
    } else if (Buffer.compare(payload, plain) !== 0) {
      return `message ${at} is another`;
    }
  }
  const { windowBits, takesOver } = direction(test, role);
  if (takesOver && test.deflate.level === undefined) {
    const wasteful = wanted.findIndex(
      (plain, at) => isRepeated(wanted, at, windowBits) && !isReference(packed, at, plain),
    );
    if (wasteful >= 0) return `compressed message ${wasteful} repeats the one before and does not refer to it`;
  }
  const inflated = inflateAll(packed, windowBits, takesOver);
  return Buffer.compare(inflated, Buffer.concat(wanted)) === 0 ? null : 'what we compressed stands for something else';
}

/** zlib uses less than its window: it looks ahead for a match of this length. */
const LOOKAHEAD = 262;

/** Whether a message equals the one before it, and that is still within the window. */
function isRepeated(messages: readonly Uint8Array[], at: number, windowBits: number): boolean {
  const before = messages[at - 1];
  const message = messages[at]!;
  if (before === undefined || message.length < 64 || message.length > (1 << windowBits) - LOOKAHEAD) return false;
  return windowBits > 8 && Buffer.compare(before, message) === 0;
}

/** References take a few bytes for every 258 of the message. */
function isReference(packed: readonly Uint8Array[], at: number, message: Uint8Array): boolean {
  return packed[at]!.length < 16 + message.length / 32;
}

interface SentMessage {
  readonly opcode: number;
  readonly isPacked: boolean;
  readonly payload: Uint8Array;
}

/** RFC 7692 6.1: only a message's first frame has RSV1. */
function joinFrames(frames: readonly ReadFrame[], fragmentSize: number): SentMessage[] | string {
  const messages: SentMessage[] = [];
  let first: ReadFrame | null = null;
  let parts: Uint8Array[] = [];
  for (const frame of frames) {
    if (fragmentSize > 0 && frame.payload.length > fragmentSize) return 'a frame above fragmentSize';
    if (first === null) {
      if (frame.opcode === CONTINUATION || (frame.rsv & ~0x40) !== 0) return 'a message that begins wrongly';
      first = frame;
    } else if (frame.opcode !== CONTINUATION || frame.rsv !== 0) {
      return 'a message that goes on wrongly';
    }
    parts.push(frame.payload);
    if (!frame.fin) continue;
    messages.push({ opcode: first.opcode, isPacked: first.rsv === 0x40, payload: Buffer.concat(parts) });
    first = null;
    parts = [];
  }
  return first === null ? messages : 'a message without an end';
}

function connectionEnd(test: CompressionCase, role: Role, codec: DeflateCodec, fragmentSize: number): OurEnd {
  const extension = agreedExtension(role, test.deflate, codec);
  const settings = { ...CONNECTION_DEFAULTS, ...LIMITS, fragmentSize };
  const connection = new Connection(role, settings, seededPlatform(1), 0, extension);
  const answered: Uint8Array[] = [];
  return {
    receive(bytes, split, seed) {
      let count = 0;
      for (const chunk of pieces(bytes, split, seed)) {
        connection.receive(chunk, 0);
        // From time to time, as a peer does, so that each Ping is answered before too many wait.
        if (++count % 64 === 0) answered.push(drainOutput(connection));
      }
    },
    send: (message) =>
      connection.send(payloadBytes(message), typeof message === 'string' ? Opcode.TEXT : Opcode.BINARY),
    takePackets() {
      const packets: Packet[] = [];
      while (connection.packetCount > 0) {
        const isText = connection.isFirstText;
        const packet = connection.takePacket(0) ?? new Uint8Array(0);
        packets.push(isText ? decodeText(packet) : packet);
      }
      return packets;
    },
    read: () => Buffer.concat([...answered.splice(0), drainOutput(connection)]),
    get ending() {
      connection.conclude();
      return connection.failure === null ? 'open' : `${connection.failure.code}: ${connection.failure.message}`;
    },
  };
}

function peerEnd(test: CompressionCase, role: Role, split: Split, fragmentSize: number): OurEnd {
  const options = { ...LIMITS, fragmentSize, compression: { ...DEFLATE, ...test.deflate } };
  const end = openPeer(role, options, split, negotiating(role, test.deflate));
  return {
    receive: (bytes, how, seed) => end.write(bytes, how, seed),
    send(message) {
      const result = typeof message === 'string' ? end.peer.sendText(message) : end.peer.send(message);
      end.turn();
      return result;
    },
    takePackets() {
      end.settle();
      return end.packets.splice(0);
    },
    read() {
      end.settle();
      return end.read();
    },
    get ending() {
      return end.ending;
    },
  };
}
