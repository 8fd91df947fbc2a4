import type { Failure } from '../../failure.ts';
import { MultiplayerPeer } from '../peers/multiplayer-peer.ts';
import type { Router } from '../peers/router.ts';
import type { RelayedIntroductions } from '../replication/relayed-introductions.ts';
import type { ReplicationReceiver } from '../replication/replication-receiver.ts';
import type { Renumbering } from '../returning/renumbering.ts';
import type { RpcReceiver } from '../rpc/rpc-receiver.ts';
import type { RunningCall } from '../rpc/running-call.ts';
import type { Signal } from '../signal.ts';
import { Command, commandOf } from '../wire/command.ts';
import { rawPayload } from '../wire/raw-packet.ts';
import {
  authData,
  hasSysId,
  isSysPacket,
  relayedPacket,
  SysCommand,
  sysCommandOf,
  sysIdOf,
} from '../wire/sys-packet.ts';
import type { Authentication } from './authentication.ts';
import type { LimitEnforcer } from './limit-enforcer.ts';
import type { Membership } from './membership.ts';
import { Relay, type RelayFilter } from './relay.ts';

const SERVER = MultiplayerPeer.TARGET_PEER_SERVER;

/** The members of `SceneMultiplayer` that a packet receiver uses. */
export interface PacketListener {
  readonly relayFilter: RelayFilter | null;
  readonly authCallback: ((id: number, data: Uint8Array<ArrayBuffer>) => void) | null;
  readonly peerPacket: Signal<[id: number, packet: Uint8Array<ArrayBuffer>]>;
  readonly replicationPacket: Signal<[id: number, packet: Uint8Array<ArrayBuffer>]>;
}

/** The parts that a packet receiver uses. */
export interface PacketReceiverParts {
  readonly router: Router;
  readonly members: Membership;
  readonly enforcer: LimitEnforcer;
  readonly calls: RpcReceiver;
  readonly replication: ReplicationReceiver;
  readonly introductions: RelayedIntroductions;
  readonly renumbering: Renumbering | null;
  readonly running: RunningCall;
  readonly listener: PacketListener;
}

/** Dispatches received packets by their command (docs/engine/multiplayer-wire.md#receiving-a-packet). */
export class PacketReceiver {
  readonly #router: Router;
  readonly #members: Membership;
  readonly #authentication: Authentication;
  readonly #enforcer: LimitEnforcer;
  readonly #calls: RpcReceiver;
  readonly #replication: ReplicationReceiver;
  readonly #running: RunningCall;
  readonly #listener: PacketListener;
  readonly relay: Relay;

  constructor(parts: PacketReceiverParts) {
    this.#router = parts.router;
    this.#members = parts.members;
    this.#authentication = parts.members.authentication;
    this.#enforcer = parts.enforcer;
    this.#calls = parts.calls;
    this.#replication = parts.replication;
    this.#running = parts.running;
    this.#listener = parts.listener;
    this.relay = new Relay({ ...parts, peers: parts.members.peers });
  }

  /** Handles a packet from the direct connection to `from`. */
  receive(from: number, packet: Uint8Array<ArrayBuffer>): void {
    const isSys = isSysPacket(packet);
    const isAuth = isSys && sysCommandOf(packet) === SysCommand.AUTH;
    if (this.#authentication.has(from)) {
      if (isAuth) this.#receiveAuth(from, packet);
      else this.#notAuthenticated(from, 'a packet came before it was authenticated');
    } else if (!this.#members.isHere(from)) {
      // Dropped: the connection was ended while packets were on the way. It may be one that was not authenticated, with the id of a player.
    } else if (isAuth) {
      // Without data it only repeats that the other side has completed.
      if (authData(packet).length > 0) this.#notAuthenticated(from, 'authentication data came after it was admitted');
    } else if (isSys) {
      this.#receiveSys(from, packet);
    } else {
      this.#dispatch(from, packet);
    }
  }

