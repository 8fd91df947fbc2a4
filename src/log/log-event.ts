import type { Failure } from '../failure.ts';

/** From the least to the most important. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** One event that `logTo` logs. */
export interface LogEvent {
  /**
   * `debug`: a queue was full. `info`: a peer connected, left or was lost. `warn`: a peer was refused or cut off, or a packet or a
   * send was refused. `error`: a handler of the program's threw.
   */
  readonly level: LogLevel;
  /** The diagnostics channel that it comes from: `tickpeer:close`, `tickpeer:multiplayer:packet-refused`, … */
  readonly channel: string;
  /** Events of one kind share a limit. One of a small number of texts, none of which a remote side can choose. */
  readonly kind: string;
  /** For people, in one line: control characters are escaped, and text beyond 1000 characters is cut. */
  readonly text: string;
  readonly failure: Failure | null;
  /** The channel's own message, with the peer; its type is in `DiagnosticsMessages`. Null for a count of what was left out. */
  readonly message: unknown;
}
