import type { Failure } from '../../failure.ts';

/** The failure of a packet that no engine sends. */
export function badPacket(message: string): Failure {
  return { code: 'TICKPEER_BAD_PACKET', message };
}
