import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseValue } from '../../../test/docs/engine-notation.ts';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { ScriptedPeer } from '../../../test/support/scripted-peer.ts';
import {
  array,
  color,
  Dictionary,
  dictionaryOf,
  Float,
  float,
  int,
  packedByteArray,
  string,
  type Variant,
  variant,
  vector2,
} from '../../variant/index.ts';
import {
  always,
  custom,
  type MultiplayerSpawner,
  MultiplayerSynchronizer,
  type NodePattern,
  onChange,
  type ReplicatedNode,
  type RpcMethod,
  rpc,
  SceneMultiplayer,
  type SceneNode,
  scene,
  spawner,
  spawnOnly,
  synchronizer,
} from '../index.ts';

// The sessions were recorded from a native engine (test/fixtures/README.md). Every file is what one process of it sent,
// received and did.

const FOLDER = new URL('../../../test/fixtures/replication/', import.meta.url);
/** Seconds, of the scenes of the recording. */
const INTERVALS = { replicationInterval: 0.1, deltaInterval: 0.1 };

/** A line of a file. */
interface Event {
  readonly ev: string;
  /** Seconds since that process began; not in all events. */
  readonly t?: number;
  readonly peer?: number;
  readonly hex?: string;
  readonly id?: number;
  readonly do?: string;
  readonly by?: string;
  readonly node?: string;
  readonly scene?: string;
  readonly sync?: string;
  readonly name?: string;
  readonly parent?: string;
  readonly path?: string;
  readonly on?: boolean;
  readonly deny?: number;
  readonly to?: number;
  readonly data?: string;
  readonly prop?: string;
  readonly key?: string;
  readonly v?: string;
  readonly from?: number;
  readonly set?: Readonly<Record<string, string>>;
  readonly props?: Readonly<Record<string, string | number>>;
}

const unitProperties = {
  position: always(vector2),
  hp: onChange(int, 100),
  tags: onChange(array(variant), [], { spawn: false }),
  title: spawnOnly(string),
};
const unit = scene('res://rp_unit.tscn', { Sync: synchronizer(unitProperties, INTERVALS) });
const plain = scene('res://rp_plain.tscn', {});
const player = scene('res://rp_player.gd', {
  Sync: synchronizer({ position: always(vector2), hp: onChange(int, 100) }, INTERVALS),
  Input: synchronizer({ dir: always(vector2) }, { ...INTERVALS, authority: ({ name }) => Number(name) }),
});
const members = { spawnPath: '../Members', spawnFunction: custom(variant, makeUnit), awaitsConfirmation: false };
const squad = scene('res://rp_squad.gd', { MemberSpawner: spawner(members) });
const state = scene('res://rp_state.gd', {
  StateSync: synchronizer(
    {
      tick: always(int),
      speed: always(float, 1),
      label: onChange(string),
      flags: onChange(packedByteArray),
      table: onChange(dictionaryOf(variant, variant)),
      list: onChange(array(variant)),
      tint: onChange(color),
      big: onChange(string),
    },
    { replicationInterval: 0.2, deltaInterval: 0.1 },
  ),
});

function dataOf(data: Variant): Dictionary {
  if (!(data instanceof Dictionary)) throw new Error('the data of the recording are dictionaries');
  return data;
}

function makeUnit(data: Variant): ReplicatedNode {
  const values = dataOf(data);
  // The recording's data have these types.
  const node = unit.instantiate({ name: values.get('name') as string });
  for (const key of ['title', 'hp'] as const) if (values.has(key)) Reflect.set(node, key, values.get(key));
  if (values.get('public') === false) node.getNode('Sync').publicVisibility = false;
  return node;
}

/** The value of a text as `var_to_str` of that engine writes it. */
function variantOf(text: string): Variant {
  return parseValue(text.replace(/PackedByteArray\((.*?)\)/g, 'PackedByteArray([$1])'));
}

/** The parsed text of a float is a `Float` where it has no fraction. */
function numberOf(value: Variant): unknown {
  return value instanceof Float ? value.value : value;
}

