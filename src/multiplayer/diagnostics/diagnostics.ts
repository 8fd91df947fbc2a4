import { channel } from 'node:diagnostics_channel';
import type { MultiplayerChannels } from './diagnostics-messages.ts';

/** Stored here, because Node drops a channel that nothing references. */
export const CHANNELS: MultiplayerChannels = {
  'tickpeer:multiplayer:admitted': channel('tickpeer:multiplayer:admitted'),
  'tickpeer:multiplayer:disconnected': channel('tickpeer:multiplayer:disconnected'),
  'tickpeer:multiplayer:away': channel('tickpeer:multiplayer:away'),
  'tickpeer:multiplayer:back': channel('tickpeer:multiplayer:back'),
  'tickpeer:multiplayer:packet-refused': channel('tickpeer:multiplayer:packet-refused'),
  'tickpeer:multiplayer:limit': channel('tickpeer:multiplayer:limit'),
  'tickpeer:multiplayer:checksum-mismatch': channel('tickpeer:multiplayer:checksum-mismatch'),
  'tickpeer:multiplayer:handler-error': channel('tickpeer:multiplayer:handler-error'),
  'tickpeer:multiplayer:sleep': channel('tickpeer:multiplayer:sleep'),
  'tickpeer:multiplayer:turned-away': channel('tickpeer:multiplayer:turned-away'),
};
