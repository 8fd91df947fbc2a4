import type { RouteTimes } from './timed-route.ts';

/** Milliseconds from the beginning of the command's connecting; null where it did not happen, or cannot be measured. */
export interface Timings extends RouteTimes {
  /** From the connection, with TLS, to the server's 101. */
  handshake: number | null;
  /** From the 101 to the first message. */
  firstMessage: number | null;
  /** All of connecting. */
  total: number;
}

const NAMES: readonly (readonly [keyof RouteTimes | 'handshake', string])[] = [
  ['name', 'name'],
  ['tcp', 'tcp'],
  ['tls', 'tls'],
  ['handshake', 'handshake'],
];

/** A table for people: how long each step took, and when it was done. */
export function timingLines(timings: Timings): string[] {
  let at = 0;
  const rows = NAMES.flatMap(([key, name]) => {
    const time = timings[key];
    if (time === null) return [];
    at += time;
    // The time between two steps counts with the last one.
    return [row(name, time, key === 'handshake' ? timings.total : at)];
  });
  const { firstMessage, total } = timings;
  const first = firstMessage === null ? [] : [row('first message', firstMessage, total + firstMessage)];
  return ['step                took      done after', ...rows, ...first];
}

/** The same for programs, in milliseconds. */
export function timingRecord(timings: Timings): string {
  const rounded = Object.entries(timings).map(([name, time]: [string, number | null]) => [
    name,
    time === null ? null : Math.round(time * 1000) / 1000,
  ]);
  return JSON.stringify({ event: 'timings', unit: 'ms', ...Object.fromEntries(rounded) });
}

function row(name: string, took: number, at: number): string {
  return `${name.padEnd(15)}${took.toFixed(2).padStart(9)} ms${at.toFixed(2).padStart(9)} ms`;
}
