import type { Failure } from '../../failure.ts';
import type { OpenStream } from './open-stream.ts';
import type { StreamEnding } from './stream-ending.ts';

/** How far a session has come in the event loop; the user sees `Session.state`. */
export enum Phase {
  /** The stream is not open yet: name resolution, TCP, TLS. */
  STREAM = 0,
  HANDSHAKE = 1,
  OPEN = 2,
  OVER = 3,
}

/** The stage of a session, with what only that stage needs. */
export type Stage = OpeningStage | OpenStream | OverStage;

/** The members of every stage. */
export interface StageFacts {
  readonly phase: Phase;
  /** The connection once it has opened, also when it is over; null before. */
  readonly open: OpenStream | null;
  /** Why the end was unclean; null for a clean one, and before the end. */
  readonly ending: Failure | null;
  /** How the stream is being ended; null before the end, and where the stream was destroyed. */
  readonly streamEnding: StreamEnding | null;
}

/** Before the connection is open. */
export class OpeningStage implements StageFacts {
  phase: Phase.STREAM | Phase.HANDSHAKE = Phase.STREAM;
  readonly open: null = null;
  readonly ending: null = null;
  readonly streamEnding: null = null;
  /** The time limit of the phase. */
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
  streamEnding: StreamEnding | null = null;

  constructor(open: OpenStream | null, ending: Failure | null) {
    this.open = open;
    this.ending = ending;
  }
}
