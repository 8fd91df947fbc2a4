import type { Clock } from '../../clock.ts';
import { systemClock, type WaitingShare } from '../../stream/index.ts';
import { Admission } from '../requests/admission.ts';
import { checkedBoolean, checkedClock, checkedCount, checkedPath } from '../settings/option-checks.ts';
import type { PeerProperties } from '../settings/peer-configuration.ts';
import type { WebSocketServerOptions } from './server-options.ts';

/** How many clients of a server may be at each stage. Each may be `Infinity`. */
export interface ServerLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly maxPendingHandshakes: number;
  readonly maxPendingRequests: number;
  readonly maxRefusedClients: number;
}

/** What the options of a server mean, checked: a value that cannot be used throws when the server is made. */
export interface ServerConfiguration {
  readonly clock: Clock;
  readonly backlog: number | undefined;
  readonly maxWaitingConnections: number;
  readonly waitingShare: WaitingShare | null;
  readonly limits: ServerLimits;
  readonly admission: Admission;
  readonly healthPath: string | null;
  /** Of its peers. */
  readonly properties: Partial<PeerProperties>;
}

export function serverConfiguration(options: WebSocketServerOptions): ServerConfiguration {
  const { path = null, allowedOrigins = 'same-origin', allowedHosts = '*', clock = systemClock, ...rest } = options;
  const { trustedProxies = [], manualHandshake = false, healthPath = null, backlog, ...others } = rest;
  const { maxConnections = Number.POSITIVE_INFINITY, maxConnectionsPerAddress = Number.POSITIVE_INFINITY } = others;
  const { maxPendingHandshakes = 4096, maxWaitingConnections = 4096, maxPendingRequests = 4096 } = others;
  const { maxRefusedClients = 256 } = others;
  if (backlog !== undefined && checkedCount('backlog', backlog, 1) === Number.POSITIVE_INFINITY) {
    throw new RangeError('backlog is an integer, 1 or more, not Infinity');
  }
  const limits: ServerLimits = {
    maxConnections: checkedCount('maxConnections', maxConnections, 1),
    maxConnectionsPerAddress,
    maxPendingHandshakes: checkedCount('maxPendingHandshakes', maxPendingHandshakes, 1),
    maxPendingRequests: checkedCount('maxPendingRequests', maxPendingRequests, 1),
    maxRefusedClients: checkedCount('maxRefusedClients', maxRefusedClients, 0),
  };
  const admission = new Admission({
    path: checkedPath('path', path),
    allowedOrigins,
    allowedHosts,
    maxConnectionsPerAddress,
    trustedProxies,
    manualHandshake: checkedBoolean('manualHandshake', manualHandshake),
  });
  return {
    clock: checkedClock(clock),
    backlog,
    maxWaitingConnections: checkedCount('maxWaitingConnections', maxWaitingConnections, 0),
    waitingShare: waitingShare(maxConnectionsPerAddress, admission),
    limits,
    admission,
    healthPath: checkedPath('healthPath', healthPath),
    properties: others,
  };
}

/** Connections beyond the limit that are taken all the same, so that their clients can be told. */
const TOLD = 16;

function waitingShare(maxConnectionsPerAddress: number, admission: Admission): WaitingShare | null {
  if (maxConnectionsPerAddress === Number.POSITIVE_INFINITY) return null;
  return { most: maxConnectionsPerAddress + TOLD, keyOf: (address) => admission.connectionKey(address) };
}
