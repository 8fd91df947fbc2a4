import type { PeerStatistics } from '../limits/peer-statistics.ts';
import type { SceneInstance } from '../nodes/scene-instance.ts';
import type { SceneMultiplayer } from '../scene/scene-multiplayer.ts';
import type { SceneParts } from '../scene/scene-parts.ts';
import { PacketSubjects, type SubjectSink } from './packet-subjects.ts';
import { type PacketTap, tapPackets } from './packet-tap.ts';

/** A synchronizer, and how many peers see it. */
export interface SynchronizerFacts {
  readonly path: string;
  readonly authority: number;
  /** 0 until it is sent for the first time, and where another peer is the authority. */
  readonly netId: number;
  /** The peers that see it, and those of them to which its state can be sent now; -1 where another peer is the authority. */
  readonly viewers: number;
  readonly receivers: number;
}

/** A node of which the multiplayer knows. */
export interface NodeFacts {
  readonly path: string;
  /** The scene of a replicated node; empty for one with methods only. */
  readonly scene: string;
  /** The spawner that has spawned it, and the peer that has, 1 for this server; empty and 0 for none. */
  readonly spawner: string;
  readonly from: number;
  readonly authority: number;
  /** The names of its methods, sorted; empty for none. */
  readonly methods: readonly string[];
  /** How many peers have the node because this server has spawned it; -1 where that does not apply. */
  readonly viewers: number;
  readonly synchronizers: readonly SynchronizerFacts[];
}

/** The nodes that a query found: how many there are, and the first of them. */
export interface FoundNodes {
  readonly count: number;
  readonly nodes: readonly NodeFacts[];
}

/** What one peer and the server know of each other. */
export interface PeerFacts {
  /** The numbers of this side that the peer was sent, and that it has confirmed; its own numbers, and how many it may have. */
  readonly sent: number;
  readonly confirmed: number;
  readonly theirs: number;
  readonly mostTheirs: number;
  /** Where its methods differ from ours. */
  readonly differences: readonly string[];
  /** Nodes that are spawned at it, and that could not be sent yet. */
  readonly spawned: number;
  readonly unsent: number;
  readonly isAdmitted: boolean;
  readonly statistics: PeerStatistics | null;
}

/** Looks into a `SceneMultiplayer` of a server, for the inspector. Nothing is changed but by `tap`. */
export class SceneInspection {
  readonly #multiplayer: SceneMultiplayer;
  readonly #parts: SceneParts;
  readonly #subjects: PacketSubjects;

  constructor(multiplayer: SceneMultiplayer) {
    this.#multiplayer = multiplayer;
    this.#parts = multiplayer.parts;
    this.#subjects = new PacketSubjects(this.#parts);
  }

  /** Calls `tap` for each packet, until the returned function is called. */
  tap(tap: PacketTap): () => void {
    return tapPackets(this.#parts, tap);
  }

  /** Describes a packet of `from`, 0 for this side, by its parts. Returns how many there are. */
  describe(from: number, packet: Uint8Array, sink: SubjectSink): number {
    return this.#subjects.describe(from, packet, sink);
  }

  /** From time to time, so that nodes that came since are found by `describe`. */
  refresh(): void {
    this.#subjects.refresh();
  }

  peer(id: number): PeerFacts {
    const { paths, replication, members } = this.#parts;
    const view = replication.views.get(id);
    return {
      ...paths.sizesOf(id),
      mostTheirs: this.#multiplayer.limits.cacheEntries,
      differences: paths.differencesOf(id),
      spawned: view?.spawned.size ?? 0,
      unsent: view?.unsent.size ?? 0,
      isAdmitted: members.peers.has(id),
      statistics: this.#multiplayer.getPeerStatistics(id),
    };
  }

  /** At most `most` of the nodes whose path, scene or method contains `text`, in the order of their paths. */
  nodes(text: string, most: number): FoundNodes {
    const { registry, replication } = this.#parts;
    const { tree } = replication;
    const found: [path: string, instance: SceneInstance | null, methods: readonly string[]][] = [];
    for (const { path, table } of registry.declared) {
      const names = [...table.nodeNames, ...table.scriptNames];
      if (!tree.instances.has(path)) found.push([path, null, names]);
    }
    for (const [path, instance] of tree.instances) {
      const table = registry.find(path)?.table;
      found.push([path, instance, table === undefined ? [] : [...table.nodeNames, ...table.scriptNames]]);
    }
    const matching = found.filter(([path, instance, methods]) =>
      [path, instance?.scene.path ?? '', ...methods].some((name) => name.includes(text)),
    );
    matching.sort(([one], [other]) => (one < other ? -1 : 1));
    const nodes = matching.slice(0, most).map(([path, instance, methods]) => this.#facts(path, instance, methods));
    return { count: matching.length, nodes };
  }

  /** The ids of the peers that have a replicated node, or see one of its synchronizers. */
  viewersOf(path: string): number[] {
    const { tree, views, states } = this.#parts.replication;
    const instance = tree.instances.get(path);
    if (instance === undefined) return [];
    const own = instance.synchronizers.map((node) => states.get(node)).filter((state) => state !== undefined);
    const sees = [...views.values()].filter(
      (view) => view.spawned.has(instance) || own.some((state) => view.sees(state)),
    );
    return sees.map(({ id }) => id);
  }

  #facts(path: string, instance: SceneInstance | null, methods: readonly string[]): NodeFacts {
    const authority = path.includes('*') ? 1 : this.#parts.replication.authorityOf(path);
    if (instance === null) {
      return { path, scene: '', spawner: '', from: 0, authority, methods, viewers: -1, synchronizers: [] };
    }
    const { states, views } = this.#parts.replication;
    const { origin } = instance;
    const isOurs = origin?.from === 0;
    let viewers = isOurs ? 0 : -1;
    if (isOurs) for (const view of views.values()) if (view.spawned.has(instance)) viewers++;
    const synchronizers = instance.synchronizers.map((node) => {
      const state = states.get(node);
      return {
        path: node.getPath(),
        authority: node.getMultiplayerAuthority(),
        netId: state?.netId ?? 0,
        viewers: state?.viewers ?? -1,
        receivers: state?.receivers ?? -1,
      };
    });
    return {
      path,
      scene: instance.scene.path,
      spawner: origin?.spawner.getPath() ?? '',
      from: origin === null ? 0 : origin.from || 1,
      authority,
      methods,
      viewers,
      synchronizers,
    };
  }
}
