import type { Failure } from '../failure.ts';
import { CLUSTER_LINES } from './cluster-lines.ts';
import type { LogEvent } from './log-event.ts';
import { type LogLine, plain } from './log-line.ts';
import { MULTIPLAYER_LINES } from './multiplayer-lines.ts';
import { PEER_LINES } from './peer-lines.ts';
import { ROOM_LINES } from './room-lines.ts';

const LINES: Readonly<Record<string, (message: never) => LogLine | null>> = {
  ...PEER_LINES,
  ...MULTIPLAYER_LINES,
  ...ROOM_LINES,
  ...CLUSTER_LINES,
};

export const CHANNEL_NAMES: readonly string[] = Object.keys(LINES);

/** Turns the channels' messages into events. */
export class ChannelEvents {
  /** Failures that were logged: several channels may publish the same one. */
  readonly #logged = new WeakSet<Failure>();

  /** The event for a message of `channel`; null when it is not to be logged, or its failure was logged already. */
  eventOf(channel: string, message: unknown): LogEvent | null {
    const line = LINES[channel]?.(message as never) ?? null; // each channel has one type of message
    if (line === null) return null;
    const { failure } = line;
    if (failure !== null) {
      if (this.#logged.has(failure)) return null;
      this.#logged.add(failure);
    }
    return { ...line, text: plain(line.text), channel, kind: `${channel} ${line.kind}`.trim(), message };
  }
}