  #receiveAuth(from: number, packet: Uint8Array<ArrayBuffer>): void {
    const data = authData(packet);
    if (data.length === 0) {
      this.#authentication.completeThere(from);
      this.#members.admitIfComplete(from);
    } else if (this.#authentication.hasCompletedThere(from)) {
      this.#notAuthenticated(from, 'authentication data came after it had completed');
    } else if (!this.#authentication.hasCompletedHere(from)) {
      // Data that arrives after this side has accepted is ignored.
      this.#listener.authCallback?.(from, data);
    }
  }

  #receiveSys(from: number, packet: Uint8Array<ArrayBuffer>): void {
    if (!hasSysId(packet)) {
      this.#refuse(from, `${packet.length} bytes are too few for a system packet`);
      return;
    }
    const id = sysIdOf(packet);
    const { peers } = this.#members;
    const command = sysCommandOf(packet);
    switch (command) {
      case SysCommand.RELAY:
        this.#receiveRelay(from, id, relayedPacket(packet));
        break;
      case SysCommand.ADD_PEER:
      case SysCommand.DEL_PEER:
        if (this.#router.isServer || from !== SERVER || !this.#router.isRelaying || id <= SERVER) {
          this.#refuse(from, 'only the server announces peers');
        } else if (command === SysCommand.DEL_PEER) {
          if (peers.has(id)) this.#members.unlink(id, null);
        } else if (id !== this.#router.peer.getUniqueId() && !peers.has(id)) {
          this.#members.admit(id);
        }
        break;
      default:
        this.#refuse(from, `the system command ${command} is unknown`);
    }
  }

  #receiveRelay(from: number, id: number, inner: Uint8Array<ArrayBuffer>): void {
    if (inner.length === 0 || isSysPacket(inner)) {
      this.#refuse(from, 'a relayed packet is empty, or a system packet');
    } else if (this.#router.isServer) {
      if (this.#router.isRelaying) this.#passOn(from, id, inner);
      else this.#drop(from, 'TICKPEER_RELAY_OFF', 'a packet for other clients came, and serverRelay is off');
    } else if (from !== SERVER) {
      this.#refuse(from, 'only the server relays');
    } else if (this.#members.peers.has(id)) {
      this.#dispatch(id, inner);
    } else {
      this.#refuse(from, `a packet was relayed from ${id}, which is unknown`);
    }
  }

  #passOn(from: number, to: number, packet: Uint8Array<ArrayBuffer>): void {
    const ours = this.relay.pass(from, to, packet);
    if (ours !== null) this.#dispatch(from, ours);
  }

  #dispatch(from: number, packet: Uint8Array<ArrayBuffer>): void {
    if (packet.length === 0) {
      this.#refuse(from, 'a packet is empty');
      return;
    }
    switch (commandOf(packet)) {
      case Command.REMOTE_CALL:
        this.#calls.receiveCall(from, packet);
        break;
      case Command.SIMPLIFY_PATH:
        this.#calls.receivePath(from, packet);
        break;
      case Command.CONFIRM_PATH:
        this.#calls.receiveConfirmation(from, packet);
        break;
      case Command.RAW:
        this.#receiveRaw(from, rawPayload(packet));
        break;
      case Command.SPAWN:
      case Command.DESPAWN:
      case Command.SYNC:
        try {
          this.#emit(this.#listener.replicationPacket, from, packet);
        } finally {
          this.#receiveReplication(from, packet);
        }
        break;
      case Command.SYS: // not reached: SYS packets are handled before
    }
  }

  #receiveReplication(from: number, packet: Uint8Array<ArrayBuffer>): void {
    const command = commandOf(packet);
    if (command === Command.SPAWN) this.#replication.receiveSpawn(from, packet);
    else if (command === Command.DESPAWN) this.#replication.receiveDespawn(from, packet);
    else this.#replication.receiveState(from, packet);
  }

  #receiveRaw(from: number, bytes: Uint8Array<ArrayBuffer>): void {
    if (bytes.length === 0) this.#refuse(from, 'a packet of bytes has none');
    else this.#emit(this.#listener.peerPacket, from, bytes);
  }

  #emit(
    signal: Signal<[id: number, packet: Uint8Array<ArrayBuffer>]>,
    from: number,
    bytes: Uint8Array<ArrayBuffer>,
  ): void {
    this.#running.as(from, () => signal.emit(from, bytes));
  }

  /** Drops a packet, because the two sides are not at the same stage of authentication. */
  #notAuthenticated(from: number, message: string): void {
    this.#drop(from, 'TICKPEER_NOT_AUTHENTICATED', message);
  }

  /** Drops a packet, because the two programs differ. */
  #drop(from: number, code: Failure['code'], message: string): void {
    this.#enforcer.refuse(from, { code, message }, '');
  }

  /** Drops a packet that no engine sends. */
  #refuse(from: number, message: string): void {
    this.#enforcer.refuse(from, { code: 'TICKPEER_BAD_PACKET', message }, message);
  }
}
