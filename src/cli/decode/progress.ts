import { setImmediate } from 'node:timers/promises';
import { printable } from '../terminal/printable.ts';
import { paintFor } from '../terminal/style.ts';
import { printNotice, type Terminal } from '../terminal/terminal.ts';

/** Milliseconds between two pauses, in which Ctrl-C is noticed. */
const PAUSE_AFTER = 50;
/** Milliseconds between two lines. */
const LINE_AFTER = 1000;

/** Says how much of a file was read, once a second, where people look at stderr and not at the messages. */
export class Progress {
  readonly #name: string;
  readonly #terminal: Terminal;
  readonly #isShown: boolean;
  #lastPause: number;
  #lastLine: number;

  constructor(name: string, terminal: Terminal, now: number = performance.now()) {
    this.#name = name;
    this.#terminal = terminal;
    this.#isShown = terminal.stderr.isTTY === true && terminal.stdout.isTTY !== true;
    this.#lastPause = now;
    this.#lastLine = now;
  }

  /** Call it often. `share`: of the file, from 0 to 1. Resolves after a pause when one is due. */
  async pass(share: number, shown: number, now: number = performance.now()): Promise<void> {
    if (now - this.#lastPause < PAUSE_AFTER) return;
    this.#lastPause = now;
    if (this.#isShown && now - this.#lastLine >= LINE_AFTER) {
      this.#lastLine = now;
      const paint = paintFor(this.#terminal.stderr, this.#terminal.env);
      const line = `${Math.floor(share * 100)} % of ${printable(this.#name, 200)}, ${shown} lines`;
      printNotice(this.#terminal, paint('dim', line));
    }
    await setImmediate();
  }
}
