import type { MultiplayerChannel, MultiplayerChannels } from './diagnostics-messages.ts';

/** Browsers have no `node:diagnostics_channel`: nothing can subscribe. */
const NONE: MultiplayerChannel<unknown> = { hasSubscribers: false, publish: () => undefined };

export const CHANNELS: MultiplayerChannels = {
  'tickpeer:multiplayer:admitted': NONE,
  'tickpeer:multiplayer:disconnected': NONE,
  'tickpeer:multiplayer:away': NONE,
  'tickpeer:multiplayer:back': NONE,
  'tickpeer:multiplayer:packet-refused': NONE,
  'tickpeer:multiplayer:limit': NONE,
  'tickpeer:multiplayer:checksum-mismatch': NONE,
  'tickpeer:multiplayer:handler-error': NONE,
  'tickpeer:multiplayer:sleep': NONE,
  'tickpeer:multiplayer:turned-away': NONE,
};
