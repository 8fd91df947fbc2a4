// The bursts of input, in their own thread.
import { parentPort, workerData } from 'node:worker_threads';
import { measureBurst } from './bursts.js';
import type { StormNote, StormOrder, Tally } from './orders.js';
import { PERIOD, StormClients } from './storm.js';
import { MODES } from './wire.js';

const parent = parentPort;
if (parent === null) throw new Error('this file is a worker of the arena');

const { ports, tally }: { ports: readonly number[]; tally: Tally } = workerData;
const burst = measureBurst();
const clients = new StormClients(ports, burst, () => Math.min(...MODES.map((_, slot) => Atomics.load(tally, slot))));
parent.on('message', (order: StormOrder) => {
  if (order.type === 'storm') {
    clients.isOn = order.isOn;
  } else {
    clients.stop();
    parent.close();
  }
});
const note: StormNote = { burst, period: PERIOD };
parent.postMessage(note);
clients.start();
