/**
 * Bytes of the block that is mapped and freed. The C library then keeps up to twice as much free memory at the end of its heap: more than
 * a collection of V8's young generation frees, which is 32 MiB and what is left over. glibc's own bound is 32 MiB for the block.
 */
const BLOCK_SIZE = 31 * 1024 * 1024;

let isDone = false;

/**
 * Makes the C library keep the memory that large packets leave, for the next ones. By default glibc gives it back to the system as soon
 * as 128 KiB are free at the end of its heap: that is after each collection, and each page of 4 KiB then costs a page fault when it is
 * used again (bench/NOTES.md). glibc raises that limit to twice the size of the largest block that it has mapped and freed, (mallopt(3),
 * M_MMAP_THRESHOLD), so one such block is allocated here, and freed. Its pages are never touched.
 *
 * Without effect with another C library, and where the environment sets the limit (`MALLOC_TRIM_THRESHOLD_`).
 */
export function keepFreedMemory(): void {
  if (isDone) return;
  isDone = true;
  if (process.platform !== 'linux') return;
  try {
    const block = new ArrayBuffer(BLOCK_SIZE);
    // A message that is not received is freed when its port closes, soon. A collection might keep the block for long.
    const { port1, port2 } = new MessageChannel();
    port1.postMessage(null, [block]);
    port2.close();
  } catch {
    // No memory for the block, or no `MessageChannel`, as under jsdom: a packet that arrives must not fail for that.
  }
}
