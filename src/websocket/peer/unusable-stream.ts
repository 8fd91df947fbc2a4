import type { Failure } from '../../failure.ts';

/** What was given as a stream is none. */
export const NOT_A_STREAM: Failure = { code: 'TICKPEER_INVALID_STREAM', message: 'what was given is no StreamPeer' };

/** The socket of an 'upgrade' event is none of Node's. */
export const NOT_A_SOCKET: Failure = {
  code: 'TICKPEER_INVALID_STREAM',
  message: 'what came with the upgrade is not a socket of node:net or node:tls',
};