/** `World/Units` for `/root/World/Units`. */
function relative(path: string): string {
  return path.replace('/root/', '');
}

/** SYNC's time counts frames, which the recording does not have: it is left out. */
function withoutTime(hex: string): string {
  return hex.replace(/^((?:0703.{8})?06)..../, '$1----');
}

/** One process of a session on our side. */
class Side {
  readonly clock = new FakeClock();
  readonly peer: ScriptedPeer;
  readonly multiplayer = new SceneMultiplayer({ clock: this.clock, sleep: false });
  readonly told: string[] = [];
  readonly bad: string[] = [];
  readonly #units: NodePattern<{ poke: RpcMethod<[v: Variant]> }>;
  readonly #players: NodePattern<{ poke: RpcMethod<[v: Variant]> }>;
  readonly #freed: string[] = [];
  readonly #spawners = new Map<string, MultiplayerSpawner>();

  constructor(id: number, hasState: boolean) {
    this.peer = new ScriptedPeer(id);
    const { multiplayer } = this;
    multiplayer.multiplayerPeer = this.peer;
    multiplayer.badPacket.connect((_id, { message }) => this.bad.push(message));
    const scenes = [unit, plain];
    const settings = { awaitsConfirmation: false };
    const units = { ...settings, scenes, spawnFunction: custom(variant, makeUnit) };
    this.#hear(multiplayer.spawner('World/Spawner', { ...units, spawnPath: '../Units' }));
    this.#hear(multiplayer.spawner('World/ClientSpawner', { ...units, spawnPath: '../Mine' }));
    const makePlayer = custom(variant, (data) => player.instantiate({ name: String(dataOf(data).get('id')) }));
    this.#hear(
      multiplayer.spawner('World/PlayerSpawner', { ...settings, spawnPath: '../Players', spawnFunction: makePlayer }),
    );
    // The recording's data have these types.
    const makeSquad = custom(variant, (data) => squad.instantiate({ name: dataOf(data).get('name') as string }));
    const squads = multiplayer.spawner('World/SquadSpawner', {
      ...settings,
      spawnPath: '../Squads',
      spawnFunction: makeSquad,
    });
    this.#hear(squads);
    squads.spawned.connect((node) => squad.isInstance(node) && this.#hear(node.getNode('MemberSpawner')));
    const poke = (from: number, v: Variant): unknown => this.told.push(`poke ${from} ${JSON.stringify(v)}`);
    this.#units = multiplayer.nodes('World/Units/*', { poke: rpc.anyPeer([variant], poke, { callLocal: true }) });
    this.#players = multiplayer.nodes('World/Players/*', { poke: rpc.anyPeer([variant], poke) });
    if (!hasState) return;
    const node = state.instantiate({ name: 'State' });
    multiplayer.addChild('World', node);
    const { synchronized, deltaSynchronized } = node.getNode('StateSync');
    synchronized.connect(() => this.told.push('synchronized'));
    deltaSynchronized.connect(() => this.told.push('delta_synchronized'));
  }

