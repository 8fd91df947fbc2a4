import type { Failure } from '../../failure.ts';
import { type HandshakeResponse, WebSocketPeer, type WebSocketPeerOptions } from '../../websocket/index.ts';
import type { ClientSettings } from '../client/client-options.ts';
import { startPeer, untilState } from '../client/open-peer.ts';

/** One connection that was tried. */
export interface Attempt {
  readonly peer: WebSocketPeer;
  readonly isOpen: boolean;
  readonly failure: Failure | null;
  /** The server's; null if it sent none that can be read. */
  readonly response: HandshakeResponse | null;
  readonly milliseconds: number;
}

/** Connects with `changes`. An interruption drops the connection. */
export async function attempt(
  settings: ClientSettings,
  changes: WebSocketPeerOptions,
  interrupted: AbortSignal,
): Promise<Attempt> {
  const begin = performance.now();
  const peer = startPeer({ ...settings, peerOptions: { ...settings.peerOptions, ...changes } });
  const isDecided = (): boolean => {
    if (interrupted.aborted) peer.close(-1);
    return peer.getReadyState() !== WebSocketPeer.STATE_CONNECTING;
  };
  await untilState(peer, isDecided, interrupted);
  return {
    peer,
    isOpen: peer.getReadyState() === WebSocketPeer.STATE_OPEN,
    failure: peer.getLastFailure(),
    response: peer.getHandshakeResponse(),
    milliseconds: performance.now() - begin,
  };
}

/** Closes, and waits for the server's Close as long as the peer's `closeTimeLimit`. */
export async function close({ peer }: Attempt, interrupted: AbortSignal): Promise<void> {
  peer.close();
  const isClosed = (): boolean => {
    if (interrupted.aborted) peer.close(-1);
    // Packets that nobody takes would keep the connection.
    while (peer.getAvailablePacketCount() > 0) peer.getPacket();
    return peer.getReadyState() === WebSocketPeer.STATE_CLOSED;
  };
  await untilState(peer, isClosed, interrupted);
}

/** What happened, in a few words: `101`, `403`, or the failure. */
export function outcomeOf({ isOpen, response, failure }: Attempt): string {
  if (isOpen) return 'accepted';
  if (response !== null && response.status !== 101) return `refused with ${response.status}`;
  return `failed: ${failure?.message ?? 'closed at once'}`;
}
