import { createHash } from 'node:crypto';

const HEADER_SIZE = 112;
const ALIGNMENT = 16;
/** Offsets are from the beginning of the files. */
const RELATIVE_OFFSETS = 2;

/**
 * A Godot package, format 3, of text files by their paths without `res://`. The engine's release templates compile plain
 * GDScript and read text scenes, so no export step is needed.
 */
export function buildPck(files: Readonly<Record<string, string>>): Uint8Array {
  const contents = Object.entries(files).map(([path, text]) => ({ path: Buffer.from(path), data: Buffer.from(text) }));
  const body: Buffer[] = [];
  const directory: Buffer[] = [u32(contents.length)];
  let offset = 0;
  for (const { path, data } of contents) {
    const pathSize = align(path.length, 4);
    directory.push(u32(pathSize), zeroPadded(path, pathSize), u64(offset), u64(data.length));
    directory.push(createHash('md5').update(data).digest(), u32(0));
    const size = align(data.length, ALIGNMENT);
    body.push(zeroPadded(data, size));
    offset += size;
  }
  const header = Buffer.alloc(HEADER_SIZE);
  header.write('GDPC', 'latin1');
  for (const [index, value] of [3, 4, 6, 0, RELATIVE_OFFSETS].entries()) header.writeUInt32LE(value, 4 + 4 * index);
  header.writeBigUInt64LE(BigInt(HEADER_SIZE), 24);
  header.writeBigUInt64LE(BigInt(HEADER_SIZE + offset), 32);
  return Buffer.concat([header, ...body, ...directory]);
}

function align(size: number, to: number): number {
  return Math.ceil(size / to) * to;
}

function zeroPadded(bytes: Buffer, size: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(size - bytes.length)]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
