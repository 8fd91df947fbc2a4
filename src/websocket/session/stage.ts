import type { Failure } from '../../failure.ts';
import type { Farewell } from './farewell.ts';
import type { OpenStream } from './open-stream.ts';

/** How far a session has come, as the event loop knows it; the user sees `Session.state`. */
export enum Phase {
  /** The stream is not open yet: name resolution, TCP, TLS. */
  STREAM = 0,
  HANDSHAKE = 1,
  OPEN = 2,
  OVER = 3,
}

/** What a session is at, and what belongs to that alone. */
export type Stage = OpeningStage | OpenStream | OverStage;

/** Before the connection is open. */
export class OpeningStage {
  phase: Phase.STREAM | Phase.HANDSHAKE = Phase.STREAM;
  /** When the phase must have ended. */
  deadline: number;

  constructor(deadline: number) {
    this.deadline = deadline;
  }
}

/** After the end, which the next poll shows. */
export class OverStage {
  readonly phase: Phase.OVER = Phase.OVER;
  /** Null where it never opened. Its packets stay takable. */
  readonly open: OpenStream | null;
  /** Null for a clean end. */
  readonly ending: Failure | null;
  /** How the stream is being ended; null where it was destroyed. */
  farewell: Farewell | null = null;

  constructor(open: OpenStream | null, ending: Failure | null) {
    this.open = open;
    this.ending = ending;
  }
}
