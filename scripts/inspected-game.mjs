// A small game with bots, for the pictures of the inspector and for measuring it: node scripts/inspected-game.mjs [PLAYERS]
// Prints the inspector's address. It needs a build.
import { WebSocketPeer } from '../dist/index.js';
import { attachInspector } from '../dist/inspector/index.js';
import {
  always,
  onChange,
  rpc,
  SceneMultiplayer,
  scene,
  synchronizer,
  WebSocketMultiplayerPeer,
} from '../dist/multiplayer/index.js';
import { int, string, Vector2, vector2 } from '../dist/variant/index.js';

const players = Number(process.argv[2] ?? 12);
const METHODS = (say) => ({ say: rpc.anyPeer([string], say), score: rpc.authority([int, int]) });
const player = scene('res://player.tscn', {
  Sync: synchronizer({ position: always(vector2), health: onChange(int, 3) }),
});
const declare = (multiplayer, say) => {
  const main = multiplayer.node('Main', METHODS(say));
  const spawner = multiplayer.spawner('World/PlayerSpawner', { spawnPath: '../Players', scenes: [player] });
  return { main, spawner };
};

const peer = new WebSocketMultiplayerPeer({ heartbeatInterval: 1, path: '/' });
peer.createServer(0, '127.0.0.1');
const server = new SceneMultiplayer();
server.multiplayerPeer = peer;
const { main, spawner } = declare(server, () => undefined);
const bodies = new Map();
server.peerConnected.connect((id) => {
  const body = player.instantiate({ name: String(id) });
  bodies.set(id, body);
  spawner.addChild(body);
});
server.peerDisconnected.connect((id) => {
  bodies.get(id)?.free();
  bodies.delete(id);
});
const inspector = attachInspector(server, { port: Number(process.env.PORT ?? 0), token: 'inspected-game-0001' });
if (!('url' in inspector)) throw new Error(inspector.message);
console.log(inspector.url);

const url = `ws://127.0.0.1:${peer.getLocalPort()}/`;
const clients = [];
const join = () => {
  const connection = new WebSocketMultiplayerPeer();
  connection.createClient(url);
  const multiplayer = new SceneMultiplayer();
  multiplayer.multiplayerPeer = connection;
  clients.push({ multiplayer, connection, ...declare(multiplayer, () => undefined) });
};
let tick = 0;
setInterval(() => {
  if (clients.length < players && tick % 5 === 0) join();
  for (const { multiplayer, main: theirs, connection } of clients) {
    if (connection.getConnectionStatus() === WebSocketMultiplayerPeer.CONNECTION_DISCONNECTED) continue;
    multiplayer.poll();
    if (connection.getUniqueId() > 1 && (tick + connection.getUniqueId()) % 40 === 0)
      theirs.say.rpcId(1, 'hello there');
  }
  server.poll();
  let angle = tick / 20;
  for (const body of bodies.values()) {
    angle += 1;
    body.position = new Vector2(100 * Math.cos(angle), 100 * Math.sin(angle));
    if (tick % 90 === 0) body.health = 1 + Math.floor(3 * Math.random());
  }
  if (tick % 30 === 0) main.score.rpc(tick, 2);
  if (tick % 200 === 100) new WebSocketPeer().connectToUrl(`${url}<b>not-here</b>`); // refused, for the log;
  tick++;
}, 1000 / 30);
