import type { Failure } from '../failure.ts';
import { CloseCode } from './close-code.ts';

/** A rule or a limit that the other side broke, with the code of the Close frame to send for it (RFC 6455 7.1.7). */
export interface Violation extends Failure {
  readonly closeCode: number;
}

export function protocolError(message: string): Violation {
  return { closeCode: CloseCode.PROTOCOL_ERROR, code: 'TICKPEER_PROTOCOL_ERROR', message };
}
