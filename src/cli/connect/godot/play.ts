import { clearInterval, clearTimeout, setInterval, setTimeout } from 'node:timers';
import type { DeclaredNames, DecodedPacket } from '../../../multiplayer/index.ts';
import { WebSocketPeer } from '../../../websocket/index.ts';
import { notConnected, untilState } from '../../client/open-peer.ts';
import { shownUrl } from '../../client/shown-url.ts';
import { CommandError } from '../../command/command-error.ts';
import { ExitCode } from '../../command/exit-code.ts';
import { printable } from '../../terminal/printable.ts';
import { printNotice, type Terminal } from '../../terminal/terminal.ts';
import { isNormalClose } from '../conversation.ts';
import { oneLine } from '../message-view.ts';
import type { ConnectSettings } from '../options.ts';
import { Output } from '../output.ts';
import { messagesOf } from '../piped-input.ts';
import { Prompt } from '../prompt.ts';
import { Game } from './game.ts';
import { kindOf } from './hidden-kinds.ts';
import { GAME_COMMANDS, runObject, runOrder } from './orders.ts';
import { packetRecord } from './packet-record.ts';

const SERVER = 1;
/** Milliseconds between two polls. */
const TICK = 1000 / 60;
/** Characters of the arguments that a terminal gets without --cut. */
const TERMINAL_CUT = 300;
const PIPE_CUT = 1_000_000;

/** Joins the game behind `socket`, which is connecting, and prints and calls until the connection has ended. */
export async function play(
  socket: WebSocketPeer,
  names: DeclaredNames,
  settings: ConnectSettings,
  terminal: Terminal,
): Promise<ExitCode> {
  return await new Play(socket, names, settings, terminal).run();
}

class Play {
  readonly #socket: WebSocketPeer;
  readonly #settings: ConnectSettings;
  readonly #terminal: Terminal;
  readonly #output: Output;
  readonly #game: Game;
  #prompt: Prompt | null = null;
  #received = 0;
  /** Whether the connection has opened, and whether the server has admitted this peer. */
  #wasOpen = false;
  #wasAdmitted = false;
  #problem: CommandError | null = null;
  #isLeaving = false;
  #isInterrupted = false;
  #waitTimer: NodeJS.Timeout | undefined;

