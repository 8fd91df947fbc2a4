// SceneMultiplayer on a server: an RPC comes in, its handler runs, an RPC goes out. The carrier is a fake that holds the packets of
// 64 clients, recorded from a real one, and copies what is sent, as a carrier must.
import { MultiplayerPeer, rpc, SceneMultiplayer } from '../../dist/multiplayer/index.js';
import { float, int, Vector2, vector2 } from '../../dist/variant/index.js';
import { measure } from './micro.mjs';

const CLIENTS = 64;
const PER_POLL = 1024;

/** Packets in and packets out, without a network. */
class Carrier extends MultiplayerPeer {
  sent = 0;
  last = null;
  onSend = null;
  #id;
  #incoming = [];
  #next = 0;

  constructor(id) {
    super();
    this.#id = id;
  }

  bring(incoming) {
    this.#incoming = incoming;
    this.#next = 0;
  }

  getAvailablePacketCount = () => this.#incoming.length - this.#next;
  getPacketPeer = () => this.#incoming[this.#next]?.[0] ?? 0;
  getPacketMode = () => 2;
  getPacketChannel = () => 0;
  poll = () => {};
  close = () => {};
  disconnectPeer = () => {};
  getConnectionStatus = () => 2;
  getUniqueId = () => this.#id;
  isServerRelaySupported = () => true;
  takePacket = () => this.#incoming[this.#next++]?.[1];
  sendPacket = (packet) => {
    this.sent++;
    this.last = packet.slice();
    this.onSend?.(this.targetPeer, this.last);
    return 0;
  };
}

const none = Number.MAX_SAFE_INTEGER;

function player(id, onMove) {
  const carrier = new Carrier(id);
  const multiplayer = new SceneMultiplayer({ limits: { packetsPerSecond: none, bytesPerSecond: none } });
  multiplayer.multiplayerPeer = carrier;
  multiplayer.badPacket.connect((from, failure) => {
    throw new Error(`a bad packet of ${from}: ${failure.message}`);
  });
  const node = multiplayer.node('Main/Player', {
    move: rpc.anyPeer([vector2, int], onMove),
    moved: rpc.authority([int, vector2, float], () => {}),
  });
  return { carrier, multiplayer, node };
}

let handled = 0;
const server = player(1, (from, direction, tick) => {
  handled++;
  server.node.moved.rpcId(from, tick, direction, 0.5);
});

// Both sides agree on the path as they would over a network. After that, the client sends only the call.
const client = player(2, () => {});
const calls = [];
for (let id = 2; id < 2 + CLIENTS; id++) server.carrier.peerConnected.emit(id);
client.carrier.peerConnected.emit(1);
const toServer = [];
client.carrier.onSend = (_target, packet) => toServer.push(packet);
for (let round = 0; round < 4; round++) {
  const toClient = [];
  server.carrier.onSend = (target, packet) => {
    if (target === 2) toClient.push([1, packet]);
  };
  client.node.move.rpcId(1, new Vector2(round, -1), round);
  // They include what the client has confirmed at the end of the last round.
  const packets = toServer.splice(0);
  const incoming = [];
  for (let id = 2; id < 2 + CLIENTS; id++) for (const packet of packets) incoming.push([id, packet]);
  server.carrier.bring(incoming);
  server.multiplayer.poll();
  client.carrier.bring(toClient);
  client.multiplayer.poll();
  if (round === 3) calls.push(...incoming);
}
if (calls.length !== CLIENTS) throw new Error(`a call is ${calls.length / CLIENTS} packets`);
const incoming = Array.from({ length: PER_POLL }, (_, index) => calls[index % CLIENTS]);
server.carrier.onSend = null;
server.carrier.bring(calls.slice(0, 1));
server.multiplayer.poll();
if (server.carrier.last.length > 32) throw new Error('the answer still names its node by the path');

measure(() => {
  const before = [handled, server.carrier.sent];
  server.carrier.bring(incoming);
  server.multiplayer.poll();
  if (handled - before[0] !== PER_POLL || server.carrier.sent - before[1] !== PER_POLL)
    throw new Error('an RPC was lost');
  return PER_POLL;
});
