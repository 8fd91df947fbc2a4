/** What the process ends with. Documented in docs/command-line.md. */
export const ExitCode = {
  /** Done as asked. */
  OK: 0,
  /** It ran, and the result is bad: an assertion of `bench`, a check of `doctor`, a game that has changed. */
  FAILED: 1,
  /** The command line is wrong. */
  USAGE: 2,
  /** No connection: the address, TCP, TLS or the handshake failed. */
  NOT_CONNECTED: 3,
  /** The connection was open and ended uncleanly, or with a close code other than 1000 and 1001. */
  CLOSED: 4,
  /** A file or a directory cannot be read or written, or a port cannot be opened. */
  IO: 5,
  /** Ended by Ctrl-C, as shells have it. */
  INTERRUPTED: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
