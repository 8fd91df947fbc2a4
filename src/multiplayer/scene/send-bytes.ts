import { ErrorCode } from '../../error-code.ts';
import type { TransferMode } from '../peers/multiplayer-peer.ts';
import type { Router } from '../peers/router.ts';
import type { SendOutcome } from '../peers/send-outcome.ts';
import { rawPacket } from '../wire/raw-packet.ts';

/** What `sendBytes` uses of a `SceneMultiplayer`. */
export interface SendBytesParts {
  readonly router: Router;
  readonly outcome: SendOutcome;
  /** The admitted peers. */
  readonly members: { readonly peers: ReadonlySet<number> };
}

/** `SceneMultiplayer.sendBytes`. */
export function sendBytes(
  { router, outcome, members: { peers } }: SendBytesParts,
  bytes: Uint8Array,
  id: number,
  mode: TransferMode,
  channel: number,
): ErrorCode {
  outcome.failure = null;
  if (bytes.length === 0) return outcome.refuse(ErrorCode.ERR_INVALID_DATA, 'there are no bytes to send');
  if (!router.isConnected) return outcome.refuse(ErrorCode.ERR_UNCONFIGURED, 'not connected');
  const packet = rawPacket(bytes);
  if (id > 0) {
    if (!peers.has(id)) return outcome.refuse(ErrorCode.ERR_INVALID_PARAMETER, `there is no peer ${id}`);
    return outcome.of(router.send(id, packet, mode, channel));
  }
  if (!router.isServer) return outcome.of(router.broadcastAsClient(id, packet, mode, channel));
  const ids = [...peers].filter((other) => other !== -id);
  return ids.length === 0 ? ErrorCode.OK : outcome.of(router.sendTo(ids, packet, mode, channel));
}
