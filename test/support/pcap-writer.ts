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
  /** Numbers of VLANs, the outer one first. */
  readonly vlans?: readonly number[];
  /** Whether the IP header has no size, as of a network card that cuts large segments itself. */
  readonly hasNoSize?: boolean;
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
  wrapping: Wrapping,
  mtu = 1448,
  clientPort = CLIENT,
  first = 0xffff_ff00,
): WrittenPacket[] {
  const packets: WrittenPacket[] = [];
  // One of the sequence numbers wraps.
  const next = { client: first, server: 1000 };
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
    packets.push({ time: 1_700_000_000_000_000 + packets.length * 1000, data: wrap(segment, wrapping) });
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

function wrap(segment: Buffer, { linkType, isIpv6 = false, vlans = [], hasNoSize = false }: Wrapping): Buffer {
  const ip = Buffer.alloc(isIpv6 ? 40 : 20);
  if (isIpv6) {
    ip[0] = 0x60;
    if (!hasNoSize) ip.writeUInt16BE(segment.length, 4);
    ip[6] = 6;
    ip[23] = 1;
    ip[39] = 1;
  } else {
    ip[0] = 0x45;
    if (!hasNoSize) ip.writeUInt16BE(20 + segment.length, 2);
    ip[9] = 6;
    ip.set([127, 0, 0, 1, 127, 0, 0, 1], 12);
  }
  const own = isIpv6 ? [0x86, 0xdd] : [0x08, 0x00];
  const type = vlans.length === 0 ? own : [0x81, 0x00];
  // Each tag: its VLAN, and the type of what is behind it.
  const tags = vlans.flatMap((vlan, index) => [
    vlan >> 8,
    vlan & 0xff,
    ...(index + 1 < vlans.length ? [0x81, 0x00] : own),
  ]);
  const link: Readonly<Record<number, number[]>> = {
    0: [isIpv6 ? 30 : 2, 0, 0, 0],
    1: [...Array<number>(12).fill(0), ...type],
    101: [],
    113: [...Array<number>(14).fill(0), ...type],
    276: [...type, ...Array<number>(18).fill(0)],
  };
  return Buffer.concat([Buffer.from([...(link[linkType] ?? []), ...tags]), ip, segment]);
}

/** A pcap file. */
export function pcap(
  packets: readonly WrittenPacket[],
  linkType: number,
  isBig = false,
  isNano = false,
  snapLength = 65_535,
): Buffer {
  const header = Buffer.alloc(24);
  const put = (to: Buffer, value: number, at: number) =>
    isBig ? to.writeUInt32BE(value, at) : to.writeUInt32LE(value, at);
  put(header, isNano ? 0xa1b23c4d : 0xa1b2c3d4, 0);
  put(header, snapLength, 16);
  put(header, linkType, 20);
  const records = packets.flatMap(({ time, data }) => {
    const head = Buffer.alloc(16);
    put(head, Math.floor(time / 1e6), 0);
    put(head, (time % 1e6) * (isNano ? 1000 : 1), 4);
    const kept = data.subarray(0, snapLength);
    put(head, kept.length, 8);
    put(head, data.length, 12);
    return [head, kept];
  });
  return Buffer.concat([header, ...records]);
}

/** A pcapng file with one section and one interface, whose times are in nanoseconds. */
export function pcapng(packets: readonly WrittenPacket[], linkType: number, isBig = false): Buffer {
  const put = (to: Buffer, value: number, at: number) =>
    isBig ? to.writeUInt32BE(value, at) : to.writeUInt32LE(value, at);
  const put16 = (to: Buffer, value: number, at: number) =>
    isBig ? to.writeUInt16BE(value, at) : to.writeUInt16LE(value, at);
  const block = (type: number, body: Buffer): Buffer => {
    const [head, size] = [Buffer.alloc(4), Buffer.alloc(4)];
    put(head, type, 0);
    put(size, body.length + 12, 0);
    return Buffer.concat([head, size, body, size]);
  };
  const section = Buffer.alloc(16);
  put(section, 0x1a2b3c4d, 0);
  put16(section, 1, 4);
  section.fill(0xff, 8);
  const source = Buffer.alloc(20);
  put16(source, linkType, 0);
  put16(source, 9, 8);
  put16(source, 1, 10);
  source[12] = 9;
  const blocks = packets.map(({ time, data }) => {
    const units = BigInt(time) * 1000n;
    const head = Buffer.alloc(20);
    put(head, Number(units >> 32n), 4);
    put(head, Number(units & 0xffff_ffffn), 8);
    put(head, data.length, 12);
    put(head, data.length, 16);
    return block(6, Buffer.concat([head, data, Buffer.alloc((4 - (data.length % 4)) % 4)]));
  });
  // A name resolution block, which is skipped.
  return Buffer.concat([block(0x0a0d0d0a, section), block(1, source), block(4, Buffer.alloc(4)), ...blocks]);
}
