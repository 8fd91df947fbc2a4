import type { SentBytes } from './conversation.ts';

/** A packet of a capture. */
export interface WrittenPacket {
  /** Microseconds. */
  readonly time: number;
  readonly data: Buffer;
}

/** Which headers are around the segments. */
export interface Wrapping {
  readonly linkType: number;
  readonly isIpv6?: boolean;
}

const CLIENT = 50_000;
const SERVER = 9080;
const FIN = 0x01;
const SYN = 0x02;
const PUSH = 0x08;
const ACK = 0x10;

/** The packets of a TCP connection that carries `sent`: SYN, at most `mtu` bytes a segment, FIN. */
export function tcpPackets(
  sent: readonly SentBytes[],
  { linkType, isIpv6 = false }: Wrapping,
  mtu = 1448,
  clientPort = CLIENT,
): WrittenPacket[] {
  const packets: WrittenPacket[] = [];
  // One of the sequence numbers wraps.
  const next = { client: 0xffff_ff00, server: 1000 };
  const add = (isFromClient: boolean, flags: number, payload: Uint8Array = Buffer.alloc(0)): void => {
    const end = isFromClient ? 'client' : 'server';
    const tcp = Buffer.alloc(20);
    tcp.writeUInt16BE(isFromClient ? clientPort : SERVER, 0);
    tcp.writeUInt16BE(isFromClient ? SERVER : clientPort, 2);
    tcp.writeUInt32BE(next[end], 4);
    tcp[12] = 5 << 4;
    tcp[13] = flags;
    next[end] = (next[end] + payload.length + ((flags & (SYN | FIN)) === 0 ? 0 : 1)) >>> 0;
    const segment = Buffer.concat([tcp, payload]);
    packets.push({ time: 1_700_000_000_000_000 + packets.length * 1000, data: wrap(segment, linkType, isIpv6) });
  };
  add(true, SYN);
  add(false, SYN | ACK);
  add(true, ACK);
  for (const { isFromClient, bytes } of sent) {
    for (let at = 0; at < bytes.length; at += mtu) add(isFromClient, PUSH | ACK, bytes.subarray(at, at + mtu));
  }
  add(true, FIN | ACK);
  add(false, FIN | ACK);
  return packets;
}

function wrap(segment: Buffer, linkType: number, isIpv6: boolean): Buffer {
  const ip = Buffer.alloc(isIpv6 ? 40 : 20);
  if (isIpv6) {
    ip[0] = 0x60;
    ip.writeUInt16BE(segment.length, 4);
    ip[6] = 6;
    ip[23] = 1;
    ip[39] = 1;
  } else {
    ip[0] = 0x45;
    ip.writeUInt16BE(20 + segment.length, 2);
    ip[9] = 6;
    ip.set([127, 0, 0, 1, 127, 0, 0, 1], 12);
  }
  const type = isIpv6 ? [0x86, 0xdd] : [0x08, 0x00];
  const link: Readonly<Record<number, number[]>> = {
    0: [isIpv6 ? 30 : 2, 0, 0, 0],
    1: [...Array<number>(12).fill(0), ...type],
    101: [],
    113: [...Array<number>(14).fill(0), ...type],
    276: [...type, ...Array<number>(18).fill(0)],
  };
  return Buffer.concat([Buffer.from(link[linkType] ?? []), ip, segment]);
}

/** A pcap file. */
export function pcap(packets: readonly WrittenPacket[], linkType: number, isBig = false, isNano = false): Buffer {
  const header = Buffer.alloc(24);
  const put = (to: Buffer, value: number, at: number) =>
    isBig ? to.writeUInt32BE(value, at) : to.writeUInt32LE(value, at);
  put(header, isNano ? 0xa1b23c4d : 0xa1b2c3d4, 0);
  put(header, 65_535, 16);
  put(header, linkType, 20);
  const records = packets.flatMap(({ time, data }) => {
    const head = Buffer.alloc(16);
    put(head, Math.floor(time / 1e6), 0);
    put(head, (time % 1e6) * (isNano ? 1000 : 1), 4);
    put(head, data.length, 8);
    put(head, data.length, 12);
    return [head, data];
  });
  return Buffer.concat([header, ...records]);
}

/** A pcapng file with one section and one interface, whose times are in nanoseconds. */
export function pcapng(packets: readonly WrittenPacket[], linkType: number): Buffer {
  const section = Buffer.alloc(16);
  section.writeUInt32LE(0x1a2b3c4d, 0);
  section.writeUInt16LE(1, 4);
  section.fill(0xff, 8);
  const source = Buffer.alloc(20);
  source.writeUInt16LE(linkType, 0);
  source.writeUInt16LE(9, 8);
  source.writeUInt16LE(1, 10);
  source[12] = 9;
  const blocks = packets.map(({ time, data }) => {
    const units = BigInt(time) * 1000n;
    const head = Buffer.alloc(20);
    head.writeUInt32LE(Number(units >> 32n), 4);
    head.writeUInt32LE(Number(units & 0xffff_ffffn), 8);
    head.writeUInt32LE(data.length, 12);
    head.writeUInt32LE(data.length, 16);
    return block(6, Buffer.concat([head, data, Buffer.alloc((4 - (data.length % 4)) % 4)]));
  });
  // A name resolution block, which is skipped.
  return Buffer.concat([block(0x0a0d0d0a, section), block(1, source), block(4, Buffer.alloc(4)), ...blocks]);
}

function block(type: number, body: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(body.length + 12);
  const head = Buffer.alloc(4);
  head.writeUInt32LE(type);
  return Buffer.concat([head, size, body, size]);
}
