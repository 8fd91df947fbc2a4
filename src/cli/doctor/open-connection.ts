import { clearInterval, clearTimeout, setInterval, setTimeout } from 'node:timers';
import { WebSocketPeer } from '../../websocket/index.ts';
import { untilState } from '../client/open-peer.ts';
import { Pinger } from '../client/pinger.ts';
import type { Report } from './report.ts';

const PINGS = 10;
/** Milliseconds for one Pong. */
const PONG_LIMIT = 5000;
/** Seconds between two lines of progress. */
const PROGRESS = 10;

/** The round trip of several Pings. */
export async function checkPing(peer: WebSocketPeer, report: Report, interrupted: AbortSignal): Promise<void> {
  const pinger = new Pinger(peer);
  const times: number[] = [];
  for (let count = 0; count < PINGS && !interrupted.aborted; count++) {
    const time = await pinger.ping(PONG_LIMIT);
    if (time === null) break;
    times.push(time);
  }
  if (interrupted.aborted) return;
  const sorted = times.toSorted((one, other) => one - other);
  const [least] = sorted;
  const median = sorted[sorted.length >> 1];
  const most = sorted.at(-1);
  if (times.length < PINGS || least === undefined || median === undefined || most === undefined) {
    const advice = 'Something in between, or the server, drops Pings. Send messages instead to keep connections alive.';
    report.add('ping', 'failed', `${times.length} of ${PINGS} Pings were answered`, advice);
    return;
  }
  const figures = `least ${least.toFixed(2)} ms, median ${median.toFixed(2)} ms, most ${most.toFixed(2)} ms`;
  report.add('ping', 'ok', `${PINGS} round trips: ${figures}`);
}

/**
 * Whether a connection without traffic is still there after so many seconds: nobody may have closed it, and a Ping behind it must be
 * answered. `progress` gets a line every 10 seconds.
 */
export async function checkIdle(
  peer: WebSocketPeer,
  seconds: number,
  report: Report,
  interrupted: AbortSignal,
  progress: (line: string) => void,
): Promise<void> {
  const begin = performance.now();
  const elapsed = (): number => (performance.now() - begin) / 1000;
  const before = peer.getStatistics();
  let isOver = false;
  const ticks = setInterval(() => progress(`idle for ${Math.round(elapsed())} of ${seconds} s`), PROGRESS * 1000);
  const isDecided = (): boolean => {
    while (peer.getAvailablePacketCount() > 0) peer.getPacket();
    return isOver || interrupted.aborted || peer.getReadyState() === WebSocketPeer.STATE_CLOSED;
  };
  const timer = setTimeout(() => {
    isOver = true;
    peer.onWake?.();
  }, seconds * 1000);
  await untilState(peer, isDecided, interrupted);
  clearInterval(ticks);
  clearTimeout(timer);
  if (interrupted.aborted) return;

  const advice = adviceFor(elapsed());
  if (peer.getReadyState() === WebSocketPeer.STATE_CLOSED) {
    const code = peer.getCloseCode();
    const how = code === -1 ? (peer.getLastFailure()?.message ?? '') : `closed with ${code} ${peer.getCloseReason()}`;
    report.add('idle', 'failed', `the connection ended after ${elapsed().toFixed(1)} s: ${how}`, advice);
    return;
  }
  const after = peer.getStatistics();
  const time = await new Pinger(peer).ping(PONG_LIMIT);
  if (interrupted.aborted) return;
  if (time === null) {
    report.add('idle', 'failed', `after ${seconds} s without traffic, a Ping was not answered`, advice);
    return;
  }
  if (after.framesReceived > before.framesReceived) {
    const text = `open after ${seconds} s, but it was not idle: the server sent ${after.framesReceived - before.framesReceived} frames`;
    report.add('idle', 'ok', text);
  } else report.add('idle', 'ok', `open after ${seconds} s without traffic`);
}

function adviceFor(seconds: number): string {
  const interval = Math.max(1, Math.floor(seconds / 2));
  return `Send Pings more often: heartbeatInterval = ${interval}, at the server or at the clients; or raise the limit of the proxy.`;
}
