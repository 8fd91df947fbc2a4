import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** From a process to the broker, or back. */
export type Direction = 'up' | 'down';

export interface TcpProxy {
  readonly port: number;
  /** Open connections through it. */
  readonly connections: number;
  /** Holds back what comes from now on, in one direction or both, as a network does that drops it: both ends keep their connections. */
  stall(direction?: Direction): void;
  /** Forwards what was held back, and all that follows. */
  resume(): void;
  /** Resets all connections, and refuses new ones until `heal`. */
  cut(): void;
  /** Resets all connections. New ones are accepted. */
  reset(): void;
  heal(): void;
}

/**
 * Forwards connections to a port of 127.0.0.1; `target` may choose one for each connection, null for none. It ends with the test.
 */
export async function startProxy(target: number | (() => number | null)): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  const stalled = new Set<Direction>();
  let isCut = false;
  const server = createServer({ pauseOnConnect: true }, (client) => {
    const port = typeof target === 'number' ? target : target();
    if (isCut || port === null) client.resetAndDestroy();
    else pairs.add(new Pair(client, port, stalled, (pair) => pairs.delete(pair)));
  });
  const reset = (): void => {
    for (const pair of [...pairs]) pair.reset();
  };
  onTestFinished(() => {
    server.close();
    reset();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    // An address of a TCP server is always an object.
    port: (server.address() as AddressInfo).port,
    get connections() {
      return pairs.size;
    },
    stall: (direction) => {
      for (const each of direction === undefined ? (['up', 'down'] as const) : [direction]) stalled.add(each);
      for (const pair of pairs) pair.update();
    },
    resume: () => {
      stalled.clear();
      for (const pair of pairs) pair.update();
    },
    cut: () => {
      isCut = true;
      reset();
    },
    reset,
    heal: () => {
      isCut = false;
    },
  };
}

/** A connection through the proxy. */
class Pair {
  readonly #ends: Readonly<Record<Direction, Socket>>;
  readonly #stalled: ReadonlySet<Direction>;

  constructor(client: Socket, target: number, stalled: ReadonlySet<Direction>, onEnd: (pair: Pair) => void) {
    const server = connect(target, '127.0.0.1');
    // By where they are read: what goes up comes from the client.
    this.#ends = { up: client, down: server };
    this.#stalled = stalled;
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.setNoDelay();
      from.on('data', (bytes) => {
        if (!to.write(bytes)) from.pause();
      });
      to.on('drain', () => this.update());
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => {
        to.destroy();
        onEnd(this);
      });
    }
    this.update();
  }

  update(): void {
    for (const direction of ['up', 'down'] as const) {
      const from = this.#ends[direction];
      if (this.#stalled.has(direction)) from.pause();
      else from.resume();
    }
  }

  reset(): void {
    for (const socket of Object.values(this.#ends)) socket.resetAndDestroy();
  }
}
