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
export type Other = 'other' | 'fragment' | 'unknown link';

const TCP = 6;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const VLAN_TAGS = [0x8100, 0x88a8, 0x9100];
/** Extension headers of IPv6 that are skipped: hop-by-hop options, routing, destination options. */
const EXTENSIONS = [0, 43, 60];
const FRAGMENT = 44;

/** Reads the segment in a packet that was captured on a link of `linkType` (LINKTYPE registry). */
export function readSegment(linkType: number, data: Buffer): TcpSegment | Other {
  switch (linkType) {
    case 0: // BSD loopback: the family in four bytes
    case 108:
      return readIp(data, 4);
    case 1:
      return readEthernet(data);
    case 12:
    case 14:
    case 101:
    case 228:
    case 229:
      return readIp(data, 0);
    case 113: // Linux cooked capture
      return readIp(data, 16);
    case 276: // Linux cooked capture, version 2
      return readIp(data, 20);
    default:
      return 'unknown link';
  }
}

function readEthernet(data: Buffer): TcpSegment | Other {
  let at = 12;
  while (at + 2 <= data.length && VLAN_TAGS.includes(data.readUInt16BE(at))) at += 4;
  if (at + 2 > data.length) return 'other';
  const type = data.readUInt16BE(at);
  return type === IPV4 || type === IPV6 ? readIp(data, at + 2) : 'other';
}

function readIp(data: Buffer, at: number): TcpSegment | Other {
  const version = at < data.length ? data[at]! >> 4 : 0;
  return version === 4 ? readIpv4(data, at) : version === 6 ? readIpv6(data, at) : 'other';
}

/** RFC 791 3.1. */
function readIpv4(data: Buffer, at: number): TcpSegment | Other {
  const headerSize = (data[at]! & 0x0f) * 4;
  if (headerSize < 20 || at + headerSize > data.length || data[at + 9] !== TCP) return 'other';
  // More fragments, or not the first one.
  if ((data.readUInt16BE(at + 6) & 0x3fff) !== 0) return 'fragment';
  const total = data.readUInt16BE(at + 2);
  // A network card that cuts large segments itself leaves the size out.
  const end = total === 0 ? data.length : at + total;
  const address = (from: number): string => data.subarray(from, from + 4).join('.');
  return readTcp(data, at + headerSize, end, address(at + 12), address(at + 16));
}

/** RFC 8200 3 and 4. */
function readIpv6(data: Buffer, at: number): TcpSegment | Other {
  if (at + 40 > data.length) return 'other';
  const size = data.readUInt16BE(at + 4);
  const end = size === 0 ? data.length : at + 40 + size;
  let next = data[at + 6]!;
  let from = at + 40;
  while (EXTENSIONS.includes(next) && from + 8 <= data.length) {
    next = data[from]!;
    from += 8 + data[from + 1]! * 8;
  }
  if (next === FRAGMENT) return 'fragment';
  if (next !== TCP) return 'other';
  return readTcp(data, from, end, ipv6Text(data, at + 8), ipv6Text(data, at + 24));
}

/** In brackets, in the short form (RFC 5952). */
function ipv6Text(data: Buffer, at: number): string {
  const groups: string[] = [];
  for (let index = 0; index < 8; index++) groups.push(data.readUInt16BE(at + 2 * index).toString(16));
  // A URL's host is in that form.
  return new URL(`http://[${groups.join(':')}]`).hostname;
}

function readTcp(data: Buffer, at: number, end: number, from: string, to: string): TcpSegment | Other {
  if (at + 20 > data.length) return 'other';
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
