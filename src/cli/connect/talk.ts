import { clearInterval, clearTimeout, setInterval, setTimeout } from 'node:timers';
import { State, type WebSocketPeer } from '../../websocket/index.ts';
import { Pinger } from '../client/pinger.ts';
import { shownUrl } from '../client/shown-url.ts';
import { CommandError } from '../command/command-error.ts';
import { ExitCode } from '../command/exit-code.ts';
import { paintFor } from '../terminal/style.ts';
import { printNotice, type Terminal } from '../terminal/terminal.ts';
import { Conversation } from './conversation.ts';
import { MessagePrinter } from './message-printer.ts';
import { oneLine } from './message-view.ts';
import type { ConnectSettings } from './options.ts';
import { Output } from './output.ts';
import { messagesOf } from './piped-input.ts';
import { Prompt } from './prompt.ts';
import { runLine, SLASH_COMMANDS } from './slash-command.ts';
import { type Timings, timingLines, timingRecord } from './timings.ts';

/** Characters of a message that a terminal gets without --cut. */
const TERMINAL_CUT = 4000;
/** Milliseconds that `/ping` waits. */
const PONG_LIMIT = 5000;

/** An open peer. */
export interface Connected {
  readonly peer: WebSocketPeer;
  /** Null if they are not wanted. */
  readonly timings: Timings | null;
}

/** Sends and prints messages until the connection has ended. */
export async function talk(connected: Connected, settings: ConnectSettings, terminal: Terminal): Promise<ExitCode> {
  const talk = new Talk(connected, settings, terminal);
  return await talk.run();
}

class Talk {
  readonly #peer: WebSocketPeer;
  readonly #timings: Timings | null;
  readonly #settings: ConnectSettings;
  readonly #terminal: Terminal;
  readonly #output: Output;
  readonly #printer: MessagePrinter;
  readonly #conversation: Conversation;
  readonly #pinger: Pinger;
  #prompt: Prompt | null = null;
  /** A fault of the user's in stdin. */
  #problem: CommandError | null = null;
  #unsent = 0;
  #isInterrupted = false;
  #waitTimer: NodeJS.Timeout | undefined;

