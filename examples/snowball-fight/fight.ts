import type { MultiplayerSpawner, ReplicatedNode } from 'tickpeer/multiplayer';
import { Vector2 } from 'tickpeer/variant';
import type { Player, Round, SnowballData } from './scenes.js';

/** The size of the field in pixels; the Godot project scales it. */
export const FIELD = { width: 800, height: 600 } as const;
export const PLAYER_RADIUS = 20;
/** Players stay so far from the edge of the field. */
export const EDGE = 40;
export const SNOWBALL_RADIUS = 7;
/** Pixels a second. */
export const WALKING_SPEED = 190;
export const SNOWBALL_SPEED = 430;
/** Seconds. */
export const THROW_PAUSE = 0.45;
export const FLIGHT_TIME = 1.1;
export const OUT_TIME = 2.5;
export const ROUND_TIME = 90;
export const NEWS_TIME = 5;
export const FULL_HEALTH = 3;

/** What the server knows of a player beside the node. */
interface Fighter {
  readonly node: Player;
  /** The count of throws that was handled last. */
  throws: number;
  /** Seconds until it can throw again, and until it plays again after it was knocked out. */
  throwPause: number;
  outTime: number;
}

interface Flight {
  readonly thrower: Fighter;
  readonly velocity: Vector2;
  position: Vector2;
  timeLeft: number;
}

/**
 * The rules. The state that clients see is in the nodes: setting a property is all that it takes to send it. Time and randomness
 * are arguments.
 */
export class Fight {
  readonly #snowballs: MultiplayerSpawner<SnowballData>;
  readonly #round: Round;
  readonly #random: () => number;
  readonly #fighters = new Map<number, Fighter>();
  readonly #flights = new Map<ReplicatedNode, Flight>();
  #secondsLeft = ROUND_TIME;
  #newsTime = 0;

  constructor(snowballs: MultiplayerSpawner<SnowballData>, round: Round, random: () => number = Math.random) {
    this.#snowballs = snowballs;
    this.#round = round;
    this.#random = random;
    round.seconds_left = ROUND_TIME;
  }

  has(id: number): boolean {
    return this.#fighters.has(id);
  }

  get players(): Player[] {
    return [...this.#fighters.values()].map(({ node }) => node);
  }

  /** The lowest number that no player has; it gives the player a colour. */
  freePlace(): number {
    const taken = new Set(this.players.map(({ place }) => place));
    let place = 0;
    while (taken.has(place)) place++;
    return place;
  }

  /** A place without an edge nearby. */
  anywhere(): Vector2 {
    const along = (size: number): number => 60 + this.#random() * (size - 120);
    return new Vector2(along(FIELD.width), along(FIELD.height));
  }

  join(id: number, node: Player): void {
    this.#fighters.set(id, { node, throws: 0, throwPause: 0, outTime: 0 });
  }

  leave(id: number): void {
    this.#fighters.get(id)?.node.free();
    this.#fighters.delete(id);
  }

  /** Lets time pass. */
  step(seconds: number): void {
    this.#keepTime(seconds);
    for (const fighter of this.#fighters.values()) this.#move(fighter, seconds);
    for (const [ball, flight] of this.#flights) {
      flight.timeLeft -= seconds;
      flight.position = along(flight.position, flight.velocity, seconds);
      const hit = [...this.#fighters.values()].find((other) => isHit(other, flight));
      if (hit !== undefined) this.#score(flight.thrower, hit);
      if (hit === undefined && flight.timeLeft > 0 && isInside(flight.position)) continue;
      this.#flights.delete(ball);
      ball.free(); // and so it is despawned at every client
    }
  }

  #keepTime(seconds: number): void {
    const round = this.#round;
    this.#secondsLeft -= seconds;
    if (this.#secondsLeft <= 0) {
      this.#secondsLeft = ROUND_TIME;
      this.#announce(verdict(this.players));
      for (const player of this.players) player.score = 0;
    }
    this.#newsTime -= seconds;
    if (this.#newsTime <= 0) round.news = '';
    round.seconds_left = Math.ceil(this.#secondsLeft); // the same value again is no change
  }

  #move(fighter: Fighter, seconds: number): void {
    const { node } = fighter;
    const inputs = node.getNode('Inputs'); // what the client has written last
    fighter.throwPause -= seconds;
    if (node.health === 0) {
      fighter.outTime -= seconds;
      if (fighter.outTime <= 0) Object.assign(node, { health: FULL_HEALTH, position: this.anywhere() });
    } else {
      const { x, y } = along(node.position, scaled(inputs.motion, WALKING_SPEED), seconds);
      node.position = new Vector2(within(x, FIELD.width), within(y, FIELD.height));
      if (inputs.throws !== fighter.throws && fighter.throwPause <= 0) this.#throw(fighter, inputs.aim);
    }
    fighter.throws = inputs.throws;
  }

  #throw(thrower: Fighter, { x, y }: Vector2): void {
    const length = Math.hypot(x, y);
    if (length === 0) return;
    const { position, place } = thrower.node;
    const velocity = scaled(new Vector2(x / length, y / length), SNOWBALL_SPEED);
    const ball = this.#snowballs.spawn({ position, velocity, place });
    if (ball === null) return; // there are as many as spawnLimit
    thrower.throwPause = THROW_PAUSE;
    this.#flights.set(ball, { thrower, velocity, position, timeLeft: FLIGHT_TIME });
  }

  #score(thrower: Fighter, hit: Fighter): void {
    hit.node.health--;
    if (hit.node.health > 0) return;
    hit.outTime = OUT_TIME;
    thrower.node.score++;
    this.#announce(`${thrower.node.player_name} buried ${hit.node.player_name}`);
  }

  #announce(news: string): void {
    this.#round.news = news;
    this.#newsTime = NEWS_TIME;
  }
}

function isHit({ node }: Fighter, { thrower, position }: Flight): boolean {
  if (node === thrower.node || node.health === 0) return false;
  return distance(node.position, position) < PLAYER_RADIUS + SNOWBALL_RADIUS;
}

function isInside({ x, y }: Vector2): boolean {
  return x > 0 && x < FIELD.width && y > 0 && y < FIELD.height;
}

function verdict(players: readonly Player[]): string {
  const best = Math.max(0, ...players.map(({ score }) => score));
  const names = players.filter(({ score }) => score === best).map(({ player_name }) => player_name);
  return best === 0 || names.length > 1 ? 'The round is a draw' : `${names[0]} wins the round`;
}

export function distance(one: Vector2, other: Vector2): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}

function along({ x, y }: Vector2, velocity: Vector2, seconds: number): Vector2 {
  return new Vector2(x + velocity.x * seconds, y + velocity.y * seconds);
}

function scaled({ x, y }: Vector2, factor: number): Vector2 {
  return new Vector2(x * factor, y * factor);
}

function within(value: number, size: number): number {
  return Math.min(Math.max(value, EDGE), size - EDGE);
}
