import { ErrorCode, type WebSocketServer } from 'tickpeer';
import { custom, rpc, SceneMultiplayer, WebSocketMultiplayerPeer } from 'tickpeer/multiplayer';
import { Fight } from './fight.js';
import { ENTER, NAME, playerScene, roundScene, SNOWBALL, snowballScene } from './scenes.js';

const MOST_PLAYERS = 24;
const MOST_SNOWBALLS = 100;

/** The server for Godot clients: it spawns players and snowballs, and applies the inputs of the clients. */
export class FightServer {
  readonly fight: Fight;
  readonly multiplayer: SceneMultiplayer = new SceneMultiplayer({ limits: { packetsPerSecond: 400, badPackets: 10 } });
  readonly #peer = new WebSocketMultiplayerPeer();

  // The nodes of game/main.tscn that spawn, with the paths and the lists that they have there.
  readonly #players = this.multiplayer.spawner('Main/PlayerSpawner', {
    spawnPath: '../Arena/Players',
    scenes: [playerScene],
    spawnLimit: MOST_PLAYERS,
  });
  readonly #snowballs = this.multiplayer.spawner('Main/SnowballSpawner', {
    spawnPath: '../Arena/Snowballs',
    spawnFunction: custom(SNOWBALL, () => snowballScene.instantiate()),
    spawnLimit: MOST_SNOWBALLS,
  });

  /** `server` is polled here. */
  constructor(server: WebSocketServer, random?: () => number) {
    const { multiplayer } = this;
    const round = roundScene.instantiate({ name: 'Round' });
    multiplayer.addChild('Main', round); // it cannot fail: the name is free
    this.fight = new Fight(this.#snowballs, round, random);
    multiplayer.node('Main', { enter: rpc.anyPeer(ENTER, (from, name) => this.#enter(from, name.trim())) });
    multiplayer.peerDisconnected.connect((id) => this.fight.leave(id));
    multiplayer.serverRelay = false; // clients talk only to the server
    this.#peer.createServerFrom(server);
    multiplayer.multiplayerPeer = this.#peer;
  }

  /** One tick of the game. Call it 20 to 60 times a second. */
  tick(seconds: number): void {
    this.fight.step(seconds);
    try {
      this.multiplayer.poll(); // receives inputs, then sends what has changed
    } catch (error) {
      console.error(error); // a handler threw: the game continues, and the rest is handled in the next tick
    }
  }

  /** A client wants to play. Before that it watches. */
  #enter(id: number, name: string): void {
    const { fight } = this;
    if (fight.has(id)) return;
    const player = playerScene.instantiate({
      name: String(id), // player.gd makes the peer of this id the authority of the inputs
      player_name: NAME.test(name) ? name : 'Nobody',
      place: fight.freePlace(),
      position: fight.anywhere(),
    });
    if (this.#players.addChild(player) === ErrorCode.OK) fight.join(id, player); // or there are spawnLimit players: it watches
  }
}
