import { ErrorCode } from 'tickpeer';
import { rpc, SceneMultiplayer, WebSocketMultiplayerPeer } from 'tickpeer/multiplayer';
import { Vector2 } from 'tickpeer/variant';
import { distance, type Point } from './coin-game.js';
import { ROSTER, STATE, STEER, TAKEN, WELCOME } from './remote-calls.js';

/** The bots' speed, as a share of a human's, so that humans win. */
const EAGERNESS = 0.4;

/** A player that is a program. It uses the same protocol as the Godot client. Also useful for load tests. */
export class Bot {
  readonly multiplayer: SceneMultiplayer = new SceneMultiplayer();
  readonly #peer = new WebSocketMultiplayerPeer();
  #heading = '';
  /** What it was told last. */
  score = 0;
  coinsTaken = 0;
  position: Point = { x: 0, y: 0 };
  others: readonly Point[] = [];
  coins: readonly Point[] = [];
  playerNames: readonly string[] = [];
  refusal = '';

  readonly #main = this.multiplayer.node('Main', {
    steer: rpc.anyPeer(STEER),
    roster: rpc.authority(ROSTER, (_from, all) => {
      this.playerNames = all.map(({ name }) => name);
      this.score = all.find(({ id }) => id === this.id)?.score ?? 0;
    }),
    state: rpc.authority(STATE, (_from, _isPlaying, _secondsLeft, positions, coins) => {
      this.position = positions.get(this.id) ?? this.position;
      this.others = [...positions].filter(([id]) => id !== this.id).map(([, position]) => position);
      this.coins = [...coins];
    }),
    taken: rpc.authority(TAKEN, (_from, id) => {
      if (id === this.id) this.coinsTaken++;
    }),
  });

  constructor(url: string, name: string) {
    const { multiplayer } = this;
    multiplayer.peerAuthenticating.connect((id) => multiplayer.sendAuth(id, new TextEncoder().encode(name)));
    multiplayer.authCallback = (id, data) => {
      const answer = new TextDecoder().decode(data);
      // It fails if the server has disconnected meanwhile, which a signal reports.
      if (answer === WELCOME) multiplayer.completeAuth(id);
      else this.refusal = answer;
    };
    if (this.#peer.createClient(url) !== ErrorCode.OK) throw new Error(this.#peer.getLastFailure()?.message);
    multiplayer.multiplayerPeer = this.#peer;
  }

  get id(): number {
    return this.multiplayer.getUniqueId();
  }

  get isPlaying(): boolean {
    return this.multiplayer.getPeers().length > 0;
  }

  poll(): void {
    this.multiplayer.poll();
  }

  /** Walks to the nearest coin to which no other player is nearer. Call it a few times a second. */
  act(): void {
    const [best] = this.coins.toSorted((one, other) => this.#cost(one) - this.#cost(other));
    if (this.isPlaying && best !== undefined) this.steer(towards(this.position, best));
  }

  #cost(coin: Point): number {
    const own = distance(coin, this.position);
    return this.others.some((other) => distance(coin, other) < own) ? own + 1000 : own;
  }

  /** Sends its direction when that has changed. */
  steer(direction: Vector2): void {
    if (this.#heading === `${direction}`) return;
    this.#heading = `${direction}`;
    this.#main.steer.rpcId(1, direction); // if not connected, serverDisconnected reports it
  }

  leave(): void {
    this.#peer.close();
  }
}

/** One of eight directions. */
function towards(from: Point, to: Point): Vector2 {
  const eighth = Math.PI / 4;
  const angle = Math.round(Math.atan2(to.y - from.y, to.x - from.x) / eighth) * eighth;
  return new Vector2(Math.cos(angle) * EAGERNESS, Math.sin(angle) * EAGERNESS);
}
