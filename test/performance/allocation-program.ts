/**
 * Prints as JSON the bytes of memory that a message costs on the hot paths. allocations.test.ts runs it in a process whose young
 * generation is so large that nothing is collected meanwhile. Reused buffers cost nothing here.
 */
import { ErrorCode } from '../../src/error-code.ts';
import { rpc, SceneMultiplayer } from '../../src/multiplayer/index.ts';
import { float, int, Vector2, vector2 } from '../../src/variant/index.ts';
import { MemoryPeers } from '../support/memory-peers.ts';
import { Carrier } from './carrier.ts';
import { CountedServer, chunkOf } from './counted-server.ts';

const PEERS = 8;
const MESSAGE = new Uint8Array(128).fill(7);
const WARMUP = 60_000;
const MEASURED = 8_000;
const TRIES = 5;

/** The work of one turn, which is repeated. Returns the number of messages. */
type Turn = () => number;

const PATHS: Readonly<Record<string, () => Turn>> = { echo, snapshots, broadcast, clientSends, rpcs };

/** 32 messages of 64 bytes arrive from each of 8 peers, and are echoed. */
function echo(): Turn {
  const counted = new CountedServer(PEERS);
  const pattern = chunkOf(32, 64);
  const chunks = counted.streams.map(() => pattern.slice());
  return () => {
    counted.streams.forEach((stream, index) => {
      chunks[index]!.set(pattern); // it was unmasked in place
      stream.bring(chunks[index]!);
    });
    counted.server.poll();
    for (const peer of counted.server.readyPeers()) {
      while (peer.getAvailablePacketCount() > 0) peer.send(peer.getPacket());
    }
    counted.clock.endTurn();
    return PEERS * 32;
  };
}

/** A tick of 20 messages of 128 bytes to each of 8 peers. */
function snapshots(): Turn {
  const counted = new CountedServer(PEERS);
  return () => {
    for (const peer of counted.peers) for (let n = 0; n < 20; n++) peer.send(MESSAGE);
    counted.turn();
    return PEERS * 20;
  };
}

/** The same, with each message sent to all. */
function broadcast(): Turn {
  const counted = new CountedServer(PEERS);
  return () => {
    for (let n = 0; n < 20; n++) counted.server.broadcast(counted.peers, MESSAGE);
    counted.turn();
    return PEERS * 20;
  };
}

/** A client sends 64 messages of 128 bytes a turn. */
function clientSends(): Turn {
  const peers = MemoryPeers.open();
  peers.clientStream.write = () => {};
  return () => {
    for (let n = 0; n < 64; n++) {
      if (peers.client.send(MESSAGE) !== ErrorCode.OK) throw new Error('a message was refused');
    }
    peers.clock.endTurn();
    return 64;
  };
}

/** 64 calls arrive from a client, and each is answered by another call. */
function rpcs(): Turn {
  const none = Number.MAX_SAFE_INTEGER;
  const play = (id: number, onMove: (from: number, direction: Vector2, tick: number) => void) => {
    const carrier = new Carrier(id);
    const multiplayer = new SceneMultiplayer({ limits: { packetsPerSecond: none, bytesPerSecond: none } });
    multiplayer.multiplayerPeer = carrier;
    const node = multiplayer.node('Main/Player', {
      move: rpc.anyPeer([vector2, int], onMove),
      moved: rpc.authority([int, vector2, float], () => {}),
    });
    return { carrier, multiplayer, node };
  };
  let handled = 0;
  const server = play(1, (from, direction, tick) => {
    handled++;
    server.node.moved.rpcId(from, tick, direction, 0.5);
  });
  const client = play(2, () => {});
  server.carrier.peerConnected.emit(2);
  client.carrier.peerConnected.emit(1);

  // After the path is confirmed, a call is one packet.
  let call: [number, Uint8Array<ArrayBuffer>][] = [];
  for (let round = 0; round < 4; round++) {
    const toServer: [number, Uint8Array<ArrayBuffer>][] = [];
    const toClient: [number, Uint8Array<ArrayBuffer>][] = [];
    client.carrier.onSend = (_target, packet) => toServer.push([2, packet]);
    server.carrier.onSend = (_target, packet) => toClient.push([1, packet]);
    client.node.move.rpcId(1, new Vector2(3, 4), round);
    server.carrier.bring(toServer);
    server.multiplayer.poll();
    client.carrier.bring(toClient);
    client.multiplayer.poll();
    call = toServer;
  }
  if (call.length !== 1) throw new Error(`a call is ${call.length} packets`);
  server.carrier.onSend = () => {};
  const calls = Array.from({ length: 64 }, () => call[0]!);
  return () => {
    handled = 0;
    server.carrier.bring(calls);
    server.multiplayer.poll();
    if (handled !== calls.length) throw new Error('an RPC was lost');
    return handled;
  };
}

/** The heap and the memory of array buffers. V8's own background work varies, so the lowest value counts. */
function bytesPerMessage(turn: Turn): number {
  for (let messages = 0; messages < WARMUP; ) messages += turn();
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES; tries++) {
    globalThis.gc?.();
    const before = process.memoryUsage();
    let messages = 0;
    while (messages < MEASURED) messages += turn();
    const after = process.memoryUsage();
    const grown = after.heapUsed - before.heapUsed + (after.arrayBuffers - before.arrayBuffers);
    least = Math.min(least, grown / messages);
  }
  return Math.round(least);
}

const figures = Object.entries(PATHS).map(([name, prepare]) => [name, bytesPerMessage(prepare())]);
process.stdout.write(`${JSON.stringify(Object.fromEntries(figures))}\n`);
