// A lane in its own thread, so that neither lane takes time from the other.
import { parentPort, workerData } from 'node:worker_threads';
import { Lane } from './lane.js';
import type { LaneNote, LaneOrder, Tally } from './orders.js';
import { MODES, type Mode } from './wire.js';

const parent = parentPort;
if (parent === null) throw new Error('this file is a worker of the arena');
const tell = (note: LaneNote): void => parent.postMessage(note);

const { mode, tally }: { mode: Mode; tally: Tally } = workerData;
const slot = MODES.indexOf(mode);
const lane = new Lane(
  mode,
  (wish) => tell({ type: 'wish', wish }),
  () => Atomics.add(tally, slot, 1),
);
parent.on('message', (order: LaneOrder) => {
  if (order.type === 'storm') lane.storm = order.storm;
  else void lane.stop().then(() => parent.close());
});
tell({ type: 'listening', port: lane.start() });
