import type { NatsConnection } from '@nats-io/transport-node';

/** Follows a connection's status. */
export class ConnectionState {
  readonly #connection: NatsConnection;
  readonly #onReconnect = new Set<() => void>();
  readonly #onClose = new Set<() => void>();
  #isConnected = true;

  constructor(connection: NatsConnection) {
    this.#connection = connection;
    void this.#follow();
  }

  get isConnected(): boolean {
    return this.#isConnected && !this.isClosed;
  }

  get isClosed(): boolean {
    return this.#connection.isClosed();
  }

  /** Calls `onReconnect` whenever the connection has been made again, and `onClose` once. Returns what ends it. */
  watch(onReconnect: () => void, onClose: () => void): () => void {
    this.#onReconnect.add(onReconnect);
    this.#onClose.add(onClose);
    return () => {
      this.#onReconnect.delete(onReconnect);
      this.#onClose.delete(onClose);
    };
  }

  async #follow(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type === 'disconnect') this.#isConnected = false;
      if (type !== 'reconnect') continue;
      this.#isConnected = true;
      for (const listener of [...this.#onReconnect]) listener();
    }
    this.#isConnected = false;
    for (const listener of [...this.#onClose]) listener();
  }
}
