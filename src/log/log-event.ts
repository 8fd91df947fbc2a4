import type { Failure } from '../failure.ts';

/** From what hardly anybody wants to read to what must be mended. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** One thing that `logTo` has to say. */
export interface LogEvent {
  /**
   * `debug`: a queue was full. `info`: somebody came, left or was lost. `warn`: somebody was refused or cut off, or a packet or a
   * send was refused. `error`: a handler of the program's threw.
   */
  readonly level: LogLevel;
  /** The diagnostics channel that it comes from: `tickpeer:close`, `tickpeer:multiplayer:packet-refused`, … */
  readonly channel: string;
  /** What is alike: events of one kind share a limit. One of a small number of texts, whatever strangers send. */
  readonly kind: string;
  /** For people, in one line: control characters are escaped, and what is beyond 1000 characters is cut. */
  readonly text: string;
  readonly failure: Failure | null;
  /** The channel's own message, with the peer; its type is in `DiagnosticsMessages`. Null for a count of what was left out. */
  readonly message: unknown;
}
