import type { Clock } from '../../clock.ts';
import type { Failure } from '../../failure.ts';
import { Authorities } from '../authority.ts';
import { CHANNELS } from '../diagnostics/diagnostics.ts';
import type { MultiplayerMessage } from '../diagnostics/diagnostics-messages.ts';
import type { PeerStatistics } from '../limits/peer-statistics.ts';
import { OVERSLEPT_CLOSE_CODE, type SleepOptions } from '../limits/sleep-options.ts';
import { MultiplayerPeer } from '../peers/multiplayer-peer.ts';
import { OfflineMultiplayerPeer } from '../peers/offline-multiplayer-peer.ts';
import { Router } from '../peers/router.ts';
import { SendOutcome } from '../peers/send-outcome.ts';
import type { PacketSizes } from '../replication/packet-sizes.ts';
import { Replication } from '../replication/replication.ts';
import { Markers } from '../returning/markers.ts';
import { Renumbering } from '../returning/renumbering.ts';
import type { ReturnOptions } from '../returning/return-options.ts';
import type { CarriedPeer } from '../rpc/carried-peer.ts';
import { NodeAddresses } from '../rpc/node-addresses.ts';
import { type AnyMethod, type DeclaredNode, NodeRegistry } from '../rpc/node-registry.ts';
import { PathCache } from '../rpc/path-cache.ts';
import type { PathNumbers } from '../rpc/path-numbers.ts';
import { RpcCalls } from '../rpc/rpc-calls.ts';
import { RpcReceiver } from '../rpc/rpc-receiver.ts';
import { NO_METHODS, type RpcTable } from '../rpc/rpc-table.ts';
import { RunningCall } from '../rpc/running-call.ts';
import { Absences } from './absences.ts';
import { Intake } from './intake.ts';
import { LimitEnforcer } from './limit-enforcer.ts';
import { Membership } from './membership.ts';
import { PacketReceiver } from './packet-receiver.ts';
import type { SceneMultiplayer } from './scene-multiplayer.ts';
import type { SceneSignals } from './scene-signals.ts';
import { SleepWatch } from './sleep-watch.ts';

/** What the parts get from their `SceneMultiplayer`. */
export interface ScenePartsSettings {
  readonly clock: Clock;
  readonly sizes: PacketSizes;
  /** Null where clients are not watched. */
  readonly sleep: Required<SleepOptions> | null;
  /** Null where nobody comes back. */
  readonly returning: Required<ReturnOptions> | null;
  /** See `MembershipContext`. */
  readonly authenticationDeadline: () => number | null;
}

/** The parts of a `SceneMultiplayer`, and how they are connected. */
export class SceneParts {
  readonly router: Router;
  readonly members: Membership;
  /** The players who may come back; null where nobody does. */
  readonly absences: Absences | null;
  readonly enforcer: LimitEnforcer;
  /** Null where clients are not watched. */
  readonly watch: SleepWatch | null;
  readonly registry: NodeRegistry = new NodeRegistry();
  readonly paths: PathCache = new PathCache();
  readonly addresses: NodeAddresses;
  readonly running: RunningCall;
  readonly outcome: SendOutcome;
  readonly calls: RpcCalls;
  readonly replication: Replication;
  readonly receiver: PacketReceiver;
  readonly intake: Intake;
  readonly #renumbering: Renumbering | null;
  readonly #find: (path: string) => DeclaredNode | undefined;

