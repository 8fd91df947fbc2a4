import { ErrorCode } from '../../error-code.ts';
import type { StreamPeer } from '../../stream/index.ts';
import { WebSocketPeer } from '../../websocket/index.ts';
import { CommandError, usageError } from '../command/command-error.ts';
import { ExitCode } from '../command/exit-code.ts';
import { printable } from '../terminal/printable.ts';
import type { ClientSettings } from './client-options.ts';
import { nextStepFor } from './next-step.ts';

/** A peer that begins to connect, over `stream` if there is one. Throws a usage error for what cannot be used. */
export function startPeer(settings: ClientSettings, stream: StreamPeer | null = null): WebSocketPeer {
  const peer = new WebSocketPeer(settings.peerOptions);
  beginToConnect(peer, settings, stream);
  return peer;
}

/** Lets a peer that has the settings' options connect. Throws a usage error for what cannot be used. */
export function beginToConnect(
  peer: WebSocketPeer,
  { url, tls }: ClientSettings,
  stream: StreamPeer | null = null,
): void {
  const result = stream === null ? peer.connectToUrl(url, tls) : peer.connectToStream(stream, url);
  if (result === ErrorCode.OK) return;
  const failure = peer.getLastFailure();
  const isUrl = failure?.code === 'TICKPEER_INVALID_URL';
  throw usageError(
    printable(failure?.message ?? ErrorCode[result]),
    isUrl ? 'For example: wss://game.example/ws' : 'Check the options for headers, sub-protocols, TLS and the proxy.',
  );
}

/**
 * Resolves when the peer is no longer CONNECTING: true for OPEN. An interruption drops the connection. Throws a `CommandError`
 * with the failure when it did not open, unless it was interrupted.
 */
export async function opened(peer: WebSocketPeer, url: string, interrupted: AbortSignal): Promise<boolean> {
  const drop = (): void => peer.close(-1);
  interrupted.addEventListener('abort', drop);
  if (interrupted.aborted) drop();
  await untilState(peer, () => peer.getReadyState() !== WebSocketPeer.STATE_CONNECTING, interrupted);
  interrupted.removeEventListener('abort', drop);
  if (peer.getReadyState() === WebSocketPeer.STATE_OPEN) return true;
  if (interrupted.aborted) return false;
  throw notConnected(peer, url);
}

/** The error for a peer that did not open. */
export function notConnected(peer: WebSocketPeer, url: string): CommandError {
  const failure = peer.getLastFailure();
  // Opened and closed again before a poll showed it.
  if (failure === null) {
    const reason = peer.getCloseReason();
    const message = `The server closed the connection at once: ${peer.getCloseCode()} ${printable(reason)}`.trimEnd();
    return new CommandError(ExitCode.CLOSED, message, '');
  }
  const step = nextStepFor(failure, peer.getHandshakeResponse(), url);
  return new CommandError(ExitCode.NOT_CONNECTED, printable(failure.message), step);
}

/** Polls whenever there is something to do, until `condition` holds. An interruption is one more look. */
export function untilState(peer: WebSocketPeer, condition: () => boolean, interrupted: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      peer.poll();
      if (!condition()) return;
      peer.onWake = null;
      interrupted.removeEventListener('abort', look);
      resolve();
    };
    interrupted.addEventListener('abort', look);
    peer.onWake = look;
    look();
  });
}
