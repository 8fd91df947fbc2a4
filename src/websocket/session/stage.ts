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

/** What every stage can be asked. */
export interface StageFacts {
  readonly phase: Phase;
  /** The connection once it has opened, also when it is over; null before. */
  readonly open: OpenStream | null;
  /** Why the end was unclean; null for a clean one, and before the end. */
  readonly ending: Failure | null;
  /** How the stream is being ended; null as long as it is not, and where it was destroyed. */
  readonly farewell: Farewell | null;
}

/** Before the connection is open. */
export class OpeningStage implements StageFacts {
  phase: Phase.STREAM | Phase.HANDSHAKE = Phase.STREAM;
  readonly open: null = null;
  readonly ending: null = null;
  readonly farewell: null = null;
  /** When the phase must have ended. */
  deadline: number;

  constructor(deadline: number) {
    this.deadline = deadline;
  }
}

/** After the end, which the next poll shows. */
export class OverStage implements StageFacts {
  readonly phase: Phase.OVER = Phase.OVER;
  readonly open: OpenStream | null;
  readonly ending: Failure | null;
  farewell: Farewell | null = null;

  constructor(open: OpenStream | null, ending: Failure | null) {
    this.open = open;
    this.ending = ending;
  }
}
