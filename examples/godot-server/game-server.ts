import type { WebSocketServer } from 'tickpeer';
import { rpc, SceneMultiplayer, WebSocketMultiplayerPeer } from 'tickpeer/multiplayer';
import { PackedVector2Array, Vector2 } from 'tickpeer/variant';
import { CoinGame, type Point } from './coin-game.js';
import { NAME, ROSTER, STATE, STEER, TAKEN, WELCOME } from './remote-calls.js';

const MOST_PLAYERS = 24;
const utf8 = new TextEncoder();

/** The server for Godot clients: it checks names, receives input, and sends the state. The rules are in `CoinGame`. */
export class GameServer {
  readonly game: CoinGame;
  /** Public, for inspection and logs. */
  readonly multiplayer: SceneMultiplayer = new SceneMultiplayer({ limits: { packetsPerSecond: 300, badPackets: 10 } });
  readonly #peer = new WebSocketMultiplayerPeer();
  /** The names of clients in authentication. */
  readonly #names = new Map<number, string>();
  #hasNewScores = false;

  /** The node `Main` of game/main.tscn, with all its @rpc functions. */
  readonly #main = this.multiplayer.node('Main', {
    steer: rpc.anyPeer(STEER, (from, direction) => this.game.steer(from, direction)),
    roster: rpc.authority(ROSTER),
    state: rpc.authority(STATE),
    taken: rpc.authority(TAKEN),
  });

  /** `server` is polled here. */
  constructor(server: WebSocketServer, game: CoinGame = new CoinGame()) {
    this.game = game;
    this.#peer.createServerFrom(server);
    const { multiplayer } = this;
    multiplayer.multiplayerPeer = this.#peer;
    multiplayer.serverRelay = false; // Clients talk only to the server.
    multiplayer.authCallback = (id, data) => this.#judge(id, new TextDecoder().decode(data).trim());
    multiplayer.peerAuthenticationFailed.connect((id) => this.#names.delete(id));
    multiplayer.peerConnected.connect((id) => this.#welcome(id));
    multiplayer.peerDisconnected.connect((id) => this.#seeOff(id));
  }

  /** One tick of the game. Call it 20 to 60 times a second. */
  tick(seconds: number): void {
    try {
      this.multiplayer.poll();
    } catch (error) {
      console.error(error); // a handler threw: the game continues, and the rest is handled in the next tick
    }
    const { game } = this;
    const wasPlaying = game.isPlaying;
    const taken = game.step(seconds);
    // The calls' results are ignored: the log names a client whose buffer is full, and the next call has the whole state.
    for (const { id, at } of taken) this.#main.taken.rpc(id, vectorOf(at));
    const players = [...game.players.values()];
    if (this.#hasNewScores || taken.length > 0 || game.isPlaying !== wasPlaying) {
      // Likewise.
      this.#main.roster.rpc(players.map(({ id, name, place, score }) => ({ id, name, place, score })));
      this.#hasNewScores = false;
    }
    const positions = new Map(players.map(({ id, position }) => [id, vectorOf(position)]));
    const coins = new PackedVector2Array(game.coins.map(vectorOf));
    this.#main.state.rpc(game.isPlaying, game.secondsLeft, positions, coins); // the same
  }

  /** A client has sent its name. A refused client gets the reason, and has three seconds to read it. */
  #judge(id: number, name: string): void {
    const { multiplayer } = this;
    const objection = this.#objectionTo(name);
    // Neither works when the client has disconnected meanwhile, which peerAuthenticationFailed reports.
    multiplayer.sendAuth(id, utf8.encode(objection ?? WELCOME));
    if (objection !== null) return;
    this.#names.set(id, name);
    multiplayer.completeAuth(id); // the same
  }

  #objectionTo(name: string): string | null {
    if (!NAME.test(name)) return 'A name has 1 to 16 letters or digits.';
    if (this.game.players.size >= MOST_PLAYERS) return `All ${MOST_PLAYERS} places are taken.`;
    return null;
  }

  #welcome(id: number): void {
    this.game.join(id, this.#names.get(id) ?? 'Nobody');
    this.#names.delete(id);
    this.#hasNewScores = true;
  }

  #seeOff(id: number): void {
    this.game.leave(id);
    this.#hasNewScores = true;
  }
}

function vectorOf({ x, y }: Point): Vector2 {
  return new Vector2(x, y);
}
