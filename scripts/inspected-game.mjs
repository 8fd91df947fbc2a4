// A small game with bots, for the pictures of the inspector and for looking at it: node scripts/inspected-game.mjs [PLAYERS [MATCHES]]
// With MATCHES it has a lobby and so many matches, in rooms. Prints the inspector's address. It needs a build.
import { WebSocketPeer, WebSocketServer } from '../dist/index.js';
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
import { Rooms } from '../dist/rooms/index.js';
import { int, string, Vector2, vector2 } from '../dist/variant/index.js';

const players = Number(process.argv[2] ?? 12);
const matches = Number(process.argv[3] ?? 0);
const player = scene('res://player.tscn', {
  Sync: synchronizer({ position: always(vector2), health: onChange(int, 3) }),
});
const declare = (multiplayer) => {
  const main = multiplayer.node('Main', {
    say: rpc.anyPeer([string], () => undefined),
    score: rpc.authority([int, int]),
  });
  const spawner = multiplayer.spawner('World/PlayerSpawner', { spawnPath: '../Players', scenes: [player] });
  return { main, spawner };
};

/** A server's game: every player has a body, which moves. */
class Game {
  #tick = 0;
  #bodies = new Map();
  #main;

  constructor(multiplayer) {
    const { main, spawner } = declare(multiplayer);
    this.#main = main;
    multiplayer.peerConnected.connect((id) => {
      const body = player.instantiate({ name: String(id) });
      this.#bodies.set(id, body);
      spawner.addChild(body);
    });
    multiplayer.peerDisconnected.connect((id) => {
      this.#bodies.get(id)?.free();
      this.#bodies.delete(id);
    });
  }

  onTick() {
    let angle = this.#tick / 20;
    for (const body of this.#bodies.values()) {
      angle += 1;
      body.position = new Vector2(100 * Math.cos(angle), 100 * Math.sin(angle));
      if (this.#tick % 90 === 0) body.health = 1 + Math.floor(3 * Math.random());
    }
    if (this.#tick % 30 === 0) this.#main.score.rpc(this.#tick, 2);
    this.#tick++;
  }
}

const { target, port, poll, query } = matches === 0 ? oneGame() : manyRooms();
const inspector = attachInspector(target, { port: Number(process.env.PORT ?? 0), token: 'inspected-game-0001' });
if (!('url' in inspector)) throw new Error(inspector.message);
console.log(inspector.url);

const url = `ws://127.0.0.1:${port}/`;
const clients = [];
let tick = 0;
setInterval(() => {
  if (clients.length < players && tick % 5 === 0) clients.push(join(`${url}${query(clients.length)}`));
  for (const { multiplayer, main, connection } of clients) {
    if (connection.getConnectionStatus() === WebSocketMultiplayerPeer.CONNECTION_DISCONNECTED) continue;
    multiplayer.poll();
    if (connection.getUniqueId() > 1 && (tick + connection.getUniqueId()) % 40 === 0) main.say.rpcId(1, 'hello there');
  }
  poll();
  if (tick % 200 === 100) new WebSocketPeer().connectToUrl(`${url}<b>not-here</b>`); // refused, for the log
  tick++;
}, 1000 / 30);

function oneGame() {
  const peer = new WebSocketMultiplayerPeer({ heartbeatInterval: 1, path: '/' });
  peer.createServer(0, '127.0.0.1');
  const server = new SceneMultiplayer();
  server.multiplayerPeer = peer;
  const game = new Game(server);
  const run = () => {
    server.poll();
    game.onTick();
  };
  return { target: server, port: peer.getLocalPort(), poll: run, query: () => '' };
}

function manyRooms() {
  const sockets = new WebSocketServer({ heartbeatInterval: 1 });
  sockets.listen(0, '127.0.0.1');
  const open = (room) => new Game(room.multiplayer);
  const rooms = new Rooms(sockets, {
    kinds: {
      lobby: { capacity: 200, tickRate: 10, open },
      match: { capacity: 4, tickRate: 30, idleTime: Infinity, open },
    },
  });
  const codes = [rooms.create('lobby', { code: 'LOBBY' }).code];
  for (let n = 0; n < matches; n++) codes.push(rooms.create('match').code);
  // Most players are in matches, and some wait in the lobby.
  const query = (n) => `?room=${codes[n % 4 === 3 ? 0 : 1 + (Math.floor(n / 3) % matches)]}`;
  return { target: rooms, port: sockets.getLocalPort(), poll: () => rooms.poll(), query };
}

function join(address) {
  const connection = new WebSocketMultiplayerPeer();
  connection.createClient(address);
  const multiplayer = new SceneMultiplayer();
  multiplayer.multiplayerPeer = connection;
  return { multiplayer, connection, main: declare(multiplayer).main };
}
