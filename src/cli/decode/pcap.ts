import { BrokenCapture, type FileBytes } from './file-bytes.ts';

// The libpcap format (draft-ietf-opsawg-pcap) and pcapng (draft-ietf-opsawg-pcapng).

/** A packet as it was captured. */
export interface CapturedPacket {
  /** Seconds since 1970. */
  readonly time: number;
  /** What `data` begins with: a number of the LINKTYPE registry. */
  readonly linkType: number;
  readonly data: Buffer;
  /** Bytes at its end that were not captured. */
  readonly cut: number;
}

const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;
const SECTION = 0x0a0d0d0a;
const BYTE_ORDER = 0x1a2b3c4d;
const HEADER_SIZE = 24;
const RECORD_HEADER_SIZE = 16;
/** Larger packets and blocks are not written by any program. */
const LARGEST_PACKET = 16 * 1024 * 1024;
const MOST_INTERFACES = 65_536;

/** Whether a file with these first four bytes is a capture of one of the formats. */
export function isPcap(start: Uint8Array): boolean {
  const magic = Buffer.from(start).readUInt32BE();
  const swapped = Buffer.from(start).readUInt32LE();
  return [MICROSECONDS, NANOSECONDS, SECTION].some((known) => known === magic || known === swapped);
}

/** The packets of a file. Throws `BrokenCapture` at the place where the file cannot be read any further. */
export function* packetsOf(file: FileBytes): Generator<CapturedPacket> {
  const start = file.peek(4);
  if (start === null) throw new BrokenCapture('it has less than four bytes');
  if (start.readUInt32BE() === SECTION) yield* packetsOfPcapng(file);
  else yield* packetsOfPcap(file);
}

function* packetsOfPcap(file: FileBytes): Generator<CapturedPacket> {
  const header = file.take(HEADER_SIZE);
  if (header === null) throw cutAt(file, 'its header');
  const magic = header.readUInt32BE();
  const isBig = magic === MICROSECONDS || magic === NANOSECONDS;
  const scale = (isBig ? magic : header.readUInt32LE()) === NANOSECONDS ? 1e9 : 1e6;
  const linkType = read32(header, 20, isBig) & 0xffff;
  while (!file.isAtEnd) {
    const at = file.at;
    const record = file.take(RECORD_HEADER_SIZE);
    if (record === null) throw cutAt(file, `the packet at byte ${at}`);
    const size = read32(record, 8, isBig);
    if (size > LARGEST_PACKET) throw new BrokenCapture(`the packet at byte ${at} would have ${size} bytes`);
    const data = file.take(size);
    if (data === null) throw cutAt(file, `the packet at byte ${at}`);
    const cut = Math.max(0, read32(record, 12, isBig) - size);
    yield { time: read32(record, 0, isBig) + read32(record, 4, isBig) / scale, linkType, data, cut };
  }
}

/** Where packets of a pcapng file were captured. */
interface Interface {
  readonly linkType: number;
  /** Units of time per second. */
  readonly scale: number;
  /** Seconds to add. */
  readonly offset: number;
}

enum Block {
  INTERFACE = 1,
  OLD_PACKET = 2,
  SIMPLE_PACKET = 3,
  PACKET = 6,
}

function* packetsOfPcapng(file: FileBytes): Generator<CapturedPacket> {
  let isBig = false;
  let interfaces: Interface[] = [];
  while (!file.isAtEnd) {
    const at = file.at;
    const head = file.peek(12);
    if (head === null) throw cutAt(file, `the block at byte ${at}`);
    const isSection = head.readUInt32BE() === SECTION;
    if (isSection) {
      isBig = head.readUInt32BE(8) === BYTE_ORDER;
      if (!isBig && head.readUInt32LE(8) !== BYTE_ORDER)
        throw new BrokenCapture(`the section at byte ${at} has no byte order`);
      interfaces = [];
    }
    const size = read32(head, 4, isBig);
    if (size < 12 || size % 4 !== 0 || size > LARGEST_PACKET)
      throw new BrokenCapture(`the block at byte ${at} would have ${size} bytes`);
    const block = file.take(size);
    if (block === null) throw cutAt(file, `the block at byte ${at}`);
    if (isSection) continue;
    const type = read32(block, 0, isBig);
    const body = block.subarray(8, size - 4);
    if (type === Block.INTERFACE) {
      if (body.length < 8 || interfaces.length >= MOST_INTERFACES)
        throw new BrokenCapture(`the interface at byte ${at} is damaged`);
      interfaces.push(readInterface(body, isBig));
    } else if (type === Block.PACKET || type === Block.OLD_PACKET || type === Block.SIMPLE_PACKET) {
      yield readPacket(type, body, interfaces, isBig, at);
    }
  }
}

function readInterface(body: Buffer, isBig: boolean): Interface {
  let scale = 1e6;
  let offset = 0;
  for (let at = 8; at + 4 <= body.length; ) {
    const [code, length] = [read16(body, at, isBig), read16(body, at + 2, isBig)];
    const value = body.subarray(at + 4, at + 4 + length);
    if (code === 0 || value.length < length) break;
    if (code === 9 && length === 1) {
      // if_tsresol: a negative power of 10, or of 2 when the highest bit is set.
      const resolution = value[0]!;
      scale = resolution < 0x80 ? 10 ** resolution : 2 ** (resolution & 0x7f);
    } else if (code === 14 && length === 8) {
      offset = Number(isBig ? value.readBigInt64BE() : value.readBigInt64LE());
    }
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return { linkType: read16(body, 0, isBig), scale, offset };
}

function readPacket(
  type: Block,
  body: Buffer,
  interfaces: readonly Interface[],
  isBig: boolean,
  at: number,
): CapturedPacket {
  const start = type === Block.SIMPLE_PACKET ? 4 : 20;
  if (body.length < start) throw new BrokenCapture(`the packet at byte ${at} is damaged`);
  const index = type === Block.PACKET ? read32(body, 0, isBig) : type === Block.OLD_PACKET ? read16(body, 0, isBig) : 0;
  const source = interfaces[index];
  if (source === undefined)
    throw new BrokenCapture(`the packet at byte ${at} is of an interface that is not described`);
  // A simple packet has no time, and fills its block up to its original size.
  if (type === Block.SIMPLE_PACKET) {
    const original = read32(body, 0, isBig);
    const data = body.subarray(start, start + original);
    return { time: 0, linkType: source.linkType, data, cut: original - data.length };
  }
  const size = read32(body, 12, isBig);
  if (start + size > body.length) throw new BrokenCapture(`the packet at byte ${at} is longer than its block`);
  const units = read32(body, 4, isBig) * 2 ** 32 + read32(body, 8, isBig);
  return {
    time: units / source.scale + source.offset,
    linkType: source.linkType,
    data: body.subarray(start, start + size),
    cut: Math.max(0, read32(body, 16, isBig) - size),
  };
}

function read32(bytes: Buffer, at: number, isBig: boolean): number {
  return isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
}

function read16(bytes: Buffer, at: number, isBig: boolean): number {
  return isBig ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at);
}

function cutAt(file: FileBytes, what: string): BrokenCapture {
  return new BrokenCapture(`it ends at byte ${file.at}, in the middle of ${what}`);
}
