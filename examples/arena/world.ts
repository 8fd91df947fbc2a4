import { FIELD, FIRST_BOT_ID, type Vector } from './wire.js';

/** A dot that moves about the field. */
export interface Mover {
  readonly id: number;
  x: number;
  y: number;
  direction: Vector;
}

/** Units of the field per second. */
const PLAYER_SPEED = 420;
const BOT_SPEED = 150;
/** The least distance between a dot's centre and the edge. */
const MARGIN = 24;

const STILL: Vector = { x: 0, y: 0 };

/** The game: positions and directions, without a network. */
export class World {
  readonly players: Mover[] = [];
  readonly bots: Mover[] = [];
  readonly #playerIds = new Ids(1);
  readonly #botIds = new Ids(FIRST_BOT_ID);

  /** Puts a new dot in the middle, where its player sees it at once. */
  addPlayer(): Mover {
    const x = FIELD.width * (0.35 + 0.3 * Math.random());
    const y = FIELD.height * (0.35 + 0.3 * Math.random());
    const player: Mover = { id: this.#playerIds.take(), x, y, direction: STILL };
    this.players.push(player);
    return player;
  }

  addBot(): Mover {
    const x = FIELD.width * Math.random();
    const y = FIELD.height * Math.random();
    const bot: Mover = { id: this.#botIds.take(), x, y, direction: STILL };
    this.bots.push(bot);
    return bot;
  }

  removePlayer(player: Mover): void {
    if (remove(this.players, player)) this.#playerIds.giveBack(player.id);
  }

  removeBot(bot: Mover): void {
    if (remove(this.bots, bot)) this.#botIds.giveBack(bot.id);
  }

  step(seconds: number): void {
    for (const player of this.players) move(player, PLAYER_SPEED * seconds);
    for (const bot of this.bots) move(bot, BOT_SPEED * seconds);
  }
}

function move(mover: Mover, distance: number): void {
  mover.x = clamp(mover.x + mover.direction.x * distance, FIELD.width);
  mover.y = clamp(mover.y + mover.direction.y * distance, FIELD.height);
}

function clamp(value: number, size: number): number {
  return Math.min(Math.max(value, MARGIN), size - MARGIN);
}

/** The last one replaces the removed one: the order has no meaning. */
function remove(movers: Mover[], mover: Mover): boolean {
  const index = movers.indexOf(mover);
  if (index < 0) return false;
  const last = movers.pop();
  if (last !== undefined && last !== mover) movers[index] = last;
  return true;
}

/** Assigns numbers, returned ones first. */
class Ids {
  #next: number;
  readonly #free: number[] = [];

  constructor(first: number) {
    this.#next = first;
  }

  take(): number {
    return this.#free.shift() ?? this.#next++;
  }

  giveBack(id: number): void {
    this.#free.push(id);
  }
}
