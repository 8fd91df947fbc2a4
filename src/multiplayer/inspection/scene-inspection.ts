import { PacketDecoder } from '../decoding/packet-decoder.ts';
import type { PeerStatistics } from '../limits/peer-statistics.ts';
import type { SceneInstance } from '../nodes/scene-instance.ts';
import { MultiplayerPeer } from '../peers/multiplayer-peer.ts';
import type { AnyMethod } from '../rpc/node-registry.ts';
import type { NumberedPaths } from '../rpc/path-cache.ts';
import type { RpcTable } from '../rpc/rpc-table.ts';
import type { SceneMultiplayer } from '../scene/scene-multiplayer.ts';
import type { SceneParts } from '../scene/scene-parts.ts';
import { PacketSubjects, type SubjectSink } from './packet-subjects.ts';
import { type PacketTap, tapPackets } from './packet-tap.ts';

const SERVER = MultiplayerPeer.TARGET_PEER_SERVER;

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

  /** A decoder for the packets of the peer `id` from now on: what was introduced before is looked up here. */
  decoder(id: number): PacketDecoder {
    const { registry, replication, paths } = this.#parts;
    const { tree } = replication;
    const methodsOf = ({ nodeNames, scriptNames }: RpcTable<AnyMethod>): Record<string, object> =>
      Object.fromEntries([
        ...nodeNames.map((name) => [name, { nodeConfig: true }] as const),
        ...scriptNames.map((name) => [name, {}] as const),
      ]);
    const synchronizers = [...tree.synchronizers].map(([path, { layout }]) => [path, layout.declaration] as const);
    return new PacketDecoder({
      role: 'server',
      clientId: id,
      nodes: Object.fromEntries(registry.declared.map(({ path, table }) => [path, methodsOf(table)])),
      spawners: Object.fromEntries([...tree.spawners].map(([path, { options }]) => [path, options])),
      synchronizers: Object.fromEntries(synchronizers),
      pathOf: (from, number) =>
        (from === SERVER ? paths.pathOf(number) : paths.nodeOf(from, number)?.path) || undefined,
    });
  }

  peer(id: number): PeerFacts {
    const { paths, replication, members } = this.#parts;
    const view = replication.views.get(id);
    const { sent, confirmed, theirs } = paths.sizesOf(id);
    // Spreading objects here, in `SceneParts.statistics` and in `PeerRecord.row` makes a table of peers take three times as long.
    return {
      sent,
      confirmed,
      theirs,
      mostTheirs: this.#multiplayer.limits.cacheEntries,
      differences: paths.differencesOf(id),
      spawned: view?.spawned.size ?? 0,
      unsent: view?.unsent.size ?? 0,
      isAdmitted: members.peers.has(id),
      statistics: this.#multiplayer.getPeerStatistics(id),
    };
  }

  /** At most `most` of the numbers of paths that the peer `id` and this side have given each other. */
  numbersOf(id: number, most: number): NumberedPaths {
    return this.#parts.paths.numbersOf(id, most);
  }

  /** At most `most` of the nodes whose path, scene or method contains `text`, in the order of their paths. */
  nodes(text: string, most: number): FoundNodes {
    const { registry, replication } = this.#parts;
    const { tree } = replication;
    const found = new FirstByPath(most);
    for (const { path, table } of registry.declared) {
      if (!tree.instances.has(path) && matches(text, path, '', table)) found.add({ path, instance: null, table });
    }
    for (const [path, instance] of tree.instances) {
      const table = registry.find(path)?.table ?? null;
      if (matches(text, path, instance.scene.path, table)) found.add({ path, instance, table });
    }
    return { count: found.count, nodes: found.first.map((one) => this.#facts(one)) };
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

  #facts({ path, instance, table }: FoundNode): NodeFacts {
    const methods = table === null ? [] : namesOf(table);
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

type Table = RpcTable<AnyMethod>;

interface FoundNode {
  readonly path: string;
  /** Null for a node with methods only. */
  readonly instance: SceneInstance | null;
  readonly table: Table | null;
}

/** Keeps the first of many nodes by their paths, without sorting all of them. */
class FirstByPath {
  readonly first: FoundNode[] = [];
  count = 0;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  add(node: FoundNode): void {
    this.count++;
    const { first } = this;
    if (first.length === this.#most && first.at(-1)!.path <= node.path) return;
    let [low, high] = [0, first.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (first[middle]!.path < node.path) low = middle + 1;
      else high = middle;
    }
    first.splice(low, 0, node);
    if (first.length > this.#most) first.pop();
  }
}

function matches(text: string, path: string, scene: string, table: Table | null): boolean {
  if (text === '' || path.includes(text) || scene.includes(text)) return true;
  return table !== null && namesOf(table).some((name) => name.includes(text));
}

function namesOf({ nodeNames, scriptNames }: Table): string[] {
  return [...nodeNames, ...scriptNames];
}
