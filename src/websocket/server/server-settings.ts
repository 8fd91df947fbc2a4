import type { Clock } from '../../clock.ts';
import { systemClock, type WaitingShare } from '../../stream/index.ts';
import { Admission } from '../requests/admission.ts';
import type { HandshakeRules, ServerLimits } from '../requests/handshake-limits.ts';
import { changed, type PeerSettings } from '../settings/peer-settings.ts';
import { settingsOf } from '../settings/setting-table.ts';
import { checkedBoolean, checkedClock, checkedCount, checkedPath } from '../settings/value-checks.ts';
import type { WebSocketServerOptions } from './server-options.ts';

/** A server's options, checked, with their defaults. */
export interface ServerSettings extends HandshakeRules {
  readonly clock: Clock;
  readonly backlog: number | undefined;
  readonly maxWaitingConnections: number;
  readonly waitingShare: WaitingShare | null;
  readonly peerSettings: PeerSettings;
  readonly peerSettingsOverHttp2: PeerSettings;
}

/** Throws for a value that cannot be used. */
export function serverSettings(options: WebSocketServerOptions): ServerSettings {
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
  const peerSettings = settingsOf(others);
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
    peerSettings,
    peerSettingsOverHttp2:
      others.heartbeatInterval === undefined
        ? changed(peerSettings, 'heartbeatInterval', HTTP2_HEARTBEAT)
        : peerSettings,
  };
}

/**
 * Milliseconds between two Pings of a server's peer over HTTP/2, where `heartbeatInterval` is not given. Node does not end every HTTP/2
 * connection that breaks the protocol, whose streams would stay open for ever.
 */
const HTTP2_HEARTBEAT = 30_000;

/** This many connections beyond the limit are taken, so that their clients get a 429. */
const TOLD = 16;

function waitingShare(maxConnectionsPerAddress: number, admission: Admission): WaitingShare | null {
  if (maxConnectionsPerAddress === Number.POSITIVE_INFINITY) return null;
  return { most: maxConnectionsPerAddress + TOLD, keyOf: (address) => admission.connectionKey(address) };
}
