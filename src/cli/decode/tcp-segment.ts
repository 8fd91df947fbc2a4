/** A TCP segment (RFC 9293 3.1) of a captured packet. */
export interface TcpSegment {
  /** The addresses with their ports: `127.0.0.1:9080`, `[::1]:9080`. */
  readonly source: string;
  readonly target: string;
  readonly sequence: number;
  readonly isSyn: boolean;
  readonly isAck: boolean;
  readonly isFin: boolean;
  readonly isReset: boolean;
  readonly payload: Uint8Array;
  /** Bytes of the payload that the capture has cut off. */
  readonly missing: number;
}

/** What a packet is, when it is no TCP segment. */
export type Other = 'other' | 'fragment' | 'unknown link' | 'cut off';

const TCP = 6;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const VLAN_TAGS = [0x8100, 0x88a8, 0x9100];
/** Extension headers of IPv6 that are skipped: hop-by-hop options, routing, destination options. */
const EXTENSIONS = [0, 43, 60];
const FRAGMENT = 44;

/** A packet, and how many bytes at its end the capture has not. */
interface Packet {
  readonly data: Buffer;
  readonly cut: number;
}

/**
 * Reads the segment in a packet that was captured on a link of `linkType` (LINKTYPE registry). `cut`: bytes at its end that are not in
 * the capture.
 */
export function readSegment(linkType: number, data: Buffer, cut: number = 0): TcpSegment | Other {
  const packet = { data, cut };
  switch (linkType) {
    case 0: // BSD loopback: the family in four bytes
    case 108:
      return readIp(packet, 4);
    case 1:
      return readTyped(packet, 12, 14);
    case 12:
    case 14:
    case 101:
    case 228:
    case 229:
      return readIp(packet, 0);
    case 113: // Linux cooked capture
      return readTyped(packet, 14, 16);
    case 276: // Linux cooked capture, version 2
      return readTyped(packet, 0, 20);
    default:
      return 'unknown link';
  }
}

/** A link whose packets have an EtherType at `typeAt`, and their content from `at` on. A VLAN tag has the type of what is behind it. */
function readTyped(packet: Packet, typeAt: number, at: number): TcpSegment | Other {
  const { data } = packet;
  let [typePlace, start] = [typeAt, at];
  while (typePlace + 2 <= data.length && VLAN_TAGS.includes(data.readUInt16BE(typePlace))) {
    typePlace = start + 2;
    start += 4;
  }
  if (typePlace + 2 > data.length) return missingFrom(packet);
  const type = data.readUInt16BE(typePlace);
  return type === IPV4 || type === IPV6 ? readIp(packet, start) : 'other';
}

/** For a packet that is too short: whether the capture has cut it. */
function missingFrom({ cut }: Packet): Other {
  return cut > 0 ? 'cut off' : 'other';
}

function readIp(packet: Packet, at: number): TcpSegment | Other {
  const { data } = packet;
  if (at >= data.length) return missingFrom(packet);
  const version = data[at]! >> 4;
  return version === 4 ? readIpv4(packet, at) : version === 6 ? readIpv6(packet, at) : 'other';
}

/** RFC 791 3.1. */
function readIpv4(packet: Packet, at: number): TcpSegment | Other {
  const { data, cut } = packet;
  const headerSize = (data[at]! & 0x0f) * 4;
  if (at + Math.max(20, headerSize) > data.length) return missingFrom(packet);
  if (headerSize < 20 || data[at + 9] !== TCP) return 'other';
  // More fragments, or not the first one.
  if ((data.readUInt16BE(at + 6) & 0x3fff) !== 0) return 'fragment';
  const total = data.readUInt16BE(at + 2);
  // A network card that cuts large segments itself leaves the size out.
  const end = total === 0 ? data.length + cut : at + total;
  const address = (from: number): string => data.subarray(from, from + 4).join('.');
  return readTcp(packet, at + headerSize, end, address(at + 12), address(at + 16));
}

/** RFC 8200 3 and 4. */
function readIpv6(packet: Packet, at: number): TcpSegment | Other {
  const { data, cut } = packet;
  if (at + 40 > data.length) return missingFrom(packet);
  const size = data.readUInt16BE(at + 4);
  const end = size === 0 ? data.length + cut : at + 40 + size;
  let next = data[at + 6]!;
  let from = at + 40;
  while (EXTENSIONS.includes(next) && from + 8 <= data.length) {
    next = data[from]!;
    from += 8 + data[from + 1]! * 8;
  }
  if (next === FRAGMENT) return 'fragment';
  if (next !== TCP) return EXTENSIONS.includes(next) ? missingFrom(packet) : 'other';
  return readTcp(packet, from, end, ipv6Text(data, at + 8), ipv6Text(data, at + 24));
}

/** In brackets, in the short form (RFC 5952). */
function ipv6Text(data: Buffer, at: number): string {
  const groups: string[] = [];
  for (let index = 0; index < 8; index++) groups.push(data.readUInt16BE(at + 2 * index).toString(16));
  // A URL's host is in that form.
  return new URL(`http://[${groups.join(':')}]`).hostname;
}

function readTcp(packet: Packet, at: number, end: number, from: string, to: string): TcpSegment | Other {
  const { data } = packet;
  if (at + 20 > data.length) return missingFrom(packet);
  const headerSize = (data[at + 12]! >> 4) * 4;
  const start = at + headerSize;
  if (headerSize < 20 || start > end) return 'other';
  const flags = data[at + 13]!;
  const payload = data.subarray(Math.min(start, data.length), Math.min(end, data.length));
  return {
    source: `${from}:${data.readUInt16BE(at)}`,
    target: `${to}:${data.readUInt16BE(at + 2)}`,
    sequence: data.readUInt32BE(at + 4),
    isFin: (flags & 0x01) !== 0,
    isSyn: (flags & 0x02) !== 0,
    isReset: (flags & 0x04) !== 0,
    isAck: (flags & 0x10) !== 0,
    payload,
    missing: end - start - payload.length,
  };
}