  constructor(socket: WebSocketPeer, names: DeclaredNames, settings: ConnectSettings, terminal: Terminal) {
    this.#socket = socket;
    this.#settings = settings;
    this.#terminal = terminal;
    this.#output = new Output(terminal.stdout);
    this.#game = new Game(socket, {
      names,
      // For the name and TCP, for TLS and the handshake, and for the id; the peer has the limits of the others.
      timeout: 3 * settings.client.timeout,
      auth: settings.auth,
      longestText: Math.max(1, settings.cut ?? (terminal.stdout.isTTY === true ? TERMINAL_CUT : PIPE_CUT)),
      onPacket: (packet) => this.#show(packet),
      onPeer: (id, joined) => {
        this.#wasAdmitted ||= id === SERVER;
        this.#notice(`peer ${id} ${joined ? 'joined' : 'left'}${id === SERVER ? ': the server' : ''}`);
      },
    });
  }

  async run(): Promise<ExitCode> {
    const { interrupted, stdin, stderr } = this.#terminal;
    const { url } = this.#settings.client;
    const interrupt = (): void => this.#interrupt();
    interrupted.addEventListener('abort', interrupt);
    if (interrupted.aborted) interrupt();
    const slow = setTimeout(() => this.#notice(`connecting to ${shownUrl(url)} …`), 1000);
    await this.#tickUntil(() => this.#game.id !== 0);
    clearTimeout(slow);
    let fed: Promise<void> | null = null;
    const isInteractive = stdin.isTTY === true && stderr.isTTY === true && this.#readsStdin;
    if (this.#hasFailed) {
      if (!this.#wasOpen) throw notConnected(this.#socket, url);
      const message = `No id: ${printable(this.#game.failure?.message ?? 'the server closed the connection')}`;
      throw new CommandError(ExitCode.NOT_CONNECTED, message, 'Without --godot, its messages are shown as they are.');
    }
    if (this.#game.id !== 0 && !this.#isLeaving) {
      this.#notice(`joined ${shownUrl(url)} as ${this.#game.id}.${isInteractive ? ' /help lists the commands.' : ''}`);
      // A server with authentication cannot be called before.
      await this.#tickUntil(() => this.#game.peers.includes(SERVER));
    }
    if (this.#hasFailed) throw this.#notAdmitted();
    if (!this.#isLeaving) {
      if (isInteractive) this.#prompt = this.#makePrompt();
      else fed = this.#feed();
    }
    await this.#tickUntil(() => false);
    await untilState(this.#socket, () => this.#isClosed(), interrupted);
    interrupted.removeEventListener('abort', interrupt);
    this.#prompt?.close();
    if (fed !== null && this.#readsStdin) stdin.destroy();
    await fed;
    clearTimeout(this.#waitTimer);
    this.#notice(this.#closeLine());
    return this.#exitCode();
  }

  /** Whether it is over before the server has admitted this peer. */
  get #hasFailed(): boolean {
    return this.#game.isOver && !this.#isLeaving && !this.#wasAdmitted;
  }

  #notAdmitted(): CommandError {
    const message = this.#game.failure?.message ?? this.#closeLine();
    const step = this.#settings.auth === null ? '--auth TEXT authenticates, where the server wants that.' : '';
    return new CommandError(ExitCode.NOT_CONNECTED, `The server did not admit this peer: ${printable(message)}`, step);
  }

  /** Polls until `condition` holds, or the game is over. */
  #tickUntil(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const tick = (): void => {
        // While stdout is full nothing is read, and TCP slows the server.
        if (!this.#output.isFull || this.#isLeaving) this.#game.poll();
        // CLOSING: where its first packet was refused.
        const state = this.#socket.getReadyState();
        this.#wasOpen ||= state === WebSocketPeer.STATE_OPEN || state === WebSocketPeer.STATE_CLOSING;
        if (!this.#game.isOver && !condition()) return;
        clearInterval(timer);
        resolve();
      };
      const timer = setInterval(tick, TICK);
      tick();
    });
  }

  #isClosed(): boolean {
    while (this.#socket.getAvailablePacketCount() > 0) this.#socket.getPacket();
    return this.#socket.getReadyState() === WebSocketPeer.STATE_CLOSED;
  }

  get #readsStdin(): boolean {
    return !this.#settings.isListening && this.#settings.messages.length === 0;
  }

  /** Runs every line, waits, and leaves. */
  async #feed(): Promise<void> {
    const { messages, wait } = this.#settings;
    try {
      for (const line of messages) runObject(line, this.#game);
      if (this.#readsStdin) {
        for await (const message of messagesOf(this.#terminal.stdin, 'lines')) {
          if (this.#game.isOver) return;
          const line = typeof message === 'string' ? message : Buffer.from(message.bytes).toString('utf8');
          if (line.trim() !== '') runObject(line, this.#game);
        }
      }
      if (wait === Number.POSITIVE_INFINITY) return;
      this.#waitTimer = setTimeout(() => this.#leave(), wait * 1000);
    } catch (error) {
      if (this.#game.isOver) return; // stdin was destroyed at the end
      const reason = error instanceof Error ? error.message : String(error);
      this.#problem =
        error instanceof CommandError ? error : new CommandError(ExitCode.IO, `stdin cannot be read: ${reason}`);
      this.#leave();
    }
  }

  #makePrompt(): Prompt {
    const context = {
      game: this.#game,
      notice: (line: string) => this.#above(() => printNotice(this.#terminal, oneLine(line))),
      leave: () => this.#leave(),
    };
    return new Prompt(this.#terminal, {
      prompt: `${this.#game.id}> `,
      commands: GAME_COMMANDS,
      onLine: async (line) => runOrder(line, context),
      onEnd: () => this.#leave(),
      onInterrupt: () => this.#interrupt(),
    });
  }

  #interrupt(): void {
    if (this.#isInterrupted) this.#socket.close(-1);
    this.#isInterrupted = true;
    this.#leave();
  }

  #leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.#game.leave();
  }

  #show(packet: DecodedPacket): void {
    if (this.#isLeaving || this.#received >= this.#settings.count) return;
    if (this.#settings.hidden.has(kindOf(packet))) return;
    this.#received++;
    const line = this.#settings.isJson ? packetRecord(packet, new Date()) : `from ${packet.from}: ${packet.text}`;
    this.#above(() => this.#output.line(line));
    // Leaving inside of a poll would end the peer that is polled.
    if (this.#received >= this.#settings.count) setImmediate(() => this.#leave());
  }

  #above(print: () => void): void {
    if (this.#prompt === null) print();
    else this.#prompt.above(print);
  }

  #notice(line: string): void {
    if (!this.#settings.isQuiet) this.#above(() => printNotice(this.#terminal, line));
  }

  #closeLine(): string {
    const code = this.#socket.getCloseCode();
    const reason = this.#socket.getCloseReason();
    if (code !== -1) return `closed: ${code}${reason === '' ? '' : ` ${oneLine(reason)}`}`;
    return `the connection was lost: ${oneLine(this.#socket.getLastFailure()?.message ?? '')}`;
  }

  #exitCode(): ExitCode {
    const { count } = this.#settings;
    const code = this.#socket.getCloseCode();
    if (this.#problem !== null) throw this.#problem;
    if (this.#isInterrupted) return ExitCode.INTERRUPTED;
    if (!isNormalClose(code)) return ExitCode.CLOSED;
    if (count === Number.POSITIVE_INFINITY || this.#received >= count) return ExitCode.OK;
    throw new CommandError(
      ExitCode.FAILED,
      `${this.#received} of ${count} packets arrived.`,
      '--wait SECONDS waits longer after the last call.',
    );
  }
}