  constructor({ peer, timings }: Connected, settings: ConnectSettings, terminal: Terminal) {
    this.#peer = peer;
    this.#timings = timings;
    this.#settings = settings;
    this.#terminal = terminal;
    const { stdout } = terminal;
    const isTerminal = stdout.isTTY === true;
    this.#output = new Output(stdout);
    this.#printer = new MessagePrinter(this.#output, settings.view, {
      isJson: settings.isJson,
      longest: settings.cut ?? (isTerminal ? TERMINAL_CUT : Number.POSITIVE_INFINITY),
      isDecorated: isTerminal,
      paint: paintFor(stdout, terminal.env),
    });
    this.#pinger = new Pinger(peer);
    const begin = performance.now();
    this.#conversation = new Conversation(peer, this.#output, {
      most: settings.count,
      onMessage: (message) => {
        if (timings !== null) timings.firstMessage ??= performance.now() - begin;
        this.#above(() => this.#printer.print(message));
      },
    });
  }

  async run(): Promise<ExitCode> {
    const { interrupted, stdin } = this.#terminal;
    const conversation = this.#conversation;
    this.#notice(this.#openLine());
    const interrupt = (): void => this.#interrupt();
    interrupted.addEventListener('abort', interrupt);
    const keeper = this.#keepAlive();
    const isInteractive = this.#isInteractive();
    if (isInteractive) this.#prompt = this.#makePrompt();
    conversation.start();
    const fed = isInteractive ? null : this.#feed();
    if (interrupted.aborted) interrupt();

    await conversation.ended;
    clearInterval(keeper);
    clearTimeout(this.#waitTimer);
    interrupted.removeEventListener('abort', interrupt);
    this.#prompt?.close();
    // Otherwise a pipe that does not end would keep the process.
    if (!isInteractive && this.#readsStdin) stdin.destroy();
    await fed;
    this.#printTimings();
    this.#notice(this.#closeLine());
    return this.#exitCode();
  }

  // ---------------------------------------------------------------- sending

  get #readsStdin(): boolean {
    return !this.#settings.isListening && this.#settings.messages.length === 0;
  }

  #isInteractive(): boolean {
    const { stdin, stderr } = this.#terminal;
    const isTerminal = stdin.isTTY === true && stderr.isTTY === true;
    return isTerminal && this.#readsStdin && this.#settings.inputForm === 'lines';
  }

  /** Sends everything, waits for answers, and closes. */
  async #feed(): Promise<void> {
    const { messages, inputForm, wait } = this.#settings;
    const conversation = this.#conversation;
    try {
      for (const text of messages) await this.#send(text);
      if (this.#readsStdin) {
        for await (const message of messagesOf(this.#terminal.stdin, inputForm)) {
          await this.#send(message);
          if (!conversation.isOpen) return;
        }
      }
      if (wait !== Number.POSITIVE_INFINITY) {
        this.#waitTimer = setTimeout(() => conversation.close(), wait * 1000);
      }
    } catch (error) {
      // Node reports a stdin that is destroyed here as one that ended too early.
      if (this.#peer.getReadyState() !== State.STATE_OPEN) return;
      const reason = error instanceof Error ? error.message : String(error);
      this.#problem =
        error instanceof CommandError ? error : new CommandError(ExitCode.IO, `stdin cannot be read: ${reason}`);
      conversation.stop();
    }
  }

  async #send(message: Parameters<Conversation['send']>[0]): Promise<void> {
    const problem = await this.#conversation.send(message);
    if (problem === '' || !this.#conversation.isOpen) return;
    this.#unsent++;
    printNotice(this.#terminal, `not sent: ${oneLine(problem)}`);
  }

  #makePrompt(): Prompt {
    const printer = this.#printer;
    const context = {
      conversation: this.#conversation,
      get view() {
        return printer.view;
      },
      set view(view) {
        printer.view = view;
      },
      ping: () => this.#pinger.ping(PONG_LIMIT),
      status: () => this.#statusLines(),
      notice: (line: string) => this.#above(() => printNotice(this.#terminal, oneLine(line))),
    };
    return new Prompt(this.#terminal, {
      prompt: '> ',
      commands: SLASH_COMMANDS,
      onLine: (line) => runLine(line, context),
      onEnd: () => this.#conversation.close(),
      onInterrupt: () => this.#interrupt(),
    });
  }

  /** Pings as --ping says. */
  #keepAlive(): NodeJS.Timeout | undefined {
    const { pingInterval } = this.#settings;
    if (pingInterval === 0) return undefined;
    return setInterval(async () => {
      const time = await this.#pinger.ping(pingInterval * 1000);
      if (time !== null || !this.#conversation.isOpen) return;
      this.#notice(`no Pong within ${pingInterval} s`);
      this.#conversation.drop();
    }, pingInterval * 1000);
  }

  /** The first time it closes; then it does not wait for the server's Close. */
  #interrupt(): void {
    if (this.#isInterrupted) this.#conversation.drop();
    this.#isInterrupted = true;
    this.#conversation.stop();
  }

  // ---------------------------------------------------------------- printing

  #above(print: () => void): void {
    if (this.#prompt === null) print();
    else this.#prompt.above(print);
  }

  #notice(line: string): void {
    if (!this.#settings.isQuiet) this.#above(() => printNotice(this.#terminal, line));
  }

  #openLine(): string {
    const peer = this.#peer;
    const protocol = peer.getSelectedProtocol();
    const more = protocol === '' ? '' : `, sub-protocol ${oneLine(protocol)}`;
    const help = this.#isInteractive() ? ' /help lists the commands, Ctrl-D closes.' : '';
    return `connected to ${shownUrl(this.#settings.client.url)}${this.#address()}${more}.${help}`;
  }

  #address(): string {
    const peer = this.#peer;
    return peer.getConnectedHost() === '' ? '' : ` (${peer.getConnectedHost()} port ${peer.getConnectedPort()})`;
  }

  #statusLines(): string[] {
    const peer = this.#peer;
    const counts = peer.getStatistics();
    const extensions = peer.getHandshakeResponse()?.headers.get('Sec-WebSocket-Extensions') ?? 'none';
    return [
      `${State[peer.getReadyState()]}: ${shownUrl(this.#settings.client.url)}${this.#address()}`,
      `sub-protocol: ${oneLine(peer.getSelectedProtocol() || 'none')}; extensions: ${oneLine(extensions)}`,
      `received: ${counts.packetsReceived} messages, ${counts.bytesReceived} bytes`,
      `sent: ${counts.packetsSent} messages, ${counts.bytesSent} bytes; ${peer.getCurrentOutboundBufferedAmount()} bytes wait`,
      `round trip of the last Ping: ${counts.roundTripTime < 0 ? 'no Ping yet' : `${counts.roundTripTime.toFixed(2)} ms`}`,
    ];
  }

  #printTimings(): void {
    const timings = this.#timings;
    if (timings === null) return;
    if (this.#settings.isJson) this.#output.line(timingRecord(timings));
    else for (const line of timingLines(timings)) printNotice(this.#terminal, line);
  }

  #closeLine(): string {
    const peer = this.#peer;
    const code = peer.getCloseCode();
    if (code === -1) return `the connection was lost: ${oneLine(peer.getLastFailure()?.message ?? '')}`;
    const reason = peer.getCloseReason();
    return `closed: ${code}${reason === '' ? '' : ` ${oneLine(reason)}`}`;
  }

  #exitCode(): ExitCode {
    const { count } = this.#settings;
    const { received, result } = this.#conversation;
    if (this.#problem !== null) throw this.#problem;
    if (this.#isInterrupted) return ExitCode.INTERRUPTED;
    if (result !== ExitCode.OK) return result;
    if (count !== Number.POSITIVE_INFINITY && received < count) {
      throw new CommandError(
        ExitCode.FAILED,
        `${received} of ${count} messages arrived.`,
        '--wait SECONDS waits longer after the last message was sent.',
      );
    }
    return this.#unsent > 0 ? ExitCode.FAILED : ExitCode.OK;
  }
}
