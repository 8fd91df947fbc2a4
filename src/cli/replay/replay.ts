import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isFailure } from '../../failure.ts';
import { type ReplayedProgram, type ReplayHost, type ReplayResult, replay as run } from '../../testing/index.ts';
import type { Command } from '../command/command.ts';
import { CommandError } from '../command/command-error.ts';
import { ExitCode } from '../command/exit-code.ts';
import { numberOption, type OptionTable, parseWords } from '../command/options.ts';
import { printable } from '../terminal/printable.ts';
import { paintFor } from '../terminal/style.ts';
import { printLine, printNotice, type Terminal } from '../terminal/terminal.ts';
import { loadServerModule, programOf } from './server-module.ts';

const OPTIONS = {
  check: {
    type: 'boolean',
    description: 'ends with 1 when the server sends other bytes than were recorded, and says where',
  },
  rate: {
    type: 'string',
    value: 'HZ',
    description: 'ticks a second, for a recording of tickpeer record, which has none',
    shownDefault: '60',
  },
} as const satisfies OptionTable;

/** Milliseconds. */
const PROGRESS_AFTER = 1000;

/** `tickpeer replay`. */
export const replay: Command = {
  name: 'replay',
  summary: 'runs a server with the bytes of a recording, on a virtual clock',
  operands: 'FILE MODULE',
  options: OPTIONS,
  details: `FILE is a recording of tickpeer record, or of the class Recorder in tickpeer/testing. MODULE exports a function by \
default that gets a WebSocketServer, its clock and a source of random numbers, and returns what the loop does each time. For \
example:

export default (server, clock, random) => () => { server.poll(); … };

A second export, options, has the options of the server, such as heartbeatInterval.

The server of a Godot game is exported as multiplayer instead: a function that gets a SceneMultiplayer, the clock and the random \
numbers, declares the game's nodes, and may return what is done for each tick after the poll. The clients get the ids that they had \
in the recording. multiplayerOptions has the options of the SceneMultiplayer.

export const multiplayer = (multiplayer, clock, random) => { multiplayer.node('Main', { … }); };

No time passes while it runs, and no port is opened: an hour takes seconds. Every run sends the same bytes, if the module takes \
the time from the clock and chance from random. The digests show that at a glance.

A recording of tickpeer record has the bytes of the clients and the server, but not when the server's loop ran. A server whose \
answers depend on that differs from it in --check.`,
  examples: [
    ['tickpeer replay bug.rec server.mjs', 'a digest of what each connection was sent'],
    ['tickpeer replay bug.rec server.mjs --check', 'in CI: the server still sends what was recorded'],
  ],
  async run(words, terminal) {
    const { options, operands } = parseWords('replay', OPTIONS, words, { least: 2, most: 2, usage: 'FILE MODULE' });
    const rate = numberOption('rate', options.rate, { fallback: 60, least: 0.1, most: 100_000 });
    const [file = '', path = ''] = operands;
    const recording = read(file);
    const module = await loadServerModule(path);
    const program = await programOf(module, recording);
    const shown = withProgress(program, terminal);
    const result = guarded(path, () => run(recording, shown, { tickInterval: 1000 / rate }));
    if (isFailure(result))
      throw new CommandError(ExitCode.FAILED, `${printable(file)}: ${printable(result.message)}.`, '');
    print(result, terminal);
    if (!options.check) return ExitCode.OK;
    const { difference } = result;
    if (difference === null) {
      printLine(terminal, 'The server has sent what was recorded.');
      return ExitCode.OK;
    }
    throw new CommandError(
      ExitCode.FAILED,
      `The first difference is at ${(difference.time / 1000).toFixed(3)} s: ${difference.message}.`,
      `tickpeer decode ${printable(file)} -c ${difference.connection} shows what was recorded.`,
    );
  },
};

/** Says once a second how far it is, where people look at stderr. */
function withProgress(
  program: (host: ReplayHost) => ReplayedProgram,
  terminal: Terminal,
): (host: ReplayHost) => ReplayedProgram {
  if (terminal.stderr.isTTY !== true) return program;
  const paint = paintFor(terminal.stderr, terminal.env);
  let next = performance.now() + PROGRESS_AFTER;
  return (host) => {
    const running = program(host);
    return {
      accept: (stream, address) => running.accept(stream, address),
      tick() {
        running.tick();
        if (performance.now() < next) return;
        next = performance.now() + PROGRESS_AFTER;
        printNotice(terminal, paint('dim', `${(host.clock.now() / 1000).toFixed(1)} s of the recording are done`));
      },
    };
  };
}

function print({ connections, ticks, duration }: ReplayResult, terminal: Terminal): void {
  const all = createHash('sha256');
  for (const { number, address, sent } of connections) {
    const digest = createHash('sha256').update(sent).digest('hex');
    all.update(`${number} ${digest}\n`);
    printLine(terminal, `#${number} ${printable(address, 100)}  ${sent.length} bytes  ${digest.slice(0, 16)}`);
  }
  const seconds = (duration / 1000).toFixed(3);
  const count = `${connections.length} ${connections.length === 1 ? 'connection' : 'connections'}`;
  printLine(terminal, `${count}, ${ticks} ticks, ${seconds} s  sha256 ${all.digest('hex')}`);
}

/** What the user's module throws is an error of one line, with where it was thrown. */
function guarded<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof Error))
      throw new CommandError(ExitCode.FAILED, `${printable(path)} has thrown: ${printable(String(error))}`);
    if (error instanceof CommandError) throw error;
    // A handler of a remote method: the error of the poll has it as its cause.
    const { message, stack } = error.cause instanceof Error ? error.cause : error;
    const place = stack?.split('\n').find((line) => line.trimStart().startsWith('at ')) ?? '';
    throw new CommandError(ExitCode.FAILED, `${printable(path)} has thrown: ${printable(message)}`, place.trim());
  }
}

function read(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      ExitCode.IO,
      `${printable(path)} cannot be read: ${reason}`,
      'tickpeer record makes a recording.',
    );
  }
}
