// tickpeer, with its public API: polled by `onWake`, as docs/polling.md describes it for programs without a tick;
// idle connections on every tick, as a game would.

import { CryptoKey, TLSOptions, WebSocketServer, WriteMode, X509Certificate } from '../../dist/index.js';
import { enableSharedReading } from '../../dist/stream/socket/shared-reading.js';
import {
  askForTick,
  certificate,
  isTick,
  key,
  LIMIT,
  nextSnapshots,
  ready,
  settings,
  wantsStrings,
} from './subject.mjs';

if (settings.isPlain) enableSharedReading(false);

const compression =
  settings.deflate === undefined
    ? null
    : { threshold: 0, serverNoContextTakeover: settings.deflate === 'none', clientNoContextTakeover: true };
const limits = settings.isIdle ? {} : { inboundBufferSize: LIMIT, outboundBufferSize: LIMIT, maxQueuedPackets: 65_536 };
const server = new WebSocketServer({
  ...limits,
  compression,
  maxWaitingConnections: 65_536,
  packetsShareMemory: settings.isPlain !== true,
});

function tlsOptions() {
  const ownKey = new CryptoKey();
  ownKey.loadFromString(key);
  const ownCertificate = new X509Certificate();
  ownCertificate.loadFromString(certificate);
  return TLSOptions.server(ownKey, ownCertificate);
}

function sendTick() {
  const messages = nextSnapshots();
  if (settings.isBroadcast) {
    const peers = [...server.getPeers()];
    for (const message of messages) server.broadcast(peers, message);
  } else {
    for (const peer of server.getPeers()) for (const message of messages) peer.send(message);
  }
}

function answer(peer) {
  if (wantsStrings) {
    for (const packet of peer.packets()) peer.sendText(packet);
    return;
  }
  while (peer.getAvailablePacketCount() > 0) {
    const packet = peer.getPacket();
    peer.send(packet, peer.wasStringPacket() ? WriteMode.WRITE_MODE_TEXT : WriteMode.WRITE_MODE_BINARY);
  }
}

function turn() {
  server.poll();
  while (server.isPeerAvailable()) server.takePeer(); // new peers need no setup
  for (const peer of server.readyPeers()) {
    if (!isTick) answer(peer);
    else for (const _request of peer.packets()) askForTick(sendTick);
  }
}

server.listen(0, '0.0.0.0', key === null ? null : tlsOptions());
if (settings.pollHz !== undefined) setInterval(turn, 1000 / settings.pollHz);
else if (process.env['TICKPEER_WAKE'] === 'immediate')
  server.onWake = () => setImmediate(turn); // to compare
else server.onWake = turn;
ready(server.getLocalPort());
