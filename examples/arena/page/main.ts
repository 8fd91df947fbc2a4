// The page of the arena. One loop: poll, read, send, draw, once per frame of the browser.
import { WebSocketPeer } from 'tickpeer';
import type { Control, News } from '../controls.js';
import { readServerMessage, writeInput, writePing } from '../wire.js';
import { element } from './element.js';
import { Field } from './field.js';
import { loadPlots } from './load-plots.js';
import { Meter } from './meter.js';
import { Panel } from './panel.js';
import type { Plots } from './plots.js';
import { Snapshots } from './snapshots.js';
import { SILENCE_LIMIT, Status } from './status.js';
import { Steering } from './steering.js';

/** Milliseconds between two pings: a browser's WebSocket has none of its own that a page could use. */
const PING_INTERVAL = 100;
/** While more than this waits to be sent, inputs are left out: they would be old when they arrive. */
const MOST_BUFFERED = 4096;

const socket = new WebSocketPeer({ inboundBufferSize: 8 * 1024 * 1024 });
const canvas = element('field', HTMLCanvasElement);
const field = new Field(canvas);
const steering = new Steering(canvas, field);
const snapshots = new Snapshots();
const meter = new Meter();
const status = new Status();
const panel = new Panel({ ask, reconnect: connect, close: (code, reason) => socket.close(code, reason) });

let myId = -1;
let lastHeard = 0;
let lastPing = 0;
let lastDrawn = 0;
let hasGivenUp = false;
let plots: Plots | null = null;

function connect(): void {
  socket.close(-1); // whatever was before
  snapshots.clear();
  myId = -1;
  lastHeard = performance.now();
  hasGivenUp = false;
  socket.connectToUrl(new URL(panel.path, location.href.replace(/^http/, 'ws')).href);
}

function frame(): void {
  const now = performance.now();
  socket.poll();
  for (const packet of socket.packets()) receive(packet, now);
  if (socket.getReadyState() === WebSocketPeer.STATE_OPEN) send(now);

  if (now - lastDrawn >= panel.drawInterval) {
    lastDrawn = now;
    field.draw(snapshots, now, myId);
  }
  status.show(socket, (now - lastHeard) / 1000, hasGivenUp);
  const sample = meter.sample(socket, now);
  if (sample !== null) plots?.add(sample);
  requestAnimationFrame(frame);
}

function receive(packet: string | Uint8Array, now: number): void {
  lastHeard = now;
  if (typeof packet === 'string') {
    hear(JSON.parse(packet));
    return;
  }
  const message = readServerMessage(packet);
  if (message.type === 'pong') {
    meter.notePong(message, now);
  } else {
    meter.noteSnapshot(message);
    snapshots.push(message, now);
  }
}

function hear(news: News): void {
  if (news.type === 'welcome') {
    myId = news.id;
    status.showId(myId);
    panel.askForCable();
  } else {
    panel.show(news.settings);
    status.showFacts(news, meter.skipped);
  }
}

function send(now: number): void {
  if (now - lastHeard >= SILENCE_LIMIT * 1000) {
    hasGivenUp = true;
    socket.close(-1);
  }
  if (socket.getCurrentOutboundBufferedAmount() > MOST_BUFFERED) return;
  socket.send(writeInput(steering.direction));
  if (now - lastPing < PING_INTERVAL) return;
  lastPing = now;
  socket.send(writePing(now));
}

function ask(control: Control): void {
  socket.sendText(JSON.stringify(control));
}

// A hidden tab has no frames, so nobody polls: it asks to be told nothing.
document.addEventListener('visibilitychange', () => {
  lastHeard = performance.now();
  snapshots.clear();
  ask({ type: 'watch', isWatching: !document.hidden });
});

// A page that is opened in the background waits: without frames nobody would read what it is sent.
if (document.hidden) document.addEventListener('visibilitychange', connect, { once: true });
else connect();
requestAnimationFrame(frame);
void loadPlots(element('plots', HTMLElement)).then((loaded) => {
  plots = loaded;
});
