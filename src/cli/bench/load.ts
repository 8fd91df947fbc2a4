import type { Bot, BotEvents } from './bot.ts';
import type { Measurements } from './measurements.ts';

/** How many bots there are, and how much they do. */
export interface LoadOptions {
  readonly connections: number;
  /** Seconds in which they connect, one after the other. */
  readonly ramp: number;
  /** Seconds after that. */
  readonly duration: number;
  /** Messages a second, of each. */
  readonly rate: number;
}

/** Milliseconds between two looks at what is due. */
const TICK = 1;
/** How long the last messages may take to come back, in milliseconds. */
const PATIENCE = 2000;

/** When the next message of a bot is due. */
interface Due {
  readonly bot: Bot;
  at: number;
}

/** Starts the bots, and lets each send when a message is due. */
export class Load implements BotEvents {
  readonly #options: LoadOptions;
  readonly #measured: Measurements;
  readonly #bots: Bot[] = [];
  readonly #interval: number;
  /** In the order of their times: all bots have the same interval, so that the next message of a bot is the last of all. */
  #queue: Due[] = [];
  #head = 0;
  /** Messages that were due and for which there was no room. */
  #blocked: Due[] = [];
  #isOver = false;

  constructor(options: LoadOptions, measured: Measurements) {
    this.#options = options;
    this.#measured = measured;
    this.#interval = options.rate === 0 ? Number.POSITIVE_INFINITY : 1000 / options.rate;
  }

  opened(bot: Bot): void {
    this.#push({ bot, at: performance.now() + this.#interval });
  }

  closed(): void {}

  get openCount(): number {
    return this.#bots.filter(({ state }) => state === 'open').length;
  }

  /** Runs until the time is over or `signal` is aborted. `progress` is called once a second. */
  async run(makeBot: (number: number) => Bot, signal: AbortSignal, progress: (seconds: number) => void): Promise<void> {
    try {
      await this.#run(makeBot, signal, progress);
    } finally {
      for (const bot of this.#bots) if (bot.state !== 'closed') bot.leave();
    }
  }

  async #run(
    makeBot: (number: number) => Bot,
    signal: AbortSignal,
    progress: (seconds: number) => void,
  ): Promise<void> {
    const { connections, ramp, duration } = this.#options;
    const start = performance.now();
    let nextSecond = 1;
    for (;;) {
      const seconds = (performance.now() - start) / 1000;
      if (signal.aborted || seconds >= ramp + duration) break;
      const wanted = ramp === 0 ? connections : Math.min(connections, Math.floor((seconds / ramp) * connections) + 1);
      while (this.#bots.length < wanted) this.#add(makeBot(this.#bots.length));
      this.#sendDue();
      if (seconds >= nextSecond) progress(nextSecond++);
      if (this.#isDone(wanted)) break;
      await pause(TICK);
    }
    this.#isOver = true;
    this.#measured.seconds = (performance.now() - start) / 1000;
    this.#measured.unsent += this.#blocked.length;
    const latest = performance.now() + PATIENCE;
    while (!signal.aborted && performance.now() < latest && this.#bots.some((bot) => bot.isWaiting()))
      await pause(TICK);
    for (const bot of this.#bots) if (bot.state !== 'closed') bot.leave();
  }

  #add(bot: Bot): void {
    this.#bots.push(bot);
    bot.connect();
  }

  /** Whether all bots have been there, and none is left. */
  #isDone(wanted: number): boolean {
    return wanted === this.#options.connections && this.#bots.every(({ state }) => state === 'closed');
  }

  #sendDue(): void {
    const blocked = this.#blocked;
    this.#blocked = [];
    for (const due of blocked) this.#send(due);
    const now = performance.now();
    for (let due = this.#queue[this.#head]; due !== undefined && due.at <= now; due = this.#queue[this.#head]) {
      this.#head++;
      if (due.bot.state === 'open') this.#measured.late.add(now - due.at);
      this.#send(due);
    }
    // The part that is done with is cut off now and then.
    if (this.#head > 1000 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Latency counts from when a message was due, also when it could be sent only later. */
  #send(due: Due): void {
    if (due.bot.state !== 'open') return;
    if (!due.bot.send(due.at)) {
      this.#blocked.push(due);
      return;
    }
    due.at += this.#interval;
    this.#push(due);
  }

  #push(due: Due): void {
    if (!this.#isOver && Number.isFinite(due.at)) this.#queue.push(due);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
