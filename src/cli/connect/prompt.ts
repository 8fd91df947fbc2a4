import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline';
import type { Terminal } from '../terminal/terminal.ts';

/** What a prompt does with its user's lines. */
export interface PromptOptions {
  readonly prompt: string;
  /** Words that Tab completes. */
  readonly commands: readonly string[];
  onLine(line: string): Promise<void>;
  /** Ctrl-D. */
  onEnd(): void;
  /** Ctrl-C on an empty line. On another line it removes the line. */
  onInterrupt(): void;
}

/** A line editor with a history at the bottom of the terminal. Lines can be printed above it while its user types. */
export class Prompt {
  readonly #terminal: Terminal;
  readonly #editor: Interface;
  #isClosed = false;

  constructor(terminal: Terminal, options: PromptOptions) {
    this.#terminal = terminal;
    const { commands } = options;
    this.#editor = createInterface({
      input: terminal.stdin,
      output: terminal.stderr,
      terminal: true,
      prompt: options.prompt,
      historySize: 500,
      removeHistoryDuplicates: true,
      completer: (line: string) => [commands.filter((command) => line !== '' && command.startsWith(line)), line],
    });
    // One line after the other, in their order.
    let earlier = Promise.resolve();
    this.#editor.on('line', (line) => {
      earlier = earlier.then(() => options.onLine(line)).then(() => this.#show());
    });
    this.#editor.on('SIGINT', () => {
      if (this.#editor.line === '') options.onInterrupt();
      else this.#editor.write(null, { ctrl: true, name: 'u' });
    });
    this.#editor.on('close', () => {
      if (!this.#isClosed) options.onEnd();
    });
    this.#editor.prompt();
  }

  /** Runs `print`, which writes whole lines, above the line that is being edited. */
  above(print: () => void): void {
    if (this.#isClosed) {
      print();
      return;
    }
    const { stderr } = this.#terminal;
    moveCursor(stderr, 0, -this.#editor.getCursorPos().rows);
    cursorTo(stderr, 0);
    clearScreenDown(stderr);
    print();
    // The editor would go up by the rows that the line had before, into what was printed.
    Object.assign(this.#editor, { prevRows: 0 });
    this.#show();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { stderr } = this.#terminal;
    cursorTo(stderr, 0);
    clearScreenDown(stderr);
    this.#editor.close();
  }

  #show(): void {
    if (!this.#isClosed) this.#editor.prompt(true);
  }
}
