// The inspector's page.
import type { Hello, ServerMessage, Update } from '../feed/messages.ts';
import { byId, Facts, setText } from './element.ts';
import { Feed, type FeedState } from './feed.ts';
import { age, bytes } from './format.ts';
import { PeerDetail } from './peer-detail.ts';
import { PeersPanel } from './peers-panel.ts';
import { Plots } from './plots.ts';
import { LogPanel, NodesPanel, TrafficPanel } from './tables.ts';
import { Tabs } from './tabs.ts';

const TARGETS: Readonly<Record<Hello['target'], string>> = {
  server: 'WebSocketServer',
  peer: 'WebSocketMultiplayerPeer',
  scene: 'SceneMultiplayer',
};
/** Milliseconds that a notice is shown. */
const NOTICE = 3000;

/** What is made when it is known what the inspector is attached to. */
interface Panels {
  readonly traffic: TrafficPanel;
  readonly nodes: NodesPanel;
}

class InspectorPage {
  readonly #facts = new Facts(byId('facts'), ['Server', 'Port', 'Received', 'Sent', 'Memory', 'CPU', 'Inspected for']);
  readonly #plots = new Plots(byId('plots'));
  readonly #log = new LogPanel(byId('panel-log'));
  readonly #peers = new PeersPanel(byId('panel-peers'), () => this.#tellView());
  readonly #detail: PeerDetail;
  #panels: Panels | null = null;
  readonly #tabs: Tabs;
  readonly #feed: Feed;
  #since = 0;
  #isPaused = false;
  #noticeTimer = 0;

  constructor() {
    this.#detail = new PeerDetail(
      byId('detail'),
      (message) => this.#feed.send(message),
      () => this.#choose(0),
    );
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
      if (event.key === 'Escape' && this.#peers.choice.chosen !== 0) this.#choose(0);
    });
  }

  #choose(key: number): void {
    this.#peers.choose(key);
    this.#detail.show(key, null, 0);
    this.#tellView();
  }

  #receive(message: ServerMessage): void {
    if (message.type === 'hello') this.#begin(message);
    else if (message.type === 'notice') this.#notice(message.text, message.isError);
    else this.#update(message);
  }

  #begin({ target, since, history, log, process }: Hello): void {
    this.#since = since;
    const hasMultiplayer = target === 'scene';
    this.#panels ??= {
      traffic: new TrafficPanel(byId('panel-traffic'), hasMultiplayer),
      nodes: new NodesPanel(byId('panel-nodes'), hasMultiplayer, () => this.#tellView()),
    };
    this.#facts.set('Server', TARGETS[target]);
    byId('facts').title = process;
    this.#plots.restart(history);
    this.#log.restart(log);
    this.#tabs.count('log', this.#log.problems === 0 ? '' : String(this.#log.problems));
    this.#detail.resume();
    this.#tellView();
  }

  #update(update: Update): void {
    this.#log.add(update.log);
    this.#tabs.count('log', this.#log.problems === 0 ? '' : String(this.#log.problems));
    this.#detail.add(update.packets, update.packetsSkipped);
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
    this.#peers.show(update);
    this.#tabs.count('peers', String(peerCount));
    this.#detail.show(this.#peers.choice.chosen, update.chosen, sample.time);
    if (this.#tabs.chosen === 'traffic') this.#panels?.traffic.show(traffic);
    if (this.#tabs.chosen === 'nodes') this.#panels?.nodes.show(nodes);
  }

  #tellView(): void {
    // Called by the parts before all of them are made.
    if (this.#panels === null) return;
    const { chosen } = this.#tabs;
    this.#feed.send({
      type: 'view',
      ...this.#peers.choice,
      showsTraffic: chosen === 'traffic',
      showsNodes: chosen === 'nodes',
      nodeSearch: this.#panels.nodes.search,
      node: this.#panels.nodes.node,
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
