// The arena: hundreds of connections in one field, and a connection whose quality the player sets. Once per frame: poll, read, send, draw.
import { ErrorCode, WebSocketPeer } from 'tickpeer';
import { COMPRESSED_PATH, type Control, type News } from '../controls.js';
import { readServerMessage, writeInput, writePing } from '../wire.js';
import type { Calm } from './calm.js';
import { element } from './element.js';
import { Field } from './field.js';
import type { Keys } from './keys.js';
import { loadPlots } from './load-plots.js';
import { Meter } from './meter.js';
import { Panel } from './panel.js';
import type { Plots } from './plots.js';
import { Snapshots } from './snapshots.js';
import { SILENCE_LIMIT, Status } from './status.js';
import { Steering } from './steering.js';
import type { Condition, View } from './view.js';

/** Milliseconds between two pings. A page cannot use those of a browser's WebSocket. */
const PING_INTERVAL = 100;
/** While more than this waits to be sent, inputs are left out: they would be old when they arrive. */
const MOST_BUFFERED = 4096;

export class ArenaView implements View {
  readonly #socket = new WebSocketPeer({ inboundBufferSize: 8 * 1024 * 1024 });
  readonly #field = new Field(element('field', HTMLCanvasElement));
  readonly #steering: Steering;
  readonly #calm: Calm;
  readonly #snapshots = new Snapshots();
  readonly #meter = new Meter();
  readonly #status = new Status();
  readonly #panel = new Panel({
    ask: (control) => this.#ask(control),
    reconnect: () => this.#connect(),
    close: (code, reason) => this.#socket.close(code, reason),
  });
  #plots: Plots | null = null;
  #myId = -1;
  #lastHeard = 0;
  #lastPing = 0;
  #lastDrawn = 0;
  /** When the first message since the last frame arrived. Messages are read in the frame. */
  #arrival: number | null = null;
  #hasGivenUp = false;
  #isSeen = false;
  #hasPlots = false;

  constructor(keys: Keys, calm: Calm) {
    this.#steering = new Steering(keys, [this.#field]);
    this.#calm = calm;
    this.#socket.onWake = () => {
      this.#arrival ??= performance.now();
    };
  }

  get condition(): Condition {
    const state = this.#socket.getReadyState();
    const silence = Math.floor((performance.now() - this.#lastHeard) / 1000);
    const isSilent = state === WebSocketPeer.STATE_OPEN && silence >= 1;
    const compression = this.#socket.getRequestedUrl().endsWith(COMPRESSED_PATH) ? 'compressed' : '';
    const speech = isSilent ? `nothing for ${silence} s` : compression;
    const detail = state === WebSocketPeer.STATE_CLOSED ? String(this.#socket.getCloseCode()) : speech;
    return { state, isSilent, detail };
  }

  enter(): void {
    this.#isSeen = true;
    this.#connect();
    if (this.#hasPlots) return;
    this.#hasPlots = true;
    void loadPlots(element('plots', HTMLElement)).then((plots) => {
      this.#plots = plots;
    });
  }

  leave(): void {
    this.#isSeen = false;
    this.#socket.close(1000, 'another view');
  }

  hide(isHidden: boolean): void {
    this.#lastHeard = performance.now();
    this.#snapshots.clear();
    this.#ask({ type: 'watch', isWatching: !isHidden });
  }

  frame(now: number): void {
    const socket = this.#socket;
    const arrival = this.#arrival;
    this.#arrival = null;
    socket.poll();
    let isFirst = true;
    for (const packet of socket.packets()) {
      this.#receive(packet, isFirst ? arrival : null, now);
      isFirst = false;
    }
    if (!this.#isSeen) return;
    const state = socket.getReadyState();
    this.#panel.isOnline = state === WebSocketPeer.STATE_OPEN;
    if (state === WebSocketPeer.STATE_OPEN) this.#send(now);
    if (now - this.#lastDrawn >= this.#calm.drawInterval) {
      this.#lastDrawn = now;
      this.#field.draw(this.#snapshots, now, this.#myId, !this.#calm.isOn);
    }
    this.#status.show(socket, this.#hasGivenUp);
    const sample = this.#meter.sample(socket, now);
    if (sample !== null) this.#plots?.add(sample);
  }

  #connect(): void {
    this.#socket.close(-1); // drops an earlier connection
    this.#snapshots.clear();
    this.#myId = -1;
    this.#lastHeard = performance.now();
    this.#hasGivenUp = false;
    const url = new URL(this.#panel.path, location.href.replace(/^http/, 'ws')).href;
    if (this.#socket.connectToUrl(url) !== ErrorCode.OK) console.error(this.#socket.getLastFailure()?.message);
  }

  #receive(packet: string | Uint8Array, arrival: number | null, now: number): void {
    this.#lastHeard = now;
    if (typeof packet === 'string') {
      this.#hear(JSON.parse(packet));
      return;
    }
    const message = readServerMessage(packet);
    if (message.type === 'pong') {
      this.#meter.notePong(message, arrival, now);
    } else {
      this.#meter.noteSnapshot(message);
      this.#snapshots.push(message, now);
    }
  }

  #hear(news: News): void {
    if (news.type === 'welcome') {
      this.#myId = news.id;
      this.#status.showId(news.id);
      this.#panel.askForCable();
    } else {
      this.#panel.show(news.settings);
      this.#status.showFacts(news, this.#meter.skipped);
    }
  }

  #send(now: number): void {
    const socket = this.#socket;
    if (now - this.#lastHeard >= SILENCE_LIMIT * 1000) {
      this.#hasGivenUp = true;
      socket.close(-1);
    }
    if (socket.getCurrentOutboundBufferedAmount() > MOST_BUFFERED) return;
    socket.send(writeInput(this.#steering.direction)); // if it is refused, the next frame's input replaces it
    if (now - this.#lastPing < PING_INTERVAL) return;
    this.#lastPing = now;
    socket.send(writePing(now)); // the same
  }

  #ask(control: Control): void {
    this.#socket.sendText(JSON.stringify(control)); // not OPEN: the page shows that, and its controls are disabled
  }
}