  #hear(of: MultiplayerSpawner): void {
    this.#spawners.set(`/root/${of.getPath()}`, of);
    of.spawned.connect((node) => this.told.push(`spawned ${of.name} /root/${node.getPath()}`));
    of.despawned.connect((node) => this.told.push(`despawned ${of.name} ${node.name}`));
  }

  node(path: string): SceneNode {
    for (let above = relative(path); ; above = above.slice(0, above.lastIndexOf('/'))) {
      const root = this.multiplayer.getNodeOrNull(above);
      if (root === null && above.includes('/')) continue;
      const node = root?.getNodeOrNull(relative(path).slice(above.length + 1) || '.');
      if (node == null) throw new Error(`no node ${path}`);
      return node;
    }
  }

  /** The engine frees nodes at the end of a frame. */
  freeNow(): void {
    for (const path of this.#freed.splice(0)) this.multiplayer.getNodeOrNull(path)?.free();
  }

  childrenOf(path: string): ReplicatedNode[] {
    const by = [...this.#spawners.values()].filter((other) => other.getSpawnPath() === path);
    return by.flatMap((other) => other.getChildren());
  }

  synchronizer(path: string): MultiplayerSynchronizer {
    const node = this.node(path);
    if (!(node instanceof MultiplayerSynchronizer)) throw new Error(`${path} is no synchronizer`);
    return node;
  }

  set(node: SceneNode, values: Readonly<Record<string, string>> = {}): void {
    for (const [name, text] of Object.entries(values)) Reflect.set(node, name, numberOf(variantOf(text)));
  }

  act(event: Event): void {
    switch (event.do) {
      case 'spawn': {
        const node = this.#spawners.get(event.by!)!.spawn(variantOf(event.data!))!;
        // The engine of the recording also made the nodes of spawners in it.
        if (squad.isInstance(node)) this.#hear(node.getNode('MemberSpawner'));
        this.set(node, event.set);
        break;
      }
      case 'scene': {
        const node = (event.scene === unit.path ? unit : plain).instantiate({ name: event.name! });
        this.set(node, event.set);
        this.multiplayer.addChild(relative(event.parent!), node);
        break;
      }
      case 'set':
        this.set(this.node(event.node!), event.props as Readonly<Record<string, string>>);
        break;
      case 'mutate': {
        const value: unknown = Reflect.get(this.node(event.node!), event.prop!);
        if (Array.isArray(value)) value.push(variantOf(event.v!));
        else (value as Dictionary).set(event.key!, variantOf(event.v!));
        break;
      }
      case 'vis':
        this.synchronizer(event.sync!).setVisibilityFor(event.peer!, event.on!);
        break;
      case 'public':
        this.synchronizer(event.sync!).publicVisibility = event.on!;
        break;
      case 'filter':
        this.synchronizer(event.sync!).addVisibilityFilter((id) => id !== event.deny);
        break;
      case 'remove':
        this.multiplayer.getNodeOrNull(relative(event.node!))?.free();
        break;
      case 'free':
        this.#freed.push(relative(event.node!));
        break;
      case 'authority':
        this.node(event.node!).setMultiplayerAuthority(event.id!);
        break;
      case 'owner':
        this.multiplayer.setMultiplayerAuthority('World/ClientSpawner', event.id!);
        break;
      case 'rpc':
        this.#poke(event);
        break;
      default:
        throw new Error(`unknown deed ${event.do}`);
    }
  }

  #poke({ node, to, v }: Event): void {
    const path = relative(node!);
    const nodes = path.startsWith('World/Units/') ? this.#units : this.#players;
    nodes.at(path).poke.rpcId(to!, variantOf(v!));
  }
}

/** Whether a packet is sent by a network frame: SYNC, DELTA, and the path of a synchronizer. */
function isOfFrame(hex: string): boolean {
  const packet = hex.replace(/^0703.{8}/, '');
  return /^[01]6/.test(packet) || (packet.startsWith('01') && /(53796e63|496e707574)00$/.test(packet));
}

/** What the process was told by signals. */
const HEARD: Readonly<Record<string, (event: Event) => string>> = {
  spawned: ({ by, node }) => `spawned ${by!.slice(by!.lastIndexOf('/') + 1)} ${node}`,
  despawned: ({ by, node }) => `despawned ${by} ${node}`,
  synchronized: () => 'synchronized',
  delta_synchronized: () => 'delta_synchronized',
  poke: ({ from, v }) => `poke ${from} ${JSON.stringify(variantOf(v!))}`,
};

/** The declared properties of a node in an event, and what they are here. */
function compareState(side: Side, { node: path, props }: Event): void {
  const node = side.node(path!);
  for (const [name, text] of Object.entries(props!)) {
    const layout = node.instance.layout.nodes[0]!;
    if (!layout.properties.has(name) || typeof text !== 'string') continue;
    expect([path, name, Reflect.get(node, name)]).toEqual([path, name, numberOf(variantOf(text))]);
  }
}

/**
 * In this file the first SYNC is left out. The engine's intervals begin when the process does, and this one had not run
 * for an interval when it found the synchronizer.
 */
function isTooEarly(file: string, { ev, t }: Event): boolean {
  return file === '08-players-client2.jsonl' && ev === 'pkt_out' && (t === 0.0577 || t === 0.058);
}

