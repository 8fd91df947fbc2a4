import { once } from 'node:events';
import type { Command } from '../command/command.ts';
import { CommandError, usageError } from '../command/command-error.ts';
import { ExitCode } from '../command/exit-code.ts';
import { numberOption, type OptionTable, parseWords } from '../command/options.ts';
import { readNames } from '../names/names-file.ts';
import { printable } from '../terminal/printable.ts';
import { paintFor } from '../terminal/style.ts';
import { printNotice, type Terminal } from '../terminal/terminal.ts';
import { eventsOf } from './capture.ts';
import type { CaptureEvent, ProgressEvent } from './capture-event.ts';
import { EventLines } from './event-lines.ts';
import { BrokenCapture } from './file-bytes.ts';
import { VIEWS, type View } from './message-view.ts';
import { Progress } from './progress.ts';

const OPTIONS = {
  view: {
    type: 'string',
    value: 'VIEW',
    description: 'how messages are shown: auto, text, hex, json, variant or godot',
    shownDefault: 'auto',
  },
  json: { type: 'boolean', description: 'one JSON object a line, with everything in full' },
  connection: { type: 'string', short: 'c', value: 'N', description: 'only the connection with this number' },
  rpc: {
    type: 'string',
    value: 'FILE',
    description:
      'JSON with the names of remote methods and synchronized properties: {"nodes": {"Main": ["move", "ping"]}}',
  },
} as const satisfies OptionTable;

/** `tickpeer decode`. */
export const decode: Command = {
  name: 'decode',
  summary: 'shows the WebSocket messages in a capture: pcap, pcapng, HAR, or a recording of tickpeer',
  operands: 'FILE',
  options: OPTIONS,
  details: `FILE is a capture of tcpdump or Wireshark (pcap, pcapng; Ethernet, Linux cooked, raw IP, loopback), a HAR that \
a Chromium browser has saved, or a recording of tickpeer record. One line is one message: seconds since the first event, the \
connection's number, > from the client or < from the server, the kind, its bytes, its content. Fragments are put together, and \
compressed messages are shown decompressed.

In a capture of packets only plain ws:// can be read. TLS is encrypted: use tickpeer record in front of the server, tickpeer \
connect, or a HAR of the browser.

With auto, text is shown as text; binary messages as Godot's multiplayer when the server has begun with an id, otherwise as a \
Variant where they are one, otherwise as hexadecimal digits. Godot's packets have only the numbers of methods: --rpc FILE gives \
their names, and those of properties. tickpeer import GAME_DIR --names FILE writes that file.

A capture that is cut off or damaged is shown up to that place. The command then ends with 1 and says where that is.`,
  examples: [
    ['tickpeer decode game.pcap', 'all messages of all connections'],
    ['tickpeer decode game.pcapng --rpc names.json -c 2', "those of one connection, with the game's names"],
    ['tickpeer decode page.har --json', 'the messages of a page, for a script'],
  ],
  async run(words, terminal) {
    const { options, operands } = parseWords('decode', OPTIONS, words, { least: 1, most: 1, usage: 'FILE' });
    const [path = ''] = operands;
    const view = viewOf(options.view ?? 'auto');
    const only = numberOption('connection', options.connection, { fallback: 0, least: 1, isInteger: true });
    const names = options.rpc === undefined ? {} : readNames(options.rpc);
    const lines = new EventLines(view, names, paintFor(terminal.stdout, terminal.env));
    try {
      const progress = new Progress(path, terminal);
      const { shown, found } = await show(eventsOf(path), only, lines, options.json, terminal, progress);
      if (terminal.interrupted.aborted) return ExitCode.INTERRUPTED;
      if (shown > 0) return ExitCode.OK;
      const what = only > 0 && found > 0 ? `no connection ${only}; there are others` : 'no WebSocket connection';
      throw new CommandError(ExitCode.FAILED, `${printable(path)} has ${what}.`, nextStep(only > 0 && found > 0));
    } catch (error) {
      if (error instanceof BrokenCapture)
        throw new CommandError(ExitCode.FAILED, `${printable(path)}: ${printable(error.message)}.`, error.nextStep);
      throw fileError(path, error);
    }
  },
};

function viewOf(text: string): View {
  const view = VIEWS.find((known) => known === text);
  if (view === undefined) throw usageError(`--view ${text}: there is no such view.`, `Views: ${VIEWS.join(', ')}.`);
  return view;
}

/** Writes the lines as fast as they are read. Returns how many events of connections there were, and were shown. */
async function show(
  events: Iterable<CaptureEvent | ProgressEvent>,
  only: number,
  lines: EventLines,
  isJson: boolean,
  terminal: Terminal,
  progress: Progress,
): Promise<{ shown: number; found: number }> {
  const { interrupted } = terminal;
  let [shown, found, share, count] = [0, 0, 0, 0];
  for (const event of events) {
    if (interrupted.aborted) break;
    if (event.kind === 'progress') share = event.share;
    if (event.kind === 'progress' || ++count % 1000 === 0) await progress.pass(share, shown);
    if (event.kind === 'progress') continue;
    if (event.kind !== 'notice') found++;
    if (only > 0 && event.connection !== only) continue;
    if (event.kind !== 'notice') shown++;
    if (event.kind === 'notice') printNotice(terminal, lines.text(event));
    else if (!terminal.stdout.write(`${isJson ? lines.json(event) : lines.text(event)}\n`)) await drained(terminal);
  }
  return { shown, found };
}

/** Resolves when there is room again, and at Ctrl-C. */
async function drained({ stdout, interrupted }: Terminal): Promise<void> {
  try {
    await once(stdout, 'drain', { signal: interrupted });
  } catch (error) {
    if (!interrupted.aborted) throw error;
  }
}

function nextStep(hasOthers: boolean): string {
  return hasOthers
    ? 'Leave out --connection to see their numbers.'
    : 'The capture has to begin before the connection does. For tcpdump: tcpdump -i lo -s 0 -w game.pcap port 9080';
}

function fileError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  return new CommandError(ExitCode.IO, `${printable(path)} cannot be read: ${error.message}`, 'Name a file.');
}
