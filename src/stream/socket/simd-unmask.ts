/**
 * The memory that sockets read into, and a function that unmasks in it with SIMD. The memory belongs to a WebAssembly
 * instance, because copying bytes in and out would cost more than it saves (bench/NOTES.md).
 */

/**
 * One page of memory, and `xor(at, end, key)`: XORs the bytes from `at` to `end` with the four of `key`, the lowest first;
 * 64 at a time, then 16, then one. As text:
 *
 *     key := i32x4.splat(key)
 *     while at + 64 <= end: four times v128.store(at, v128.xor(v128.load(at), key)); at += 64
 *     while at + 16 <= end: the same once; at += 16
 *     while at < end: i32.store8(at, i32.load8_u(at) ^ key); key := i32.rotr(key, 8); at += 1
 */
const MODULE =
  'AGFzbQEAAAABBwFgA39/fwADAgEABQMBAAEHEAIGbWVtb3J5AgADeG9yAAAKuwEBuAEBAXsgAv0RIQMCQANAIABBwABqIAFLDQEg' +
  'ACAA/QAAACAD/VH9CwAAIAAgAP0AABAgA/1R/QsAECAAIAD9AAAgIAP9Uf0LACAgACAA/QAAMCAD/VH9CwAwIABBwABqIQAMAAsL' +
  'AkADQCAAQRBqIAFLDQEgACAA/QAAACAD/VH9CwAAIABBEGohAAwACwsCQANAIAAgAU8NASAAIAAtAAAgAnM6AAAgAkEIeCECIABB' +
  'AWohAAwACwsL';

/** Below this many bytes the call costs more than it saves. */
const SIMD_FROM = 32;
const PAGE_SIZE = 65_536;

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  xor(at: number, end: number, key: number): void;
}

/** The parts of WebAssembly that are used here. (Its types come with all of the DOM's.) */
interface WebAssemblyNamespace {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

const exports = instantiate();

/** All sockets read into it. It is a whole ArrayBuffer. */
export const receiveBuffer: Uint8Array<ArrayBuffer> =
  exports === null ? new Uint8Array(PAGE_SIZE) : new Uint8Array(exports.memory.buffer);

/**
 * XORs `bytes[start, end)` with a masking key, whose first byte is the lowest, if they are in the receive buffer and there
 * are enough of them. Otherwise returns false and changes nothing.
 */
export function unmaskReceived(bytes: Uint8Array, start: number, end: number, key: number): boolean {
  if (exports === null || end - start < SIMD_FROM || bytes.buffer !== receiveBuffer.buffer) return false;
  exports.xor(bytes.byteOffset + start, bytes.byteOffset + end, key);
  return true;
}

/** Null where there is no WebAssembly, or none with SIMD: some systems forbid it. */
function instantiate(): Exports | null {
  const { WebAssembly } = globalThis as { WebAssembly?: WebAssemblyNamespace }; // undefined under --jitless
  if (WebAssembly === undefined) return null;
  try {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(MODULE, 'base64')));
    return instance.exports as Exports; // those of the module above
  } catch {
    return null; // a CompileError: this engine cannot compile it, and the slower way works
  }
}
