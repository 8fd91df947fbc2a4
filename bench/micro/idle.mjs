// Servers without clients: each is a SceneMultiplayer that listens on a port of its own, and is polled. An operation is one poll of
// one server. At 30 polls a second, 1,000 of them take 3 % of a core for every microsecond.
import { SceneMultiplayer, WebSocketMultiplayerPeer } from '../../dist/multiplayer/index.js';
import { measure } from './micro.mjs';

const SERVERS = 1000;

const servers = Array.from({ length: SERVERS }, () => {
  const peer = new WebSocketMultiplayerPeer();
  if (peer.createServer(0, '127.0.0.1') !== 0) throw new Error(peer.getLastFailure()?.message);
  const multiplayer = new SceneMultiplayer();
  multiplayer.multiplayerPeer = peer;
  return multiplayer;
});

measure(() => {
  for (const multiplayer of servers) multiplayer.poll();
  return SERVERS;
});
process.exit();
