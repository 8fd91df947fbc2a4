// The inspector's page.
import './known-language.ts';
import type { Hello, ServerMessage, Update } from '../feed/messages.ts';
import { ClusterPanel } from './cluster-panel.ts';
import { byId, Facts, setText } from './element.ts';
import { Feed, type FeedState } from './feed.ts';
import { age, bytes } from './format.ts';
import { PeerDetail } from './peer-detail.ts';
import { PeersPanel } from './peers-panel.ts';
import { Plots } from './plots.ts';
import { RoomsPanel } from './rooms-panel.ts';
import { LogPanel, NodesPanel, TrafficPanel } from './tables.ts';
import { Tabs } from './tabs.ts';

const TARGETS: Readonly<Record<Hello['target'], string>> = {
  server: 'WebSocketServer',
  peer: 'WebSocketMultiplayerPeer',
  scene: 'SceneMultiplayer',
  rooms: 'Rooms',
};
const CHOOSE_A_ROOM = 'Choose a room in the view Rooms.';
/** Milliseconds that a notice is shown. */
const NOTICE = 3000;

/** What is made when it is known what the inspector is attached to. */
interface Panels {
  readonly peers: PeersPanel;
  readonly detail: PeerDetail;
  /** Null without rooms. */
  readonly rooms: RoomsPanel | null;
  /** Null without a cluster. */
  readonly cluster: ClusterPanel | null;
  readonly traffic: TrafficPanel;
  readonly nodes: NodesPanel;
}

class InspectorPage {
  readonly #facts = new Facts(byId('facts'), ['Server', 'Port', 'Received', 'Sent', 'Memory', 'CPU', 'Inspected for']);
  readonly #plots = new Plots(byId('plots'));
  readonly #log = new LogPanel(byId('panel-log'));
  #panels: Panels | null = null;
  readonly #tabs: Tabs;
  readonly #feed: Feed;
  #since = 0;
  #isPaused = false;
  #noticeTimer = 0;

