/** The size of the field in pixels; the Godot project scales it. */
export const FIELD = { width: 800, height: 600 } as const;
export const PLAYER_RADIUS = 20;
export const COIN_RADIUS = 11;
export const COIN_COUNT = 12;
/** Pixels a second. */
export const SPEED = 240;
/** Seconds. */
export const ROUND_TIME = 60;
export const PAUSE_TIME = 6;

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Player {
  readonly id: number;
  readonly name: string;
  /** The lowest free number; it gives the player a colour. */
  readonly place: number;
  score: number;
  position: Point;
  /** At most 1 long. */
  direction: Point;
}

/** The player that got a coin, and the coin's place. */
export interface Taken {
  readonly id: number;
  readonly at: Point;
}

/**
 * The whole game, without a network: players walk about a field and take coins. After a minute the one with the most has
 * won, and after a pause the next round starts. Time and randomness are arguments.
 */
export class CoinGame {
  readonly players: Map<number, Player> = new Map();
  readonly coins: Point[] = [];
  isPlaying = true;
  /** Seconds until the round ends, or the next one starts. */
  secondsLeft: number = ROUND_TIME;
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
    while (this.coins.length < COIN_COUNT) this.coins.push(this.#anywhere(3 * COIN_RADIUS));
  }

  /** Adds a number to a name that is taken. */
  join(id: number, name: string): Player {
    const taken = new Set([...this.players.values()].map((player) => player.name));
    let unique = name;
    for (let number = 2; taken.has(unique); number++) unique = `${name} ${number}`;
    const places = new Set([...this.players.values()].map((player) => player.place));
    let place = 0;
    while (places.has(place)) place++;
    const position = this.#anywhere(2 * PLAYER_RADIUS);
    const player = { id, name: unique, place, score: 0, position, direction: { x: 0, y: 0 } };
    this.players.set(id, player);
    return player;
  }

  leave(id: number): void {
    this.players.delete(id);
  }

  /** Sets a player's direction; the speed is limited. */
  steer(id: number, { x, y }: Point): void {
    const player = this.players.get(id);
    if (player === undefined) return;
    const length = Math.max(1, Math.hypot(x, y));
    player.direction = { x: x / length, y: y / length };
  }

  /** Lets time pass. Returns the coins that were taken meanwhile. */
  step(seconds: number): Taken[] {
    this.secondsLeft -= seconds;
    if (this.secondsLeft <= 0) this.#turnOver();
    const taken: Taken[] = [];
    for (const player of this.players.values()) {
      player.position = walk(player, seconds);
      if (this.isPlaying) taken.push(...this.#takeCoins(player));
    }
    return taken;
  }

  #turnOver(): void {
    this.isPlaying = !this.isPlaying;
    this.secondsLeft = this.isPlaying ? ROUND_TIME : PAUSE_TIME;
    if (this.isPlaying) for (const player of this.players.values()) player.score = 0;
  }

  #takeCoins(player: Player): Taken[] {
    const taken: Taken[] = [];
    for (const [index, at] of this.coins.entries()) {
      if (distance(at, player.position) > PLAYER_RADIUS + COIN_RADIUS) continue;
      player.score++;
      taken.push({ id: player.id, at });
      this.coins[index] = this.#anywhere(3 * COIN_RADIUS);
    }
    return taken;
  }

  #anywhere(margin: number): Point {
    const along = (size: number): number => margin + this.#random() * (size - 2 * margin);
    return { x: along(FIELD.width), y: along(FIELD.height) };
  }
}

export function distance(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}

function walk({ position, direction }: Player, seconds: number): Point {
  const along = (from: number, by: number, size: number): number =>
    Math.min(Math.max(from + by * SPEED * seconds, PLAYER_RADIUS), size - PLAYER_RADIUS);
  return { x: along(position.x, direction.x, FIELD.width), y: along(position.y, direction.y, FIELD.height) };
}
