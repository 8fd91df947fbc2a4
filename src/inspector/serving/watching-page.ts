import { ErrorCode } from '../../error-code.ts';
import type { SceneInspection } from '../../multiplayer/index.ts';
import { CloseCode } from '../../protocol/index.ts';
import { State, type WebSocketPeer } from '../../websocket/index.ts';
import { clusterState } from '../collector/cluster-book.ts';
import type { Collector } from '../collector/collector.ts';
import type { PeerRecord } from '../collector/peer-book.ts';
import { PacketFollower } from '../control/packet-follower.ts';
import { PacketNames } from '../control/packet-names.ts';
import { SimulatedLine } from '../control/simulated-line.ts';
import type { ClusterState, Hello, PageMessage, Sample, ServerMessage, Update, ViewRequest } from '../feed/messages.ts';
import { readPageMessage } from './page-messages.ts';

const FIRST_VIEW: ViewRequest = {
  type: 'view',
  showsPeers: true,
  order: 'key',
  isDescending: false,
  search: '',
  chosen: 0,
  showsPaths: false,
  room: '',
  showsRooms: false,
  roomOrder: 'code',
  isRoomsDescending: false,
  roomSearch: '',
  showsCluster: false,
  clusterSearch: '',
  showsTraffic: false,
  showsNodes: false,
  nodeSearch: '',
  node: '',
};

/** A page that shows the inspector: what it looks at, and what it has asked for. */
export class WatchingPage {
  readonly socket: WebSocketPeer;
  readonly #collector: Collector;
  #view = FIRST_VIEW;
  #follower: PacketFollower | null = null;
  #lastLog: number;

  /** `interval`: milliseconds between two updates. */
  constructor(socket: WebSocketPeer, collector: Collector, interval: number) {
    this.socket = socket;
    this.#collector = collector;
    this.#lastLog = collector.log.lastNumber;
    const hello: Hello = {
      type: 'hello',
      target: collector.target.kind,
      hasCluster: collector.cluster !== null,
      interval,
      since: collector.since,
      process: `process ${process.pid}, Node ${process.versions.node}`,
      history: collector.history,
      log: collector.logAfter(0),
    };
    this.#tell(hello);
  }

  /** The multiplayer whose traffic it shows; null for none. */
  get watchedTraffic(): SceneInspection | null {
    return this.#view.showsTraffic ? this.#inspection : null;
  }

  /** Whether it shows rooms, or one of them. */
  get showsRooms(): boolean {
    return this.#view.showsRooms || this.#view.room !== '';
  }

  /** Reads what the page has sent. Returns false for a message that is none. */
  receive(text: string): boolean {
    const message = readPageMessage(text);
    if (message === null) return false;
    this.#obey(message);
    return true;
  }

  /** Sends the figures of an interval; a page that has not taken the last ones gets none. */
  update(sample: Sample): void {
    if (this.socket.getCurrentOutboundBufferedAmount() > 0) return;
    const collector = this.#collector;
    const { showsPeers, chosen, showsPaths, room, showsRooms, showsTraffic, showsNodes, nodeSearch, node } = this.#view;
    const inspection = this.#inspection;
    const peers = collector.peers.matching(this.#view);
    const record = collector.peers.byKey(chosen);
    const followed = this.#follower?.take();
    const update: Update = {
      type: 'update',
      sample,
      server: collector.server,
      peers: showsPeers ? collector.peers.firstOf(peers, this.#view) : [],
      peerCount: peers.length,
      chosen: record === null ? null : collector.peers.rowOf(record),
      paths: record !== null && showsPaths ? collector.paths(record) : null,
      room: collector.rooms?.row(room) ?? null,
      rooms: showsRooms ? (collector.rooms?.find(this.#view) ?? null) : null,
      cluster: this.#cluster,
      traffic: showsTraffic ? collector.traffic(inspection) : null,
      nodes: showsNodes ? collector.nodes(inspection, nodeSearch, node) : null,
      log: collector.logAfter(this.#lastLog),
      packets: followed?.packets ?? [],
      packetsSkipped: followed?.skipped ?? 0,
    };
    if (this.#tell(update) === ErrorCode.OK) this.#lastLog = collector.log.lastNumber;
  }

  close(): void {
    this.#follow(null);
  }

  get #cluster(): ClusterState | null {
    const { cluster } = this.#collector;
    return cluster !== null && this.#view.showsCluster ? clusterState(cluster, this.#view.clusterSearch) : null;
  }

  get #inspection(): SceneInspection | null {
    return this.#collector.target.inspectionOf(this.#view.room);
  }

  #obey(message: PageMessage): void {
    if (message.type === 'view') {
      this.#view = message;
      return;
    }
    const record = this.#collector.peers.byKey(message.peer);
    if (message.type === 'follow') {
      this.#follow(record);
      return;
    }
    if (record === null) {
      this.#notice('That peer has left.', true);
      return;
    }
    switch (message.type) {
      case 'kick':
        this.#kick(record, message.reason);
        break;
      case 'line':
        this.#withLine(record, (line) => line.change(message.latency, message.jitter));
        break;
      case 'stall':
        this.#withLine(record, (line) => line.stall(message.milliseconds));
        break;
    }
  }

  #kick({ peer, line }: PeerRecord, reason: string): void {
    line?.end(); // the peer does not wait for it
    peer.close(CloseCode.POLICY_VIOLATION, reason);
    this.#notice('Closed with 1008.', false);
  }

  #withLine(record: PeerRecord, change: (line: SimulatedLine) => void): void {
    const isOpen = record.peer.getReadyState() === State.STATE_OPEN;
    record.line ??= isOpen ? SimulatedLine.before(record.peer) : null;
    if (record.line === null) this.#notice('The peer is not open.', true);
    else change(record.line);
  }

  #follow(record: PeerRecord | null): void {
    this.#follower?.stop();
    this.#follower = null;
    if (record === null) return;
    const { target } = this.#collector;
    const { id } = target.placeOf(record.peer);
    const names = new PacketNames(id, () => target.inspectionWith(id));
    this.#follower = PacketFollower.of(record.peer, names.describe, Date.now);
  }

  #notice(text: string, isError: boolean): void {
    this.#tell({ type: 'notice', text, isError });
  }

  #tell(message: ServerMessage): ErrorCode {
    return this.socket.sendText(JSON.stringify(message));
  }
}