  constructor() {
    this.#feed = new Feed({
      onState: (state, hasOpened) => this.#showState(state, hasOpened),
      onMessage: (message) => this.#receive(message),
    });
    this.#tabs = new Tabs(byId('tabs'), () => this.#tellView());
    const pause = byId('pause');
    pause.addEventListener('click', () => {
      this.#isPaused = !this.#isPaused;
      pause.setAttribute('aria-pressed', String(this.#isPaused));
      setText(pause, this.#isPaused ? 'Paused' : 'Pause');
    });
    addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && (this.#panels?.peers.choice.chosen ?? 0) !== 0) this.#choose(0);
    });
  }

  #choose(key: number): void {
    this.#panels?.peers.choose(key);
    this.#panels?.detail.show(key, null, 0);
    this.#tellView();
  }

  #receive(message: ServerMessage): void {
    if (message.type === 'hello') this.#begin(message);
    else if (message.type === 'notice') this.#notice(message.text, message.isError);
    else this.#update(message);
  }

  #begin({ target, hasCluster, since, history, log, process }: Hello): void {
    if (this.#since !== 0 && this.#since !== since) {
      location.reload(); // another start of the program: none of the peers is the same
      return;
    }
    this.#since = since;
    this.#panels ??= this.#makePanels(target, hasCluster);
    this.#facts.set('Server', TARGETS[target]);
    byId('facts').title = process;
    this.#plots.restart(history);
    this.#log.restart(log);
    this.#tabs.count('log', this.#log.problems === 0 ? '' : String(this.#log.problems));
    this.#panels.detail.resume();
    this.#tellView();
  }

  #makePanels(target: Hello['target'], hasCluster: boolean): Panels {
    const hasRooms = target === 'rooms';
    const hasNodes = hasRooms || target === 'scene';
    const onChange = (): void => this.#tellView();
    if (hasCluster) this.#tabs.show('cluster');
    if (hasRooms) this.#tabs.show('rooms');
    if (hasRooms) this.#tabs.choose('rooms');
    return {
      peers: new PeersPanel(byId('panel-peers'), hasRooms, onChange),
      detail: new PeerDetail(byId('detail'), hasRooms, {
        send: (message) => this.#feed.send(message),
        onClose: () => this.#choose(0),
        onPaths: onChange,
      }),
      rooms: hasRooms ? new RoomsPanel(byId('panel-rooms'), onChange) : null,
      cluster: hasCluster ? new ClusterPanel(byId('panel-cluster'), onChange) : null,
      traffic: new TrafficPanel(byId('panel-traffic'), hasNodes),
      nodes: new NodesPanel(byId('panel-nodes'), hasNodes, onChange),
    };
  }

  #update(update: Update): void {
    const panels = this.#panels;
    if (panels === null) return; // before the first message
    this.#log.add(update.log);
    this.#tabs.count('log', this.#log.problems === 0 ? '' : String(this.#log.problems));
    panels.detail.add(update.packets, update.packetsSkipped);
    this.#plots.add(update.sample);
    if (this.#isPaused) return;
    const { server, sample, traffic, nodes, peerCount } = update;
    this.#facts.set(
      'Port',
      server.isListening ? String(server.port || 'attached') : 'not listening',
      !server.isListening,
    );
    this.#facts.set('Received', bytes(server.totalBytesIn));
    this.#facts.set('Sent', bytes(server.totalBytesOut));
    this.#facts.set('Memory', bytes(server.memory));
    this.#facts.set('CPU', `${Math.round(100 * server.cpu)} %`);
    this.#facts.set('Inspected for', age(this.#since, sample.time));
    if (this.#tabs.chosen === 'peers') panels.peers.show(update);
    this.#tabs.count('peers', String(peerCount));
    panels.detail.show(panels.peers.choice.chosen, update.chosen, sample.time);
    panels.detail.showPaths(update.paths);
    if (server.rooms !== null) {
      panels.rooms?.show(update.rooms, update.room, server.rooms);
      this.#tabs.count('rooms', String(server.rooms.rooms));
    }
    if (update.cluster !== null) panels.cluster?.show(update.cluster);
    const empty = panels.rooms?.choice.room === '' ? CHOOSE_A_ROOM : undefined;
    if (this.#tabs.chosen === 'traffic') panels.traffic.show(traffic, empty);
    if (this.#tabs.chosen === 'nodes') panels.nodes.show(nodes, empty);
  }

  #tellView(): void {
    // Called by the parts before all of them are made.
    if (this.#panels === null) return;
    const { chosen } = this.#tabs;
    const { peers, detail, rooms, cluster, nodes } = this.#panels;
    this.#feed.send({
      type: 'view',
      showsPeers: chosen === 'peers',
      ...peers.choice,
      showsPaths: detail.showsPaths,
      room: rooms?.choice.room ?? '',
      showsRooms: chosen === 'rooms',
      roomOrder: rooms?.choice.order ?? 'code',
      isRoomsDescending: rooms?.choice.isDescending ?? false,
      roomSearch: rooms?.choice.search ?? '',
      showsCluster: chosen === 'cluster',
      clusterSearch: cluster?.search ?? '',
      showsTraffic: chosen === 'traffic',
      showsNodes: chosen === 'nodes',
      nodeSearch: nodes.search,
      node: nodes.node,
    });
  }

  #showState(state: FeedState, hasOpened: boolean): void {
    const link = byId('link');
    link.dataset['state'] = state;
    setText(link, state);
    const hint = byId('hint');
    hint.hidden = state === 'live' || (state === 'connecting' && hint.hidden);
    if (state !== 'lost') return;
    const token =
      'Open the address that the program has printed: its token is new with each start, unless the program sets one.';
    setText(
      hint,
      hasOpened
        ? `The connection was lost. The page tries again. ${token}`
        : `The inspector does not answer, or the token is wrong. ${token}`,
    );
  }

  #notice(text: string, isError: boolean): void {
    const notice = byId('notice');
    setText(notice, text);
    notice.classList.toggle('bad', isError);
    clearTimeout(this.#noticeTimer);
    this.#noticeTimer = setTimeout(() => setText(notice, ''), NOTICE);
  }
}

new InspectorPage();