  constructor(owner: SceneMultiplayer, { clock, sizes, sleep, returning, authenticationDeadline }: ScenePartsSettings) {
    const router = new Router(new OfflineMultiplayerPeer());
    const { registry, paths } = this;
    const addresses = new NodeAddresses(router, paths);
    const find = (path: string): DeclaredNode | undefined => registry.find(path) ?? this.replication.find(path);
    const markers = new Markers(router, paths, () => rootMd5(registry));
    const now = (): number => clock.now();
    const describe = (id: number): MultiplayerMessage => {
      return { multiplayer: owner, id, address: router.peer.getPeerAddress(id) };
    };
    const enforcer = new LimitEnforcer(owner.limits, clock.now(), {
      signals: owner,
      describe,
      disconnect: (id, failure, tell) => this.members.disconnectFor(id, failure, tell),
    });
    const absences =
      returning === null
        ? null
        : new Absences(returning, {
            router,
            markers,
            judge: enforcer,
            introduce: (id, number) => {
              const node = find(paths.pathOf(number));
              if (node !== undefined)
                addresses.introduce(id, addresses.of(node.path, node.table as RpcTable<AnyMethod>));
              return node !== undefined;
            },
            now,
          });
    const renumbering = returning === null ? null : new Renumbering(owner.limits.spawnedNodes);
    router.held = absences;
    const outcome = new SendOutcome(router);
    const members = new Membership(router, outcome, {
      signals: owner,
      absences,
      describe,
      authenticationDeadline,
      // Only a server meters its peers. A client's only link is to the server, which it has to trust.
      onLinked: (id) => {
        if (router.isServer) enforcer.meter(id);
      },
      onEntering: (id) => {
        if (router.isServer) this.watch?.begin(id);
      },
      onAdmitted: (id) => {
        this.replication.greet(id);
        if (paths.carriedBy(id)?.hasMoved === true) calls.resume(id);
      },
      onAway: (id) => {
        enforcer.forget(id);
        this.watch?.forget(id);
        this.replication.suspend(id);
        this.paths.forget(id);
      },
      onBack: (id) => {
        for (const [other, packet] of renumbering?.restart(id) ?? [])
          this.receiver.relay.passOn(id, other, packet, true);
        this.replication.resume(id);
      },
      onForgotten: (id) => {
        absences?.forget(id);
        renumbering?.forget(id);
        enforcer.forget(id);
        this.watch?.forget(id);
        this.replication.forget(id);
        this.paths.forget(id);
      },
    });
    const running = new RunningCall((id, path, method, error) => {
      const channel = CHANNELS['tickpeer:multiplayer:handler-error'];
      if (channel.hasSubscribers) channel.publish({ ...describe(id), path, method, error });
    });
    const authorities = new Authorities();
    const replication = new Replication({
      router,
      registry,
      authorities,
      paths,
      addresses,
      outcome,
      judge: enforcer,
      limits: owner.limits,
      sizes,
      mayReturn: returning !== null,
      now,
      passOn: (from, to, packet, isKnown) => this.receiver.relay.passOn(from, to, packet, isKnown),
    });
    const { peers } = members;
    const calls = new RpcReceiver({
      router,
      registry,
      replicated: replication,
      markers,
      authorities,
      peers,
      paths,
      running,
      judge: enforcer,
      settings: owner,
    });
    this.router = router;
    this.outcome = outcome;
    this.enforcer = enforcer;
    this.members = members;
    this.absences = absences;
    this.#renumbering = renumbering;
    this.running = running;
    this.watch = sleep === null ? null : this.#watch(owner, sleep, describe);
    if (sleep !== null) router.outbox.limits = sleep;
    router.gate = this.watch;
    router.outbox.judge = enforcer;
    this.addresses = addresses;
    this.replication = replication;
    this.#find = find;
    this.calls = new RpcCalls({ router, peers, paths, addresses, sight: replication.sight, running, outcome });
    this.receiver = new PacketReceiver({
      router,
      members,
      enforcer,
      calls,
      replication: replication.receiver,
      introductions: replication.relayed,
      renumbering,
      running,
      listener: owner,
    });
    const { watch, receiver } = this;
    this.intake = new Intake({ clock, router, members, absences, enforcer, watch, receiver, replication });
  }

  /** Forgets all peers. */
  clear(): void {
    this.absences?.clear();
    this.#renumbering?.clear();
    this.members.clear();
    this.enforcer.clear();
    this.watch?.clear();
    this.replication.clear();
    this.paths.clear();
    this.addresses.clear();
  }

  /** `SceneMultiplayer.getPeerStatistics`. */
  statistics(id: number): PeerStatistics | null {
    const counters = this.enforcer.statistics(id);
    if (counters === null) return null;
    const { packets, bytes, badPackets, refusedPackets, relayedPackets } = counters;
    const waiting = this.router.outbox.waiting(id);
    return {
      packets,
      bytes,
      badPackets,
      refusedPackets,
      relayedPackets,
      isAsleep: this.watch?.isAsleep(id) === true,
      waitingPackets: waiting.packets,
      waitingBytes: waiting.bytes,
    };
  }

  #watch(
    owner: SceneMultiplayer,
    options: Required<SleepOptions>,
    describe: (id: number) => MultiplayerMessage,
  ): SleepWatch {
    const publish = (id: number, isAsleep: boolean): void => {
      const channel = CHANNELS['tickpeer:multiplayer:sleep'];
      if (channel.hasSubscribers) channel.publish({ ...describe(id), isAsleep });
    };
    const { router, members, paths, registry } = this;
    return new SleepWatch(
      {
        router,
        nextNumber: () => paths.nextFree(),
        rootMd5: () => rootMd5(registry),
        onAsleep: (id) => {
          publish(id, true);
          owner.peerAsleep.emit(id);
        },
        onAwake: (id) => {
          publish(id, false);
          owner.peerAwake.emit(id);
        },
        onOverslept: (id, failure) =>
          members.closeFor(id, failure, {
            code: OVERSLEPT_CLOSE_CODE,
            reason: 'too much waits for a game that does not run',
          }),
      },
      options,
    );
  }

  /** The connection of this side has ended, or could not be made: forgets all peers, and tells. */
  end(signals: SceneSignals, hasFailed: boolean, failure: Failure | null): void {
    this.clear();
    if (hasFailed) {
      this.members.publishEnd(MultiplayerPeer.TARGET_PEER_SERVER, false, 'connection', failure);
      signals.connectionFailed.emit(failure);
      return;
    }
    try {
      this.replication.departed.emit();
    } finally {
      signals.serverDisconnected.emit(failure);
    }
  }

  // ---------------------------------------------------------------- for rooms

  /** Before the first use: this is one of several rooms, between which peers move, and whose numbers come from `numbers`. */
  share(numbers: PathNumbers): void {
    this.paths.share(numbers, this.#find);
  }

  /** `id` will connect: a new client, or one that has moved here. */
  expect(id: number, carried: CarriedPeer): void {
    this.paths.receive(id, carried);
    if (carried.hasMoved) this.members.expect(id);
  }

  /**
   * Removes an admitted peer that moves to another room, without a signal. Returns what it is still to be sent, in order. What it takes
   * along is its `CarriedPeer`.
   */
  release(id: number): Uint8Array[] {
    return this.members.release(id, this.replication.views.get(id)?.farewell ?? []);
  }
}

/** The checksum of the methods that are declared at the root. */
function rootMd5(registry: NodeRegistry): string {
  return registry.find('.')?.table.md5 ?? NO_METHODS.md5;
}
