// What all measured clients share: their settings, and the measurement of messages and of the CPU time of all threads.
import process from 'node:process';
import { cpuOf } from '../cpu.mjs';
import { noise } from '../payloads.mjs';

/** The workload, see workloads.mjs, with `url`. */
export const settings = JSON.parse(process.argv[2] ?? '{}');

/** What the other end sends and expects, repeatedly. */
export const message = noise(settings.size, 1);
/** A client stops sending while more bytes than this wait. */
export const ENOUGH = 4 * 1024 * 1024;

let messages = 0;

/** Call it for each message that has arrived. */
export function received(packet) {
  messages++;
  const length = packet.byteLength;
  if (length !== settings.size) throw new Error(`a message of ${length} bytes instead of ${settings.size}`);
}

/** Call it for each message that was passed on for sending. */
export function sent(count) {
  messages += count;
}

/** Call it when the connection is open: warms up, measures, prints the result, and ends. */
export function measure() {
  setTimeout(() => {
    const before = { messages, cpu: cpuOf('self'), at: performance.now() };
    setTimeout(() => {
      const seconds = (performance.now() - before.at) / 1000;
      console.log(
        JSON.stringify({ messages: messages - before.messages, seconds, serverCpu: cpuOf('self') - before.cpu }),
      );
      process.exit();
    }, settings.measured);
  }, settings.warmup);
}

/** Passes on `perFlush` messages in a turn while there is room. `flush` sends them; `waiting` returns the bytes that wait. */
export function sendForEver(flush, waiting) {
  const turn = () => {
    if (waiting() > ENOUGH) {
      setTimeout(turn, 1);
      return;
    }
    flush();
    sent(settings.perFlush);
    setImmediate(turn);
  };
  turn();
}
