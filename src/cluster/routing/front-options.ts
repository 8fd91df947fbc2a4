import type { Clock } from '../../clock.ts';
import { checkCount, checkSeconds } from '../../rooms/index.ts';
import { systemClock } from '../../stream/index.ts';

export interface FrontOptions {
  /**
   * Seconds that `findRoute` may take; then the client is refused. Default: 2, because a client of the engine gives its handshake up after
   * 3 seconds.
   */
  readonly waitTime?: number;
  /** Clients whose route is being looked for, or whose node is dialled; more are refused. Default: 1,000. */
  readonly mostWaiting?: number;
  /** Seconds that connecting to a node may take. Default: 1. */
  readonly connectTime?: number;
  /** Open tunnels; more clients are refused. Default: `Infinity`. */
  readonly mostTunnels?: number;
  /** Called with a node's id when its address cannot be reached, before its clients are routed once more. */
  readonly onUnreachable?: (id: string) => void;
  /**
   * The id of the worker of this `node:cluster` that is the node; null for none. Where the primary process has called
   * `handOverBetweenWorkers`, its clients get there without a tunnel. Default: none is.
   */
  readonly workerOf?: (id: string) => number | null;
  /** Called with what `findRoute` and these functions throw. The client is refused with 4503. */
  readonly onFault?: (error: unknown) => void;
  /** Default: the system's. */
  readonly clock?: Clock;
}

/** The limits of the clients that a process passes on. */
export type FrontLimits = Pick<FrontOptions, 'mostWaiting' | 'connectTime' | 'mostTunnels'>;

/**
 * Why the front refused a client: `findRoute` said so; it took too long; too many waited; no node was reached; there are too many tunnels; the
 * front or the server stops; an error in `findRoute`.
 */
export type FrontRefusal = 'route' | 'waitTime' | 'mostWaiting' | 'unreachable' | 'mostTunnels' | 'stopping' | 'fault';

/** What a front has done since it was made. */
export interface FrontStatistics {
  /** Clients whose route is being looked for, or whose node is dialled, at present. */
  readonly waiting: number;
  /** Tunnels that are open at present. */
  readonly tunnels: number;
  /** Clients of this node. */
  readonly here: number;
  /** Clients that got a tunnel. */
  readonly tunnelled: number;
  /** Clients that another worker of this machine has taken. */
  readonly handedOver: number;
  /** Clients that this worker has taken from others. */
  readonly takenOver: number;
  /** Clients that were handed over, and of which nothing was heard again. This process has dropped them. */
  readonly handOversLost: number;
  /** Clients that disconnected while they waited. */
  readonly abandoned: number;
  /** Attempts to connect to a node that failed. */
  readonly unreachable: number;
  readonly refused: Readonly<Record<FrontRefusal, number>>;
  /** Bytes in the tunnels, from clients to nodes. */
  readonly bytesToNodes: number;
  /** Bytes in the tunnels, from nodes to clients. */
  readonly bytesFromNodes: number;
}

export function checkFrontOptions(options: FrontOptions): Required<FrontOptions> {
  const { waitTime = 2, mostWaiting = 1000, connectTime = 1, mostTunnels = Number.POSITIVE_INFINITY } = options;
  return {
    waitTime: checkSeconds('waitTime', waitTime, true),
    mostWaiting: checkCount('mostWaiting', mostWaiting),
    connectTime: checkSeconds('connectTime', connectTime),
    mostTunnels: checkCount('mostTunnels', mostTunnels),
    workerOf: options.workerOf ?? (() => null),
    onUnreachable: options.onUnreachable ?? ignore,
    onFault: options.onFault ?? ignore,
    clock: options.clock ?? systemClock,
  };
}

function ignore(): void {}
