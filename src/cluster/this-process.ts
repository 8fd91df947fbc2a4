import cluster from 'node:cluster';
import { hostname } from 'node:os';

/** What tells workers of `node:cluster` which of them have the same primary process. */
export interface WorkerName {
  /** The number of this worker; null for a process that is none. */
  readonly worker: number | null;
  /** Of the primary process: its machine and its id. Empty for a process that is no worker. */
  readonly primary: string;
}

export function workerName(): WorkerName {
  const worker = cluster.worker?.id ?? null;
  return { worker, primary: worker === null ? '' : `${hostname()}:${process.ppid}` };
}

/** The number of the worker that a node is, if it has the same primary process as this one; null otherwise. */
export function siblingOf(node: WorkerName | null): number | null {
  const { primary } = workerName();
  return node !== null && primary !== '' && node.primary === primary ? node.worker : null;
}
