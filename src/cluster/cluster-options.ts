import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Clock } from '../clock.ts';
import type { RoomMetadata } from '../rooms/index.ts';
import { systemClock } from '../stream/index.ts';
import type { ClusterRoom } from './cluster-room.ts';
import type { NodeAddress } from './lease/node-record.ts';

/** Options of `Cluster.join`. */
export interface ClusterOptions {
  /**
   * Where the other processes of the cluster reach this one: the host and the port on which its `WebSocketServer` listens for them. It is for them alone,
   * so a firewall has to keep everybody else away (docs/scaling.md).
   */
  readonly address: NodeAddress;
  /** The name of the cluster: processes with the same name at the same broker belong together. Letters, digits, `-` and `_`. Default: 'tickpeer'. */
  readonly name?: string;
  /** The name of this process in lists and messages. Default: its host and process id. */
  readonly label?: string;
  /**
   * Seconds after which a process that does not renew its lease has lost its rooms; 1 to 3600. An interruption of the broker that is shorter than 0.6 of it is
   * not noticed by players; and so long a room stays away when its process dies. Default: 10.
   */
  readonly leaseTime?: number;
  /** Codes that are reserved in advance for new rooms, so that `create` need not wait; 1 to 1024. Default: 32. */
  readonly reservedCodes?: number;
  /** Seconds that a client waits for a room that is being claimed, closed or taken over. The engine gives up after 3. Default: 2. */
  readonly waitTime?: number;
  /** Makes an id for each lease: 1 to 64 letters, digits, `-` and `_`, never used before. Default: 64 random bits. */
  readonly newId?: () => string;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Milliseconds since 1970. Default: `Date.now`. */
  readonly wallClock?: () => number;
}

/** Options of `Cluster.createRoom`. */
export interface ClusterCreateOptions {
  /** The code. Default: a new one that cannot be guessed. */
  readonly code?: string;
  /** Up to 16 KiB as JSON. */
  readonly metadata?: RoomMetadata;
  /** However often a room is asked for with the same text, by whatever process, it is made once. At most 1,024 characters. Default: every call makes one. */
  readonly request?: string;
  /** `here`: in this process. `least`: in the process with the fewest players. Default: 'least'. */
  readonly where?: 'here' | 'least';
}

/** Options of `Cluster.quickMatch`. */
export interface ClusterMatchOptions {
  /** Which rooms come into question. Default: all. */
  readonly filter?: (room: ClusterRoom) => boolean;
  /** Of the room that is made when there is none. */
  readonly metadata?: RoomMetadata;
}

/** Throws for options that cannot be used. Times are in milliseconds. */
export function checkClusterOptions(options: ClusterOptions): Required<ClusterOptions> {
  const { address, name = 'tickpeer', label = `${hostname()}:${process.pid}` } = options;
  const {
    newId = randomId,
    leaseTime = 10,
    reservedCodes = 32,
    waitTime = 2,
    clock = systemClock,
    wallClock = Date.now,
  } = options;
  if (typeof address?.host !== 'string' || address.host === '')
    throw new TypeError('address.host is the name of a host');
  if (!Number.isInteger(address.port) || address.port < 1 || address.port > 65_535) {
    throw new RangeError(`address.port is from 1 to 65535, not ${address.port}`);
  }
  if (!/^[\w-]{1,64}$/.test(name)) throw new RangeError(`name has 1 to 64 letters, digits, - and _, unlike "${name}"`);
  if (typeof label !== 'string' || label.length > 255)
    throw new RangeError('label is a string of at most 255 characters');
  if (!(leaseTime >= 1 && leaseTime <= 3600))
    throw new RangeError(`leaseTime is from 1 to 3600 seconds, not ${leaseTime}`);
  if (!Number.isInteger(reservedCodes) || reservedCodes < 1 || reservedCodes > 1024) {
    throw new RangeError(`reservedCodes is an integer from 1 to 1024, not ${reservedCodes}`);
  }
  if (!(waitTime >= 0 && waitTime <= 60)) throw new RangeError(`waitTime is from 0 to 60 seconds, not ${waitTime}`);
  return { address, name, label, newId, leaseTime: leaseTime * 1000, reservedCodes, waitTime, clock, wallClock };
}

function randomId(): string {
  return randomBytes(8).toString('hex');
}
