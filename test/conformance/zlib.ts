import { Buffer } from 'node:buffer';
import { constants, createDeflateRaw, type DeflateRaw, inflateRawSync, type ZlibOptions } from 'node:zlib';

/*
 * The other side's DEFLATE: zlib's streams as Node documents them, asynchronous and with flush(). No code of src/
 * is used here.
 */

const TAIL = Buffer.from('0000ffff', 'hex');

/** Messages as a conforming sender compresses them (RFC 7692 7.2.1), with a window of 2^`windowBits` bytes. */
export async function compressMessages(
  messages: readonly Uint8Array[],
  windowBits: number,
  takesOver: boolean,
  options: ZlibOptions = {},
): Promise<Buffer[]> {
  // zlib has no compressor for a window of 256 bytes. With run-length matching only, it refers back one byte at most.
  const fitting = windowBits === 8 ? { windowBits: 9, strategy: constants.Z_RLE } : { windowBits };
  const create = (): DeflateRaw => createDeflateRaw({ ...fitting, ...options });
  const compressed: Buffer[] = [];
  let stream = create();
  for (const [at, message] of messages.entries()) {
    if (at > 0 && !takesOver) {
      stream.close();
      stream = create();
    }
    compressed.push(await compress(stream, message));
  }
  stream.close();
  return compressed;
}

function compress(stream: DeflateRaw, message: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const onData = (part: Buffer): void => {
      parts.push(part);
    };
    stream.on('data', onData);
    stream.once('error', reject);
    stream.write(message);
    stream.flush(constants.Z_SYNC_FLUSH, () => {
      stream.off('data', onData);
      stream.off('error', reject);
      const bytes = Buffer.concat(parts);
      // A flush with nothing new to flush writes nothing: an empty message is an empty stored block (RFC 7692 7.2.3.6).
      if (bytes.length === 0) resolve(Buffer.from([0]));
      else if (bytes.subarray(-4).equals(TAIL)) resolve(bytes.subarray(0, -4));
      else reject(new Error('a flush without its tail'));
    });
  });
}

/**
 * Decompresses the payloads of compressed messages, all together (RFC 7692 7.2.2). With steps that are small compared with
 * the window, zlib enforces it: a reference beyond it throws.
 */
export function inflateAll(payloads: readonly Uint8Array[], windowBits: number, takesOver: boolean): Buffer {
  const chunkSize = Math.max(64, 1 << (windowBits - 3));
  const inflate = (data: readonly Uint8Array[]): Buffer =>
    inflateRawSync(Buffer.concat(data), { windowBits, chunkSize, finishFlush: constants.Z_SYNC_FLUSH });
  if (!takesOver) return Buffer.concat(payloads.map((payload) => inflate([payload, TAIL])));
  return payloads.length === 0 ? Buffer.alloc(0) : inflate(payloads.flatMap((payload) => [payload, TAIL]));
}
