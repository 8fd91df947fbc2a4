// tickpeer as a client.

import { State, WebSocketPeer } from '../../dist/index.js';
import { enableSharedReading } from '../../dist/stream/socket/shared-reading.js';
import { measure, message, received, sendForEver, settings } from './client.mjs';

const LIMIT = 64 * 1024 * 1024;
const peer = new WebSocketPeer({
  inboundBufferSize: LIMIT,
  outboundBufferSize: LIMIT,
  maxQueuedPackets: 65_536,
  packetsShareMemory: settings.isPlain !== true,
});
if (settings.isPlain) enableSharedReading(false);
let isOpen = false;

function turn() {
  peer.poll();
  if (!isOpen && peer.getReadyState() === State.STATE_OPEN) open();
  while (peer.getAvailablePacketCount() > 0) received(peer.getPacket());
  if (peer.getReadyState() === State.STATE_CLOSED) throw new Error(peer.getLastFailure()?.message);
}

function open() {
  isOpen = true;
  measure();
  if (settings.kind !== 'client-send') return;
  sendForEver(
    () => {
      for (let n = 0; n < settings.perFlush; n++) peer.send(message);
    },
    () => peer.getCurrentOutboundBufferedAmount(),
  );
}

peer.onWake = turn;
peer.connectToUrl(settings.url);
