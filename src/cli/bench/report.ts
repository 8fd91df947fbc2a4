import { printable } from '../terminal/printable.ts';
import type { Outcome } from './assertion.ts';
import type { Measurements, Times } from './measurements.ts';

/** The result as a value, for `--json`. */
export function resultOf(measured: Measurements, url: string, outcomes: readonly Outcome[]): Record<string, unknown> {
  const { sent, received, sentBytes, receivedBytes, lost, unexpected, unsent, seconds } = measured;
  return {
    url,
    seconds,
    connected: measured.connecting.count,
    failed: Object.fromEntries(measured.failed),
    closed: Object.fromEntries(measured.closed),
    messages: { sent, received, lost, unexpected, unsent, sentPerSecond: measured.perSecond(sent) },
    bytes: { sent: sentBytes, received: receivedBytes, sentPerSecond: measured.perSecond(sentBytes) },
    errors: measured.errors,
    connectMilliseconds: measured.connecting.times(),
    latencyMilliseconds: measured.latency.times(),
    lateMilliseconds: measured.late.times(),
    assertions: outcomes,
  };
}

/** The result for people. */
export function reportOf(measured: Measurements, wanted: number): string[] {
  const { seconds, sent, received, sentBytes, receivedBytes } = measured;
  const rate = (count: number): string => `${grouped(measured.perSecond(count))}/s`;
  const lines = [
    `connected   ${grouped(measured.connecting.count)} of ${grouped(wanted)}`,
    `sent        ${grouped(sent)} messages, ${rate(sent)}, ${sized(sentBytes)}, ${sized(measured.perSecond(sentBytes))}/s`,
    `received    ${grouped(received)} messages, ${rate(received)}, ${sized(receivedBytes)}`,
    `time        ${seconds.toFixed(1)} s`,
  ];
  const problems: [string, number][] = [
    ...[...measured.failed].map(([code, count]): [string, number] => [`did not connect: ${code}`, count]),
    ...[...measured.closed].map(([code, count]): [string, number] => [`closed: ${code}`, count]),
    ['messages without an echo', measured.lost],
    ['messages that are no echo', measured.unexpected],
    ['messages that were due and not sent', measured.unsent],
  ];
  for (const [text, count] of problems) {
    if (count > 0) lines.push(`errors      ${grouped(count)} ${printable(text, 200)}`);
  }
  lines.push('', row('', ['mean', 'p50', 'p90', 'p99', 'p99.9', 'max']));
  lines.push(timesRow('connect', measured.connecting.times()), timesRow('round trip', measured.latency.times()));
  lines.push(timesRow('sent late', measured.late.times()));
  return lines;
}

/** Of the round trips, the part that this process may add itself without a warning; and milliseconds that are never one. */
const OWN_SHARE = 0.25;
const OWN_LEAST = 2;

/**
 * A warning where this process was so late itself that the figures say little about the server; otherwise null. Messages were sent
 * late, and echoes were seen as late.
 */
export function latenessWarning({ late, latency }: Measurements): string | null {
  const own = late.times();
  if (own === null || own.p99 < OWN_LEAST) return null;
  const p99 = latency.times()?.p99 ?? 0;
  if (p99 > 0 && own.p99 < p99 * OWN_SHARE) return null;
  return `this machine was too slow for the load: 1 of 100 messages was sent ${duration(own.p99)} after it was due. Use fewer bots, a lower --rate, or another machine than the server's.`;
}

function timesRow(name: string, times: Times | null): string {
  if (times === null) return row(name, ['-', '-', '-', '-', '-', '-']);
  const { mean, p50, p90, p99, p999, max } = times;
  return row(name, [mean, p50, p90, p99, p999, max].map(duration));
}

function row(name: string, cells: readonly string[]): string {
  return name.padEnd(12) + cells.map((cell) => cell.padStart(10)).join('');
}

/** Milliseconds in a unit that suits. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1) return `${Math.round(milliseconds * 1000)} us`;
  if (milliseconds < 1000) return `${milliseconds.toFixed(milliseconds < 10 ? 2 : 1)} ms`;
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

export function grouped(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

function sized(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  return bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
