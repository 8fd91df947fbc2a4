import { ErrorCode, WebSocketPeer } from 'tickpeer';
import { type News, PLAIN_PATH } from './controls.js';
import { DOTS } from './duel/choreography.js';
import { LANE_PATHS, MODES, type Mode, readLaneMessage } from './duel/wire.js';
import { FIELD, readServerMessage, Snapshot, writeInput } from './wire.js';

const TIME_LIMIT = 10_000;

/** Checks the arena's page, joins as a player, moves, leaves, and checks both lanes of the duel. Rejects with the reason of a failure. */
export async function checkArena(url: string): Promise<void> {
  console.log(url);
  await checkFile(url, 'text/html');
  for (const name of ['style.css', 'uplot.css']) await checkFile(new URL(name, url), 'text/css');
  for (const name of ['page/main.js', 'wire.js', 'duel/wire.js', 'tickpeer.js', 'uplot.js']) {
    await checkFile(new URL(name, url), 'text/javascript');
  }
  console.log('  page        index.html, style sheets, scripts, the library and uPlot are served');
  const base = url.replace('http:', 'ws:');
  await checkPlay(new URL(PLAIN_PATH, base).href);
  for (const mode of MODES) await checkLane(mode, new URL(LANE_PATHS[mode], base).href);
  console.log('');
}

async function checkFile(url: string | URL, type: string): Promise<void> {
  const response = await fetch(url);
  const found = response.headers.get('Content-Type') ?? 'no type';
  const { length } = await response.text();
  if (response.status === 200 && found.startsWith(type) && length > 0) return;
  throw new Error(`${url} answered ${response.status}, ${found}, ${length} characters`);
}

/** Moves to the right until it has moved a quarter of the field. */
async function checkPlay(url: string): Promise<void> {
  const socket = new WebSocketPeer({ inboundBufferSize: 1_000_000 });
  const result = socket.connectToUrl(url);
  if (result !== ErrorCode.OK) throw new Error(`connectToUrl() returned ${ErrorCode[result]}`);

  let id = -1;
  let snapshots = 0;
  let mostBots = 0;
  let start: number | null = null;
  let distance = 0;
  for (const end = performance.now() + TIME_LIMIT; performance.now() < end; await tick()) {
    socket.poll();
    if (socket.getReadyState() === WebSocketPeer.STATE_CLOSED) break;
    for (const packet of socket.packets()) {
      if (typeof packet === 'string') {
        const news: News = JSON.parse(packet);
        if (news.type === 'welcome') id = news.id;
        continue;
      }
      const message = readServerMessage(packet);
      if (!(message instanceof Snapshot)) continue;
      snapshots++;
      mostBots = Math.max(mostBots, message.count - 1);
      for (let index = 0; index < message.count; index++) {
        if (message.id(index) !== id) continue;
        start ??= message.x(index);
        distance = message.x(index) - start;
      }
    }
    // Sent until the dot has moved, so that a lost input is detected.
    if (distance < FIELD.width / 4) socket.send(writeInput({ x: 1, y: 0 }));
    else if (mostBots > 0) socket.close(1000, 'the check is done');
  }

  const code = socket.getCloseCode();
  const { bytesReceived, packetsSent } = socket.getStatistics();
  if (code !== 1000) {
    const why = socket.getLastFailure()?.message ?? `ended with code ${code}`;
    throw new Error(`the player moved ${distance.toFixed()} units, got ${snapshots} snapshots, then failed: ${why}`);
  }
  console.log(`  player ${id}    moved ${distance.toFixed()} units among ${mostBots} bots, by ${packetsSent} inputs`);
  console.log(`  snapshots   ${snapshots}, ${bytesReceived} bytes`);
  console.log(`  closed      ${code} "${socket.getCloseReason()}"`);
}

/** Watches a lane of the duel until all its dots have joined. */
async function checkLane(mode: Mode, url: string): Promise<void> {
  const socket = new WebSocketPeer({ inboundBufferSize: 1_000_000 });
  const result = socket.connectToUrl(url);
  if (result !== ErrorCode.OK) throw new Error(`connectToUrl() returned ${ErrorCode[result]}`);
  let ticks = 0;
  let dots = 0;
  for (const end = performance.now() + TIME_LIMIT; performance.now() < end && dots < DOTS; await tick()) {
    socket.poll();
    for (const packet of socket.packets()) {
      const message = typeof packet === 'string' ? null : readLaneMessage(packet);
      if (message?.type !== 'tick') continue;
      ticks++;
      dots = message.places.length - 1;
    }
  }
  socket.close(-1);
  if (dots < DOTS) throw new Error(`the lane ${url} showed ${dots} dots in ${ticks} ticks`);
  console.log(`  ${mode.padEnd(11)} a lane with ${dots} dots, after ${ticks} ticks`);
}

function tick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1000 / 60));
}