/** The events of a process, and its id. */
function read(file: string): { events: Event[]; id: number } {
  const lines = readFileSync(new URL(file, FOLDER), 'utf8').trim().split('\n');
  const events = lines.map((line): Event => JSON.parse(line)).filter((event) => !isTooEarly(file, event));
  return { events, id: events.find(({ ev }) => ev === 'connected')?.id ?? 1 };
}

/** Does on our side what the process did and received. Returns what it sent and heard, and what ours did. */
function replay(file: string): { side: Side; sent: string[]; heard: string[] } {
  const { events, id } = read(file);
  const isStateLess = /^(01|02|04|07|08|10|15)/.test(file);
  const side = new Side(id, !isStateLess);
  // This session began with a synchronizer that is not public.
  if (file.startsWith('05-')) side.synchronizer('World/State/StateSync').publicVisibility = false;
  const sent: string[] = [];
  const heard: string[] = [];
  let now = 0;
  let waitingSince = Number.POSITIVE_INFINITY;
  const poll = (): void => {
    waitingSince = Number.POSITIVE_INFINITY;
    side.multiplayer.poll();
  };
  for (const [index, event] of events.entries()) {
    const at = event.t === undefined ? now : 1000 * event.t;
    const isDespawn = event.ev === 'pkt_out' && /^(0703.{8})?05/.test(event.hex!);
    const isOfLaterFrame = event.ev === 'pkt_in' && at > waitingSince + SAME_FRAME;
    const isOfProgram = !event.ev.startsWith('pkt_') && HEARD[event.ev] === undefined;
    if (waitingSince <= now && (isDespawn || isOfLaterFrame || isOfProgram)) poll();
    side.clock.advance(at - now);
    now = at;
    const tell = HEARD[event.ev];
    if (tell !== undefined) heard.push(tell(event));
    switch (event.ev) {
      case 'pkt_out':
        sent.push(`${event.peer} ${withoutTime(event.hex!)}`);
        if (isDespawn) side.freeNow();
        if (isOfFrame(event.hex!)) poll();
        break;
      case 'pkt_in':
        side.peer.receive(event.peer!, event.hex!);
        waitingSince = Math.min(waitingSince, now);
        break;
      case 'peer_connected':
        if (side.peer.getUniqueId() === 1 || event.id === 1) side.peer.peerConnected.emit(event.id!);
        break;
      case 'peer_disconnected':
        if (side.peer.getUniqueId() === 1 || event.id === 1) side.peer.peerDisconnected.emit(event.id!);
        break;
      case 'did':
        side.act(event);
        break;
      case 'state':
        compareState(side, event);
        break;
      case 'exit':
        // The engine frees its nodes when it ends.
        if (events.slice(index).some(({ ev }) => ev === 'pkt_out')) endOf(side);
        break;
    }
  }
  poll();
  return { side, sent, heard };
}

/** The nodes that are spawned leave the tree, in the order of the spawns. */
function endOf(side: Side): void {
  for (const path of ['World/Units', 'World/Players', 'World/Squads', 'World/Mine']) {
    for (const node of side.childrenOf(path)) node.free();
  }
}

/** Packets that arrived within so many milliseconds were taken in one frame. */
const SAME_FRAME = 5;

/** What was sent to each peer, in order. */
function byPeer(sent: readonly string[]): Record<string, string[]> {
  const packets: Record<string, string[]> = {};
  for (const line of sent) {
    const [peer = '', hex = ''] = line.split(' ');
    packets[peer] ??= [];
    packets[peer].push(hex);
  }
  return packets;
}

const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.jsonl'));

test.each(FILES)('%s: the same packets are sent, and what arrives has the same effect', (file) => {
  const { side, sent, heard } = replay(file);
  const ours = side.peer.sent.map(({ to, hex }) => `${to} ${withoutTime(hex)}`);
  expect(byPeer(ours)).toEqual(byPeer(sent));
  expect(side.told).toEqual(heard);
  expect(side.bad).toEqual([]);
});
