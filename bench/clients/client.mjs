// What every measured client has in common: its settings, and its own measuring: messages, and the CPU time of all threads.
import process from 'node:process';
import { cpuOf } from '../cpu.mjs';
import { noise } from '../payloads.mjs';

/** The workload, see workloads.mjs, with `url`. */
export const settings = JSON.parse(process.argv[2] ?? '{}');

/** What the other end sends and expects over and over. */
export const message = noise(settings.size, 1);
/** Bytes that may wait to be sent before a client rests. */
export const ENOUGH = 4 * 1024 * 1024;

let messages = 0;

/** To be called for each message that arrived. */
export function received(packet) {
  messages++;
  const length = packet.byteLength;
  if (length !== settings.size) throw new Error(`a message of ${length} bytes instead of ${settings.size}`);
}

/** To be called for each message that was handed over to be sent. */
export function sent(count) {
  messages += count;
}

/** The connection stands: warms up, measures, tells, and ends. */
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

/** Hands over `perFlush` messages a turn, as long as there is room: `flush` sends them, `waiting` tells the bytes that wait. */
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
