import { Signal } from '../multiplayer/index.ts';
import type { Cluster } from './cluster.ts';
import { CHANNELS } from './diagnostics.ts';

/**
 * What has happened, on the channels of diagnostics and by the signals of `Cluster`. Records change between two polls, where nobody catches what a
 * handler throws: it is kept until the next one ends.
 */
export class ClusterReports {
  readonly joined: Signal<[id: string]> = new Signal();
  readonly leaseLost: Signal<[id: string]> = new Signal();
  readonly roomLost: Signal<[code: string]> = new Signal();
  readonly #cluster: Cluster;
  #errors: unknown[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  onJoined(id: string): void {
    CHANNELS['tickpeer:cluster:joined'].publish({ cluster: this.#cluster, id });
    this.#emit(this.joined, id);
  }

  onLeaseLost(id: string): void {
    CHANNELS['tickpeer:cluster:lease-lost'].publish({ cluster: this.#cluster, id });
    this.#emit(this.leaseLost, id);
  }

  onRoomLost(code: string): void {
    CHANNELS['tickpeer:cluster:room-lost'].publish({ cluster: this.#cluster, code });
    this.#emit(this.roomLost, code);
  }

  onFault(error: unknown): void {
    CHANNELS['tickpeer:cluster:fault'].publish({ cluster: this.#cluster, error });
  }

  throwFirst(): void {
    const errors = this.#errors;
    if (errors.length === 0) return;
    this.#errors = [];
    throw errors[0];
  }

  #emit(signal: Signal<[text: string]>, text: string): void {
    try {
      signal.emit(text);
    } catch (error) {
      this.#errors.push(error);
    }
  }
}
