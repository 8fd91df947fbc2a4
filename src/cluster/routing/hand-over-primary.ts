import cluster, { type Worker } from 'node:cluster';
import { Socket } from 'node:net';
import { type HandOverMessage, readHandOver } from './hand-over-message.ts';
import { setReading } from './socket-reading.ts';

/**
 * For the primary process of `node:cluster`: passes clients on between its workers, so that one whose room is in another worker of this
 * machine needs no tunnel. Without it the workers tunnel. Returns a function that ends it.
 */
export function handOverBetweenWorkers(): () => void {
  if (!cluster.isPrimary) throw new Error('handOverBetweenWorkers is called in the primary process of node:cluster');
  /** The workers that take sockets, by their id. */
  const workers = new Map<number, Worker>();

  const onMessage = (worker: Worker, value: unknown, socket: unknown): void => {
    const message = readHandOver(value);
    if (message?.step === 'hello') {
      workers.set(worker.id, worker);
      tell(worker, { tickpeer: 'hand-over', step: 'ready' });
    } else if (message?.step === 'bye') {
      workers.delete(worker.id);
    } else if (message?.step === 'give' && socket instanceof Socket) {
      pass(worker, message, socket);
    } else if (message?.step === 'result') {
      tell(cluster.workers?.[message.worker], message);
    }
  };

  const pass = (from: Worker, message: HandOverMessage & { step: 'give' | 'take' }, socket: Socket): void => {
    // Before Node reads it: its bytes are the other worker's.
    setReading(socket, false);
    socket.on('error', ignore);
    const { id, bytes } = message;
    const refuse = (): void =>
      tell(from, { tickpeer: 'hand-over', step: 'result', id, worker: from.id, isTaken: false });
    const to = workers.get(message.worker);
    if (to?.isConnected() !== true) {
      refuse();
      socket.destroy();
      return;
    }
    const passed: HandOverMessage = { tickpeer: 'hand-over', step: 'take', id, worker: from.id, bytes };
    to.send(passed, socket, { keepOpen: true }, (error) => {
      if (error !== null) refuse();
      socket.destroy();
    });
  };

  const onExit = (worker: Worker): void => void workers.delete(worker.id);
  cluster.on('message', onMessage).on('exit', onExit);
  for (const worker of Object.values(cluster.workers ?? {})) tell(worker, { tickpeer: 'hand-over', step: 'who' });
  return () => {
    cluster.off('message', onMessage).off('exit', onExit);
    workers.clear();
  };
}

function tell(worker: Worker | undefined, message: HandOverMessage): void {
  // A worker that ends meanwhile gets nothing.
  if (worker?.isConnected() === true) worker.send(message, ignore);
}

function ignore(): void {}
