import type { Authorities } from '../authority.ts';
import type { PeerLimits } from '../limits/peer-limits.ts';
import type { Router } from '../peers/router.ts';
import type { SendOutcome } from '../peers/send-outcome.ts';
import type { NodeAddresses } from '../rpc/node-addresses.ts';
import type { NodeRegistry } from '../rpc/node-registry.ts';
import type { PathCache } from '../rpc/path-cache.ts';
import type { PacketJudge } from '../rpc/rpc-receiver.ts';
import type { PacketSizes } from './packet-sizes.ts';

/** The parts that replication uses. */
export interface ReplicationParts {
  readonly router: Router;
  readonly registry: NodeRegistry;
  readonly authorities: Authorities;
  readonly paths: PathCache;
  readonly addresses: NodeAddresses;
  readonly outcome: SendOutcome;
  readonly judge: PacketJudge;
  readonly limits: Required<PeerLimits>;
  readonly sizes: PacketSizes;
  /** Whether peers may come back. */
  readonly mayReturn: boolean;
  now(): number;
  /** Sends a packet of one client to another: see `Relay.passOn`. */
  passOn(from: number, to: number, packet: Uint8Array<ArrayBuffer>, isKnown: boolean): void;
}
