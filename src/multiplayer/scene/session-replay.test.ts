import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ScriptedPeer } from '../../../test/support/scripted-peer.ts';
import { Dictionary, Float, Vector3, variant, varToBytes } from '../../variant/index.ts';
import { rpc, SceneMultiplayer } from '../index.ts';

/** One line of what a real engine saw (test/fixtures/README.md). */
interface Event {
  readonly ev: string;
  readonly peer?: number;
  readonly hex?: string;
  readonly node?: string;
  readonly method?: string;
  readonly from?: number;
  readonly id?: number;
}

const A = 1_729_187_638;
const B = 459_343_112;
/** What the program of the recording does by itself, not in answer to a packet. */
const IGNORED = ['listening', 'connecting', 'connected', 'did_rpc', 'did_bytes', 'status', 'exit'];

function read(name: string): Event[] {
  const text = readFileSync(
    new URL(`../../../test/fixtures/multiplayer-session/${name}.jsonl`, import.meta.url),
    'utf8',
  );
  const events = text.trim().split('\n');
  return events.map((line) => JSON.parse(line.replace(':PORT', ':0'))).filter(({ ev }) => !IGNORED.includes(ev));
}

/** The game of the recording on our side, telling events as the engine did. */
class Game {
  readonly peer: ScriptedPeer;
  readonly multiplayer = new SceneMultiplayer();
  readonly told: Event[] = [];
  readonly game = this.#declare('Game');
  readonly deep = this.#declare('Game/Sub/Deep');

  constructor(id: number) {
    this.peer = new ScriptedPeer(id);
    const { multiplayer, told } = this;
    multiplayer.multiplayerPeer = this.peer;
    multiplayer.peerConnected.connect((peer) => told.push({ ev: 'peer_connected', id: peer }));
    multiplayer.peerDisconnected.connect((peer) => told.push({ ev: 'peer_disconnected', id: peer }));
    multiplayer.peerPacket.connect((from, packet) =>
      told.push({ ev: 'bytes', from, hex: Buffer.from(packet).toString('hex') }),
    );
    // What is sent is told in its order among the rest.
    this.peer.sent.push = (...packets) => {
      for (const { to, hex } of packets) told.push({ ev: 'pkt_out', peer: to, hex });
      return 0;
    };
  }

  #declare(path: string) {
    const heard =
      (method: string) =>
      (from: number, ...args: unknown[]): void => {
        const hex = Buffer.from(varToBytes(args as Parameters<typeof varToBytes>[0])).toString('hex');
        this.told.push({ ev: 'rpc', node: `/root/${path}`, method, from, hex });
        if (method === 'ping') node.pong.rpcId(from, args[0] as string);
        if (method === 'fwd') node.say.rpcId(args[0] as number, args[1] as string);
      };
    const node = this.multiplayer.node(path, {
      say: rpc.anyPeer([variant], heard('say'), { callLocal: true }),
      ping: rpc.anyPeer([variant], heard('ping')),
      pong: rpc.anyPeer([variant], heard('pong')),
      add: rpc.anyPeer([variant, variant], heard('add')),
      anyv: rpc.anyPeer([variant], heard('anyv')),
      auth_only: rpc.authority([variant], heard('auth_only'), { callLocal: true }),
      fwd: rpc.anyPeer([variant, variant], heard('fwd')),
      many: rpc.anyPeer([variant, variant, variant, variant, variant], heard('many'), { channel: 3 }),
      noargs: rpc.anyPeer([], heard('noargs')),
      ordered: rpc.anyPeer([variant], heard('ordered'), { transferMode: 'unreliableOrdered', channel: 2 }),
      unrel: rpc.anyPeer([variant], heard('unrel'), { transferMode: 'unreliable' }),
    });
    return node;
  }
}

/** Feeds what came in, does what the program did, and compares what became of it, event by event. */
function replay(name: string, game: Game, actions: (() => unknown)[]): void {
  for (const event of read(name)) {
    if (event.ev === 'pkt_in') {
      expect(game.told).toEqual([]);
      game.peer.receive(event.peer!, event.hex!);
      game.multiplayer.poll();
      continue;
    }
    while (game.told.length === 0 && actions.length > 0) actions.shift()?.();
    const { ev, peer, hex, node, method, from, id } = event;
    const known = { ev, peer, hex, node, method, from, id };
    expect(game.told.shift()).toEqual(JSON.parse(JSON.stringify(known)));
  }
  expect([game.told, actions.length]).toEqual([[], 0]);
}

test('the server sends and receives the bytes of a recorded session', () => {
  const game = new Game(1);
  const bad: string[] = [];
  game.multiplayer.badPacket.connect((_id, failure) => bad.push(failure.code));
  replay('server', game, [
    () => game.peer.peerConnected.emit(A),
    () => game.peer.peerConnected.emit(B),
    () => game.game.say.rpc('from server'),
    () => game.game.auth_only.rpc(new Dictionary([['k', new Vector3(1, 2, 3)]])),
    () => game.multiplayer.sendBytes(Uint8Array.of(1, 2, 0xff)),
    () => game.peer.peerDisconnected.emit(B),
    () => game.peer.peerDisconnected.emit(A),
  ]);
  // auth_only, called by a client.
  expect(bad).toEqual(['TICKPEER_RPC_NOT_ALLOWED']);
});

test('so does the client that responds', () => {
  const game = new Game(A);
  replay('client-a', game, [() => game.peer.peerConnected.emit(1)]);
});

test('so does the client that calls', () => {
  const game = new Game(B);
  replay('client-b', game, [
    () => game.peer.peerConnected.emit(1),
    () => game.game.say.rpc('to all'),
    () => game.game.add.rpcId(1, 1, 2.5),
    () => game.deep.add.rpcId(1, 3, -4),
    () => game.game.noargs.rpcId(1),
    () => game.game.anyv.rpcId(1, Uint8Array.of(1, 2, 3)),
    () => game.game.many.rpcId(1, 1, 'b', new Float(3), [4], new Dictionary([[5, 6]])),
    () => game.game.ping.rpcId(A, 'peer to peer'),
    () => game.game.say.rpcId(-A, 'all but other'),
    () => game.game.unrel.rpcId(A, 1),
    () => game.game.ordered.rpcId(A, 2),
    () => game.game.auth_only.rpcId(1, 'not allowed'),
    () => game.game.add.rpcId(1, 5, 6),
    () => game.game.ping.rpcId(A, 'again, cached'),
    () => game.game.fwd.rpcId(A, 1, 'via other'),
    () => game.multiplayer.sendBytes(Uint8Array.of(0xaa, 0xbb, 0xcc), A),
    () => game.multiplayer.sendBytes(Uint8Array.of(0xdd)),
  ]);
});
