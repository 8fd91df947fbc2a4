import { ErrorCode } from 'tickpeer';
import { custom, rpc, SceneMultiplayer, WebSocketMultiplayerPeer } from 'tickpeer/multiplayer';
import { Vector2 } from 'tickpeer/variant';
import { distance } from './fight.js';
import { ENTER, type Player, playerScene, roundScene, SNOWBALL, snowballScene } from './scenes.js';

/** The bots' speed, as a share of a human's. */
const EAGERNESS = 0.55;
/** How far away from its opponent a bot stays, and from where it throws. Pixels. */
const COMFORT = 170;
const RANGE = 330;
/** How often it throws when it may act. */
const TEMPER = 0.3;

/** A player that is a program: a client that reads the nodes that the server spawns, and writes its own inputs. */
export class Bot {
  readonly multiplayer: SceneMultiplayer = new SceneMultiplayer();
  readonly #peer = new WebSocketMultiplayerPeer();
  /** On the receiving side, the same declarations. */
  readonly #players = this.multiplayer.spawner('Main/PlayerSpawner', {
    spawnPath: '../Arena/Players',
    scenes: [playerScene],
  });
  readonly snowballs = this.multiplayer.spawner('Main/SnowballSpawner', {
    spawnPath: '../Arena/Snowballs',
    spawnFunction: custom(SNOWBALL, () => snowballScene.instantiate()),
  });
  readonly round = roundScene.instantiate({ name: 'Round' });
  readonly #main = this.multiplayer.node('Main', { enter: rpc.anyPeer(ENTER) });
  #drift = 0;

  constructor(url: string, name: string) {
    const { multiplayer } = this;
    multiplayer.addChild('Main', this.round);
    multiplayer.connectedToServer.connect(() => this.#main.enter.rpcId(1, name)); // the first packet always has room
    if (this.#peer.createClient(url) !== ErrorCode.OK) throw new Error(this.#peer.getLastFailure()?.message);
    multiplayer.multiplayerPeer = this.#peer;
  }

  get id(): number {
    return this.multiplayer.getUniqueId();
  }

  get players(): Player[] {
    return this.#players.getChildren().filter((node) => playerScene.isInstance(node));
  }

  /** Its own node; null while it watches. */
  get self(): Player | null {
    return this.players.find(({ name }) => name === String(this.id)) ?? null;
  }

  poll(): void {
    this.multiplayer.poll();
  }

  /** Walks around its nearest opponent, and throws at it. Call it a few times a second. */
  act(): void {
    const { self } = this;
    if (self === null) return;
    const inputs = self.getNode('Inputs');
    const [target] = this.players
      .filter((other) => other !== self && other.health > 0)
      .toSorted((one, other) => distance(one.position, self.position) - distance(other.position, self.position));
    this.#drift += (Math.random() - 0.5) * 0.8;
    const goal = target?.position ?? new Vector2(400, 300);
    const away = distance(goal, self.position);
    const angle = Math.atan2(goal.y - self.position.y, goal.x - self.position.x);
    const turn = away < COMFORT ? Math.PI * 0.7 : 0;
    inputs.motion = unit(angle + turn + Math.sin(this.#drift), EAGERNESS);
    if (target === undefined || away > RANGE || Math.random() > TEMPER) return;
    inputs.aim = unit(angle + (Math.random() - 0.5) * 0.5, 1);
    inputs.throws++;
  }

  leave(): void {
    this.#peer.close();
  }
}

function unit(angle: number, length: number): Vector2 {
  return new Vector2(Math.cos(angle) * length, Math.sin(angle) * length);
}
